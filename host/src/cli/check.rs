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
    rundir::{HEADER, RunDirectory},
    wording::count,
};

const EXAMPLES: &str = "\
Examples:
  clockring check runs/today                  a run directory
  clockring check runs/today --all            with those that follow
                                              from a first cause
  clockring check runs/today --json           the same, for programs
  clockring check vm0.log vm1.log vm2.log     logs of another program: a
                                              common layout is recognised
  clockring check --pattern '(?<event>\\w+) .*clock (?<clock>\\d+)' logs/
                                              logs in any layout
  clockring check --format shiviz app.log     vector clocks of several hosts
  program | clockring check -                 standard input
  clockring check --names A,A,B a1 a2 b       A's log is in two parts
  clockring check --map receive=Empfang,send=Versand logs/
  clockring check --delimiter '^=== (.*) ===$' --format shiviz app.log
  clockring check --complete --one-run logs/  nothing is left out, and nothing
                                              begins again

Of a run directory the first causes are told, in causal order. A violation
follows from another if it is gone once the fault that the other shows is
mended: it is counted under its first cause, and --all shows it.

The groups of a pattern; without one, less can be judged:
  clock    the logical clock after the event: a number, a vector, a hybrid clock
           or a time with its process (needed)
  event    the kind of event, in words; --map gives the meaning of rare ones
  send, receive, internal
           the kind, by a group that matches only in events of that kind
  peer     the sender of a receive, the receivers of a send: numbers or names
           of machines, \"both\", \"all\", \"next\", \"previous\"
  stamp    the timestamp of the message received; of a send, if that is not
           its clock
  id       the id of the message sent or received
  queue    the length of the queue
  time     system time: a date, UNIX time, or a count with --time-unit
  host     the machine, if a file holds events of several
Patterns for common formats, and the law of judging: docs/foreign-logs.md

A log of another program is called wrong only with a proof by two or three of
its lines. A contradiction that vanishes if events are left out is listed as
wrong if the logs are complete, and does not change the exit status.

Exit status:
  0  nothing is provably wrong
  1  a rule is broken
  2  a file cannot be read, nothing shows which files belong together, or no
     rule has anything to compare
  4  a run directory is right so far, and not finished: a machine still runs,
     was killed, or gave another up; 1 goes before";

/// Say whether logs can be true: every clock, every message, every queue.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArgs {
    /// The run directory; or log files of another program, or `-` for standard input
    #[arg(value_name = "DIR|FILES", required = true)]
    paths: Vec<PathBuf>,

    /// Logs of another program: a regular expression that matches each event. Several are alternatives
    #[arg(long = "pattern", value_name = "REGEX")]
    patterns: Vec<String>,

    /// The format of logs of another program [default: recognised]
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Kinds for words of the group `event`: receive=Received,send=Sent,send-all=Broadcast,internal=Local
    #[arg(long = "map", value_name = "KIND=WORD,…", value_delimiter = ',')]
    words: Vec<Word>,

    /// The machine of each file, as events call it; files of one name are parts of one log [default: the part of the file
    /// names that differs]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    names: Vec<String>,

    /// A regular expression that matches the line between two executions in one file
    #[arg(long, value_name = "REGEX")]
    delimiter: Option<String>,

    /// The unit of times that are counts since some start
    #[arg(long, value_enum)]
    time_unit: Option<TimeUnit>,

    /// Assume that no event is left out of the logs of another program
    #[arg(long)]
    complete: bool,

    /// Assume that each log of another program is one run: a clock that begins again is wrong
    #[arg(long)]
    one_run: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Print every violation: all first causes, each with its consequences
    #[arg(long)]
    all: bool,
}

/// Violations of one rule that are printed unless all are asked for.
const SHOWN_MAX: usize = 5;

/// The result of a judgement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Right,
    Unfinished,
    Broken,
    NotJudged,
}

impl CheckArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let outcome = if self.is_foreign()? { foreign::check(&self)? } else { directory::check(&self)? };
        Ok(match outcome {
            Outcome::Right => ExitCode::SUCCESS,
            Outcome::Broken => ExitCode::from(1),
            Outcome::NotJudged => ExitCode::from(2),
            Outcome::Unfinished => ExitCode::from(4),
        })
    }

    /// Did another program write the logs? Options for such logs say so, and paths other than run directories.
    fn is_foreign(&self) -> Result<bool, Failure> {
        let is_told = !self.patterns.is_empty() || self.format.is_some() || !self.names.is_empty();
        if is_told || !self.words.is_empty() || self.delimiter.is_some() {
            return Ok(true);
        }
        let is_ours = |path: &Path| {
            let is_run = RunDirectory::at(path).machines().is_ok_and(|machines| !machines.is_empty());
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
