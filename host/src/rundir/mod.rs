//! The run directory: the waist of the whole system.
//!
//! Live machines, the simulator and boards write it; the checker, replay, report and exports read nothing else. Each
//! machine owns two files in it: `A.csv`, the log with one [`Row`] per event, and `A.json`, the [`Manifest`].

mod figure;
mod figures;
mod manifest;
mod reader;
mod row;
mod stamp;
mod summary;
mod writer;

use std::path::{Path, PathBuf};

use clockring::ring::MachineId;

pub use figure::Figure;
pub(crate) use figures::Left;
pub use figures::{Figures, RunFigures};
pub use manifest::{Ended, LeftInQueue, Manifest, SimulatedNetwork, StampJson, TimeSource};
pub use reader::{LogError, LogReader, Torn};
pub use row::{HEADER, Row, RowError};
pub use stamp::{StampText, time_and_count};
pub use summary::Summary;
pub use writer::LogWriter;

/// Where a machine's log is.
pub fn log_path(directory: &Path, machine: MachineId) -> PathBuf {
    directory.join(format!("{machine}.csv"))
}

/// Where a machine's manifest is.
pub fn manifest_path(directory: &Path, machine: MachineId) -> PathBuf {
    directory.join(format!("{machine}.json"))
}

/// The name of a new run directory, after the time that names the run, in nanoseconds since the UNIX epoch.
pub fn run_name(run: u64) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(run)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H-%M-%S-%3fZ").to_string()
}

/// The machines that have a log or a manifest here, in ring order.
///
/// # Errors
/// If the directory cannot be read.
pub fn machines_in(directory: &Path) -> std::io::Result<Vec<MachineId>> {
    let mut machines = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        let Some((stem, extension)) = name.to_str().and_then(|name| name.rsplit_once('.')) else { continue };
        if let ([letter], "csv" | "json") = (stem.as_bytes(), extension) {
            machines.extend(MachineId::from_letter(*letter));
        }
    }
    machines.sort();
    machines.dedup();
    Ok(machines)
}
