//! The disks of the computers in a storm: the rest of the files after a loss of power, and the work of other hands.

use std::{
    fs,
    io::{self, ErrorKind},
    path::PathBuf,
};

use clockring::ring::MachineId;

use super::chance::Chance;
use crate::rundir::{RunDirectory, has_rows};

/// Columns of a log that are measured, two times and the length of the queue: a digit that is changed there may be as
/// possible as the one that was.
const MEASURED: [usize; 3] = [1, 6, 7];

/// The part of a machine's files that is on the disk, so that no loss of power takes it.
#[derive(Clone, Debug, Default)]
pub(super) struct OnDisk {
    /// This length of its log.
    pub(super) log: u64,
    /// This manifest.
    pub(super) manifest: Option<Vec<u8>>,
}

/// Changes to a log by other hands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tampering {
    /// Its end is gone.
    Shorter,
    /// Its end is zeros.
    Zeros,
    /// One byte of it is another, in the line that begins at this byte, in this column.
    Byte { line: usize, column: usize },
}

impl Tampering {
    /// Is it a byte that says something else now?
    pub(super) fn is_byte(self) -> bool {
        matches!(self, Self::Byte { .. })
    }

    /// Is it a byte that the other rows tell? Then it has to be told.
    pub(super) fn tells(self) -> bool {
        matches!(self, Self::Byte { line, column } if line == 0 || !MEASURED.contains(&column))
    }
}

/// The files of one machine.
pub(super) struct Files {
    log: PathBuf,
    manifest: PathBuf,
}

impl Files {
    pub(super) fn of(machine: MachineId, directory: &RunDirectory) -> Self {
        Self { log: directory.log(machine), manifest: directory.manifest(machine) }
    }

    /// Loses bytes that are not on the disk, some or all. Returns whether the log lost any, and the manifest.
    pub(super) fn lose_power(&self, on_disk: &OnDisk, chance: &mut Chance) -> io::Result<[bool; 2]> {
        Ok([self.lose_log(on_disk, chance)?, self.lose_manifest(on_disk, chance)?])
    }

    fn lose_log(&self, on_disk: &OnDisk, chance: &mut Chance) -> io::Result<bool> {
        let Some(mut log) = read(&self.log)? else { return Ok(false) };
        let length = log.len();
        if chance.once_in(3) {
            // The system had written it to the disk by itself.
            return Ok(false);
        }
        let kept = (on_disk.log as usize).min(length);
        let kept = kept + chance.below((length - kept) as u64 + 1) as usize;
        log.truncate(kept);
        if chance.once_in(3) {
            // The length was written, and the bytes were not.
            log.resize(kept + chance.below((length - kept) as u64 + 1) as usize, 0);
        }
        fs::write(&self.log, log)?;
        Ok(kept < length)
    }

    fn lose_manifest(&self, on_disk: &OnDisk, chance: &mut Chance) -> io::Result<bool> {
        let Some(manifest) = read(&self.manifest)? else { return Ok(false) };
        if on_disk.manifest.as_ref() == Some(&manifest) || chance.once_in(2) {
            return Ok(false);
        }
        match &on_disk.manifest {
            _ if chance.once_in(3) => fs::write(&self.manifest, [])?,
            Some(before) => fs::write(&self.manifest, before)?,
            None => fs::remove_file(&self.manifest)?,
        }
        Ok(true)
    }

    /// Another program, or a failing disk, changes the log.
    pub(super) fn tamper(&self, chance: &mut Chance) -> io::Result<Option<Tampering>> {
        let Some(mut log) = read(&self.log)?.filter(|log| has_rows(log.len() as u64)) else { return Ok(None) };
        let place = chance.below(log.len() as u64) as usize;
        let tampering = match chance.below(4) {
            0 => {
                log.truncate(place);
                Tampering::Shorter
            }
            1 => {
                log[place..].fill(0);
                Tampering::Zeros
            }
            change => {
                let line = log[..place].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
                let column = log[line..place].iter().filter(|byte| **byte == b',').count();
                log[place] = if change == 2 { 0 } else { log[place] ^ 1 << chance.below(8) };
                Tampering::Byte { line, column }
            }
        };
        fs::write(&self.log, log)?;
        Ok(Some(tampering))
    }
}

fn read(path: &PathBuf) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
