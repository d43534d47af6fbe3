//! A run read whole, for drawing and for other tools: every event, and for every receive the send it came from.
//!
//! Nothing here judges: a log that breaks the rules is read as it stands, and a receive whose message nobody sent
//! has no send. Judging is the checker's.

mod causality;
mod read;

use clockring::{
    clock::ClockKind,
    event::EventKind,
    ring::{MachineId, RingSize},
};

pub use causality::Causality;

use crate::rundir::{Manifest, Row, StampJson};

/// A run: the logs of all its machines.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The name of the run: its directory's.
    pub name: String,
    /// How many machines the ring has, as the manifests or, without any, the logs tell.
    pub ring: RingSize,
    /// Which clock the machines kept.
    pub clock: ClockKind,
    /// All machines of the ring, in ring order, also those without a log.
    pub machines: Vec<MachineTrace>,
    /// What could not be read, each a sentence with file and line.
    pub problems: Vec<String>,
}

/// The log of one machine.
#[derive(Clone, Debug)]
pub struct MachineTrace {
    /// The machine.
    pub id: MachineId,
    /// What it said of itself; absent if it left no manifest that can be read.
    pub manifest: Option<Manifest>,
    /// Its events, in the order of its log.
    pub rows: Vec<Row<StampJson>>,
    /// For every row that is a receive: which row of the sender's log the message came from.
    pub sent: Vec<Option<usize>>,
}

/// Where an event stands: a row of a machine's log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// The machine, by its place in ring order.
    pub machine: usize,
    /// The row, from 0.
    pub row: usize,
}

impl Trace {
    /// How many events the run has.
    pub fn len(&self) -> usize {
        self.machines.iter().map(|machine| machine.rows.len()).sum()
    }

    /// Is there no event at all?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The event at a place.
    pub fn row(&self, place: Place) -> &Row<StampJson> {
        &self.machines[place.machine].rows[place.row]
    }

    /// The send that a receive's message came from; `None` for other events, and if nobody logged that send.
    pub fn send_of(&self, place: Place) -> Option<Place> {
        let EventKind::Receive { from, .. } = self.row(place).event.kind else { return None };
        let row = self.machines[place.machine].sent[place.row]?;
        Some(Place { machine: from.index(), row })
    }

    /// When the run started, in nanoseconds since the UNIX epoch: the earliest start that a manifest tells, or the
    /// earliest event; 0 if there is neither.
    pub fn start_ns(&self) -> u64 {
        let started = self.machines.iter().filter_map(|machine| Some(machine.manifest.as_ref()?.started_ns));
        let first = self.machines.iter().filter_map(|machine| Some(machine.rows.first()?.time_ns));
        started.chain(first).min().unwrap_or(0)
    }

    /// Keeps the first `events` events in causal order: a consistent cut, so that every message in it has its send.
    #[must_use]
    pub fn first(mut self, events: usize) -> Self {
        if events < self.len() {
            let mut kept = vec![0; self.machines.len()];
            for place in &self.causality().order[..events] {
                kept[place.machine] = place.row + 1;
            }
            for (machine, kept) in self.machines.iter_mut().zip(kept) {
                machine.rows.truncate(kept);
                machine.sent.truncate(kept);
            }
        }
        self
    }
}

/// A timestamp as one number that rises along every chain of causes: for drawing.
pub fn height(stamp: &StampJson) -> u64 {
    match stamp {
        StampJson::Number(number) => *number,
        StampJson::Counts(counts) => counts.iter().fold(0, |sum, count| sum.saturating_add(*count)),
    }
}

/// A timestamp as it stands in a log: a number, or numbers with spaces between.
pub fn stamp_text(stamp: &StampJson) -> String {
    match stamp {
        StampJson::Number(number) => number.to_string(),
        StampJson::Counts(counts) => counts.iter().map(u64::to_string).collect::<Vec<_>>().join(" "),
    }
}

impl MachineTrace {
    /// For every row that is a receive: at how many ticks before it the message already waited.
    ///
    /// A log does not tell when a message came, but the queue's length after each tick does, to a tick: messages are
    /// taken in the order in which they come, so the k-th receive was there as soon as the number received and the
    /// number waiting together were k.
    pub fn waited(&self) -> Vec<usize> {
        let mut waited = vec![0; self.rows.len()];
        let mut seen_at = Vec::new();
        let mut received = 0;
        for (index, row) in self.rows.iter().enumerate() {
            if let EventKind::Receive { .. } = row.event.kind {
                waited[index] = seen_at.get(received).map_or(0, |seen| index - seen);
                received += 1;
            }
            let there = received.saturating_add(usize::try_from(row.queue).unwrap_or(usize::MAX));
            // A log may claim any length; what is never received needs no entry.
            seen_at.resize(there.clamp(seen_at.len(), self.rows.len().max(seen_at.len())), index);
        }
        waited
    }
}
