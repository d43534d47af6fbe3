//! What happens at a tick.

use crate::{
    message::Message,
    ring::{MachineId, Peers, PeersIter},
};

/// An event of one machine, with the machine's clock after it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Event<S> {
    /// What happened.
    pub kind: EventKind<S>,
    /// The timestamp of the event: the machine's clock after it.
    pub clock: S,
}

/// The three kinds of event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum EventKind<S> {
    /// Something that concerns nobody else.
    Internal,
    /// One message, with one timestamp, to one machine or to all the others.
    Send {
        /// The destinations.
        to: Peers,
    },
    /// The oldest waiting message is taken.
    Receive {
        /// Its sender.
        from: MachineId,
        /// The timestamp it carried.
        stamp: S,
    },
}

/// The messages of one send event: at most one per peer, all with the timestamp of the event.
#[derive(Clone, Copy, Debug)]
pub struct Messages<S> {
    from: MachineId,
    to: Option<PeersIter>,
    stamp: S,
}

impl<S: Copy> Event<S> {
    /// The messages that this event of `machine` sends; none unless it is a send.
    pub fn messages(&self, machine: MachineId) -> Messages<S> {
        let to = match self.kind {
            EventKind::Send { to } => Some(to.into_iter()),
            EventKind::Internal | EventKind::Receive { .. } => None,
        };
        Messages { from: machine, to, stamp: self.clock }
    }
}

impl<S: Copy> Iterator for Messages<S> {
    type Item = Message<S>;

    fn next(&mut self) -> Option<Message<S>> {
        let to = self.to.as_mut()?.next()?;
        Some(Message { from: self.from, to, stamp: self.stamp })
    }
}
