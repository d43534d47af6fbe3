//! A whole run in memory: every event of every machine, and where each stands.

use clockring::{
    clock::ClockKind,
    event::EventKind,
    ring::{MachineId, RingSize},
};

use super::{
    place::{FileKind, Place},
    verdict::Rule,
};
use crate::rundir::{Ended, LeftInQueue, Manifest, RowError, RunDirectory, StampJson, Summary, Torn};

/// A run, as its directory holds it.
#[derive(Clone, Debug)]
pub struct Run {
    /// The directory.
    pub directory: RunDirectory,
    /// The size of the ring: the largest that a manifest gives.
    pub ring: RingSize,
    /// The logs that are here, in ring order.
    pub logs: Vec<Log>,
    /// Machines of the ring without a log here.
    pub missing: Vec<MachineId>,
}

impl Run {
    /// The log of a machine, if it is here.
    pub fn log(&self, machine: MachineId) -> Option<&Log> {
        self.logs.iter().find(|log| log.machine == machine)
    }

    /// The place of a log in [`Run::logs`], for every machine of the ring.
    pub(super) fn positions(&self) -> Vec<Option<usize>> {
        self.ring.machines().map(|machine| self.logs.iter().position(|log| log.machine == machine)).collect()
    }
}

/// The log of one machine, with its manifest.
#[derive(Clone, Debug)]
pub struct Log {
    /// The machine, by the name of its files.
    pub machine: MachineId,
    /// Its manifest.
    pub manifest: Manifest,
    /// The manifest as text, to point at its lines.
    pub(super) manifest_text: String,
    /// Sums over its rows.
    pub summary: Summary,
    /// A last line that was not written to its end.
    pub torn: Option<Torn>,
    /// Lines that are no rows.
    pub malformed: Vec<Malformed>,
    /// The count of rows that were there before any log was read. The messages they received were sent by rows in the
    /// logs here, even if the machines still run.
    pub settled: usize,
    pub(super) records: Vec<Record>,
    pub(super) clocks: Stamps,
    pub(super) stamps: Stamps,
    pub(super) supposed: Supposed,
}

/// The differences between a log and the one it is supposed to have been; none in a log as it was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Supposed {
    /// Rows that are missing, in the order of the log.
    pub(super) holes: Vec<Hole>,
    /// Lines that are no rows and stand in a hole.
    pub(super) unreadable: usize,
    /// Findings that are taken as given, so that only independent ones remain.
    pub(super) given: Vec<(Rule, usize)>,
    /// The line of each row, if rows were put elsewhere.
    pub(super) lines: Option<Vec<u64>>,
}

/// An event: a machine's place in ring order, and the place in its log, both from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EventIndex {
    /// The machine's place in ring order.
    pub machine: usize,
    /// The event's place in the machine's log.
    pub row: usize,
}

/// An event, without its timestamps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// The number of the tick.
    pub tick: u64,
    /// Its time, in UNIX nanoseconds.
    pub time_ns: u64,
    /// The kind of event.
    pub kind: EventKind<()>,
    /// Messages that waited after it.
    pub queue: u64,
    /// The arrival of the message that it received; `None` if it is not known, and for other events.
    pub arrived_ns: Option<u64>,
}

/// Rows that are missing between two rows of a log, or at its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hole {
    /// The row after them; the number of rows if they are missing at the end.
    pub(crate) row: usize,
    /// The numbers of ticks that are theirs; 0 if the ticks leave no room for them.
    pub(crate) ticks: u64,
    /// An upper bound on their number.
    pub(crate) rows_max: u64,
}

impl Hole {
    /// Is the clock of the row after it above this timestamp?
    pub(super) fn can_receive(&self, log: &Log, stamp: &[u64]) -> bool {
        self.row == log.len() || log.clock(self.row).iter().zip(stamp).all(|(clock, carried)| clock >= carried)
    }
}

/// A line of a log that is no row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Malformed {
    /// Its line number.
    pub line: u64,
    /// The reason.
    pub error: RowError,
}

/// Timestamps, each of the same number of counts: one, or one per machine for vectors.
#[derive(Clone, Debug, Default)]
pub(super) struct Stamps {
    pub(super) width: usize,
    pub(super) counts: Vec<u64>,
}

impl Stamps {
    pub(super) fn get(&self, row: usize) -> &[u64] {
        &self.counts[row * self.width..(row + 1) * self.width]
    }

    /// Sets the timestamp of a row.
    pub(super) fn set(&mut self, row: usize, stamp: &[u64]) {
        let counts = self.counts.iter_mut().skip(row * self.width).take(self.width);
        counts.zip(stamp).for_each(|(count, other)| *count = *other);
    }
}

impl Log {
    /// The count of events.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Is there no event?
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// All events, in the order of the log.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The clock after an event: one number, or a count per machine for a vector clock.
    pub fn clock(&self, row: usize) -> &[u64] {
        self.clocks.get(row)
    }

    /// The timestamp that a receive says its message carried; `None` for other events.
    pub fn stamp(&self, row: usize) -> Option<&[u64]> {
        matches!(self.records[row].kind, EventKind::Receive { .. }).then(|| self.stamps.get(row))
    }

