//! The run as a report embeds it: columns of small numbers, most of them differences, which `Trace.decode` in
//! `web/draw/trace.js` reads.

use std::collections::BTreeMap;

use clockring::{
    clock::{ClockKind, HybridStamp},
    event::EventKind,
};
use serde::Serialize;

use super::extract::{Extract, Gap};
use crate::{
    check::{EventIndex, Log},
    trace::{Trace, stamp_text, waited},
};

/// The embedded data. Times are in units since the start of the run.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    machines: Vec<&'a str>,
    clock: &'a str,
    start_ns: String,
    /// The length of a unit of time, in seconds.
    unit_s: f64,
    /// Clocks are written as the difference to this.
    clock_base: String,
    gaps: &'a [Gap],
    logs: Vec<Columns>,
}

/// The log of one machine.
#[derive(Default, Serialize)]
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
    /// For every receive: the send's index in the sender's columns, as a difference from the one of the receive before
    /// from the same sender; `null` if the send is left out, `false` if no log has it.
    sent: Vec<Sent>,
    /// For every receive: at how many ticks before it the message was there and had to wait, as far as these are not
    /// left out.
    waited: Vec<usize>,
    /// By index: the timestamp of a received message that no log has as sent.
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
        let kind = run.manifests().next().map_or(ClockKind::Lamport, |manifest| manifest.clock);
        // A hybrid clock is drawn from the start of the run, as time is.
        let clock_base = match kind {
            ClockKind::Hybrid => run.clock_base().min(HybridStamp(start_ns).time_ns()),
            ClockKind::Lamport | ClockKind::Vector => run.clock_base(),
        };
        let columns = |machine| match run.log(machine) {
            Some(log) => Columns::new(run, log, extract, |time_ns| units(time_ns, start_ns, unit_ns), clock_base),
            None => Columns::default(),
        };
        Self {
            machines: run.machines().map(|machine| machine.letter_str()).collect(),
            clock: kind.name(),
            start_ns: start_ns.to_string(),
            unit_s: unit_ns as f64 / 1e9,
            clock_base: clock_base.to_string(),
            gaps: &extract.gaps,
            logs: (0..run.run.ring.get()).map(columns).collect(),
        }
    }
}

impl Columns {
    fn new(run: &Trace, log: &Log, extract: &Extract, units: impl Fn(u64) -> i64, clock_base: u64) -> Self {
        let (ring, id, machine) = (run.run.ring, log.machine, log.machine.index());
        let waited = waited(log.records());
        let mut time_before = 0;
        let mut counts_before = vec![0; log.records().first().map_or(1, |_| log.clock(0).len())];
        let mut sent_before = vec![0; ring.get()];
        let mut columns = Self::default();
        let (mut row_before, mut stretch_start) = (None, 0);
        for row in extract.rows(machine) {
            let record = &log.records()[row];
            match columns.tick.last_mut() {
                Some((first, count)) if *first + *count == record.tick => *count += 1,
                _ => columns.tick.push((record.tick, 1)),
            }
            if row_before.is_none_or(|before| before + 1 != row) {
                stretch_start = row;
            }
            row_before = Some(row);
            let time = units(record.time_ns);
            columns.time.push(time - time_before);
            time_before = time;
            for (count, before) in log.clock(row).iter().zip(&mut counts_before) {
                let count = count.wrapping_sub(clock_base) as i64;
                columns.clock.push(count.wrapping_sub(*before));
                *before = count;
            }
            columns.queue.push(record.queue);
            let code = match record.kind {
                EventKind::Internal => 0,
                EventKind::Send { to } if to.count() + 1 == ring.get() => ring.get(),
                EventKind::Send { to } => to.into_iter().map(|peer| ring.distance(id, peer)).sum(),
                EventKind::Receive { from, .. } => {
                    let before = &mut sent_before[from.index()];
                    let sent = match run.send_of(EventIndex { machine, row }).map(|send| extract.index(send)) {
                        Some(Some(index)) => Sent::After(index as i64 - std::mem::replace(before, index as i64)),
                        Some(None) => Sent::LeftOut(()),
                        None => {
                            let stamp = log.stamp(row).map(stamp_text).unwrap_or_default();
                            columns.stamps.insert(columns.code.len(), stamp);
                            Sent::Never(false)
                        }
                    };
                    columns.sent.push(sent);
                    columns.waited.push(waited[row].min(row - stretch_start));
                    ring.get() + ring.distance(id, from)
                }
            };
            columns.code.push(code);
        }
        columns
    }
}

/// A microsecond, or a nanosecond for machines that run freely and make more than an event in ten microseconds.
fn unit_ns(run: &Trace) -> u64 {
    let dense = run.run.logs.iter().any(|log| {
        let Some(span_ns) = log.summary.last_ns.checked_sub(log.summary.first_ns) else { return false };
        span_ns / (log.len().max(1) as u64) < 10_000
    });
    if dense { 1 } else { 1000 }
}

fn units(time_ns: u64, start_ns: u64, unit_ns: u64) -> i64 {
    // A clock that was set back may put a time before the start.
    (time_ns.saturating_sub(start_ns) / unit_ns) as i64 - (start_ns.saturating_sub(time_ns) / unit_ns) as i64
}
