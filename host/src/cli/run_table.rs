//! The table at the end of a run.

use std::{
    io::{self, Write},
    path::Path,
};

use clockring::{clock::ClockKind, ring::MachineId};
use tabled::{
    Table,
    builder::Builder,
    settings::{Alignment, Style, object::Columns},
};

use crate::{
    failure::Failure,
    rundir::{Ended, Manifest, Summary, manifest_path},
};

/// Prints a row per machine, from its log and manifest, and where they are.
///
/// # Errors
/// If a log cannot be read.
pub(super) fn print(directory: &Path, machines: &[MachineId]) -> Result<(), Failure> {
    let mut read = Vec::new();
    for machine in machines {
        let path = manifest_path(directory, *machine);
        let manifest = Manifest::read(&path)
            .map_err(|error| Failure::run(format!("{machine}: cannot read {}: {error}", path.display())))?;
        let summary =
            Summary::read(directory, &manifest).map_err(|error| Failure::run(format!("{machine}: {error}")))?;
        read.push((manifest, summary));
    }
    let table = table(read.iter().map(|(manifest, summary)| (manifest, summary)));
    say(&format!("{table}\nlogs: {}", directory.display()));
    Ok(())
}

/// The table, with a row per machine.
pub(super) fn table<'a>(machines: impl IntoIterator<Item = (&'a Manifest, &'a Summary)>) -> Table {
    let mut table = Builder::new();
    table.push_record([
        "",
        "rate",
        "achieved",
        "ticks",
        "clock",
        "mean jump",
        "largest",
        "queue",
        "longest",
        "sent",
        "received",
        "left",
        "ended",
    ]);
    for (manifest, summary) in machines {
        table.push_record(row(manifest, summary));
    }
    let mut table = table.build();
    table.with(Style::psql()).modify(Columns::new(1..), Alignment::right());
    table
}

/// Prints to standard output; whoever has closed it does not want to know.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

fn row(manifest: &Manifest, summary: &Summary) -> [String; 13] {
    const UNKNOWN: &str = "-";
    let known = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
    // A hybrid clock jumps by the time that passes, which says nothing about messages.
    let counts = manifest.clock != ClockKind::Hybrid;
    [
        manifest.id.to_string(),
        manifest.rate.to_string(),
        known(summary.rate().map(|rate| format!("{rate:.3}"))),
        summary.ticks.to_string(),
        summary.clock.to_string(),
        known(summary.jump_mean().filter(|_| counts).map(|jump| format!("{jump:.2}"))),
        known(counts.then(|| summary.jump_max.to_string())),
        summary.queue.to_string(),
        summary.queue_max.to_string(),
        summary.sent.to_string(),
        summary.received.to_string(),
        known(manifest.left_in_queue.as_ref().map(|left| left.len().to_string())),
        match manifest.ended {
            Some(Ended::Complete) => "complete",
            Some(Ended::Interrupted) => "interrupted",
            None => "no",
        }
        .to_owned(),
    ]
}
