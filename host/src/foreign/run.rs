//! A run that another program logged, as far as its logs show it.

use std::{fmt, sync::Arc};

use super::kinds::Kind;

/// Logs of the machines of one run.
#[derive(Clone, Debug, Default)]
pub struct ForeignRun {
    /// Its name among others: of its files, or as an execution.
    pub name: String,
    /// The kind of its clocks.
    pub clock: ForeignClock,
    /// One log per machine.
    pub logs: Vec<ForeignLog>,
    /// Entries of vectors that belong to no machine with a log: their names, after those of the machines.
    pub strangers: Vec<String>,
    /// The files, by the numbers that events hold.
    pub files: Vec<Arc<str>>,
    /// Is the unit of its system times known?
    pub has_unit: bool,
    /// The share of the files that became events.
    pub reading: Reading,
}

/// The kinds of clock that are judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ForeignClock {
    /// Lamport's: one count.
    #[default]
    Number,
    /// A wall time with a count.
    Hybrid,
    /// A count per machine.
    Vector,
}

/// The share of the files that became events, and remarks on the rest.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Lines that are not blank.
    pub lines: u64,
    /// Those of them that belong to events.
    pub read: u64,
    /// Lines without an event, by file, each with an example.
    pub unmatched: Vec<Unmatched>,
    /// Assumptions made, and words that were not understood.
    pub remarks: Vec<String>,
}

/// The log of one machine.
#[derive(Clone, Debug, Default)]
pub struct ForeignLog {
    /// The machine, as its file or its events call it.
    pub name: String,
    /// Its events, in order.
    pub events: Vec<ForeignEvent>,
    /// Rows at which the clock may begin again: another run in the file, or a restart that forgot its clock.
    pub begins: Vec<Begin>,
    /// Is the machine's own entry of a vector known?
    pub owns_entry: bool,
    /// Counts of the vectors, `width` for each event, and the own entry of machine i at place i.
    pub(super) vectors: Vec<u64>,
    /// The vectors that messages carried.
    pub(super) stamps: Vec<u64>,
    pub(super) width: usize,
}

/// A row at which a clock may begin again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Begin {
    /// Its place in [`ForeignLog::events`].
    pub row: usize,
    /// Is it at or below the first value of the run before it, as a new run is?
    pub is_fresh: bool,
}

/// An event.
#[derive(Clone, Debug)]
pub struct ForeignEvent {
    /// Its file, as a place in [`ForeignRun::files`].
    pub file: u32,
    /// Its line, from 1: of an event of several lines the one with the clock.
    pub line: u32,
    /// The line on which it starts.
    pub first_line: u32,
    /// Its place among the events of its file.
    pub place: u32,
    /// The kind of event, if it is known.
    pub kind: Option<Kind>,
    /// The number of the word that tells the kind: a program may log a message under two words, when it arrives and when
    /// it is delivered.
    pub word: u8,
    /// The clock after the event; of a vector clock the own entry.
    pub clock: Scalar,
    /// For a send: its receivers, by their places in [`ForeignRun::logs`], if its row names them.
    pub to: Option<Arc<[usize]>>,
    /// For a send: the timestamp that its message carries, if its row has one beside the clock.
    pub sent_stamp: Option<Scalar>,
    /// For a receive: its message.
    pub message: Carried,
    /// For a receive that takes several messages, or that can be read so.
    pub several: Option<Box<Several>>,
    /// The message's id, as a number of the run's own.
    pub id: Option<u32>,
    /// The queue's length.
    pub queue: Option<u32>,
    /// The system time, if that is understood.
    pub time: Option<i64>,
}

/// A clock's value that is ordered as a whole: a number, or a wall time with a count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Scalar {
    /// The number; of a hybrid clock its wall time.
    pub number: u64,
    /// Of a hybrid clock the count; else 0.
    pub count: u64,
}

impl From<u64> for Scalar {
    fn from(number: u64) -> Self {
        Self { number, count: 0 }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 => write!(f, "{}", self.number),
            count => write!(f, "{}+{count}", self.number),
        }
    }
}

