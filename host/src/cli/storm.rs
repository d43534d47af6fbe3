//! `storm`: simulated rings under faults, each of them checked.

use std::{fs, process::ExitCode};

use clap::Args;
use clockring::{clock::ClockKind, ring::RingSize};
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::{experiment::parse_clock, run_table::say};
use crate::{failure::Failure, rundir::RunDirectory, storm, wording::count};

/// Run rings under faults in virtual time, and check each
///
/// Machines start in any order, die and come back or stay away, stand still, are stopped, and lose their links, at moments
/// drawn from the seed. Nothing may be lost, nothing may come twice, no timestamp may be used again, and every machine must
/// leave in time and say truly how.
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

    /// The clock that the machines keep [default: drawn from the seed]
    #[arg(long, value_name = "KIND", value_parser = parse_clock)]
    clock: Option<ClockKind>,

    /// The number of machines, 2 to 26 [default: drawn from the seed, mostly 2 to 4]
    #[arg(long, value_name = "N", value_parser = parse_size)]
    machines: Option<RingSize>,

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
        let choices = storm::Choices { clock: self.clock, machines: self.machines };
        let progress = ProgressBar::with_draw_target(Some(self.runs), target);
        let storms = storm::run_many(self.seed, self.runs, choices, directory, |runs| progress.set_position(runs));
        progress.finish_and_clear();
        let storms = match storms {
            Ok(storms) => storms,
            Err((seed, failure)) => {
                say(&format!("seed {seed}: {failure}\nlogs: {directory}\nagain: {}", self.again(seed)));
                return Ok(ExitCode::from(1));
            }
        };
        if self.log_dir.is_none() {
            let _ = fs::remove_dir_all(passing.path());
        }
        if !self.quiet {
            let storm::Account {
                deaths,
                cuts,
                silences,
                slow,
                damages,
                pauses,
                clocks_set,
                clocks_apart,
                signals,
                absences,
                events,
            } = storms.account;
            let took = storms.took.as_secs_f64();
            say(&format!(
                "{}, all right, in {took:.1} s ({:.0} a second): {}",
                count(storms.runs, "run"),
                storms.runs as f64 / took,
                count(events, "event"),
            ));
            for (what, by_stage) in [
                ("death", deaths),
                ("cut link", cuts),
                ("silent link", silences),
                ("slow link", slow),
                ("damaged byte", damages),
                ("pause", pauses),
                ("set clock", clocks_set),
                ("stop signal", signals),
            ] {
                say(&format!("{}: {by_stage}", count(by_stage.total(), what)));
            }
            say(&format!(
                "{} that did not start, since wall clocks were too far apart",
                count(clocks_apart, "machine")
            ));
            say(&format!("{} away until all were started again", count(absences, "machine")));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The command that runs the storm of this seed again.
    fn again(&self, seed: u64) -> String {
        let clock = self.clock.map(|clock| format!(" --clock {}", clock.name())).unwrap_or_default();
        let machines = self.machines.map(|machines| format!(" --machines {}", machines.get())).unwrap_or_default();
        format!("clockring storm --seed {seed} --runs 1{clock}{machines} --log-dir storm-{seed}")
    }
}

fn parse_size(text: &str) -> Result<RingSize, String> {
    let size = text.parse().ok().and_then(RingSize::new);
    size.ok_or_else(|| format!("a ring has 2 to {} machines", RingSize::MAX))
}
