//! `storm`: simulated rings under faults, each of them checked.

use std::{fs, process::ExitCode};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::run_table::say;
use crate::{failure::Failure, rundir::RunDirectory, storm, wording::count};

/// Run rings under faults in virtual time, and check each
///
/// Machines die and come back, stop, and lose their links, at moments drawn from the seed. Nothing may be lost, nothing
/// may come twice, and no timestamp may be used again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  clockring storm                                1,000 runs
  clockring storm --seed 17 --runs 1 --log-dir d     one of them again, to look at its logs")]
pub(super) struct StormArgs {
    /// The seed of the first run; each that follows has the next
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// How many runs
    #[arg(long, default_value_t = 1_000)]
    runs: u64,

    /// Where the logs of the last run go [default: nowhere, unless it fails]
    #[arg(long, value_name = "DIR")]
    log_dir: Option<RunDirectory>,

    /// Show nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

impl StormArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let passing = std::env::temp_dir().join(format!("clockring-storm-{}", std::process::id()));
        let passing = RunDirectory::at(passing);
        let directory = self.log_dir.as_ref().unwrap_or(&passing);
        let target = if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let progress = ProgressBar::with_draw_target(Some(self.runs), target);
        let storms = storm::run_many(self.seed, self.runs, directory, |runs| progress.set_position(runs));
        progress.finish_and_clear();
        let storms = match storms {
            Ok(storms) => storms,
            Err((seed, failure)) => {
                say(&format!(
                    "seed {seed}: {failure}\nlogs: {}\nagain: clockring storm --seed {seed} --runs 1 --log-dir storm-{seed}",
                    directory
                ));
                return Ok(ExitCode::from(1));
            }
        };
        if self.log_dir.is_none() {
            let _ = fs::remove_dir_all(passing.path());
        }
        if !self.quiet {
            let storm::Account { deaths, stops, cuts, events } = storms.account;
            say(&format!(
                "{}, all right: {} through {}, {} and {}, in {:.1} s",
                count(storms.runs, "run"),
                count(events, "event"),
                count(deaths, "death"),
                count(stops, "stop"),
                count(cuts, "cut link"),
                storms.took.as_secs_f64()
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}
