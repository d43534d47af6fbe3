//! Rings under faults, in virtual time, over their whole life: machines start in any order, die, stand still, are stopped
//! and come back or stay away; links break, fall silent, are slow, damage bytes and deliver in pieces; all from one seed,
//! hundreds of runs in a minute.
//!
//! After a storm, nothing goes wrong any more, and every machine must leave in time and in the right way; where that takes
//! a person, after a stop signal. Then all are started once more, and every one must end complete.
//!
//! Everything that could lose a message is the code of a live machine: its [log](crate::rundir::LogWriter) and
//! recovery, outbox, resumption, framing, intake, inbox. Only time, processes and the bytes under way are simulated.
//! The logs are real, and [`check`](crate::check) judges them.

mod account;
mod chance;
mod choices;
mod clocks;
mod disk;
mod end;
mod faults;
mod harm;
mod judgement;
mod links;
mod machine;
mod plan;
mod shrink;
mod strangers;
mod wire;
mod world;

use std::{
    fs,
    time::{Duration, Instant},
};

use clockring::{moment::Monotonic, ring::MachineId};

use crate::{experiment::with_clock, failure::Failure, rundir::RunDirectory};
pub use account::{Account, ByStage};
pub use choices::{Choices, Fault};
use plan::Plan;
pub use shrink::shrink;
use world::World;

/// The beginning of time.
const START: Monotonic = Monotonic::from_ns(0);

/// Runs the storm of one seed in this directory, and has its logs judged.
///
/// # Errors
/// If the logs are wrong, or the run did not come to its end; with the reason.
pub fn run(seed: u64, choices: &Choices, directory: &RunDirectory) -> Result<Account, Failure> {
    let failed = |error: std::io::Error| Failure::run(format!("{}: {error}", directory));
    fs::create_dir_all(directory.path()).map_err(failed)?;
    directory.remove((0..).map_while(MachineId::from_index))?;
    let plan = Plan::draw(seed, choices);
    with_clock!(plan.experiment.clock, C => World::<C>::new(plan, choices, directory).run())
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
    choices: &Choices,
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
