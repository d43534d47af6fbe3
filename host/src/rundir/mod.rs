//! The run directory: the waist of the whole system.
//!
//! Live machines, the simulator and boards write it; the checker, replay, report and exports read nothing else. Each
//! machine owns two files in it: `A.csv`, the log with one [`Row`] per event, and `A.json`, the [`Manifest`].

mod directory;
mod figure;
mod figures;
mod manifest;
mod number;
mod reader;
mod row;
mod stamp;
mod summary;
mod writer;

pub use directory::RunDirectory;
pub use figure::Figure;
pub(crate) use figures::Left;
pub use figures::{Figures, RunFigures};
pub(crate) use manifest::names;
pub use manifest::{Ended, Forgotten, LeftInQueue, Manifest, SimulatedNetwork, StampJson, TimeSource};
pub use reader::{LogError, LogReader, Torn};
pub(crate) use row::has_rows;
pub use row::{HEADER, Row, RowError};
pub use stamp::{StampText, time_and_count};
pub use summary::Summary;
pub(crate) use writer::DiskFault;
pub use writer::{LogBefore, LogWriter, Tampered, TornEnd};
