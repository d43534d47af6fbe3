//! `sim`: the experiment in virtual time.

use std::process::ExitCode;

use clap::Args;
use clockring::ring::MachineId;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{
    experiment::{ExperimentArgs, LogArgs},
    run_table,
};
use crate::{
    failure::Failure,
    sim::{Bursts, Latency, Network, Scenario, Spells, write_run},
};

/// Run the experiment in virtual time: the same arguments give the same logs, to the byte.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  clockring sim --rates 1,3,6 --seed 1                   a minute of three machines, in milliseconds
  clockring sim --rates 1,6,6 --sides 4 --for 1h         a queue that grows for an hour
  clockring sim --rates 1,6,6 --sides 4 --capacity 20    a queue that is full, and messages that wait at their senders
  clockring sim --latency exp:50ms --stalls 2s/20s       a network with a bad day")]
pub(super) struct SimArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,

    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    log: LogArgs,

    /// Show nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// What the simulated network does to messages. Messages of one link never overtake each other.
#[derive(Clone, Debug, Args)]
pub(super) struct NetworkArgs {
    /// The time a message takes: 0.2ms, uniform:1ms..5ms, or exp:50ms (exponential, with this mean)
    #[arg(long, value_name = "TIME", default_value_t)]
    latency: Latency,

    /// Spells of more latency on each link: 100ms:2s/30s is 100 ms more for 2 s, after 30 s without, on average
    #[arg(long, value_name = "EXTRA:LENGTH/EVERY")]
    bursts: Option<Bursts>,

    /// Spells in which nothing arrives on a link: 2s/30s is for 2 s, after 30 s without, on average
    #[arg(long, value_name = "LENGTH/EVERY")]
    stalls: Option<Spells>,
}

impl NetworkArgs {
    /// The network that the arguments describe.
    pub(super) fn network(&self) -> Network {
        Network { latency: self.latency, bursts: self.bursts, stalls: self.stalls }
    }
}

impl SimArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let capacity = self.experiment.capacity();
        let experiment = self.experiment.experiment()?;
        let machines: Vec<MachineId> = experiment.ring.machines().collect();
        let scenario =
            Scenario::new(experiment, self.network.network()).map_err(|error| Failure::usage(error.to_string()))?;
        let scenario = scenario.with_capacity(capacity);
        let directory = self.log.directory();
        let progress = progress_bar(&scenario, self.quiet);
        write_run(&scenario, &directory, self.log.overwrite, |time| progress.set_position(time.as_millis() as u64))?;
        progress.finish_and_clear();
        if !self.quiet {
            run_table::print(&directory, &machines)?;
            run_table::say(&format!("seed: {}", scenario.experiment().seed));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Virtual time as it passes, in milliseconds.
fn progress_bar(scenario: &Scenario, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(scenario.duration().as_millis() as u64), target);
    let style = ProgressStyle::with_template("{wide_bar} {percent:>3} % of virtual time, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
