//! This machine's identity in its greetings.

use clockring::{
    handshake::{Greeting, RunFacts},
    ring::{MachineId, RingSize},
};

/// The facts that a machine states in every greeting.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// This machine.
    pub id: MachineId,
    /// The ring's size.
    pub ring: RingSize,
    /// The facts of the run known before the first meeting.
    pub run: RunFacts,
    /// Drawn when the process started.
    pub instance: u64,
    /// Does it go on from its log?
    pub resumed: bool,
}

impl Identity {
    /// The greeting to `peer` before anything has happened.
    pub fn greeting(&self, peer: MachineId) -> Greeting {
        Greeting { resumed: self.resumed, ..Greeting::new(self.id, peer, self.run, self.instance) }
    }
}
