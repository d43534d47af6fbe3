//! The model: one pure function per tick.

use crate::{
    clock::Clock,
    event::{Event, EventKind, Messages},
    message::Message,
    ring::{MachineId, RingSize},
};

/// What a tick starts from: the oldest waiting message, or, if none waits, a roll of the die.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Turn<S> {
    /// The oldest waiting message is received.
    Deliver(Message<S>),
    /// No message waits; the die shows this face, from 1. In a ring of N machines, face k in 1..=N-1 sends to the
    /// k-th machine after this one, face N sends to all the others, any other face is an internal event.
    Roll(u32),
}

impl<S> Turn<S> {
    /// A tick's turn: the message that waits, or else a roll.
    pub fn of(waiting: Option<Message<S>>, roll: impl FnOnce() -> u32) -> Self {
        match waiting {
            Some(message) => Self::Deliver(message),
            None => Self::Roll(roll()),
        }
    }
}

/// What a tick does: one event, and at most one message per peer.
#[derive(Clone, Copy, Debug)]
pub struct Step<S> {
    /// The event, to be logged.
    pub event: Event<S>,
    /// The messages, to be sent after the event is logged.
    pub messages: Messages<S>,
}

/// The state of one machine: its name, the ring's size and its clock. Nothing else decides what a turn does.
#[derive(Clone, Copy, Debug)]
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

    /// One tick, one event. `now_ns` is physical time, in nanoseconds since the UNIX epoch, for clocks that use it.
    #[inline]
    pub fn step(&mut self, turn: Turn<C::Stamp>, now_ns: u64) -> Step<C::Stamp> {
        let event = match turn {
            Turn::Deliver(message) => Event {
                kind: EventKind::Receive { from: message.from, stamp: message.stamp },
                clock: self.clock.observe(&message.stamp, now_ns),
            },
            Turn::Roll(face) => Event { kind: self.rolled(face), clock: self.clock.advance(now_ns) },
        };
        Step { event, messages: event.messages(self.id) }
    }

    fn rolled(&self, face: u32) -> EventKind<C::Stamp> {
        let face = face as usize;
        let to = if face == self.ring.get() { Some(self.ring.others(self.id)) } else { self.ring.peer(self.id, face) };
        to.map_or(EventKind::Internal, |to| EventKind::Send { to })
    }
}
