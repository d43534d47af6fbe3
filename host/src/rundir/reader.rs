//! Reads a log row by row.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader},
    marker::PhantomData,
    path::{Path, PathBuf},
};

use clockring::ring::{MachineId, RingSize};

use super::{
    row::{HEADER, Row, RowError},
    stamp::StampText,
};

/// Reads the log of one machine. Iterates over the rows, each with its line number (the header is line 1).
///
/// A last line without a line feed is torn: its machine died while it wrote. It is not a row and not an error;
/// [`LogReader::torn`] tells of it once the iteration has ended.
#[derive(Debug)]
pub struct LogReader<S> {
    path: PathBuf,
    machine: MachineId,
    ring: RingSize,
    input: BufReader<File>,
    line: Vec<u8>,
    line_number: u64,
    torn: Option<Torn>,
    stamp: PhantomData<S>,
}

/// A last line that was not written to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Torn {
    /// Its line number.
    pub line: u64,
    /// How many bytes of it there are.
    pub bytes: u64,
}

impl<S: StampText> LogReader<S> {
    /// Opens the log of `machine` at `path` and reads its header.
    ///
    /// # Errors
    /// If the file cannot be read, or its first line is not the header.
    pub fn open(path: &Path, machine: MachineId, ring: RingSize) -> Result<Self, LogError> {
        let failed = |problem| LogError { path: path.to_owned(), line: None, problem };
        let input = BufReader::with_capacity(1 << 16, File::open(path).map_err(|error| failed(error.into()))?);
        let mut reader = Self {
            path: path.to_owned(),
            machine,
            ring,
            input,
            line: Vec::new(),
            line_number: 0,
            torn: None,
            stamp: PhantomData,
        };
        if !reader.next_line()? || reader.line != HEADER.as_bytes() {
            return Err(failed(Problem::NoHeader));
        }
        Ok(reader)
    }

    /// The torn last line, if there was one. Known when the iteration has ended.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// Reads a whole line into `self.line`, without its end. `false` at the end of the file.
    fn next_line(&mut self) -> Result<bool, LogError> {
        self.line.clear();
        self.line_number += 1;
        let bytes = self.input.read_until(b'\n', &mut self.line).map_err(|error| self.error(error.into()))?;
        if self.line.pop_if(|byte| *byte == b'\n').is_some() {
            // A log that went through a Windows editor is still a log.
            self.line.pop_if(|byte| *byte == b'\r');
            return Ok(true);
        }
        if bytes > 0 {
            self.torn = Some(Torn { line: self.line_number, bytes: bytes as u64 });
        }
        Ok(false)
    }

    fn error(&self, problem: Problem) -> LogError {
        LogError { path: self.path.clone(), line: Some(self.line_number), problem }
    }
}

impl<S: StampText> Iterator for LogReader<S> {
    type Item = Result<(u64, Row<S>), LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.next_line() {
            Ok(false) => None,
            Ok(true) => match Row::parse(&self.line, self.machine, self.ring) {
                Ok(row) => Some(Ok((self.line_number, row))),
                Err(error) => Some(Err(self.error(error.into()))),
            },
            Err(error) => Some(Err(error)),
        }
    }
}

/// A log that cannot be read.
#[derive(Debug)]
pub struct LogError {
    path: PathBuf,
    line: Option<u64>,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Io(io::Error),
    NoHeader,
    Row(RowError),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<RowError> for Problem {
    fn from(error: RowError) -> Self {
        Self::Row(error)
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        match &self.problem {
            Problem::Io(error) => write!(f, ": cannot read: {error}"),
            Problem::NoHeader => write!(f, ": not a Clockring log: its first line is not `{HEADER}`"),
            Problem::Row(error) => write!(f, ": not a row: {error}"),
        }
    }
}

impl std::error::Error for LogError {}
