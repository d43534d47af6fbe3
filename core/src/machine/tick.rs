//! The events a machine makes, and their times.

use super::{
    life::{Logged, Machine},
    outbox::Recent,
    run_time::RunTime,
};
use crate::{
    clock::Clock,
    cursor::Cursor,
    event::Event,
    moment::{Elapsed, Monotonic, UnixTime},
    process::Turn,
    ring::Peers,
};

/// One event of a machine, to be logged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Row<S> {
    /// Its number, from 1.
    pub tick: u64,
    /// Its time.
    pub elapsed: Elapsed,
    /// The event.
    pub event: Event<S>,
}

impl<C: Clock, R: Recent<C::Stamp>, const PEERS: usize> Machine<C, R, PEERS> {
    /// The run began at this moment: physical time is counted from it.
    pub const fn start_at(&mut self, started: UnixTime) {
        self.started = Some(started);
    }

    /// The time of the run. One that goes on from its log begins at the largest that it or a peer knows of.
    pub const fn time(&self) -> RunTime {
        self.time
    }

    /// The time since the start of the run.
    pub fn elapsed(&self, now: Monotonic) -> Elapsed {
        self.time.at(now)
    }

    /// One event. Its messages can be sent when it is in the log, and [`Machine::logged`] was told.
    #[inline]
    pub fn step(&mut self, turn: Turn<C::Stamp>, now: Monotonic) -> Row<C::Stamp> {
        let elapsed = self.time.at(now);
        self.make(turn, elapsed)
    }

    // The row goes through memory otherwise, in pieces that the processor cannot forward to the reads of its whole.
    #[inline(always)]
    pub(super) fn make(&mut self, turn: Turn<C::Stamp>, elapsed: Elapsed) -> Row<C::Stamp> {
        let step = self.process.step(turn, self.started.unwrap_or(UnixTime::EPOCH).at(elapsed));
        self.outbox.add(&step.event);
        for message in step.messages {
            let place = self.settings.ring.distance(message.from, message.to).wrapping_sub(1);
            if let Some(peer) = self.peers.get_mut(place) {
                peer.sent = Cursor::after(&message.stamp, message.from);
            }
        }
        self.ticks += 1;
        Row { tick: self.ticks, elapsed, event: step.event }
    }

    /// The machines that a message is sent to if the experiment's die shows this face: see [`Process::rolled`](crate::process::Process::rolled).
    pub const fn rolled(&self, face: u32) -> Option<Peers> {
        self.process.rolled(face)
    }

    /// Number of events made.
    pub const fn ticks(&self) -> u64 {
        self.ticks
    }

    /// All rows so far are in the log: their messages may be sent.
    pub const fn logged(&mut self) {
        self.logged = Logged { ticks: self.ticks, sends: self.outbox.made(), sent: self.outbox.latest() };
    }
}
