//! The files of a machine, and their state after a death.

use std::fs::{self, OpenOptions};

use clockring::clock::Clock;

use super::Machine;
use crate::{
    failure::Failure,
    rundir::{LogBefore, LogWriter, StampText, TornEnd},
    storm::{chance::Chance, disk::OnDisk},
};

impl<C> Machine<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// The files of a first process that died before they were whole: no manifest, and a part of the log's header.
    pub(in crate::storm) fn unmake(&self, chance: &mut Chance) -> Result<(), Failure> {
        self.tear(chance.below(self.log_length() + 1));
        let path = self.directory.manifest(self.id());
        fs::remove_file(&path).map_err(|error| Failure::run(format!("{}: {error}", path.display())))
    }

    pub(super) fn write_manifest(&mut self, durable: bool) -> Result<(), Failure> {
        let path = self.directory.manifest(self.id());
        if durable { self.manifest.write_durably(&path) } else { self.manifest.write(&path) }
            .and_then(|()| if durable { fs::read(&path).map(Some) } else { Ok(None) })
            .map(|on_disk| self.on_disk.manifest = on_disk.or(self.on_disk.manifest.take()))
            .map_err(|error| Failure::run(format!("{}: {error}", path.display())))
    }

    /// The end that it has cut off its log by now, since that was no whole row. Told once.
    pub(in crate::storm) fn take_torn(&mut self) -> Option<TornEnd> {
        self.torn.take()
    }

    /// The part of its files that no loss of power takes.
    pub(in crate::storm) fn on_disk(&self) -> OnDisk {
        let left = self.left.as_ref().map(LogBefore::on_disk);
        let log = left.or(self.log.as_ref().map(LogWriter::on_disk)).unwrap_or_default();
        OnDisk { log: log.max(self.on_disk.log), manifest: self.on_disk.manifest.clone() }
    }

    pub(super) fn log_length(&self) -> u64 {
        fs::metadata(self.directory.log(self.id())).map_or(0, |metadata| metadata.len())
    }

    pub(super) fn tear(&self, length: u64) {
        if let Ok(file) = OpenOptions::new().write(true).open(self.directory.log(self.id())) {
            let _ = file.set_len(length);
        }
    }
}
