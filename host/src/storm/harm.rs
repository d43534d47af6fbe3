//! The harm that was done to files in a storm, and what was heard of it.

use clockring::ring::MachineId;

use super::disk::Tampering;

/// The harm to the files of machines. Until there is any, every fault of a machine is its own.
#[derive(Debug, Default)]
pub(super) struct Harm {
    /// The machines whose files have lost something, or were changed by other hands.
    pub(super) machines: Vec<MachineId>,
    /// Those of them whose logs were harmed.
    pub(super) logs: Vec<MachineId>,
    /// Those that do not go on, and say so.
    pub(super) refused: Vec<MachineId>,
    /// One of them was seen to cut off the end of its log.
    pub(super) has_cut: bool,
    /// The change that was made to a log.
    pub(super) tampering: Option<Tampering>,
}

impl Harm {
    /// Was anything harmed?
    pub(super) fn is_done(&self) -> bool {
        !self.machines.is_empty()
    }
}
