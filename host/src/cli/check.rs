//! `check`: is every log causally right?

mod directory;
mod directory_json;
mod foreign;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};

use crate::{failure::Failure, foreign::Word};

const EXAMPLES: &str = "\
Examples:
  clockring check runs/today                       judge a run
  clockring check runs/today --json | jq .rules    the same, for programs
  clockring check runs/today --all                 every violation, also those that follow from a first cause
  clockring check --format shiviz app.log          vector clocks in the ShiViz format
  clockring check --pattern '(?<event>\\w+) .*clock (?<clock>\\d+)' vm0.log vm1.log vm2.log

Of a run directory the first causes are told, in causal order. A violation follows from another if it is gone once the \
fault that the other shows is mended: it is counted under its first cause, and --all shows it.

Logs of other programs, one per machine, are read with --pattern: a regular expression that matches each event, with \
named groups for what it tells:
  clock   the logical clock after the event: a number, or a vector (needed)
  event   what happened; --map tells which words mean what, if they are not common ones
  peer    the sender of a receive, or the receivers of a send: a machine's number or name, several, or \"both\", \"all\"
  stamp   the timestamp of the message received, or sent if it is not the clock
  queue   the length of the queue
  time    when it was: seconds, UNIX time, or a date and time
  host    the machine, if a file holds events of several
A group that is not there only means that less can be judged. docs/foreign-logs.md has patterns for common formats.

Exit status: 0 nothing is wrong, 1 a rule is broken, 2 something could not be read.";

/// Say whether logs can be true: every clock, every message, every queue.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArgs {
    /// The run directory; or the log files of another program, with --pattern or --format
    #[arg(value_name = "DIR|FILES", required = true)]
    paths: Vec<PathBuf>,

    /// Read files of another program: a regular expression that matches each event. Several are alternatives
    #[arg(long = "pattern", value_name = "REGEX")]
    patterns: Vec<String>,

    /// The format of files of another program
    #[arg(long, value_enum)]
    format: Option<ForeignFormat>,

    /// What the words of the group `event` mean: receive=Received,send=Sent,send-all=Broadcast,internal=Local
    #[arg(long = "map", value_name = "KIND=WORD,…", value_delimiter = ',', requires = "patterns")]
    words: Vec<Word>,

    /// What events call the machines, in the order of the files [default: what tells the file names apart]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "patterns")]
    names: Vec<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Print every violation: all first causes, each with its consequences
    #[arg(long)]
    all: bool,
}

/// Formats of other programs that need no pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum ForeignFormat {
    /// Events with vector clocks, as ShiViz reads and GoVector writes them
    Shiviz,
}

/// How many violations of one rule are printed unless all are asked for.
const SHOWN_MAX: usize = 5;

impl CheckArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let broken = if self.patterns.is_empty() && self.format.is_none() {
            directory::check(&self)?
        } else {
            foreign::check(&self)?
        };
        Ok(if broken { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    fn shown_max(&self) -> usize {
        if self.all { usize::MAX } else { SHOWN_MAX }
    }
}

/// `3 violations`, `1 violation`.
fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
