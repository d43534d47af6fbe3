//! `report`: one HTML page.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Args;

use super::run_table::say;
use crate::{failure::Failure, report, trace::Trace};

const EXAMPLES: &str = "\
Examples:
  clockring report runs/today                     writes runs/today/report.html
  clockring report runs/today -o today.html
  clockring report runs/today --svg pictures       each picture as a file, for a lab notebook";

/// Write one HTML page that explains a run: no network, no other file
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Report {
    /// The run directory; also of a run that still goes on
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// The file to write [default: report.html in the run directory]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write each picture as an SVG file to this directory, and no page unless -o asks for one
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
}

impl Report {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let run = Trace::read(&self.directory)?;
        if let Some(directory) = &self.svg {
            let written = report::svg::write(&run, directory)
                .map_err(|error| Failure::run(format!("{}: cannot write: {error}", directory.display())))?;
            say(&format!("wrote {} to {}", written.join(", "), directory.display()));
        }
        if self.svg.is_none() || self.output.is_some() {
            let path = self.output.unwrap_or_else(|| self.directory.join("report.html"));
            fs::write(&path, report::html(&run))
                .map_err(|error| Failure::run(format!("{}: cannot write: {error}", path.display())))?;
            say(&format!("wrote {}", path.display()));
        }
        Ok(ExitCode::SUCCESS)
    }
}
