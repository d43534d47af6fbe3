//! A run in the formats of tools that people already use: one file per format.
//!
//! To add one: a file with a function that writes [`Part`]s, and a line in [`Format`] and in [`write()`].

mod csv;
mod dot;
mod mermaid;
mod perfetto;
mod shiviz;

use std::io::{self, Write};

use clockring::event::EventKind;

use crate::{
    check::EventIndex,
    trace::{Trace, stamp_text},
};

/// The formats in which a run can be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// One table of all events in causal order, for pandas, polars, DuckDB and spreadsheets
    Csv,
    /// For ShiViz: open the file there as it is; several runs become several executions to compare
    Shiviz,
    /// Trace-event JSON, for ui.perfetto.dev and chrome://tracing
    Perfetto,
    /// A Graphviz graph, for small runs
    Dot,
    /// A Mermaid sequence diagram, for small runs in Markdown
    Mermaid,
}

impl Format {
    /// Number of events with which a picture in this format stays readable; `None` if it is not a picture.
    pub const fn events_max(self) -> Option<usize> {
        match self {
            // Beyond this, Graphviz takes minutes and Mermaid refuses (its limit is 50,000 characters).
            Self::Dot | Self::Mermaid => Some(500),
            Self::Csv | Self::Shiviz | Self::Perfetto => None,
        }
    }

    /// Can one file hold several runs?
    pub const fn holds_several(self) -> bool {
        matches!(self, Self::Shiviz)
    }
}

/// Those events of a run that are written: the first in causal order, a consistent cut, so that every message among
/// them has its send.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The run.
    pub run: &'a Trace,
    /// Its events, every cause before its effects.
    pub events: &'a [EventIndex],
}

impl<'a> Part<'a> {
    /// The first `events_max` events of a run in causal order.
    pub fn first(run: &'a Trace, events_max: usize) -> Self {
        let events = run.causal_order();
        Self { run, events: &events[..events_max.min(events.len())] }
    }
}

/// Writes runs in a format. Only [`Format::Shiviz`] takes more than one; the others write the first.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(format: Format, parts: &[Part<'_>], out: &mut impl Write) -> io::Result<()> {
    let Some(part) = parts.first() else { return Ok(()) };
    match format {
        Format::Csv => csv::write(part, out),
        Format::Shiviz => shiviz::write(parts, out),
        Format::Perfetto => perfetto::write(part, out),
        Format::Dot => dot::write(part, out),
        Format::Mermaid => mermaid::write(part, out),
    }
}

/// The event in words: `send to B and C`.
fn title(run: &Trace, event: EventIndex) -> String {
    match run.record(event).kind {
        EventKind::Internal => "internal".to_owned(),
        EventKind::Send { to } => {
            format!("send to {}", to.into_iter().map(|peer| peer.letter_str()).collect::<Vec<_>>().join(" and "))
        }
        EventKind::Receive { from, .. } => format!("receive {} from {from}", received_stamp(run, event)),
    }
}

/// The timestamp that the message of a receive carried; empty for other events.
fn received_stamp(run: &Trace, event: EventIndex) -> String {
    let stamp = run.log(event.machine).and_then(|log| log.stamp(event.row));
    stamp.map(stamp_text).unwrap_or_default()
}

/// The name of a machine, by its place in ring order.
fn name(machine: usize) -> &'static str {
    clockring::ring::MachineId::from_index(machine).map_or("?", |machine| machine.letter_str())
}
