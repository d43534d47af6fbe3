//! Writes a log: whole rows, many in one write.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use clockring::ring::RingSize;

use super::{
    row::{HEADER, HEADER_0_1, Row, Times},
    stamp::StampText,
};

/// The log of one machine, open for writing.
///
/// Rows are collected by [`LogWriter::add`] and reach the file together in one write by [`LogWriter::commit`]. If
/// that write fails half-way (a full disk), the log is cut back to the last whole row that was there before.
#[derive(Debug)]
pub struct LogWriter {
    path: PathBuf,
    ring: RingSize,
    file: File,
    /// Length of the file up to the last committed row.
    committed: u64,
    rows: Vec<u8>,
    times: Times,
}

impl LogWriter {
    /// Creates the log, with its header. An existing file is replaced only if `overwrite`.
    ///
    /// # Errors
    /// If the file exists and may not be replaced ([`io::ErrorKind::AlreadyExists`]), another process writes it
    /// ([`io::ErrorKind::ResourceBusy`]), or it cannot be written.
    pub fn create(path: &Path, ring: RingSize, overwrite: bool) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true);
        if overwrite {
            options.create(true)
        } else {
            options.create_new(true)
        };
        let mut log = Self::over(path, ring, options.open(path)?)?;
        log.file.set_len(0)?;
        log.write_header()?;
        Ok(log)
    }

    /// Opens a log to go on after its last whole row, and cuts off the remains of a death: a line without its end, or
    /// zeros where the disk never got the bytes written. Returns the number of bytes cut.
    ///
    /// # Errors
    /// If another process writes the log ([`io::ErrorKind::ResourceBusy`]), it is of another version
    /// ([`io::ErrorKind::Unsupported`]), or it cannot be read and written.
    pub fn resume(path: &Path, ring: RingSize) -> io::Result<(Self, u64)> {
        let mut log = Self::over(path, ring, OpenOptions::new().read(true).write(true).open(path)?)?;
        let mut begin = Vec::new();
        (&mut log.file).take(HEADER.len() as u64).read_to_end(&mut begin)?;
        if begin.strip_prefix(HEADER_0_1.as_bytes()).and_then(<[u8]>::first).is_some_and(|next| *next != b',') {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "it is a log of Clockring 0.1, which speaks another protocol, and only that version goes on with it",
            ));
        }
        let length = log.file.metadata()?.len();
        log.committed = whole_lines(&mut log.file, length)?;
        log.file.set_len(log.committed)?;
        log.file.seek(io::SeekFrom::Start(log.committed))?;
        let cut = length - log.committed;
        if log.committed == 0 {
            log.write_header()?;
        }
        Ok((log, cut))
    }

    /// The writer of a file that no other process may write.
    fn over(path: &Path, ring: RingSize, file: File) -> io::Result<Self> {
        // A file system without locks leaves it to people to start a machine once.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing it"));
        }
        Ok(Self { path: path.to_owned(), ring, file, committed: 0, rows: Vec::new(), times: Times::default() })
    }

    fn write_header(&mut self) -> io::Result<()> {
        self.rows.extend_from_slice(HEADER.as_bytes());
        self.rows.push(b'\n');
        self.commit()
    }

    /// Has the log no row yet?
    pub fn is_empty(&self) -> bool {
        self.committed <= HEADER.len() as u64 + 1
    }

    /// Waits until everything committed is on the disk, to survive a loss of power.
    ///
    /// # Errors
    /// If the disk fails. The part of the log on it is then unknown.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// The path of the log.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a row to those that the next commit writes.
    pub fn add<S: StampText>(&mut self, row: &Row<S>) {
        row.write_after(&mut self.times, self.ring, &mut self.rows);
    }

    /// Bytes of rows that wait to be committed.
    pub fn pending_bytes(&self) -> usize {
        self.rows.len()
    }

    /// Writes the rows added since the last commit, in one write.
    ///
    /// # Errors
    /// If the file cannot be written; then none of these rows is in it.
    pub fn commit(&mut self) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.file.write_all(&self.rows) {
            // Cutting off needs no room on the disk. If even that fails, a torn line is left, which readers report.
            let _ = self.file.set_len(self.committed);
            let _ = self.file.seek(io::SeekFrom::Start(self.committed));
            return Err(error);
        }
        self.committed += self.rows.len() as u64;
        self.rows.clear();
        self.times = Times::default();
        Ok(())
    }
}

/// Length of the part of a log's end that is searched for zeros: far more than a machine writes at once.
const TAIL: u64 = 1 << 20;

/// The length of a log up to the end of its last whole line.
fn whole_lines(file: &mut File, length: u64) -> io::Result<u64> {
    let from = length.saturating_sub(TAIL);
    let mut tail = Vec::new();
    file.seek(io::SeekFrom::Start(from))?;
    file.take(TAIL).read_to_end(&mut tail)?;
    let written = memchr::memchr(0, &tail).unwrap_or(tail.len());
    match memchr::memrchr(b'\n', &tail[..written]) {
        Some(end) => Ok(from + end as u64 + 1),
        None if from == 0 => Ok(0),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, format!("its last {TAIL} bytes hold no line"))),
    }
}
