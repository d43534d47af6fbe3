//! `check`: is every log causally right?

mod directory;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  clockring check runs/today                       judge a run
  clockring check runs/today --json | jq .rules    the same, for programs
  clockring check runs/today --all                 every violation, not only the first of each rule

Exit status: 0 nothing is wrong, 1 a rule is broken, 2 something could not be read.";

/// Say whether logs can be true: every clock, every message, every queue.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArgs {
    /// The run directory
    #[arg(value_name = "DIR", required = true)]
    paths: Vec<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Print every violation, not only the first few of each rule
    #[arg(long)]
    all: bool,
}

/// How many violations of one rule are printed unless all are asked for.
const SHOWN_MAX: usize = 5;

impl CheckArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let mut broken = false;
        for path in &self.paths {
            broken |= directory::check(path, &self)?;
        }
        Ok(if broken { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    fn shown_max(&self) -> usize {
        if self.all { usize::MAX } else { SHOWN_MAX }
    }
}
