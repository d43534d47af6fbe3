//! Counts of the messages over a link.

use clockring::ring::MachineId;
use serde::Serialize;

/// The count of messages from one machine to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct LinkCount {
    /// The sender.
    #[serde(serialize_with = "name")]
    pub from: MachineId,
    /// The receiver.
    #[serde(serialize_with = "name")]
    pub to: MachineId,
    /// Messages that the sender's log says were sent.
    pub sent: u64,
    /// Messages that the receiver's log says were received.
    pub received: u64,
    /// Messages that waited when the receiver ended.
    pub left: u64,
    /// Messages that found the receiver's lane full, as it says itself.
    pub overruns: u64,
    /// Messages that the sender could not send any more when the receiver asked for them, as it says itself.
    pub forgotten: u64,
}

impl LinkCount {
    /// Messages sent that are not accounted for: under way, or lost in silence.
    pub fn missing(&self) -> u64 {
        self.sent.saturating_sub(self.accounted())
    }

    /// Messages accounted for that were never sent, or more often than once.
    pub fn surplus(&self) -> u64 {
        self.accounted().saturating_sub(self.sent)
    }

    fn accounted(&self) -> u64 {
        self.received + self.left + self.overruns + self.forgotten
    }
}

fn name<S: serde::Serializer>(machine: &MachineId, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(machine.letter_str())
}
