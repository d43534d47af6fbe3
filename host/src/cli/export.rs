//! `export`: a run in other tools' formats.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;

use crate::{
    export::{self, Format, Part},
    failure::Failure,
    rundir::RunDirectory,
    trace::Trace,
    wording::count,
};

const EXAMPLES: &str = "\
Examples:
  clockring export runs/today --format csv -o today.csv
  clockring export runs/today --format perfetto -o today.json     (open in ui.perfetto.dev or chrome://tracing)
  clockring export runs/slow runs/fast --format shiviz -o two.log (open in ShiViz, and compare)
  clockring export runs/today --format mermaid --first 30";

/// Write a run in the format of another tool.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Export {
    /// The run directory; for `shiviz`, as many as should be compared
    #[arg(value_name = "DIR", required = true)]
    directories: Vec<PathBuf>,

    /// The format
    #[arg(long, value_enum)]
    format: Format,

    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Only the first N events in causal order: a consistent cut
    #[arg(long, value_name = "N")]
    first: Option<usize>,
}

impl Export {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        if self.directories.len() > 1 && !self.format.holds_several() {
            return Err(Failure::usage("only `--format shiviz` takes several runs: give one directory"));
        }
        let runs = self
            .directories
            .iter()
            .map(|directory| Trace::read(&RunDirectory::at(directory)))
            .collect::<Result<Vec<_>, _>>()?;
        if runs.iter().all(Trace::is_empty) {
            return Err(Failure::usage(format!("{}: no event to export", self.directories[0].display())));
        }
        warn_of(&runs);
        let parts: Vec<Part<'_>> = runs.iter().map(|run| Part::first(run, self.first.unwrap_or(usize::MAX))).collect();
        let events: usize = parts.iter().map(|part| part.events.len()).sum();
        if let Some(max) = self.format.events_max().filter(|max| events > *max) {
            return Err(Failure::usage(format!(
                "{events} events make no readable picture: give --first {max} or less"
            )));
        }
        let Some(path) = &self.output else {
            let mut out = BufWriter::new(io::stdout().lock());
            return match export::write(self.format, &parts, &mut out).and_then(|()| out.flush()) {
                // The reader has had enough, as `head` has: that is its right.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
                written => written
                    .map(|()| ExitCode::SUCCESS)
                    .map_err(|error| Failure::run(format!("standard output: cannot write: {error}"))),
            };
        };
        let cannot_write = |error| Failure::run(format!("{}: cannot write: {error}", path.display()));
        let mut out = BufWriter::new(File::create(path).map_err(cannot_write)?);
        export::write(self.format, &parts, &mut out).and_then(|()| out.flush()).map_err(cannot_write)?;
        let _ = writeln!(io::stderr(), "wrote {} to {}", count(events as u64, "event"), path.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// Says if a run is not sound: then its export is not, either.
fn warn_of(runs: &[Trace]) {
    for run in runs {
        let violations = run.verdict.violations.total();
        if violations > 0 {
            let directory = &run.run.directory;
            // A user who has closed standard error gets the file all the same.
            let _ = writeln!(
                io::stderr(),
                "warning: {directory} breaks rules in {}; `clockring check {directory}` says where",
                count(violations, "place")
            );
        }
    }
}
