//! A machine's turns at its ticks: the experiment's die and schedule.

use std::fmt;

use clockring::{
    chance::{Die, Stream},
    clock::Clock,
    event::EventKind,
    message::Message,
    moment::{Elapsed, UnixTime},
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
    pub(crate) schedule: Option<Schedule>,
}

impl Course {
    /// Before the first tick.
    pub(crate) fn new(id: MachineId, experiment: &Experiment) -> Self {
        Self { die: experiment.die(id), schedule: experiment.schedule(id) }
    }

    /// Decides the turn of a tick.
    #[inline]
    pub(crate) fn turn<C: Clock>(&mut self, core: &Core<C>, waiting: Option<Message<C::Stamp>>) -> Turn<C::Stamp> {
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
        let again = core.relive(turn, Elapsed::from_ns(row.time_ns.saturating_sub(started.ns())));
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
}

impl fmt::Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tick { expected } => write!(f, "its tick should be {expected}"),
            Self::Event => f.write_str("with this seed and these rows before it, another event or clock comes here"),
        }
    }
}