    /// The clock after an event as one number that rises along every chain of causes.
    pub fn height(&self, row: usize) -> u64 {
        height(self.clock(row))
    }

    /// Does an event send to this machine?
    pub(super) fn is_send_to(&self, row: usize, machine: MachineId) -> bool {
        matches!(self.records[row].kind, EventKind::Send { to } if to.contains(machine))
    }

    /// Does an event receive from this machine?
    pub(super) fn is_receive_from(&self, row: usize, machine: MachineId) -> bool {
        matches!(self.records[row].kind, EventKind::Receive { from, .. } if from == machine)
    }

    /// The kind of clock.
    pub fn clock_kind(&self) -> ClockKind {
        self.manifest.clock
    }

    /// Did the machine end in good order, with a manifest that accounts for everything?
    pub fn has_ended(&self) -> bool {
        self.manifest.ended.is_some_and(Ended::is_in_good_order)
    }

    /// Is this the first event after a restart?
    pub fn is_restart(&self, row: usize) -> bool {
        self.manifest.restarts.binary_search(&self.records[row].tick).is_ok()
    }

    /// The line of an event.
    pub fn line(&self, row: usize) -> u64 {
        if let Some(line) = self.supposed.lines.as_ref().and_then(|lines| lines.get(row)) {
            return *line;
        }
        let mut line = row as u64 + 2;
        for malformed in &self.malformed {
            if malformed.line > line {
                break;
            }
            line += 1;
        }
        line
    }

    /// The count of rows before a line.
    pub(super) fn rows_before(&self, line: u64) -> usize {
        let unreadable = self.malformed.partition_point(|malformed| malformed.line < line);
        // The header is line 1.
        usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(2 + unreadable)
    }

    /// The place of an event.
    pub fn place(&self, row: usize) -> Place {
        Place { machine: self.machine, file: FileKind::Log, line: self.line(row), row: Some(row) }
    }

    /// The place of a line of the log.
    pub(super) fn line_place(&self, line: u64) -> Place {
        Place { machine: self.machine, file: FileKind::Log, line, row: None }
    }

    /// The place of a field of the manifest; its first line if the field is not there.
    pub fn manifest_place(&self, field: &str) -> Place {
        let key = format!("\"{field}\"");
        let index = self.manifest_text.lines().position(|line| line.trim_start_matches(['{', ' ']).starts_with(&key));
        Place { machine: self.machine, file: FileKind::Manifest, line: index.unwrap_or(0) as u64 + 1, row: None }
    }

    /// Is a place of the manifest about the end of the run?
    pub(super) fn is_at_its_end(&self, place: Place) -> bool {
        ["ticks", "ended", "left_in_queue", "overruns", "forgotten", "accounted", "delivered"]
            .iter()
            .any(|field| self.manifest_place(field) == place)
    }

    /// The messages left in the queue, oldest first; none if the manifest has no such list.
    pub fn left(&self) -> &[LeftInQueue] {
        self.manifest.left_in_queue.as_deref().unwrap_or_default()
    }

    /// The rows that are supposed to be missing.
    pub(super) fn holes(&self) -> &[Hole] {
        &self.supposed.holes
    }

    /// The rows that are supposed to be missing before a row.
    pub(super) fn hole(&self, row: usize) -> Option<&Hole> {
        self.holes().iter().find(|hole| hole.row == row)
    }

    /// Is the finding of this rule at a row taken as given?
    pub(super) fn is_given(&self, rule: Rule, row: usize) -> bool {
        self.supposed.given.contains(&(rule, row))
    }

    /// The ticks that the log accounts for: by rows, by lines that are no rows, and by rows that are missing.
    pub(super) fn ticks(&self) -> u64 {
        let lines = self.len() + self.malformed.len() - self.supposed.unreadable;
        self.holes().iter().fold(lines as u64, |ticks, hole| ticks.saturating_add(hole.ticks))
    }

    /// The identity of the event's message: the number in its timestamp that no other event of this machine has.
    pub(super) fn sequence(&self, row: usize) -> u64 {
        sequence(self.clock(row), self.machine)
    }
}

/// The number that identifies a message of `sender` in its timestamp.
pub(super) fn sequence(stamp: &[u64], sender: MachineId) -> u64 {
    match stamp {
        [number] => *number,
        counts => counts.get(sender.index()).copied().unwrap_or(0),
    }
}

fn height(stamp: &[u64]) -> u64 {
    stamp.iter().fold(0, |sum, count| sum.saturating_add(*count))
}

/// A timestamp of a manifest as counts.
pub(super) fn counts(stamp: &StampJson) -> &[u64] {
    match stamp {
        StampJson::Number(number) => std::slice::from_ref(number),
        StampJson::Counts(counts) => counts,
    }
}

/// A timestamp as manifests have it.
pub(super) fn stamp_json(stamp: &[u64]) -> StampJson {
    match stamp {
        [number] => StampJson::Number(*number),
        counts => StampJson::Counts(counts.to_vec()),
    }
}

/// A timestamp for people: `17`, or `(1 5 0)`.
pub(super) fn show(stamp: &[u64]) -> String {
    match stamp {
        [number] => number.to_string(),
        counts => {
            let counts: Vec<String> = counts.iter().map(u64::to_string).collect();
            format!("({})", counts.join(" "))
        }
    }
}
