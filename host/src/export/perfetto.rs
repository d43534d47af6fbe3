//! Trace-event JSON ("Trace Event Format", Google), which Perfetto, chrome://tracing and DevTools open.
//!
//! A process per machine with one track of slices, a slice per tick, a counter each for clock and queue, and a flow
//! arrow per message. Where the three viewers differ, what all of them pair is written: an arrow stands after its
//! slice, at the slice's own time, with `"bp":"e"` and a hexadecimal id.

use std::io::{self, Write};

use clockring::event::EventKind;
use serde::Serialize;
use serde_json::{Value, json};

use super::title;
use crate::trace::{Place, Trace, height, stamp_text};

/// The longest slice, in nanoseconds: a slow machine's tick is an instant too, and a long bar would hide it.
const SLICE_NS_MAX: u64 = 20_000_000;

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

pub(super) fn write(run: &Trace, out: &mut impl Write) -> io::Result<()> {
    let start_ns = run.start_ns();
    let about = json!({ "run": run.name, "clock": run.clock.name(), "started_ns": start_ns.to_string() });
    write!(out, "{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[")?;
    let mut records = Records { out, first: true };
    for (index, machine) in run.machines.iter().enumerate() {
        let named = |name, args| Record { args, ..Record::new("M", index, name) };
        records.add(&named("process_name", json!({ "name": format!("machine {}", machine.id) })))?;
        records.add(&named("process_sort_index", json!({ "sort_index": index })))?;
        records.add(&named("thread_name", json!({ "name": "ticks" })))?;
    }
    for (index, machine) in run.machines.iter().enumerate() {
        for (row_index, row) in machine.rows.iter().enumerate() {
            let ts = Some(micros(row.time_ns - start_ns.min(row.time_ns)));
            let gap_ns =
                machine.rows.get(row_index + 1).map_or(SLICE_NS_MAX, |next| next.time_ns.saturating_sub(row.time_ns));
            let stamp = stamp_text(&row.event.clock);
            let args =
                json!({ "tick": row.tick, "clock": stamp, "queue": row.queue, "time_ns": row.time_ns.to_string() });
            let place = Place { machine: index, row: row_index };
            records.add(&Record {
                cat: Some("event"),
                ts,
                // A slice without a duration is not drawn, and takes no arrow.
                dur: Some(micros((gap_ns / 2).clamp(1, SLICE_NS_MAX))),
                args,
                ..Record::new("X", index, &title(row))
            })?;
            let arrow = |ph, send: Place| Record {
                cat: Some("message"),
                ts,
                id: Some(format!("0x{:x}", ((send.machine as u64 + 1) << 48) | send.row as u64)),
                bp: Some("e"),
                ..Record::new(ph, index, "message")
            };
            match row.event.kind {
                EventKind::Send { .. } => records.add(&arrow("s", place))?,
                EventKind::Receive { .. } => {
                    if let Some(send) = run.send_of(place) {
                        records.add(&arrow("f", send))?;
                    }
                }
                EventKind::Internal => {}
            }
            let counter = |name, args| Record { ts, args, ..Record::new("C", index, name) };
            records.add(&counter("clock", json!({ "clock": height(&row.event.clock) })))?;
            records.add(&counter("queue", json!({ "messages": row.queue })))?;
        }
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
