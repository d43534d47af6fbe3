//! Writes a log: whole rows, many in one write.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
};

use clockring::ring::RingSize;

use super::{
    row::{HEADER, Row},
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
}

impl LogWriter {
    /// Creates the log, with its header. An existing file is replaced only if `overwrite`.
    ///
    /// # Errors
    /// If the file exists and may not be replaced ([`io::ErrorKind::AlreadyExists`]), or cannot be written.
    pub fn create(path: &Path, ring: RingSize, overwrite: bool) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true);
        if overwrite {
            options.create(true).truncate(true)
        } else {
            options.create_new(true)
        };
        let mut log = Self { path: path.to_owned(), ring, file: options.open(path)?, committed: 0, rows: Vec::new() };
        log.rows.extend_from_slice(HEADER.as_bytes());
        log.rows.push(b'\n');
        log.commit()?;
        Ok(log)
    }

    /// Where the log is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a row to those that the next commit writes.
    pub fn add<S: StampText>(&mut self, row: &Row<S>) {
        row.write(self.ring, &mut self.rows);
    }

    /// How many bytes of rows wait to be committed.
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
        Ok(())
    }
}
