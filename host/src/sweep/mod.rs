//! Many simulated runs over a grid of settings, and their statistics beside the theory.
//!
//! A [`Grid`] is the experiment as data; [`Grid::plan`] spells it out into settings and cuts the runs of each into
//! jobs; [`work`] does jobs on all cores; a [`Part`] keeps finished ones; [`tallies`] puts the jobs of each setting
//! together, in the order of the plan, so that the result is the same, to the byte, for any workers in any order.
//!
//! Sweeps are of Lamport's clock: theory speaks of its jumps.

pub mod csv;
mod experiment_file;
mod grid;
mod measure;
mod moments;
mod part;
mod plan;
mod workers;

pub use experiment_file::ExperimentFile;
pub use grid::{Grid, Impossible, Rates};
pub use measure::{Measure, Tally};
pub use moments::Moments;
pub use part::{Part, Results, Shard, merge};
pub use plan::{Job, Plan, SettingText};
pub use workers::work;

/// The name of a sweep that was given none.
pub const NAME_DEFAULT: &str = "sweep";

/// The tallies of every setting's machines, once all jobs are done.
pub fn tallies(plan: &Plan, results: &Results) -> Vec<Vec<Tally>> {
    let ring = |setting: &crate::sim::Scenario| setting.experiment().ring.get();
    let mut whole: Vec<_> = plan.settings().iter().map(|setting| vec![Tally::default(); ring(setting)]).collect();
    for (job, tallies) in results {
        let setting = &mut whole[plan.jobs()[*job].setting];
        setting.iter_mut().zip(tallies).for_each(|(whole, part)| whole.merge(part));
    }
    whole
}
