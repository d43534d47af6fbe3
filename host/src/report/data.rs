//! The run as a report embeds it: columns of small numbers, most of them differences, which `Trace.decode` in
//! `web/draw/trace.js` reads.

use std::collections::BTreeMap;

use clockring::event::EventKind;
use serde::Serialize;

use super::extract::{Extract, Gap};
use crate::{
    rundir::StampJson,
    trace::{MachineTrace, Trace, height, stamp_text},
};

/// What is embedded. Times are in units since the start of the run.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    machines: Vec<&'a str>,
    clock: &'a str,
    start_ns: String,
    /// The length of a unit of time, in seconds.
    unit_s: f64,
    /// Clocks are written as what they are above this.
    clock_base: String,
    gaps: &'a [Gap],
    logs: Vec<Columns>,
}

/// The log of one machine.
#[derive(Serialize)]
struct Columns {
    /// Tick numbers as runs: `[first, how many]`.
    tick: Vec<(u64, u64)>,
    /// Differences from the event before.
    time: Vec<i64>,
    /// 0 for an internal event; k in 1..N for a send to the k-th machine after this one; N for a send to all the
    /// others; N + k for a receive from the k-th machine after this one.
    code: Vec<usize>,
    /// Differences from the event before, one per count of the clock.
    clock: Vec<i64>,
    queue: Vec<u64>,
    /// For every receive: the send's index in the sender's columns, as a difference from the one of the receive
    /// before from the same sender; `null` if the send is left out, `false` if nobody logged it.
    sent: Vec<Sent>,
    /// For every receive: at how many ticks before it the message was there and had to wait.
    waited: Vec<usize>,
    /// By index: the timestamp of a received message that nobody logged as sent.
    stamps: BTreeMap<usize, String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Sent {
    After(i64),
    LeftOut(()),
    Never(bool),
}

impl<'a> Data<'a> {
    pub(super) fn new(run: &'a Trace, extract: &'a Extract) -> Self {
        let start_ns = run.start_ns();
        let unit_ns = unit_ns(run);
        let clock_base = clock_base(run);
        let logs = run
            .machines
            .iter()
            .map(|machine| Columns::new(run, machine, extract, |time_ns| units(time_ns, start_ns, unit_ns), clock_base))
            .collect();
        Self {
            machines: run.machines.iter().map(|machine| machine.id.letter_str()).collect(),
            clock: run.clock.name(),
            start_ns: start_ns.to_string(),
            unit_s: unit_ns as f64 / 1e9,
            clock_base: clock_base.to_string(),
            gaps: &extract.gaps,
            logs,
        }
    }
}

impl Columns {
    fn new(
        run: &Trace,
        machine: &MachineTrace,
        extract: &Extract,
        units: impl Fn(u64) -> i64,
        clock_base: u64,
    ) -> Self {
        let ring = run.ring;
        let waited = machine.waited();
        let (mut time_before, mut counts_before) = (0, Vec::new());
        let mut sent_before = vec![0; ring.get()];
        let mut columns = Self {
            tick: Vec::new(),
            time: Vec::new(),
            code: Vec::new(),
            clock: Vec::new(),
            queue: Vec::new(),
            sent: Vec::new(),
            waited: Vec::new(),
            stamps: BTreeMap::new(),
        };
        for row_index in extract.rows(machine.id.index()) {
            let row = &machine.rows[row_index];
            match columns.tick.last_mut() {
                Some((first, count)) if *first + *count == row.tick => *count += 1,
                _ => columns.tick.push((row.tick, 1)),
            }
            let time = units(row.time_ns);
            columns.time.push(time - time_before);
            time_before = time;
            let counts = match &row.event.clock {
                StampJson::Number(number) => vec![number.wrapping_sub(clock_base) as i64],
                StampJson::Counts(counts) => counts.iter().map(|count| *count as i64).collect(),
            };
            counts_before.resize(counts.len(), 0);
            columns.clock.extend(counts.iter().zip(&counts_before).map(|(count, before)| count.wrapping_sub(*before)));
            counts_before = counts;
            columns.queue.push(row.queue);
            let code = match &row.event.kind {
                EventKind::Internal => 0,
                EventKind::Send { to } if to.count() + 1 == ring.get() => ring.get(),
                EventKind::Send { to } => to.into_iter().map(|peer| ring.distance(machine.id, peer)).sum(),
                EventKind::Receive { from, stamp } => {
                    let before = &mut sent_before[from.index()];
                    let sent = match machine.sent[row_index].map(|send| extract.index(from.index(), send)) {
                        Some(Some(index)) => {
                            let difference = index as i64 - *before;
                            *before = index as i64;
                            Sent::After(difference)
                        }
                        Some(None) => Sent::LeftOut(()),
                        None => {
                            columns.stamps.insert(columns.code.len(), stamp_text(stamp));
                            Sent::Never(false)
                        }
                    };
                    columns.sent.push(sent);
                    columns.waited.push(waited[row_index]);
                    ring.get() + ring.distance(machine.id, *from)
                }
            };
            columns.code.push(code);
        }
        columns
    }
}

/// A microsecond, or a nanosecond for machines that run freely and make more than an event in ten microseconds.
fn unit_ns(run: &Trace) -> u64 {
    let dense = run.machines.iter().any(|machine| match (machine.rows.first(), machine.rows.last()) {
        (Some(first), Some(last)) => last.time_ns.saturating_sub(first.time_ns) / (machine.rows.len() as u64) < 10_000,
        _ => false,
    });
    if dense { 1 } else { 1000 }
}

fn units(time_ns: u64, start_ns: u64, unit_ns: u64) -> i64 {
    // A clock that was set back may put a time before the start.
    (time_ns.saturating_sub(start_ns) / unit_ns) as i64 - (start_ns.saturating_sub(time_ns) / unit_ns) as i64
}

/// The smallest clock, if clocks are too large for the numbers of JavaScript.
fn clock_base(run: &Trace) -> u64 {
    const EXACT_MAX: u64 = 1 << 53;
    let numbers = || {
        run.machines.iter().flat_map(|machine| &machine.rows).filter_map(|row| match &row.event.clock {
            StampJson::Number(_) => Some(height(&row.event.clock)),
            StampJson::Counts(_) => None,
        })
    };
    if numbers().max().unwrap_or(0) < EXACT_MAX { 0 } else { numbers().min().unwrap_or(0).saturating_sub(1) }
}
