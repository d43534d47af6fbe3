//! Logs that others wrote: text with one event per match of a pattern.
//!
//! Such a log may lack what would identify a message, and may leave out events. So a rule is broken here only where no
//! reading of the log makes it right; whatever is merely against the exercise, or a habit of its writer, is a remark.
//! What the columns at hand do not allow to judge is said.

pub mod clock_text;
mod events;
mod log;
mod names;
mod pattern;
mod reception;
mod scalar;
mod sends;
mod shiviz;
mod source;
pub mod time_text;
mod unstamped;
mod vector;
mod words;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use events::read_events;
pub use log::{Carried, FileLine, ForeignEvent, ForeignLog, ForeignRun, Unmatched};
pub use pattern::{GROUPS, Pattern};
pub use source::Source;
pub use words::{Kind, RawClock, Word, Words};

use crate::check::{Rule, Violations};
use crate::failure::Failure;

/// What was found in logs of others.
#[derive(Clone, Debug, Default)]
pub struct ForeignVerdict {
    /// What cannot be true.
    pub violations: Violations<FileLine>,
    /// What is odd, but not wrong.
    pub remarks: Vec<String>,
    /// The rules that were judged, each with what it means here.
    pub judged: Vec<(Rule, &'static str)>,
    /// Those that were not, each with the reason.
    pub unjudged: Vec<(Rule, &'static str)>,
    /// Per machine, how many receives break the clock condition.
    pub receives: Vec<Judgement>,
}

/// How the receives of a machine fare under the clock condition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Judgement {
    /// The machine.
    pub machine: String,
    /// Its receives.
    pub receives: u64,
    /// Those that are provably not later than their sends.
    pub wrong: u64,
}

impl Judgement {
    fn of(machine: &str) -> Self {
        Self { machine: machine.to_owned(), receives: 0, wrong: 0 }
    }
}

impl ForeignVerdict {
    fn judged(&mut self, rule: Rule, meaning: &'static str) {
        self.judged.push((rule, meaning));
    }

    fn unjudged(&mut self, rule: Rule, reason: &'static str) {
        self.unjudged.push((rule, reason));
    }
}

/// Reads a run from files in which a pattern finds events: one file per machine, or one host per machine if the pattern
/// has the group `host`.
///
/// # Errors
/// If the pattern is of no use, or a file has no event. The message names the file and line.
pub fn read_with_pattern(
    files: &[PathBuf],
    patterns: &[String],
    words: &Words,
    names: Option<&[String]>,
) -> Result<ForeignRun, Failure> {
    let pattern = Pattern::new(patterns)?;
    let sources = Source::read_all(files)?;
    let run = read_events(&sources, &pattern, words, names)?;
    let events = || run.logs.iter().flat_map(|log| &log.events);
    let is_number = |event: &ForeignEvent| matches!(event.clock, RawClock::Number(_));
    if let Some(other) = events().next().and_then(|first| events().find(|event| is_number(event) != is_number(first))) {
        return Err(Failure::usage(format!("{}: some clocks are numbers, and some are vectors", other.at)));
    }
    Ok(run)
}

/// Reads the executions in a file of the ShiViz format. Without patterns, the file's own or a common one is used.
///
/// # Errors
/// If a pattern is of no use, or finds nothing.
pub fn read_shiviz(file: &Path, patterns: &[String]) -> Result<Vec<ForeignRun>, Failure> {
    shiviz::read(&Source::read(file)?, patterns)
}

/// Judges logs of others. `is_complete` says that they claim to hold every event of every machine, as ShiViz demands.
pub fn judge(run: &ForeignRun, is_complete: bool) -> ForeignVerdict {
    let mut verdict = ForeignVerdict::default();
    let first = run.logs.iter().flat_map(|log| &log.events).next();
    if first.is_some_and(|event| matches!(event.clock, RawClock::Number(_))) {
        scalar::judge(run, &mut verdict);
        verdict.unjudged(Rule::VectorClaims, "no vector clock");
    } else {
        vector::judge(run, is_complete, &mut verdict);
    }
    queue(run, &mut verdict);
    verdict.unjudged(Rule::OneStamp, "which sends are one event cannot be told");
    verdict.unjudged(Rule::Conservation, "what was left in queues and under way is not logged");
    let ours = [
        Rule::OneRun,
        Rule::Manifest,
        Rule::RowFormat,
        Rule::TickNumbering,
        Rule::TimeOrder,
        Rule::Rate,
        Rule::ClockDrift,
    ];
    for rule in ours {
        verdict.unjudged(rule, "needs a run directory of Clockring");
    }
    verdict.violations.sort();
    verdict
}

/// A message that waits is taken at the next event: a rule of the exercise, not of clocks.
fn queue(run: &ForeignRun, verdict: &mut ForeignVerdict) {
    let events = || run.logs.iter().flat_map(|log| &log.events);
    if events().all(|event| event.queue.is_none()) {
        verdict.unjudged(Rule::Queue, "no queue length is logged");
        return;
    }
    verdict
        .unjudged(Rule::Queue, "a log does not tell when the length was read, before or after the message was taken");
    let is_receive = |event: &ForeignEvent| event.kind == Some(Kind::Receive);
    let ignored = run.logs.iter().flat_map(|log| log.events.windows(2)).filter(|pair| {
        let still_waiting = pair[0].queue.unwrap_or(0).saturating_sub(u64::from(is_receive(&pair[0])));
        still_waiting > 0 && pair[1].kind.is_some() && !is_receive(&pair[1])
    });
    let ignored = ignored.count();
    if ignored > 0 {
        verdict.remarks.push(format!("{ignored} times a message waited, and the next event did not receive it"));
    }
}
