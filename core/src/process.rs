//! The model: one pure function per event.

use crate::{
    clock::Clock,
    event::{Event, EventKind, Messages},
    message::Message,
    moment::UnixTime,
    ring::{MachineId, Peers, RingSize},
};

/// What is to happen: the driver's choice. In the experiment the oldest waiting message is delivered at a tick, and if none
/// waits, a die chooses ([`Process::rolled`]); on somebody's board, a button may.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Turn<S> {
    /// The oldest waiting message is received.
    Deliver(Message<S>),
    /// Something that concerns nobody else.
    Internal,
    /// A message is sent.
    Send {
        /// To these machines.
        to: Peers,
    },
}

impl<S> Turn<S> {
    /// A tick's turn: the message that waits is delivered. If none does, a message is sent to the machines that `choose`
    /// names; if it names none, the event is internal.
    #[inline]
    pub fn of(waiting: Option<Message<S>>, choose: impl FnOnce() -> Option<Peers>) -> Self {
        match waiting {
            Some(message) => Self::Deliver(message),
            None => choose().map_or(Self::Internal, |to| Self::Send { to }),
        }
    }
}

/// What a turn does: one event, and at most one message per peer.
#[derive(Clone, Copy, Debug)]
pub struct Step<S> {
    /// The event, to be logged.
    pub event: Event<S>,
    /// The messages, to be sent after the event is logged.
    pub messages: Messages<S>,
}

/// The state of one machine: its name, the ring's size and its clock. Nothing else decides what a turn does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Process<C> {
    id: MachineId,
    ring: RingSize,
    clock: C,
}

impl<C: Clock> Process<C> {
    /// Machine `id` of a ring of this size, before its first event.
    pub fn new(id: MachineId, ring: RingSize) -> Self {
        Self::with_clock(id, ring, C::new(id))
    }

    /// Machine `id` with a clock that has been running: what a restart needs.
    pub const fn with_clock(id: MachineId, ring: RingSize, clock: C) -> Self {
        Self { id, ring, clock }
    }

    /// This machine's name.
    pub const fn id(&self) -> MachineId {
        self.id
    }

    /// The machine's clock: its value is the timestamp of the last event.
    pub const fn clock(&self) -> &C {
        &self.clock
    }

    /// One turn, one event. `now` is physical time, for clocks that use it.
    #[inline]
    pub fn step(&mut self, turn: Turn<C::Stamp>, now: UnixTime) -> Step<C::Stamp> {
        let event = match turn {
            Turn::Deliver(message) => Event {
                kind: EventKind::Receive { from: message.from, stamp: message.stamp },
                clock: self.clock.observe(&message.stamp, now),
            },
            Turn::Internal => Event { kind: EventKind::Internal, clock: self.clock.advance(now) },
            Turn::Send { to } => Event { kind: EventKind::Send { to }, clock: self.clock.advance(now) },
        };
        Step { event, messages: event.messages(self.id) }
    }

    /// The machines that a message is sent to if the experiment's die shows this face, from 1. In a ring of N machines,
    /// face k in 1..=N-1 is the k-th machine after this one, face N is all the others; any other face stands for an
    /// internal event.
    #[inline]
    pub const fn rolled(&self, face: u32) -> Option<Peers> {
        self.ring.rolled(self.id, face)
    }
}
