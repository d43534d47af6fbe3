//! The arguments of the experiment: common to `--id`, `ring` and `sim`.

use std::{path::Path, time::Duration};

use clap::Args;
use clockring::{clock::ClockKind, ring::RingSize};
use serde::{Deserialize, Serialize};

use crate::{
    duration::parse_duration,
    experiment::{Experiment, LANE_CAPACITY, Pace, PhaseChoice, SIDES_DEFAULT, SIDES_MAX},
    failure::Failure,
    rundir::{Manifest, RunDirectory, names},
    system_time,
};

/// What the experiment is.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExperimentArgs {
    /// How many machines the ring has, 2 to 26 [default: 3, or as many as --rates names]
    #[arg(long, value_name = "N")]
    machines: Option<usize>,

    /// Ticks per second of every machine: 3, 0.5, or `max` for as fast as it goes [default: drawn from 1 to 6]
    #[arg(long, value_name = "R", conflicts_with = "rates")]
    rate: Option<Pace>,

    /// Ticks per second of each machine, in ring order: 1,3,6
    #[arg(long, value_name = "R,R,…", value_delimiter = ',')]
    rates: Vec<Pace>,

    /// Faces of the die that is rolled when no message waits, at least one per machine
    #[arg(long, default_value_t = SIDES_DEFAULT, value_parser = clap::value_parser!(u32).range(2..=SIDES_MAX as i64))]
    sides: u32,

    /// Where all chance comes from: the same seed gives the same rates and the same rolls [default: random]
    #[arg(long)]
    seed: Option<u64>,

    /// Where the first tick falls: after one whole period, or at a random part of it
    #[arg(long, value_enum, default_value_t)]
    phase: PhaseChoice,

    /// Which clock the machines keep
    #[arg(long, value_name = "KIND", default_value = "lamport", value_parser = parse_clock)]
    #[serde(with = "names::clock_kind")]
    clock: ClockKind,

    /// How many messages of each link a queue holds, 1 to 4095; more wait at their senders
    #[arg(long, value_name = "N", default_value_t = LANE_CAPACITY, value_parser = parse_capacity)]
    capacity: usize,

    /// How long to tick: 60, 60s, 500ms, 2m, 1h, or `forever` [default: 60; with --resume, the time of the run]
    #[arg(long = "for", value_name = "TIME", value_parser = parse_run_length)]
    duration: Option<RunLength>,
}

/// Where a run is written to.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogArgs {
    /// The run directory, shared by the machines of a run [default: a new one under runs/]
    #[arg(long, value_name = "DIR")]
    pub(super) log_dir: Option<RunDirectory>,

    /// Replace logs that are there already
    #[arg(long)]
    pub(super) overwrite: bool,
}

impl LogArgs {
    /// The run directory: as given, or a new one named after the time.
    pub(super) fn directory(&self) -> RunDirectory {
        self.log_dir.clone().unwrap_or_else(|| RunDirectory::of_run(Path::new(RUNS_DIR), system_time::now().ns()))
    }
}

/// The directory in which runs get theirs, unless told otherwise.
pub(super) const RUNS_DIR: &str = "runs";

/// The length of a run. (No `Option`: in arguments and in JSON, that is one that may be left out.)
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum RunLength {
    For(Duration),
    Forever,
}

/// The length of a run that was given none.
const LENGTH_DEFAULT: RunLength = RunLength::For(Duration::from_secs(60));

impl RunLength {
    /// The time to tick; `None` if the run has no end.
    pub(super) const fn time(self) -> Option<Duration> {
        match self {
            Self::For(time) => Some(time),
            Self::Forever => None,
        }
    }
}

impl ExperimentArgs {
    /// The experiment that the arguments describe.
    ///
    /// # Errors
    /// If two of them contradict each other.
    pub(super) fn experiment(&self) -> Result<Experiment, Failure> {
        let machines = self.machines.unwrap_or(if self.rates.is_empty() { 3 } else { self.rates.len() });
        let ring = RingSize::new(machines).ok_or_else(|| {
            Failure::usage(format!("a ring of {machines} is not possible: give --machines 2 to {}", RingSize::MAX))
        })?;
        if !self.rates.is_empty() && self.rates.len() != machines {
            let given = self.rates.len();
            return Err(Failure::usage(format!("--rates names {given} rates, and the ring has {machines} machines")));
        }
        if (self.sides as usize) < machines {
            return Err(Failure::usage(format!(
                "--sides {} is too few for {machines} machines: each needs a face, and so does sending to all, so give \
                 at least {machines}",
                self.sides
            )));
        }
        let rates = match self.rate {
            Some(rate) => vec![Some(rate); machines],
            None if self.rates.is_empty() => vec![None; machines],
            None => self.rates.iter().copied().map(Some).collect(),
        };
        Ok(Experiment {
            ring,
            rates,
            sides: self.sides,
            seed: self.seed.map_or_else(random_seed, Ok)?,
            phase: self.phase,
            clock: self.clock,
            duration: self.duration.unwrap_or(LENGTH_DEFAULT).time(),
        })
    }
}

impl ExperimentArgs {
    /// The seed that was given, if any.
    pub(super) const fn given_seed(&self) -> Option<u64> {
        self.seed
    }

    /// The length that was given, if any.
    pub(super) const fn given_length(&self) -> Option<RunLength> {
        self.duration
    }

    /// Takes over the settings that all machines of a ring share, and its length unless another was given. Rates are in the
    /// manifest of each machine; those that are given are for one whose manifest is lost.
    pub(super) fn go_on_with(&mut self, manifest: &Manifest) {
        self.machines = Some(manifest.machines.get());
        (self.sides, self.seed) = (manifest.sides, Some(manifest.seed));
        (self.phase, self.clock) = (manifest.phase, manifest.clock);
    }

    /// Gives it a seed.
    pub(super) fn give_seed(&mut self, seed: u64) {
        self.seed = Some(seed);
    }

    /// Messages of each link that a queue holds.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }
}

/// A seed that is easy to type again.
fn random_seed() -> Result<u64, Failure> {
    getrandom::u32()
        .map(u64::from)
        .map_err(|error| Failure::run(format!("the operating system gives no random numbers ({error}): give --seed")))
}

pub(super) fn parse_clock(text: &str) -> Result<ClockKind, String> {
    ClockKind::ALL
        .into_iter()
        .find(|kind| kind.name() == text)
        .ok_or_else(|| format!("a clock is one of {}", ClockKind::ALL.map(ClockKind::name).join(", ")))
}

fn parse_capacity(text: &str) -> Result<usize, String> {
    let capacity = text.parse().ok().filter(|capacity| (1..=LANE_CAPACITY).contains(capacity));
    capacity.ok_or_else(|| format!("a queue holds 1 to {LANE_CAPACITY} messages of each link"))
}

fn parse_run_length(text: &str) -> Result<RunLength, String> {
    if text == "forever" {
        return Ok(RunLength::Forever);
    }
    match parse_duration(text)? {
        Duration::ZERO => Err("a run takes more than no time".to_owned()),
        duration => Ok(RunLength::For(duration)),
    }
}
