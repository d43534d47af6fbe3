//! An experiment that can run in virtual time.

use std::{fmt, time::Duration};

use clockring::{
    chance::{Purpose, stream},
    ring::MachineId,
    time::Schedule,
};

use super::{delay::Delay, network::Network};
use crate::experiment::{Experiment, LANE_CAPACITY, Pace};

/// An experiment and a network, known to be possible in virtual time: it ends, and every machine has a rate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scenario {
    experiment: Experiment,
    network: Network,
    duration: Duration,
    capacity: usize,
}

impl Scenario {
    /// The experiment on this network.
    ///
    /// # Errors
    /// If it does not end, or a machine is to run as fast as it can.
    pub fn new(experiment: Experiment, network: Network) -> Result<Self, ScenarioError> {
        let duration = experiment.duration.ok_or(ScenarioError::Endless)?;
        if let Some(machine) = experiment.ring.machines().find(|machine| experiment.pace(*machine) == Pace::Max) {
            return Err(ScenarioError::NoRate(machine));
        }
        Ok(Self { experiment, network, duration, capacity: LANE_CAPACITY })
    }

    /// The same with queues that hold this many messages of each link, 1 to [`LANE_CAPACITY`].
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity.clamp(1, LANE_CAPACITY);
        self
    }

    /// Messages of each link that a queue holds.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The same with another seed.
    pub fn set_seed(&mut self, seed: u64) {
        self.experiment.seed = seed;
    }

    /// The experiment.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The time for which the machines tick.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The network's delays of messages from one machine to another.
    pub(super) fn delay(&self, from: MachineId, to: MachineId) -> Delay {
        Delay::new(&self.network, stream(self.experiment.seed, from, Purpose::Link(to)))
    }

    /// The schedule of a machine's ticks.
    pub(super) fn schedule(&self, machine: MachineId) -> Schedule {
        self.experiment.schedule(machine).expect("`new` refuses machines without a rate")
    }
}

/// Reasons why an experiment cannot run in virtual time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScenarioError {
    /// It has no end.
    Endless,
    /// This machine is to run as fast as it can, which virtual time cannot say.
    NoRate(MachineId),
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endless => f.write_str("virtual time would never end: give --for a length of time, such as 60"),
            Self::NoRate(machine) => write!(
                f,
                "machine {machine} is to run as fast as it can, which in virtual time is no rate: give it a number of \
                 ticks per second"
            ),
        }
    }
}

impl std::error::Error for ScenarioError {}
