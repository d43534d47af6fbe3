//! Logs that other programs wrote: text with one event per match of a pattern.
//!
//! Such a log may lack the identities of messages, and may leave out events. So a rule is broken here only where the log
//! proves it, see [`law`]; habits of its writer, and breaches of the exercise alone, are remarks. The verdict names the
//! rules that could not be judged.
//!
//! | file | part |
//! |---|---|
//! | `source.rs`, `pattern.rs`, `layouts.rs`, `executions.rs` | from bytes to matches |
//! | `clock_text.rs`, `time_text.rs`, `kinds.rs`, `names.rs`, `files.rs` | the meaning of texts |
//! | `clocks.rs`, `owners.rs` | the clocks of a whole run |
//! | `events.rs`, `reading.rs`, `begins.rs` | events, and the runs that they form |
//! | `evidence.rs` | assumptions that a log itself shows |
//! | `rising.rs`, `messages.rs`, `vector.rs`, `reception.rs`, `unstamped.rs`, `remarks.rs` | rules |

mod begins;
pub mod clock_text;
mod clocks;
mod events;
mod evidence;
mod executions;
mod files;
mod kinds;
pub mod law;
pub mod layouts;
mod messages;
mod names;
mod order;
mod owners;
mod pattern;
mod reading;
mod reception;
mod remarks;
mod rising;
mod run;
mod source;
pub mod time_text;
mod unstamped;
mod vector;

pub use kinds::{Kind, Word};
pub use law::{ForeignVerdict, Judged, Judgement};
pub use pattern::{Group, Match, Pattern};
pub use run::{
    Begin, Carried, FileLine, ForeignClock, ForeignEvent, ForeignLog, ForeignRun, Peer, Reading, Scalar, Several,
    Stamp, Unmatched,
};
pub use source::Source;
pub use time_text::TimeUnit;

use crate::{
    check::Rule,
    failure::Failure,
    foreign::{
        evidence::{Offsets, Rows},
        law::Ground,
    },
};

/// Options for the reading and judging of files.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Regular expressions that match an event; each is an alternative. None: the layout is guessed.
    pub patterns: Vec<String>,
    /// The format, if it is known.
    pub format: Option<Format>,
    /// Words for kinds of events.
    pub words: Vec<Word>,
    /// The machine of each file, in the order of the files; none: by the files' names. Files of one name are parts of a log.
    pub names: Vec<String>,
    /// A regular expression that matches the line between two executions in one file.
    pub delimiter: Option<String>,
    /// The unit of times that are counts since some start.
    pub time_unit: Option<TimeUnit>,
    /// Is no event left out?
    pub is_complete: bool,
    /// Is every file one run, so that a clock that begins again is wrong?
    pub is_one_run: bool,
}

/// Formats of other programs that need no pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// Events with vector clocks, as ShiViz reads and GoVector writes them
    Shiviz,
}

impl Asked {
    fn is_shiviz(&self) -> bool {
        self.format == Some(Format::Shiviz)
    }
}

/// Reads the runs that files hold.
///
/// # Errors
/// If a pattern is of no use, no file has an event, a clock is no clock, or nothing shows which files belong together. The
/// message names the file and line.
pub fn read(sources: &[Source], asked: &Asked) -> Result<Vec<ForeignRun>, Failure> {
    reading::read(sources, asked)
}

/// Judges a run.
pub fn judge(run: &ForeignRun, asked: &Asked) -> ForeignVerdict {
    let mut verdict = ForeignVerdict::new(asked.is_complete);
    let one_run = asked.is_one_run.then(|| Ground::given("--one-run"));
    let rows = Rows::of(run);
    let offsets = Offsets::of(run, &rows);
    rising::judge(run, one_run.as_ref(), &mut verdict);
    messages::judge(run, &rows, &offsets, &mut verdict);
    if run.clock == ForeignClock::Vector {
        vector::judge(run, &mut verdict);
    } else {
        verdict.unjudged(Rule::VectorClaims, "no vector clock");
    }
    if !verdict.judged.iter().any(|judged| judged.rule == Rule::ClockCondition) {
        unnamed(run, &rows, &mut verdict);
    }
    remarks::time_goes_back(run, &mut verdict);
    remarks::received_before_sent(run, &rows, &offsets, &mut verdict);
    remarks::queue(run, &mut verdict);
    verdict.unjudged(Rule::OneStamp, "which sends are one event cannot be told");
    verdict.unjudged(Rule::Conservation, "what was left in queues and under way is not logged");
    let is_ours = |rule: &&Rule| **rule == Rule::ClockDrift || Rule::OF_SINGLE_LOGS.contains(rule);
    for rule in Rule::ALL.iter().filter(is_ours) {
        verdict.unjudged(*rule, "needs a run directory of Clockring");
    }
    verdict.sort();
    verdict
}

/// Judges receives that do not name their messages.
fn unnamed(run: &ForeignRun, rows: &Rows, verdict: &mut ForeignVerdict) {
    verdict.receives.clear();
    match run.clock {
        ForeignClock::Vector => reception::judge(run, rows, verdict),
        ForeignClock::Number | ForeignClock::Hybrid => {
            if !unstamped::judge(run, verdict) {
                verdict.unjudged(Rule::ClockCondition, "no receive names the timestamp or the id of its message");
            }
        }
    }
}
