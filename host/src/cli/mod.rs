//! The command line: one file per command, each with its arguments, its help and its output.

mod check;
mod console;
mod experiment;
mod export;
mod id;
mod key;
mod replay;
mod report;
mod ring;
mod run_table;
mod settings;
mod signals;
mod sim;
mod storm;
mod survival;
mod sweep;
mod sweep_table;
mod watched;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// A scale model of an asynchronous distributed system: machines that tick at different speeds, send each other
/// messages over a ring of TCP connections, keep logical clocks and log every event.
#[derive(Debug, Parser)]
#[command(
    name = "clockring",
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    after_help = "Examples:
  clockring ring                                 three machines on this computer, for a minute
  clockring --id A                               machine A alone; start B and C in other terminals
  clockring --id B --listen 10.0.0.2:7101 --peer A=10.0.0.1:7101 --peer C=10.0.0.3:7101 \\
            --key-file ring.key

Exit status of every command:
  0  success
  1  a finding of check, replay or storm
  2  bad use, or nothing could be judged
  3  a run failed, or was left incomplete
  4  check: the run is right so far, and not finished"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    machine: id::IdArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ring(ring::RingArgs),
    Sim(sim::SimArgs),
    Sweep(sweep::SweepArgs),
    Storm(storm::StormArgs),
    Check(check::CheckArgs),
    Replay(replay::ReplayArgs),
    Report(report::Report),
    Export(export::Export),
    Key(key::KeyCommand),
}

/// Runs the command that the process was started with.
///
/// Failures go to standard error, and into the exit status, which `--help` explains.
pub fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(status) => status,
        Err(failure) => {
            // A user who has closed standard error still gets the exit status.
            let _ = writeln!(io::stderr(), "error: {failure}");
            failure.exit_code()
        }
    }
}

impl Cli {
    fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            None => self.machine.run(),
            Some(Command::Ring(ring)) => ring.run(),
            Some(Command::Sim(sim)) => sim.run(),
            Some(Command::Sweep(sweep)) => sweep.run(),
            Some(Command::Storm(storm)) => storm.run(),
            Some(Command::Check(check)) => check.run(),
            Some(Command::Replay(replay)) => replay.run(),
            Some(Command::Report(report)) => report.run(),
            Some(Command::Export(export)) => export.run(),
            Some(Command::Key(key)) => key.run(),
        }
    }
}
