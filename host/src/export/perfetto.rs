//! Trace-event JSON ("Trace Event Format", Google), which Perfetto, chrome://tracing and DevTools open.
//!
//! A process per machine with one track of slices, a slice per tick, a counter each for clock and queue, and a flow
//! arrow per message. If the three viewers differ, the form that all of them pair is written: an arrow stands after its
//! two slices, at each slice's own time and in its category, with `"bp":"e"` and a hexadecimal id; and it has one end,
//! so a send to all is several arrows. Perfetto draws the arrows of the slice that is selected; chrome://tracing all of
//! them, once they are switched on under "Flow events".

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::{Part, name, title};
use crate::{check::EventIndex, trace::stamp_text};

/// The longest slice, in nanoseconds: a slow machine's tick is an instant too, and a long bar would hide it.
const SLICE_NS_MAX: u64 = 20_000_000;

/// The category of slices and arrows.
const CATEGORY: &str = "clockring";

/// One record. Times are microseconds since the start of the run.
#[derive(Serialize)]
struct Record<'a> {
    ph: &'a str,
    pid: usize,
    tid: usize,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'a str>,
    #[serde(skip_serializing_if = "Value::is_null")]
    args: Value,
}

pub(super) fn write(part: &Part<'_>, out: &mut impl Write) -> io::Result<()> {
    let run = part.run;
    let start_ns = run.start_ns();
    let clock = run.manifests().next().map_or("unknown", |manifest| manifest.clock.name());
    let base = run.clock_base();
    let (started_ns, clock_base) = (start_ns.to_string(), base.to_string());
    let about = json!({ "run": run.name, "clock": clock, "started_ns": started_ns, "clock_base": clock_base });
    write!(out, "{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[")?;
    let mut records = Records { out, first: true };
    for machine in 0..run.run.ring.get() {
        let named = |about, args| Record { args, ..Record::new("M", machine, about) };
        records.add(&named("process_name", json!({ "name": format!("machine {}", name(machine)) })))?;
        records.add(&named("process_sort_index", json!({ "sort_index": machine })))?;
        records.add(&named("thread_name", json!({ "name": "ticks" })))?;
    }
    let time = |event| micros(run.record(event).time_ns.saturating_sub(start_ns));
    let mut messages = 0;
    for event in part.events {
        let EventIndex { machine, row } = *event;
        let record = run.record(*event);
        let ts = Some(time(*event));
        let next = run.records(machine).get(row + 1);
        let gap_ns = next.map_or(SLICE_NS_MAX, |next| next.time_ns.saturating_sub(record.time_ns));
        let stamp = stamp_text(run.clock(*event));
        let time_ns = record.time_ns.to_string();
        records.add(&Record {
            cat: Some(CATEGORY),
            ts,
            // A slice without a duration is not drawn, and takes no arrow.
            dur: Some(micros((gap_ns / 2).clamp(1, SLICE_NS_MAX))),
            args: json!({ "tick": record.tick, "clock": stamp, "queue": record.queue, "time_ns": time_ns }),
            ..Record::new("X", machine, &title(run, *event))
        })?;
        if let Some(send) = run.send_of(*event) {
            messages += 1;
            for (end, at) in [("s", send), ("f", *event)] {
                let arrow = Record::new(end, at.machine, "message");
                let (id, ts) = (Some(format!("{messages:#x}")), Some(time(at)));
                records.add(&Record { cat: Some(CATEGORY), ts, id, bp: Some("e"), ..arrow })?;
            }
        }
        let counter = |about, args| Record { ts, args, ..Record::new("C", machine, about) };
        // Perfetto calls a counter by its name and its key. The axis starts at 0: time since 1970 would be a flat line.
        let key = if base == 0 { "value" } else { "nanoseconds since the first" };
        records.add(&counter("clock", json!({ key: run.height(*event).saturating_sub(base) })))?;
        records.add(&counter("queue", json!({ "messages": record.queue })))?;
    }
    writeln!(out, "\n]}}")
}

impl<'a> Record<'a> {
    /// A record of a machine, with neither time nor anything else that depends on its kind. Numbers start at 1:
    /// process 0 is the idle task in some viewers.
    fn new(ph: &'a str, machine: usize, name: &'a str) -> Self {
        let number = machine + 1;
        Self {
            ph,
            pid: number,
            tid: number,
            name,
            cat: None,
            ts: None,
            dur: None,
            id: None,
            bp: None,
            args: Value::Null,
        }
    }
}

/// A JSON list that is written record by record.
struct Records<'a, W> {
    out: &'a mut W,
    first: bool,
}

impl<W: Write> Records<'_, W> {
    fn add(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.out.write_all(if std::mem::take(&mut self.first) { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut self.out, record).map_err(io::Error::from)
    }
}

fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1e3
}
