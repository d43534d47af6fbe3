//! Reads a log row by row.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    marker::PhantomData,
    ops::Range,
    path::{Path, PathBuf},
};

use clockring::ring::{MachineId, RingSize};

use super::{
    row::{HEADER, HEADER_0_1, Row, RowError},
    stamp::StampText,
};

/// Reads the log of one machine. Iterates over the rows, each with its line number (the header is line 1). A line
/// that is no row is an error, and the iteration goes on after it; after an error of the file itself it ends.
///
/// A last line without a line feed is torn: its machine died while it wrote. It is not a row and not an error;
/// [`LogReader::torn`] tells of it once the iteration has ended.
#[derive(Debug)]
pub struct LogReader<S, R = File> {
    path: PathBuf,
    machine: MachineId,
    ring: RingSize,
    input: R,
    buffer: Box<[u8]>,
    /// The part of the buffer that is read from the input and not yet given out.
    unread: Range<usize>,
    consumed: u64,
    line_number: u64,
    torn: Option<Torn>,
    over: bool,
    stamp: PhantomData<S>,
}

/// A last line that was not written to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Torn {
    /// Its line number.
    pub line: u64,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Bytes read at once, and the longest line: rows are at most a fiftieth of it, with vectors of 26 machines.
const BUFFER_BYTES: usize = 1 << 16;

impl<S: StampText> LogReader<S> {
    /// Opens the log of `machine` at `path` and reads its header.
    ///
    /// # Errors
    /// If the file cannot be read, or its first line is not the header.
    pub fn open(path: &Path, machine: MachineId, ring: RingSize) -> Result<Self, LogError> {
        let input = File::open(path).map_err(|error| LogError {
            path: path.to_owned(),
            line: None,
            problem: Problem::Io(error),
        })?;
        Self::new(input, path, machine, ring)
    }
}

impl<S: StampText, R: Read> LogReader<S, R> {
    /// Reads a log of `machine` from `input`, starting with its header. Errors will name `path`.
    ///
    /// # Errors
    /// If the input cannot be read, or its first line is not the header.
    pub fn new(input: R, path: &Path, machine: MachineId, ring: RingSize) -> Result<Self, LogError> {
        let mut reader = Self {
            path: path.to_owned(),
            machine,
            ring,
            input,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            unread: 0..0,
            consumed: 0,
            line_number: 0,
            torn: None,
            over: false,
            stamp: PhantomData,
        };
        match reader.next_line() {
            Ok(Some(line)) if is_header(&reader.buffer[line.clone()]) => Ok(reader),
            Ok(None) if reader.torn.is_none() => Err(reader.error(Problem::Empty)),
            Ok(_) | Err(Problem::Row(_)) => Err(reader.error(Problem::NoHeader)),
            Err(problem) => Err(reader.error(problem)),
        }
    }

    /// The torn last line, if there was one. Known when the iteration has ended.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// Bytes of the log taken by the lines up to now.
    pub fn consumed_bytes(&self) -> u64 {
        self.consumed
    }

    /// Finds the next whole line in the buffer, without its end. `None` at the end of the file.
    #[inline]
    fn next_line(&mut self) -> Result<Option<Range<usize>>, Problem> {
        self.line_number += 1;
        let mut searched = 0;
        let mut too_long = false;
        loop {
            let unread = &self.buffer[self.unread.clone()];
            if let Some(found) = memchr::memchr(b'\n', &unread[searched..]) {
                let start = self.unread.start;
                let length = searched + found;
                // A log that went through a Windows editor is still a log.
                let carriage_return = usize::from(unread[..length].last() == Some(&b'\r'));
                self.unread.start += length + 1;
                self.consumed += length as u64 + 1;
                return if too_long {
                    Err(Problem::Row(RowError::TooLong))
                } else {
                    Ok(Some(start..start + length - carriage_return))
                };
            }
            searched = unread.len();
            if searched == self.buffer.len() {
                too_long = true;
                self.consumed += searched as u64;
                self.unread = 0..0;
                searched = 0;
            }
            if self.fill()? == 0 {
                if searched > 0 {
                    self.torn = Some(Torn { line: self.line_number, bytes: searched as u64 });
                }
                return Ok(None);
            }
        }
    }

    /// Reads more behind the unread bytes, which move to the front of the buffer.
    fn fill(&mut self) -> Result<usize, Problem> {
        self.buffer.copy_within(self.unread.clone(), 0);
        self.unread = 0..self.unread.len();
        loop {
            match self.input.read(&mut self.buffer[self.unread.end..]) {
                Ok(bytes) => {
                    self.unread.end += bytes;
                    return Ok(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Problem::Io(error)),
            }
        }
    }

    fn error(&self, problem: Problem) -> LogError {
        LogError { path: self.path.clone(), line: Some(self.line_number), problem }
    }
}

impl<S: StampText, R: Read> Iterator for LogReader<S, R> {
    type Item = Result<(u64, Row<S>), LogError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let problem = match self.next_line() {
            Ok(None) => {
                self.over = true;
                return None;
            }
            Ok(Some(line)) => match Row::parse(&self.buffer[line], self.machine, self.ring) {
                Ok(row) => return Some(Ok((self.line_number, row))),
                Err(error) => Problem::Row(error),
            },
            Err(problem) => problem,
        };
        self.over = matches!(problem, Problem::Io(_));
        Some(Err(self.error(problem)))
    }
}

fn is_header(line: &[u8]) -> bool {
    [HEADER, HEADER_0_1].iter().any(|header| line == header.as_bytes())
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
    Empty,
    NoHeader,
    Row(RowError),
}

impl LogError {
    /// The malformed line and its fault, if that is all: the rows after it can still be read.
    pub fn malformed_row(&self) -> Option<(u64, RowError)> {
        match (&self.problem, self.line) {
            (Problem::Row(error), Some(line)) => Some((line, *error)),
            _ => None,
        }
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
            Problem::Empty => write!(f, ": the file is empty: a Clockring log starts with the line `{HEADER}`"),
            Problem::NoHeader => write!(f, ": not a Clockring log: its first line is not `{HEADER}`"),
            Problem::Row(error) => write!(f, ": not a row: {error}"),
        }
    }
}

impl std::error::Error for LogError {}
