//! Logs of others as events, as far as their columns tell.

use std::{fmt, sync::Arc};

use super::words::{Kind, RawClock};

/// Logs of the machines of one run.
#[derive(Clone, Debug)]
pub struct ForeignRun {
    /// One per machine.
    pub logs: Vec<ForeignLog>,
    /// Lines that no event was found on, with an example.
    pub unmatched: Vec<Unmatched>,
}

/// The log of one machine.
#[derive(Clone, Debug)]
pub struct ForeignLog {
    /// The machine, as its file or its events call it.
    pub name: String,
    /// Its events, in the order of the log.
    pub events: Vec<ForeignEvent>,
}

/// An event.
#[derive(Clone, Debug)]
pub struct ForeignEvent {
    /// Where it stands.
    pub at: FileLine,
    /// What kind of event it is, if that is told.
    pub kind: Option<Kind>,
    /// For a send: to which machines, by their places in [`ForeignRun::logs`], if that is told.
    pub to: Option<Vec<usize>>,
    /// For a send: the timestamp that the message carries, if that is told apart from the clock.
    pub sent_stamp: Option<RawClock>,
    /// For a receive: what was received, one or several.
    pub messages: Vec<Carried>,
    /// What was received if the numbers after the timestamp are more messages in the same line.
    pub merged: Option<Vec<Carried>>,
    /// The clock after the event.
    pub clock: RawClock,
    /// The queue's length.
    pub queue: Option<u64>,
    /// When it was, in seconds.
    pub time_s: Option<f64>,
}

/// A message as far as a receive tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Carried {
    /// The sender, by its place in [`ForeignRun::logs`].
    pub from: Option<usize>,
    /// The timestamp it carried.
    pub stamp: Option<RawClock>,
}

/// A line of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileLine {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u64,
}

impl fmt::Display for FileLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Lines of a file that no event was found on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unmatched {
    /// The first of them.
    pub first: FileLine,
    /// What stands there.
    pub text: String,
    /// How many there are.
    pub lines: u64,
}
