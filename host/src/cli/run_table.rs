//! The table at the end of a run.

use std::{
    io::{self, Write},
    iter,
};

use clockring::{clock::ClockKind, ring::MachineId};
use tabled::{
    Table,
    builder::Builder,
    settings::{Alignment, Style, object::Columns},
};

use crate::{
    failure::Failure,
    rundir::{Figure, Manifest, RunDirectory, RunFigures, Summary},
};

/// Prints a row per machine, from its log and manifest, and where they are.
///
/// # Errors
/// If a log cannot be read.
pub(super) fn print(directory: &RunDirectory, machines: &[MachineId]) -> Result<(), Failure> {
    let mut read = Vec::new();
    for machine in machines {
        let path = directory.manifest(*machine);
        let manifest = Manifest::read(&path)
            .map_err(|error| Failure::run(format!("{machine}: cannot read {}: {error}", path.display())))?;
        let summary =
            Summary::read(directory, &manifest).map_err(|error| Failure::run(format!("{machine}: {error}")))?;
        read.push((manifest, summary));
    }
    let table = table(read.iter().map(|(manifest, summary)| (manifest, summary)));
    say(&format!("{table}\nlogs: {}", directory));
    Ok(())
}

/// The columns, as far as they say anything of the run.
const COLUMNS: [Figure; 16] = [
    Figure::Rate,
    Figure::RateAchieved,
    Figure::Ticks,
    Figure::Clock,
    Figure::Ahead,
    Figure::JumpMean,
    Figure::JumpMax,
    Figure::SentBy,
    Figure::SentTo,
    Figure::ReceivedBy,
    Figure::Waiting,
    Figure::WaitingAtSenders,
    Figure::WaitingMax,
    Figure::Lost,
    Figure::Undelivered,
    Figure::Ended,
];

/// The table, with a row per machine.
pub(super) fn table<'a>(machines: impl IntoIterator<Item = (&'a Manifest, &'a Summary)>) -> Table {
    let machines: Vec<(&Manifest, &Summary)> = machines.into_iter().collect();
    let run = RunFigures::of(machines.iter().copied());
    let clock = machines.first().map_or(ClockKind::Lamport, |(manifest, _)| manifest.clock);
    let columns: Vec<Figure> = COLUMNS.into_iter().filter(|column| column.applies(clock, &run)).collect();
    let mut table = Builder::new();
    table.push_record(iter::once("").chain(columns.iter().map(|column| column.header(clock))));
    for ((manifest, summary), figures) in machines.iter().zip(&run.machines) {
        let texts = columns.iter().map(|column| column.text(manifest, summary, figures));
        table.push_record(iter::once(manifest.id.to_string()).chain(texts));
    }
    let mut table = table.build();
    table.with(Style::psql()).modify(Columns::new(1..), Alignment::right());
    table
}

/// Prints to standard output; a closed one is ignored.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
