//! Places in a run directory.

use std::fmt;

use clockring::ring::MachineId;

/// A line of a file of a run directory, written `A.csv:20`; one that holds an event also says which.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// The owner of the file.
    pub machine: MachineId,
    /// The kind of file.
    pub file: FileKind,
    /// The line, from 1.
    pub line: u64,
    /// The event that the line holds, as an index into the machine's log, from 0.
    pub row: Option<usize>,
}

/// The two files of a machine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FileKind {
    /// `A.csv`.
    Log,
    /// `A.json`.
    Manifest,
}

impl Place {
    /// The file's name within the run directory.
    pub fn file_name(&self) -> String {
        let extension = match self.file {
            FileKind::Log => "csv",
            FileKind::Manifest => "json",
        };
        format!("{}.{extension}", self.machine)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}", self.file_name(), self.line))
    }
}
