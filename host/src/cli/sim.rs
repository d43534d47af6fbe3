//! `sim`: the experiment in virtual time.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::experiment::{ExperimentArgs, LogArgs};
use crate::{
    failure::Failure,
    sim::{Bursts, Latency, Network, Scenario, Spells, write_run},
};

/// Run the experiment in virtual time: the same arguments give the same logs, to the byte.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  clockring sim --rates 1,3,6 --seed 1                   a minute of three machines, in milliseconds
  clockring sim --rates 1,6,6 --sides 4 --for 1h         a queue that grows for an hour
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
        let experiment = self.experiment.experiment()?;
        let scenario =
            Scenario::new(experiment, self.network.network()).map_err(|error| Failure::usage(error.to_string()))?;
        let directory = self.log.log_dir.unwrap_or_else(|| PathBuf::from("runs/sim"));
        write_run(&scenario, &directory, self.log.overwrite, |_| {})?;
        Ok(ExitCode::SUCCESS)
    }
}
