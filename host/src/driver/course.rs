//! A machine's turns at its ticks: the experiment's die and schedule.

use std::{fmt, time::Duration};

use clockring::{
    chance::{Die, Stream},
    clock::Clock,
    event::EventKind,
    machine::Received,
    message::Message,
    moment::{Elapsed, Monotonic, UnixTime},
    process::Turn,
    ring::MachineId,
    time::Schedule,
};

use super::Core;
use crate::{
    experiment::Experiment,
    rundir::{Row, StampText},
};

/// The course of one machine through an experiment. It follows from the experiment and the log, so that a machine that
/// died goes on by living its log again.
#[derive(Debug)]
pub(crate) struct Course {
    die: Die<Stream>,
    /// `None`: as fast as it goes.
    schedule: Option<Schedule>,
    end: Elapsed,
}

impl Course {
    /// Before the first tick.
    pub(crate) fn new(id: MachineId, experiment: &Experiment) -> Self {
        let duration = experiment.duration;
        Self {
            die: experiment.die(id),
            schedule: experiment.schedule(id),
            end: Elapsed::default().after(duration.unwrap_or(Duration::MAX)),
        }
    }

    /// Do ticks come at a rate, rather than as fast as it goes?
    pub(crate) const fn is_paced(&self) -> bool {
        self.schedule.is_some()
    }

    /// Counts a tick as made if one is due at this time of the run; returns its lateness in nanoseconds.
    pub(crate) fn take_tick(&mut self, elapsed: Elapsed) -> Option<u64> {
        let Some(schedule) = &mut self.schedule else { return (elapsed < self.end).then_some(0) };
        let due = schedule.due();
        if due > elapsed || due > self.end {
            return None;
        }
        schedule.advance();
        Some(elapsed.ns() - due.ns())
    }

    /// Has the time passed, and has every tick that was due in it been made?
    pub(crate) fn is_over(&self, elapsed: Elapsed) -> bool {
        let made = self.schedule.as_ref().is_none_or(|schedule| schedule.due() > self.end);
        made && elapsed >= self.end
    }

    /// Time until the next tick, or until the time has passed.
    pub(crate) fn wait(&self, elapsed: Elapsed) -> Duration {
        let next = self.schedule.as_ref().map_or(Elapsed::default(), |schedule| schedule.due().min(self.end));
        next.since(elapsed)
    }

    /// Makes the event of a tick: of the oldest message, or of a roll. Returns its row, of a run that `started`
    /// then, with so many messages `waiting` after it.
    #[inline(always)]
    pub(crate) fn make<C: Clock>(
        &mut self,
        core: &mut Core<C>,
        (received, waiting): (Option<Received<C::Stamp>>, usize),
        started: UnixTime,
        now: Monotonic,
    ) -> Row<C::Stamp> {
        let turn = self.turn(core, received.map(|received| received.message));
        let made = core.step(turn, now);
        Row::of(&made, started, waiting, received.map(|received| core.elapsed(received.at)))
    }

    /// Decides the turn of a tick.
    #[inline]
    fn turn<C: Clock>(&mut self, core: &Core<C>, waiting: Option<Message<C::Stamp>>) -> Turn<C::Stamp> {
        Turn::of(waiting, || core.rolled(self.die.roll()))
    }

    /// Makes the tick of the next row of the log again, of a run that began at `started`.
    ///
    /// # Errors
    /// If this machine would have done something else: the log is of another experiment, or has been changed.
    pub(crate) fn relive<C>(
        &mut self,
        core: &mut Core<C>,
        row: &Row<C::Stamp>,
        started: UnixTime,
    ) -> Result<(), Differs>
    where
        C: Clock,
        C::Stamp: StampText,
    {
        let waiting = match row.event.kind {
            EventKind::Receive { from, stamp } => Some(Message { from, to: core.id(), stamp }),
            EventKind::Internal | EventKind::Send { .. } => None,
        };
        let turn = self.turn(core, waiting);
        let again = core.relive(turn, Elapsed::default().after(row.time.since(started)));
        if let Some(schedule) = &mut self.schedule {
            schedule.advance();
        }
        if core.ticks() != row.tick {
            return Err(Differs::Tick { expected: core.ticks() });
        }
        if again != row.event { Err(Differs::Event) } else { Ok(()) }
    }
}

/// The difference between a row and the replay of its machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Differs {
    /// It has another tick's number.
    Tick {
        /// The number it should have.
        expected: u64,
    },
    /// It has another event or clock.
    Event,
    /// It receives a message that a row before it received.
    Repeats,
    /// It was made before the row before it.
    Time,
}

impl fmt::Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tick { expected } => write!(f, "its tick should be {expected}"),
            Self::Event => f.write_str("with this seed and these rows before it, another event or clock comes here"),
            Self::Repeats => f.write_str("it receives a message a second time"),
            Self::Time => f.write_str("its time is before that of the row before it"),
        }
    }
}
