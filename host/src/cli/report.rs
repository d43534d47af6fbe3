//! `report`: one HTML page.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;

use super::run_table::say;
use crate::{failure::Failure, report, rundir::RunDirectory, trace::Trace};

const EXAMPLES: &str = "\
Examples:
  clockring report runs/today                     writes runs/today/report.html
  clockring report runs/today -o today.html
  clockring report runs/today --svg pictures       each picture as a file, for a lab notebook
  clockring report sweep.csv                      a sweep: what was observed beside theory, over the grid";

/// Write one HTML page that explains a run, or a sweep: no network, no other file.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Report {
    /// The run directory, also of a run that still goes on; or the file that `sweep` wrote
    #[arg(value_name = "DIR|FILE")]
    source: PathBuf,

    /// The file to write [default: report.html in the run directory; beside the file of a sweep]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write each picture as an SVG file to this directory, and no page unless -o asks for one
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
}

impl Report {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        if self.source.is_file() {
            if self.svg.is_some() {
                return Err(Failure::usage("--svg is for a run: a sweep has its pictures in its page"));
            }
            let page = report::sweep::html(&self.source)?;
            return write_page(&self.output.unwrap_or_else(|| self.source.with_extension("html")), &page);
        }
        let run = Trace::read(&RunDirectory::at(&self.source))?;
        if let Some(directory) = &self.svg {
            let written = report::svg::write(&run, directory)
                .map_err(|error| Failure::run(format!("{}: cannot write: {error}", directory.display())))?;
            say(&format!("wrote {} to {}", written.join(", "), directory.display()));
            if self.output.is_none() {
                return Ok(ExitCode::SUCCESS);
            }
        }
        write_page(&self.output.unwrap_or_else(|| self.source.join("report.html")), &report::html(&run))
    }
}

fn write_page(path: &Path, page: &str) -> Result<ExitCode, Failure> {
    fs::write(path, page).map_err(|error| Failure::run(format!("{}: cannot write: {error}", path.display())))?;
    say(&format!("wrote {}", path.display()));
    Ok(ExitCode::SUCCESS)
}
