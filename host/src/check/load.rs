//! Reads a run directory into memory.

use std::{fs, io, path::Path, thread};

use clockring::{
    clock::{Clock, ClockKind},
    event::EventKind,
    moment::UnixTime,
    ring::MachineId,
};

use super::{
    joined,
    run::{Log, Malformed, Record, Run, Stamps, Supposed},
};
use crate::{
    experiment::with_clock,
    failure::Failure,
    rundir::{LogError, LogReader, Manifest, RunDirectory, StampText, Summary},
};

impl Run {
    /// Reads the run in `directory`. It may be incomplete, or still going on; its rows are for
    /// [`judge`](super::judge) to judge.
    ///
    /// # Errors
    /// If there is no run, or a file cannot be read or is of another kind than its name says. The message names the file
    /// and the way out.
    pub fn load(directory: &RunDirectory) -> Result<Self, Failure> {
        let shown = directory;
        let machines = directory
            .machines()
            .map_err(|error| Failure::usage(format!("{shown}: cannot read the run directory: {error}")))?;
        if machines.is_empty() {
            return Err(Failure::usage(format!(
                "{shown}: no run is here: a run directory holds A.csv and A.json, B.csv and B.json, and so on"
            )));
        }
        // Manifests before logs: one that tells how the run ended finds the whole log. And all lengths before any
        // log: a message received by a row within them was sent by a row that is read now.
        let mut sources = Vec::new();
        for machine in machines {
            let path = directory.log(machine);
            let (manifest_text, manifest) = read_manifest(&directory.manifest(machine), machine)?;
            let length = match fs::metadata(&path) {
                Ok(metadata) => metadata.len(),
                // Listed as missing below.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Failure::usage(format!("{}: cannot read: {error}", path.display()))),
            };
            sources.push(Source { machine, manifest_text, manifest, length });
        }
        let Some(ring) = sources.iter().map(|source| source.manifest.machines).max_by_key(|ring| ring.get()) else {
            return Err(Failure::usage(format!("{shown}: there are manifests, but no log")));
        };
        // The logs are independent, and parsing them is most of the work.
        let logs: Result<Vec<Log>, Failure> = thread::scope(|scope| {
            let readers: Vec<_> =
                sources.into_iter().map(|source| scope.spawn(move || source.read(directory))).collect();
            readers.into_iter().map(joined).collect()
        });
        let logs = logs?;
        let missing = ring.machines().filter(|machine| logs.iter().all(|log| log.machine != *machine)).collect();
        Ok(Self { directory: directory.to_owned(), ring, logs, missing })
    }
}

/// A machine's manifest, and the length of its log before any is read.
struct Source {
    machine: MachineId,
    manifest_text: String,
    manifest: Manifest,
    length: u64,
}

impl Source {
    fn read(self, directory: &RunDirectory) -> Result<Log, Failure> {
        with_clock!(self.manifest.clock, C => self.read_as::<<C as Clock>::Stamp>(directory))
    }

    fn read_as<S: StampText>(self, directory: &RunDirectory) -> Result<Log, Failure> {
        let ring = self.manifest.machines;
        let width = if self.manifest.clock == ClockKind::Vector { ring.get() } else { 1 };
        let flatten = |stamp: &S, counts: &mut Vec<u64>| counts.extend_from_slice(stamp.counts(ring));
        let failed = |error: LogError| Failure::usage(error.to_string());
        let path = directory.log(self.machine);
        let mut reader = LogReader::<S>::open(&path, self.machine, ring).map_err(failed)?;
        let mut log = Log {
            machine: self.machine,
            manifest: self.manifest,
            manifest_text: self.manifest_text,
            summary: Summary::default(),
            torn: None,
            malformed: Vec::new(),
            settled: 0,
            records: Vec::new(),
            clocks: Stamps { width, counts: Vec::new() },
            stamps: Stamps { width, counts: Vec::new() },
            supposed: Supposed::default(),
        };
        while let Some(row) = reader.next() {
            let row = match row {
                Ok((_, row)) => row,
                Err(error) => match error.malformed_row() {
                    Some((line, error)) if log.malformed.len() < MALFORMED_MAX => {
                        log.malformed.push(Malformed { line, error });
                        continue;
                    }
                    _ => return Err(failed(error)),
                },
            };
            log.summary.add(&row);
            let kind = match row.event.kind {
                EventKind::Internal => EventKind::Internal,
                EventKind::Send { to } => EventKind::Send { to },
                EventKind::Receive { from, stamp } => {
                    flatten(&stamp, &mut log.stamps.counts);
                    EventKind::Receive { from, stamp: () }
                }
            };
            log.records.push(Record {
                tick: row.tick,
                time_ns: row.time.ns(),
                kind,
                queue: row.queue,
                arrived_ns: row.arrived.map(UnixTime::ns),
            });
            flatten(&row.event.clock, &mut log.clocks.counts);
            log.stamps.counts.resize(log.clocks.counts.len(), 0);
            if reader.consumed_bytes() <= self.length {
                log.settled = log.records.len();
            }
        }
        log.torn = reader.torn().cloned();
        Ok(log)
    }
}

/// The most lines of one log that may be no rows. A file with more is not a damaged log but something else.
const MALFORMED_MAX: usize = 1_000;

/// The manifest of `machine` at `path`, as text and read.
fn read_manifest(path: &Path, machine: MachineId) -> Result<(String, Manifest), Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::usage(format!(
            "{shown} is missing: the log of {machine} cannot be judged without the manifest that says what the run was"
        )),
        io::ErrorKind::InvalidData => Failure::usage(format!("{shown}:1: not a manifest: it is not text")),
        _ => Failure::usage(format!("{shown}: cannot read: {error}")),
    })?;
    let manifest: Manifest = serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("{shown}:{}: not a manifest: {error}", error.line().max(1))))?;
    if manifest.machines.contains(machine) {
        Ok((text, manifest))
    } else {
        let machines = manifest.machines.get();
        Err(Failure::usage(format!("{shown}: a ring of {machines} machines has no machine {machine}")))
    }
}
