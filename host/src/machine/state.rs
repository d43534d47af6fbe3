//! What decides a machine's next tick: clock, die, schedule and the number of ticks made.
//!
//! All of it follows from the experiment and the log, so a machine that died goes on by living its log again.

use std::fmt;

use clockring::{
    chance::{Die, Stream},
    clock::Clock,
    event::EventKind,
    message::Message,
    process::{Process, Step, Turn},
    ring::MachineId,
    time::Schedule,
};

use crate::{
    experiment::Experiment,
    rundir::{Row, StampText},
};

/// The state of one machine between two ticks.
#[derive(Debug)]
pub(crate) struct State<C> {
    process: Process<C>,
    die: Die<Stream>,
    /// `None`: as fast as it goes.
    pub(crate) schedule: Option<Schedule>,
    /// How many ticks have been made.
    pub(crate) ticks: u64,
    /// The time of the last of them, in nanoseconds since the UNIX epoch; 0 before the first.
    pub(crate) last_ns: u64,
}

impl<C: Clock> State<C> {
    /// Before the first tick.
    pub(crate) fn new(id: MachineId, experiment: &Experiment) -> Self {
        Self {
            process: Process::new(id, experiment.ring),
            die: experiment.die(id),
            schedule: experiment.schedule(id),
            ticks: 0,
            last_ns: 0,
        }
    }

    /// One tick. Its place in the schedule is for the timer to count.
    #[inline]
    pub(crate) fn step(&mut self, waiting: Option<Message<C::Stamp>>, now_ns: u64) -> Step<C::Stamp> {
        self.ticks += 1;
        self.last_ns = now_ns;
        self.process.step(Turn::of(waiting, || self.die.roll()), now_ns)
    }

    /// Makes the tick of the next row of the log again.
    ///
    /// # Errors
    /// If this machine would have done something else: the log is of another experiment, or has been changed.
    pub(crate) fn relive(&mut self, row: &Row<C::Stamp>) -> Result<(), Differs>
    where
        C::Stamp: StampText,
    {
        let waiting = match row.event.kind {
            EventKind::Receive { from, stamp } => Some(Message { from, to: self.process.id(), stamp }),
            EventKind::Internal | EventKind::Send { .. } => None,
        };
        let again = self.step(waiting, row.time_ns).event;
        if let Some(schedule) = &mut self.schedule {
            schedule.advance();
        }
        if self.ticks != row.tick {
            return Err(Differs::Tick { expected: self.ticks });
        }
        if again != row.event {
            return Err(Differs::Event);
        }
        Ok(())
    }
}

/// How a row differs from what its machine does.
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
