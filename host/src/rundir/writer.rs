//! Writes a log: whole rows, many in one write.

use std::{
    fmt,
    fs::{self, File, Metadata, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use clockring::ring::RingSize;

use super::{
    row::{HEADER, HEADER_0_1, Row, Times, has_rows},
    stamp::StampText,
};

/// More bytes than any commit writes: 4,096 rows of a ring of 26 with vector clocks have fewer than five million.
const COMMIT_MAX: u64 = 1 << 23;

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
    /// As much of it as is known to be on the disk.
    on_disk: u64,
    /// Does each commit wait for the disk?
    durable: bool,
    rows: Vec<u8>,
    times: Times,
    fault: Option<DiskFault>,
}

/// The next fault of a simulated disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DiskFault {
    /// It has room for so many more bytes.
    Full {
        /// The bytes.
        room: usize,
    },
    /// It takes what is written, and does not keep it.
    Sync,
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

    /// The writer of a file that no other process may write.
    fn over(path: &Path, ring: RingSize, file: File) -> io::Result<Self> {
        // A file system without locks leaves it to people to start a machine once.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing it"));
        }
        Ok(Self {
            path: path.to_owned(),
            ring,
            file,
            committed: 0,
            on_disk: 0,
            durable: false,
            rows: Vec::new(),
            times: Times::default(),
            fault: None,
        })
    }

    /// Lets the next commit fail.
    pub(crate) const fn fail_next(&mut self, fault: DiskFault) {
        self.fault = Some(fault);
    }

    fn write_header(&mut self) -> io::Result<()> {
        self.rows.extend_from_slice(HEADER.as_bytes());
        self.rows.push(b'\n');
        self.commit()
    }

    /// Sets whether each commit waits for the disk, to survive a loss of power.
    pub fn set_durable(&mut self, durable: bool) {
        self.durable = durable;
    }

    /// The length of the log that is known to be on the disk, in bytes.
    pub const fn on_disk(&self) -> u64 {
        self.on_disk
    }

    fn write(&mut self) -> io::Result<()> {
        match self.fault {
            Some(DiskFault::Full { room }) => {
                self.file.write_all(&self.rows[..room.min(self.rows.len())])?;
                Err(io::ErrorKind::StorageFull.into())
            }
            Some(DiskFault::Sync) | None => self.file.write_all(&self.rows),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.fault == Some(DiskFault::Sync) {
            return Err(io::Error::other("the disk does not keep what is written"));
        }
        self.file.sync_data()?;
        self.on_disk = self.committed;
        Ok(())
    }

    /// The path of the log.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Is the log still at its path? Other programs remove and rename files while they are written, and nobody would know
    /// before the end.
    ///
    /// # Errors
    /// What was done to it.
    pub fn demand_place(&self) -> Result<(), Tampered> {
        let here = fs::metadata(&self.path).map_err(|_| Tampered::Gone)?;
        let ours = self.file.metadata().map_err(|_| Tampered::Gone)?;
        if is_same(&here, &ours) { Ok(()) } else { Err(Tampered::Replaced) }
    }

    /// Has the log the length that was written? To be asked before each commit, which would fill a hole with zeros.
    ///
    /// # Errors
    /// Both lengths.
    pub fn demand_length(&self) -> Result<(), Tampered> {
        let (length, written) = (self.file.metadata().map_err(|_| Tampered::Gone)?.len(), self.committed);
        if length == written { Ok(()) } else { Err(Tampered::Length { length, written }) }
    }

    /// Writes the last commit once more: the system counts bytes as written though the disk failed.
    fn write_end_again(&mut self) -> io::Result<()> {
        let from = self.committed.saturating_sub(COMMIT_MAX);
        let mut end = Vec::new();
        self.file.seek(io::SeekFrom::Start(from))?;
        (&mut self.file).take(self.committed - from).read_to_end(&mut end)?;
        self.file.seek(io::SeekFrom::Start(from))?;
        self.file.write_all(&end)
    }

    /// Adds a row to those that the next commit writes.
    pub fn add<S: StampText>(&mut self, row: &Row<S>) {
        row.write_after(&mut self.times, self.ring, &mut self.rows);
    }

    /// Bytes of rows that wait to be committed.
    pub fn pending_bytes(&self) -> usize {
        self.rows.len()
    }

    /// Writes the rows added since the last commit, in one write, and waits for the disk if the log is
    /// [durable](Self::set_durable).
    ///
    /// # Errors
    /// If the file cannot be written; then none of these rows is in it. If the disk fails; then it is not known how much of
    /// the log is on it.
    pub fn commit(&mut self) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.write() {
            // Cutting off needs no room on the disk. If even that fails, a torn line is left, which readers report.
            let _ = self.file.set_len(self.committed);
            let _ = self.file.seek(io::SeekFrom::Start(self.committed));
            return Err(error);
        }
        self.committed += self.rows.len() as u64;
        self.rows.clear();
        self.times = Times::default();
        if self.durable { self.sync() } else { Ok(()) }
    }
}

