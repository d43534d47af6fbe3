//! `storm`: simulated rings under faults, each of them checked.

use std::{fs, process::ExitCode};

use clap::Args;
use clockring::{clock::ClockKind, ring::RingSize};
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::{experiment::parse_clock, run_table::say};
use crate::{
    failure::Failure,
    rundir::RunDirectory,
    storm::{self, Choices, Fault},
    wording::count,
};

/// Run rings under faults in virtual time, and check each
///
/// Machines start in any order, die and come back or stay away, stand still, are stopped, and lose their links; wall clocks
/// are set, computers lose power, logs are damaged, strangers call: at moments drawn from the seed. Nothing may be lost,
/// nothing may come twice, no timestamp may be used again, and every machine must leave in time and say truly how. The
/// cost of a damaged file or a loss of power has to be told. A run that fails is made smaller first.
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

    /// Kinds of faults that do not happen, such as `deaths,links`
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = parse_fault)]
    without: Vec<Fault>,

    /// No more faults than so many in each run
    #[arg(long, value_name = "COUNT")]
    faults: Option<u64>,

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
        let choices =
            Choices { clock: self.clock, machines: self.machines, without: self.without.clone(), faults: self.faults };
        let progress = ProgressBar::with_draw_target(Some(self.runs), target);
        let storms = storm::run_many(self.seed, self.runs, &choices, directory, |runs| progress.set_position(runs));
        progress.finish_and_clear();
        let storms = match storms {
            Ok(storms) => storms,
            Err((seed, failure)) => {
                say(&format!("seed {seed}: {failure}"));
                let fewer = storm::shrink(choices.clone(), |fewer| storm::run(seed, fewer, directory).is_err());
                let still = storm::run(seed, &fewer, directory).err();
                let still = still.filter(|_| fewer != choices).map(|still| format!("with fewer faults: {still}\n"));
                say(&format!("{}logs: {directory}\nagain: {}", still.unwrap_or_default(), again(seed, &fewer)));
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
                power_cuts,
                tampered,
                refused,
                strangers,
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
                ("power cut", power_cuts),
                ("stranger", strangers),
                ("stop signal", signals),
            ] {
                say(&format!("{}: {by_stage}", count(by_stage.total(), what)));
            }
            say(&format!(
                "{} that did not start, since wall clocks were too far apart",
                count(clocks_apart, "machine")
            ));
            say(&format!("{} changed by other hands", count(tampered, "log")));
            say(&format!("{} of a machine to go on from the rest of its files", count(refused, "refusal")));
            say(&format!("{} away until all were started again", count(absences, "machine")));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The command that runs the storm of this seed again.
fn again(seed: u64, choices: &Choices) -> String {
    let Choices { clock, machines, without, faults } = choices;
    let clock = clock.map(|clock| format!(" --clock {}", clock.name())).unwrap_or_default();
    let machines = machines.map(|machines| format!(" --machines {}", machines.get())).unwrap_or_default();
    let names: Vec<&str> = without.iter().map(|fault| fault.name()).collect();
    let without = if names.is_empty() { String::new() } else { format!(" --without {}", names.join(",")) };
    let faults = faults.map(|faults| format!(" --faults {faults}")).unwrap_or_default();
    format!("clockring storm --seed {seed} --runs 1{clock}{machines}{without}{faults} --log-dir storm-{seed}")
}

fn parse_fault(text: &str) -> Result<Fault, String> {
    let names = || Fault::ALL.map(Fault::name).join(", ");
    let fault = Fault::ALL.into_iter().find(|fault| fault.name() == text);
    fault.ok_or_else(|| format!("it is none of {}", names()))
}

fn parse_size(text: &str) -> Result<RingSize, String> {
    let size = text.parse().ok().and_then(RingSize::new);
    size.ok_or_else(|| format!("a ring has 2 to {} machines", RingSize::MAX))
}
