//! `report`: one HTML page.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;

use crate::{failure::Failure, report, trace::Trace};

const EXAMPLES: &str = "\
Examples:
  clockring report runs/today                     writes runs/today/report.html
  clockring report runs/today -o today.html";

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
}

impl Report {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let run = Trace::read(&self.directory)?;
        let path = self.output.unwrap_or_else(|| self.directory.join("report.html"));
        fs::write(&path, report::html(&run))
            .map_err(|error| Failure::run(format!("{}: cannot write: {error}", path.display())))?;
        // Whoever has closed standard output has the page all the same.
        let _ = writeln!(io::stdout(), "wrote {}", path.display());
        Ok(ExitCode::SUCCESS)
    }
}