/// A message, as far as a receive names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Carried {
    /// The sender.
    pub from: Peer,
    /// The timestamp it carried.
    pub stamp: Option<Stamp>,
}

/// A timestamp that a message carried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stamp {
    /// Of a clock that is ordered as a whole.
    Scalar(Scalar),
    /// A vector: its place among those of the log.
    Vector(u32),
}

/// The messages of one receive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Several {
    /// The messages.
    pub messages: Vec<Carried>,
    /// Is that one of two readings? The other is [`ForeignEvent::message`] alone.
    pub is_a_guess: bool,
}

/// The sender of a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub enum Peer {
    /// Not named.
    #[default]
    Untold,
    /// A machine, by its place in [`ForeignRun::logs`].
    Machine(usize),
    /// A machine without a log.
    Stranger,
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

/// Lines of a file without an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unmatched {
    /// The first of them.
    pub first: FileLine,
    /// Its text.
    pub text: String,
    /// Their number.
    pub lines: u64,
}

impl ForeignRun {
    /// The line of an event.
    pub fn at(&self, event: &ForeignEvent) -> FileLine {
        let file = self.files.get(event.file as usize).cloned().unwrap_or_else(|| "?".into());
        FileLine { file, line: u64::from(event.line) }
    }

    /// The line on which an event starts.
    pub(super) fn at_start(&self, event: &ForeignEvent) -> FileLine {
        FileLine { line: u64::from(event.first_line), ..self.at(event) }
    }

    /// Does no clock begin again, so that the logs are known to be of one run? If one does, the others may as well, where
    /// their rows do not show it.
    pub(super) fn is_one_run(&self) -> bool {
        self.logs.iter().all(ForeignLog::is_one_run)
    }

    /// All events of all machines.
    pub fn events(&self) -> impl Iterator<Item = &ForeignEvent> {
        self.logs.iter().flat_map(|log| &log.events)
    }

    /// The name of an entry of a vector.
    pub(super) fn entry(&self, entry: usize) -> &str {
        let stranger = || self.strangers.get(entry.checked_sub(self.logs.len())?).map(String::as_str);
        self.logs.get(entry).map(|log| log.name.as_str()).or_else(stranger).unwrap_or("?")
    }

    /// A vector for people, with the names of the machines.
    pub(super) fn show(&self, vector: &[u64]) -> String {
        let counts = vector.iter().enumerate().filter(|(_, count)| **count > 0);
        let counts: Vec<String> = counts.map(|(entry, count)| format!("{}: {count}", self.entry(entry))).collect();
        format!("{{{}}}", counts.join(", "))
    }
}

impl ForeignLog {
    /// The vector after an event.
    pub(super) fn vector(&self, row: usize) -> &[u64] {
        self.vectors.get(row * self.width..(row + 1) * self.width).unwrap_or_default()
    }

    /// The vector that a message carried.
    pub(super) fn stamp(&self, place: u32) -> &[u64] {
        let start = place as usize * self.width;
        self.stamps.get(start..start + self.width).unwrap_or_default()
    }

    /// May the clock begin again at this row?
    pub(super) fn begins_at(&self, row: usize) -> bool {
        self.begins.binary_search_by_key(&row, |begin| begin.row).is_ok()
    }

    /// Does its clock begin again nowhere, so that all of it is one run?
    pub(super) fn is_one_run(&self) -> bool {
        self.begins.is_empty()
    }
}

impl ForeignEvent {
    /// The messages that a receive took, in the reading that its line gives first.
    pub fn messages(&self) -> &[Carried] {
        match &self.several {
            Some(several) if !several.is_a_guess => &several.messages,
            _ => std::slice::from_ref(&self.message),
        }
    }

    /// Is it known to be a receive?
    pub(super) fn is_receive(&self) -> bool {
        self.kind == Some(Kind::Receive)
    }

    /// May it be a send? An event of an unknown kind may be.
    pub(super) fn may_send(&self) -> bool {
        self.kind.is_none_or(Kind::is_send)
    }

    /// May it be a send to this machine?
    pub(super) fn may_reach(&self, machine: usize) -> bool {
        self.may_send() && self.to.as_ref().is_none_or(|to| to.contains(&machine))
    }
}
