//! Reads logs as they grow.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use clockring::{
    clock::Clock,
    event::EventKind,
    moment::UnixTime,
    ring::{MachineId, RingSize},
};

use super::history::{History, Seen};
use crate::{
    experiment::with_clock,
    rundir::{Manifest, Row, RunDirectory, StampText},
};

/// Most bytes read of one log at a time; of a log that grows faster, the rows between are passed over.
const BYTES_MAX: u64 = 1 << 17;

/// The logs of a run.
#[derive(Debug)]
pub(super) struct Tail {
    ring: RingSize,
    since: Option<UnixTime>,
    directory: Option<RunDirectory>,
    logs: Vec<Log>,
}

#[derive(Debug)]
struct Log {
    machine: MachineId,
    manifest: Option<Manifest>,
    /// The end of the part read: always the end of a line.
    read: u64,
}

impl Tail {
    pub(super) fn new(ring: RingSize, since: Option<UnixTime>) -> Self {
        let logs = ring.machines().map(|machine| Log { machine, manifest: None, read: 0 }).collect();
        Self { ring, since, directory: None, logs }
    }

    pub(super) fn set_directory(&mut self, directory: RunDirectory) {
        self.directory = Some(directory);
    }

    pub(super) fn directory(&self) -> Option<&RunDirectory> {
        self.directory.as_ref()
    }

    /// A machine's manifest; `None` until it has started.
    pub(super) fn manifest(&self, machine: MachineId) -> Option<&Manifest> {
        self.logs.get(machine.index())?.manifest.as_ref()
    }

    /// Adds the rows that are new.
    pub(super) fn read(&mut self, history: &mut History) {
        let Some(directory) = &self.directory else { return };
        for log in &mut self.logs {
            // A file that is not there yet, or no more, is one without news.
            let _ = log.read(directory, self.ring, self.since, history);
        }
    }
}

impl Log {
    fn read(
        &mut self,
        directory: &RunDirectory,
        ring: RingSize,
        since: Option<UnixTime>,
        history: &mut History,
    ) -> io::Result<()> {
        if self.manifest.is_none() {
            let manifest = Manifest::read(&directory.manifest(self.machine))?;
            if since.is_some_and(|since| manifest.started < since) {
                return Ok(());
            }
            self.manifest = Some(manifest);
        }
        let Some(manifest) = &self.manifest else { return Ok(()) };
        let mut file = File::open(directory.log(self.machine))?;
        let length = file.metadata()?.len();
        if length < self.read {
            self.read = 0;
        }
        let passed_over = length - self.read > BYTES_MAX;
        if passed_over {
            self.read = length - BYTES_MAX;
        }
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        file.take(BYTES_MAX).read_to_end(&mut bytes)?;
        let Some(end) = memchr::memrchr(b'\n', &bytes) else { return Ok(()) };
        self.read += end as u64 + 1;
        let mut lines = bytes[..end].split(|byte| *byte == b'\n');
        if passed_over {
            // It was cut into somewhere in a line.
            lines.next();
        }
        // The header is no row.
        lines
            .filter_map(|line| with_clock!(manifest.clock, C => seen::<<C as Clock>::Stamp>(line, self.machine, ring)))
            .for_each(|seen| history.add(seen));
        Ok(())
    }
}

/// A line as an event; `None` if it is no row.
fn seen<S: StampText>(line: &[u8], machine: MachineId, ring: RingSize) -> Option<Seen> {
    let row = Row::<S>::parse(line, machine, ring).ok()?;
    let kind = match row.event.kind {
        EventKind::Internal => EventKind::Internal,
        EventKind::Send { to } => EventKind::Send { to },
        EventKind::Receive { from, .. } => EventKind::Receive { from, stamp: () },
    };
    let clock = row.event.clock.shown(ring);
    Some(Seen { machine, tick: row.tick, time_ns: row.time.ns(), kind, clock, queue: row.queue })
}
