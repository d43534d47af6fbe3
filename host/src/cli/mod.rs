//! The command line: one file per command, each with its arguments, its help and what it prints.

mod experiment;
mod export;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// A scale model of an asynchronous distributed system: machines that tick at different speeds, send each other
/// messages over a ring of TCP connections, keep logical clocks and log every event.
#[derive(Debug, Parser)]
#[command(name = "clockring", version, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Export(export::Export),
}

/// Runs the command that the process was started with.
///
/// What goes wrong is said on standard error, and told by the exit status: 1 a finding, 2 bad use, 3 a run that
/// failed.
pub fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(status) => status,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit_code()
        }
    }
}

impl Cli {
    fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            None => Ok(ExitCode::SUCCESS),
            Some(Command::Export(export)) => export.run(),
        }
    }
}
