//! `check`: is every log causally right?

mod directory;
mod directory_json;
mod foreign;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;

use crate::{
    failure::Failure,
    foreign::{Asked, Format, TimeUnit, Word},
    rundir::{HEADER, machines_in},
    wording::count,
};

const EXAMPLES: &str = "\
Examples:
  clockring check runs/today                       judge a run
  clockring check runs/today --json | jq .rules    the same, for programs
  clockring check runs/today --all                 every violation, also those that follow from a first cause
  clockring check vm0.log vm1.log vm2.log          logs of another program; the layout is guessed, and named
  clockring check --format shiviz app.log          vector clocks in the ShiViz format
  clockring check --pattern '(?<event>\\w+) .*clock (?<clock>\\d+)' vm0.log vm1.log vm2.log

Logs of other programs are read with --pattern: a regular expression that matches each event, with named groups for \
what it tells:
  clock     the logical clock after the event: a number, a vector, a hybrid clock, a time with its process (needed)
  event     the kind of event, in words; --map tells them, if they are not common ones
  send, receive, internal   the kind, by a group that matches only events of that kind
  peer      the sender of a receive, or the receivers of a send: a machine's number or name, several, or \"both\", \"all\"
  stamp     the timestamp of the message received, or sent if it is not the clock
  id        the id of the message sent or received
  queue     the length of the queue
  time      system time: a date, UNIX time, or a count since a start with --time-unit
  host      the machine, if a file holds events of several
Without a group less can be judged. docs/foreign-logs.md has patterns for common formats.

A finding needs a proof by two or three lines. --complete and --one-run give assumptions that a log cannot show.

Exit status: 0 nothing is provably wrong, 1 a rule is broken, 2 a file could not be read, or nothing could be judged.";

/// Say whether logs can be true: every clock, every message, every queue.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArgs {
    /// The run directory; or log files of another program, or `-` for standard input
    #[arg(value_name = "DIR|FILES", required = true)]
    paths: Vec<PathBuf>,

    /// Read files of another program: a regular expression that matches each event. Several are alternatives
    #[arg(long = "pattern", value_name = "REGEX")]
    patterns: Vec<String>,

    /// The format of files of another program
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// What the words of the group `event` mean: receive=Received,send=Sent,send-all=Broadcast,internal=Local
    #[arg(long = "map", value_name = "KIND=WORD,…", value_delimiter = ',')]
    words: Vec<Word>,

    /// The machine of each file, in the order of the files, as events call it; files of one name are parts of one log
    /// [default: what tells the file names apart]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    names: Vec<String>,

    /// A file holds several executions: a regular expression that matches the line between them
    #[arg(long, value_name = "REGEX")]
    delimiter: Option<String>,

    /// The unit of times that are counts since some start
    #[arg(long, value_enum)]
    time_unit: Option<TimeUnit>,

    /// No event is left out of the logs of another program
    #[arg(long)]
    complete: bool,

    /// Each log of another program is one run, so that a clock that begins again is wrong
    #[arg(long)]
    one_run: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Print every violation: all first causes, each with its consequences
    #[arg(long)]
    all: bool,
}

/// How many violations of one rule are printed unless all are asked for.
const SHOWN_MAX: usize = 5;

/// The result of a judgement.
enum Outcome {
    Right,
    Broken,
    NotJudged,
}

impl CheckArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let outcome = if self.is_foreign()? {
            foreign::check(&self)?
        } else if directory::check(&self)? {
            Outcome::Broken
        } else {
            Outcome::Right
        };
        Ok(match outcome {
            Outcome::Right => ExitCode::SUCCESS,
            Outcome::Broken => ExitCode::from(1),
            Outcome::NotJudged => ExitCode::from(2),
        })
    }

    /// Did another program write the logs? Options for such logs say so, and paths other than run directories.
    fn is_foreign(&self) -> Result<bool, Failure> {
        let is_told = !self.patterns.is_empty() || self.format.is_some() || !self.names.is_empty();
        if is_told || !self.words.is_empty() || self.delimiter.is_some() {
            return Ok(true);
        }
        let is_ours = |path: &Path| {
            let is_run = machines_in(path).is_ok_and(|machines| !machines.is_empty());
            let is_empty = path.read_dir().is_ok_and(|mut entries| entries.next().is_none());
            is_run || is_empty || !path.exists()
        };
        let is_file = |path: &Path| path == Path::new("-") || path.is_file();
        for path in self.paths.iter().filter(|path| path.is_file()) {
            let text = std::fs::read(path).unwrap_or_default();
            if text.starts_with(HEADER.as_bytes()) {
                return Err(Failure::usage(format!(
                    "{} is a file: give the run directory that it is in",
                    path.display()
                )));
            }
        }
        Ok(self.paths.iter().any(|path| is_file(path) || !is_ours(path)))
    }

    /// The options that concern logs of other programs.
    fn asked(&self) -> Asked {
        Asked {
            patterns: self.patterns.clone(),
            format: self.format,
            words: self.words.clone(),
            names: self.names.clone(),
            delimiter: self.delimiter.clone(),
            time_unit: self.time_unit,
            is_complete: self.complete,
            is_one_run: self.one_run,
        }
    }

    fn shown_max(&self) -> usize {
        if self.all { usize::MAX } else { SHOWN_MAX }
    }
}
