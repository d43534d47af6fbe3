//! How far a link has been read.

use crate::{message::Stamp, ring::MachineId};

/// The last timestamp received over a link, as a number that rises from message to message.
///
/// A sender's timestamps rise and links are FIFO, so this one number says everything about a link that has to survive
/// a break: the peer resumes after it, and whatever is not above it has been had already.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cursor(u64);

impl Cursor {
    /// Nothing received yet.
    pub const START: Self = Self(0);

    /// After the event of `sender` with this timestamp.
    pub fn after<S: Stamp>(stamp: &S, sender: MachineId) -> Self {
        Self(stamp.sequence(sender))
    }

    /// The cursor as it goes over the wire.
    pub const fn to_u64(self) -> u64 {
        self.0
    }

    /// The cursor that came over the wire.
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// Is the sender's event with this timestamp at or before the cursor?
    pub fn has<S: Stamp>(self, stamp: &S, sender: MachineId) -> bool {
        stamp.sequence(sender) <= self.0
    }

    /// Moves on to this message; `false` if it has been had already and must be dropped.
    pub fn accept<S: Stamp>(&mut self, stamp: &S, sender: MachineId) -> bool {
        let new = !self.has(stamp, sender);
        if new {
            *self = Self::after(stamp, sender);
        }
        new
    }
}