/// What another program did to a log while it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tampered {
    /// It is not at its path: removed or renamed, itself or a directory above it.
    Gone,
    /// Another file is at its path.
    Replaced,
    /// It was truncated, or written to.
    Length {
        /// Its bytes.
        length: u64,
        /// Those that were written.
        written: u64,
    },
}

impl fmt::Display for Tampered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("it was removed or renamed"),
            Self::Replaced => f.write_str("another file was put in its place"),
            Self::Length { length, written } if length < written => {
                write!(f, "it has {length} bytes where {written} were written: it was truncated")
            }
            Self::Length { length, written } => {
                write!(f, "it has {length} bytes where {written} were written: something else wrote to it")
            }
        }
    }
}

/// The log that a machine left behind, as its death left it. Nothing is changed before [`LogBefore::go_on`].
#[derive(Debug)]
pub struct LogBefore {
    /// Up to the last whole line.
    log: LogWriter,
    /// Bytes after that: a row that was not written to its end, or zeros where the disk never got what was written.
    torn_bytes: u64,
}

impl LogBefore {
    /// Opens a log to go on with. Of one that is `durable` everything is on the disk then: peers are about to be told of it.
    ///
    /// # Errors
    /// If another process writes the log ([`io::ErrorKind::ResourceBusy`]), it is of another version
    /// ([`io::ErrorKind::Unsupported`]), it cannot be read and written, or the disk fails.
    pub fn open(path: &Path, ring: RingSize, durable: bool) -> io::Result<Self> {
        let mut log = LogWriter::over(path, ring, OpenOptions::new().read(true).write(true).open(path)?)?;
        let mut begin = Vec::new();
        (&mut log.file).take(HEADER.len() as u64).read_to_end(&mut begin)?;
        if begin.strip_prefix(HEADER_0_1.as_bytes()).and_then(<[u8]>::first).is_some_and(|next| b"\r\n".contains(next))
        {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "it is a log of Clockring 0.1, which speaks another protocol, and only that version goes on with it",
            ));
        }
        let length = log.file.metadata()?.len();
        log.committed = whole_lines(&mut log.file, length)?;
        if log.committed > 0 && begin != HEADER.as_bytes() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("its first line is not `{HEADER}`")));
        }
        if durable {
            log.set_durable(true);
            log.write_end_again()?;
            log.sync()?;
        }
        Ok(Self { torn_bytes: length - log.committed, log })
    }

    /// The length of the log that is known to be on the disk, in bytes.
    pub const fn on_disk(&self) -> u64 {
        self.log.on_disk()
    }

    /// Has the log no row yet?
    pub fn is_empty(&self) -> bool {
        !has_rows(self.log.committed)
    }

    /// The path of the log.
    pub fn path(&self) -> &Path {
        self.log.path()
    }

    /// The log, to be written after its last whole line. What is cut off there is kept first, in a file of its own.
    ///
    /// # Errors
    /// If the log cannot be written, or what is to be cut off cannot be kept; then nothing is.
    pub fn go_on(mut self) -> io::Result<(LogWriter, Option<TornEnd>)> {
        let end = io::SeekFrom::Start(self.log.committed);
        self.log.file.seek(end)?;
        let torn = if self.torn_bytes > 0 { Some(self.keep_torn_end()?) } else { None };
        self.log.file.set_len(self.log.committed)?;
        self.log.file.seek(end)?;
        if self.log.committed == 0 {
            self.log.write_header()?;
        }
        Ok((self.log, torn))
    }

    fn keep_torn_end(&mut self) -> io::Result<TornEnd> {
        let mut name = self.log.path.clone().into_os_string();
        name.push(format!("{TORN_INFIX}{}", self.log.committed));
        let kept_in = PathBuf::from(name);
        io::copy(&mut self.log.file, &mut File::create(&kept_in)?)?;
        Ok(TornEnd { bytes: self.torn_bytes, kept_in })
    }
}

/// The end of a log that was no whole row, and was cut off.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TornEnd {
    /// Its length.
    pub bytes: u64,
    /// The file that has it now: named after the log, and the place in it.
    pub kept_in: PathBuf,
}

/// Between the name of a log and the place of an end that was cut off it.
pub(super) const TORN_INFIX: &str = ".torn-";

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere a file that is open cannot be replaced.
#[cfg(not(unix))]
fn is_same(_one: &Metadata, _other: &Metadata) -> bool {
    true
}

/// The length of a log up to the end of its last whole line.
fn whole_lines(file: &mut File, length: u64) -> io::Result<u64> {
    const CHUNK: u64 = 1 << 16;
    let mut end = length;
    while end > 0 {
        let from = end.saturating_sub(CHUNK);
        let mut chunk = Vec::new();
        file.seek(io::SeekFrom::Start(from))?;
        file.take(end - from).read_to_end(&mut chunk)?;
        if let Some(last) = memchr::memrchr(b'\n', &chunk) {
            return Ok(from + last as u64 + 1);
        }
        end = from;
    }
    Ok(0)
}
