//! The pictures of a report as SVG files, for a lab notebook.

mod charts;
mod diagram;

use std::{fs, io, path::Path};

use clockring::clock::ClockKind;

use super::{
    full,
    series::{self, Series},
};
use crate::{rundir::RunFigures, trace::Trace};

/// Writes each picture to a file of its own in `directory`, which is made if it is not there. Returns their names.
///
/// # Errors
/// If a file cannot be written; the message names it.
pub fn write(run: &Trace, directory: &Path) -> io::Result<Vec<&'static str>> {
    let figures = RunFigures::of(run.run.logs.iter().map(|log| (&log.manifest, &log.summary)));
    let series = series::all(run, &figures);
    let names: Vec<&str> = run.machines().map(|machine| machine.letter_str()).collect();
    let lines = |value: fn(&Series, usize) -> f64| {
        let line = |series: &Series| (0..series.time.len()).map(|at| (series.time[at], value(series, at))).collect();
        names.iter().copied().zip(series.iter().map(line)).collect::<Vec<charts::Line<'_>>>()
    };
    let kind = run.manifests().next().map_or(ClockKind::Lamport, |manifest| manifest.clock);
    let clock = match kind {
        ClockKind::Lamport => "Logical clock",
        ClockKind::Vector => "Events known",
        ClockKind::Hybrid => "Ahead of the physical clock, µs",
    };
    let waiting = lines(|series, at| series.queue[at] as f64);
    let full = full::line(run).map(|full| full as f64);
    let mut pictures = vec![
        ("clock.svg", charts::lines(clock, &lines(|series, at| series.clock[at] as f64))),
        ("queue.svg", charts::lines_below("Messages waiting in each queue", &waiting, full)),
        ("space-time.svg", diagram::draw(run)),
    ];
    if let (Some(fastest), false) = (figures.fastest.first(), kind == ClockKind::Hybrid) {
        let title = format!("Behind the clock of {fastest}");
        pictures.push(("drift.svg", charts::lines(&title, &lines(|series, at| series.drift[at] as f64))));
    }
    fs::create_dir_all(directory)?;
    for (name, picture) in &pictures {
        let path = directory.join(name);
        fs::write(&path, picture)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    }
    Ok(pictures.into_iter().map(|(name, _)| name).collect())
}
