//! A run in the formats of tools that people already use: one file per format.
//!
//! To add one: a file with a function that writes a [`Trace`], and a line in [`Format`] and in [`write`].

mod csv;
mod dot;
mod mermaid;
mod perfetto;
mod shiviz;

use std::io::{self, Write};

use clockring::event::EventKind;

use crate::{
    rundir::{Row, StampJson},
    trace::{Trace, stamp_text},
};

/// What a run can be written as.
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
    /// How many events a picture in this format stays readable with; `None` if it is not a picture.
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

/// Writes runs in a format. Only [`Format::Shiviz`] takes more than one; the others write the first.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(format: Format, runs: &[Trace], out: &mut impl Write) -> io::Result<()> {
    if format.holds_several() {
        return shiviz::write(runs, out);
    }
    let Some(run) = runs.first() else { return Ok(()) };
    match format {
        Format::Csv => csv::write(run, out),
        Format::Shiviz => shiviz::write(runs, out),
        Format::Perfetto => perfetto::write(run, out),
        Format::Dot => dot::write(run, out),
        Format::Mermaid => mermaid::write(run, out),
    }
}

/// What happened, in words: `send to B and C`.
fn title(row: &Row<StampJson>) -> String {
    match &row.event.kind {
        EventKind::Internal => "internal".to_owned(),
        EventKind::Send { to } => {
            format!("send to {}", to.into_iter().map(|peer| peer.letter_str()).collect::<Vec<_>>().join(" and "))
        }
        EventKind::Receive { from, stamp } => format!("receive {} from {from}", stamp_text(stamp)),
    }
}

/// The name and the letters of an event's columns `event` and `peer`, as in a log.
fn columns(row: &Row<StampJson>) -> (&'static str, String) {
    match &row.event.kind {
        EventKind::Internal => ("internal", String::new()),
        EventKind::Send { to } => ("send", to.into_iter().map(|peer| peer.letter_str()).collect()),
        EventKind::Receive { from, .. } => ("receive", from.letter_str().to_owned()),
    }
}
