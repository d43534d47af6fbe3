//! A run as it is drawn and exported: its logs, its messages, and an order in which to tell it.

use std::{cell::OnceCell, fs};

use clockring::{
    clock::{ClockKind, HybridStamp},
    event::EventKind,
    ring::MachineId,
};

use crate::{
    check::{EventIndex, Log, Record, Run, Verdict, judge},
    failure::Failure,
    rundir::{Manifest, RunDirectory},
};

/// A run with the checker's verdict. A run that breaks rules is one to draw as any other.
#[derive(Debug)]
pub struct Trace {
    /// The name of the run: its directory's.
    pub name: String,
    /// The logs.
    pub run: Run,
    /// The checker's findings.
    pub verdict: Verdict,
    order: OnceCell<Vec<EventIndex>>,
}

impl Trace {
    /// Reads and judges a run, also while it is being written.
    ///
    /// # Errors
    /// If there is no run, or a file cannot be read or does not hold what its name says.
    pub fn read(directory: &RunDirectory) -> Result<Self, Failure> {
        let run = Run::load(directory)?;
        let verdict = judge(&run);
        let path = fs::canonicalize(directory.path()).unwrap_or_else(|_| directory.path().to_owned());
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { name, run, verdict, order: OnceCell::new() })
    }

    /// All machines of the ring, in ring order, also those without a log.
    pub fn machines(&self) -> impl DoubleEndedIterator<Item = MachineId> {
        self.run.ring.machines()
    }

    /// The log of a machine, by its place in ring order; `None` if it has none.
    pub fn log(&self, machine: usize) -> Option<&Log> {
        self.run.log(MachineId::from_index(machine)?)
    }

    /// The events of a machine; none if it has no log.
    pub fn records(&self, machine: usize) -> &[Record] {
        self.log(machine).map_or(&[], Log::records)
    }

    /// The manifests that there are.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.run.logs.iter().map(|log| &log.manifest)
    }

    /// Number of events in the run.
    pub fn len(&self) -> usize {
        self.run.logs.iter().map(Log::len).sum()
    }

    /// Is there no event at all?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record of an event. Events are those of this run.
    pub fn record(&self, event: EventIndex) -> &Record {
        &self.records(event.machine)[event.row]
    }

    /// The clock after an event: one number, or a count per machine.
    pub fn clock(&self, event: EventIndex) -> &[u64] {
        self.log(event.machine).map_or(&[], |log| log.clock(event.row))
    }

    /// The clock after an event as it stands beside a mark: as in the log, but of a hybrid clock the seconds since the
    /// start of the run, and the count.
    pub fn clock_label(&self, event: EventIndex) -> String {
        let hybrid = self.log(event.machine).is_some_and(|log| log.clock_kind() == ClockKind::Hybrid);
        match self.clock(event) {
            [stamp] if hybrid => {
                let stamp = HybridStamp(*stamp);
                let since_ns = i128::from(stamp.time_ns()) - i128::from(self.start_ns());
                format!("{:.6}+{}", since_ns as f64 / 1e9, stamp.count())
            }
            stamp => stamp_text(stamp),
        }
    }

    /// The clock after an event as one number that rises along every chain of causes.
    pub fn height(&self, event: EventIndex) -> u64 {
        self.log(event.machine).map_or(0, |log| log.height(event.row))
    }

    /// The number to take off clocks for a tool that counts in doubles: zero, unless they are too large to be exact
    /// there, as hybrid clocks are, which count from 1970; then the smallest becomes 1.
    pub fn clock_base(&self) -> u64 {
        const EXACT_MAX: u64 = 1 << 53;
        let clocks = || self.run.logs.iter().flat_map(|log| (0..log.len()).flat_map(|row| log.clock(row)));
        if clocks().all(|clock| *clock < EXACT_MAX) {
            0
        } else {
            clocks().min().map_or(0, |least| least.saturating_sub(1))
        }
    }

    /// The send that a receive's message came from; `None` for other events, and if no log has that send.
    pub fn send_of(&self, event: EventIndex) -> Option<EventIndex> {
        self.verdict.causality.as_ref()?.messages.cause(event)
    }

    /// Number of events of each machine, in ring order, that are the event itself or in its causal past: its vector
    /// clock, rebuilt from the messages. Empty if the logs are of different runs.
    pub fn known(&self, event: EventIndex) -> &[u32] {
        self.verdict.causality.as_ref().map_or(&[], |causality| causality.order.clock(event))
    }

    /// The start of the run, in nanoseconds since the UNIX epoch: the earliest start that a manifest tells, or the
    /// earliest event.
    pub fn start_ns(&self) -> u64 {
        let started = self.manifests().map(|manifest| manifest.started.ns());
        let first = self.run.logs.iter().filter_map(|log| Some(log.records().first()?.time_ns));
        started.chain(first).min().unwrap_or(0)
    }

    /// All events, every cause before its effects, otherwise by system time. If broken logs contradict themselves (a
    /// message received before the very event that sent it), the earliest receive goes first.
    pub fn causal_order(&self) -> &[EventIndex] {
        self.order.get_or_init(|| {
            let machines = self.run.ring.get();
            let mut done = vec![0; machines];
            let mut order = Vec::with_capacity(self.len());
            loop {
                let heads = (0..machines).map(|machine| EventIndex { machine, row: done[machine] });
                let heads = heads.filter(|head| head.row < self.records(head.machine).len());
                let waits = |head: &EventIndex| self.send_of(*head).is_some_and(|send| send.row >= done[send.machine]);
                let next = heads.min_by_key(|head| (waits(head), self.record(*head).time_ns, head.machine));
                let Some(next) = next else { return order };
                done[next.machine] += 1;
                order.push(next);
            }
        })
    }
}

/// For every event of a log that is a receive: at how many ticks before it the message already waited.
///
/// A log does not tell when a message came, but the queue's length after each tick does, to a tick: messages are taken
/// in the order in which they come, so the k-th one received was there as soon as the number received and the number
/// waiting together were k.
pub fn waited(records: &[Record]) -> Vec<usize> {
    let mut waited = vec![0; records.len()];
    let mut seen_at = Vec::new();
    let mut received = 0;
    for (row, record) in records.iter().enumerate() {
        if let EventKind::Receive { .. } = record.kind {
            waited[row] = seen_at.get(received).map_or(0, |seen| row - seen);
            received += 1;
        }
        // A log may claim any length; messages never received need no entry.
        let there = received.saturating_add(usize::try_from(record.queue).unwrap_or(usize::MAX));
        seen_at.resize(there.clamp(seen_at.len(), records.len().max(seen_at.len())), row);
    }
    waited
}

/// A timestamp as it stands in a log: a number, or numbers with spaces between.
pub fn stamp_text(stamp: &[u64]) -> String {
    stamp.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}
