//! Rings under faults, in virtual time, over their whole life: machines start in any order, die, stand still, are stopped
//! and come back or stay away; links break, fall silent, are slow, damage bytes and deliver in pieces; all from one seed,
//! hundreds of runs in a minute.
//!
//! After a storm, nothing goes wrong any more, and every machine must leave in time and in the right way; where that takes
//! a person, after a stop signal. Then all are started once more, and every one must end complete.
//!
//! Everything that could lose a message is the code of a live machine: its [log](crate::rundir::LogWriter) and
//! recovery, outbox, resumption, framing, intake, inbox. Only time, processes and the bytes under way are simulated.
//! The logs are real, and [`check`] judges them.

mod account;
mod chance;
mod clocks;
mod end;
mod faults;
mod links;
mod machine;
mod plan;
mod wire;
mod world;

use std::{
    fs,
    time::{Duration, Instant},
};

use clockring::{
    clock::ClockKind,
    moment::Monotonic,
    ring::{MachineId, RingSize},
};

use crate::{
    check::{self, Run},
    experiment::with_clock,
    failure::Failure,
    replay::{Difference, replay},
    rundir::RunDirectory,
};
pub use account::{Account, ByStage};
use plan::Plan;
use world::World;

/// The beginning of time.
const START: Monotonic = Monotonic::from_ns(0);

/// What is chosen of storms; the rest is drawn from their seeds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Choices {
    /// The clock that machines keep.
    pub clock: Option<ClockKind>,
    /// The number of machines.
    pub machines: Option<RingSize>,
}

/// Runs the storm of one seed in this directory, and has its logs judged.
///
/// # Errors
/// If the logs are wrong, or the run did not come to its end; with the reason.
pub fn run(seed: u64, choices: Choices, directory: &RunDirectory) -> Result<Account, Failure> {
    let failed = |error: std::io::Error| Failure::run(format!("{}: {error}", directory));
    fs::create_dir_all(directory.path()).map_err(failed)?;
    directory.remove((0..).map_while(MachineId::from_index))?;
    let plan = Plan::draw(seed, choices);
    let account = with_clock!(plan.experiment.clock, C => World::<C>::new(plan, directory).run()?);
    judge(directory)?;
    Ok(account)
}

/// The logs are right, and come out again.
fn judge(directory: &RunDirectory) -> Result<(), Failure> {
    let run = Run::load(directory)?;
    let violations = check::judge(&run).violations;
    if let Some(first) = violations.kept().first() {
        let (total, rule) = (violations.total(), first.rule);
        return Err(Failure::run(format!("{total} violations; the first breaks {rule:?}: {}", first.text)));
    }
    for log in &run.logs {
        let replayed = replay(directory, &log.manifest).map_err(|error| Failure::run(error.to_string()))?;
        if let Some(Difference { line, why, .. }) = replayed.difference {
            return Err(Failure::run(format!("{}: line {line} is replayed otherwise: {why}", log.machine)));
        }
        if Some(replayed.rows) != log.manifest.ticks {
            return Err(Failure::run(format!("{}: {} rows came out again, and not all", log.machine, replayed.rows)));
        }
    }
    Ok(())
}

/// The sum of many storms.
#[derive(Clone, Copy, Debug, Default)]
pub struct Storms {
    /// Number of runs.
    pub runs: u64,
    /// Sums over all.
    pub account: Account,
    /// The time they took.
    pub took: Duration,
}

/// Runs the storms of so many seeds from `first` on; stops at the first that fails, and says which.
///
/// # Errors
/// The seed that failed, and how.
pub fn run_many(
    first: u64,
    runs: u64,
    choices: Choices,
    directory: &RunDirectory,
    mut progress: impl FnMut(u64),
) -> Result<Storms, (u64, Failure)> {
    let began = Instant::now();
    let mut storms = Storms::default();
    for seed in (first..).take(usize::try_from(runs).unwrap_or(usize::MAX)) {
        storms.account += run(seed, choices, directory).map_err(|failure| (seed, failure))?;
        storms.runs += 1;
        progress(storms.runs);
    }
    storms.took = began.elapsed();
    Ok(storms)
}
