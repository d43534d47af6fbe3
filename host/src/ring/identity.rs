//! Who this machine says it is.

use clockring::{
    clock::ClockKind,
    cursor::Cursor,
    handshake::Greeting,
    ring::{MachineId, RingSize},
};

/// The facts that a machine states in every greeting.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// This machine.
    pub id: MachineId,
    /// The ring's size.
    pub ring: RingSize,
    /// The clock kind.
    pub clock: ClockKind,
    /// Drawn when the process started.
    pub instance: u64,
    /// Does it go on from its log?
    pub resumed: bool,
}

impl Identity {
    /// The greeting to `peer`, of whose messages we have those up to `received`.
    pub fn greeting(&self, peer: MachineId, received: Cursor) -> Greeting {
        let plain = Greeting::new(self.id, peer, self.ring, self.clock, self.instance, received);
        Greeting { resumed: self.resumed, ..plain }
    }
}
