//! Reads a run directory as far as it can be read.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
};

use clockring::{
    clock::{ClockKind, HybridStamp, LamportStamp, VectorStamp},
    event::{Event, EventKind},
    ring::{MachineId, RingSize},
};

use super::{MachineTrace, Trace};
use crate::{
    failure::Failure,
    rundir::{LogReader, Manifest, Row, StampJson, StampText, log_path, machines_in, manifest_path},
};

impl Trace {
    /// Reads what is there, also while it is being written. Whatever cannot be read is told in
    /// [`problems`](Trace::problems), and a log is read up to it.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn read(directory: &Path) -> Result<Self, Failure> {
        let found = machines_in(directory)
            .map_err(|error| Failure::usage(format!("{}: cannot read: {error}", directory.display())))?;
        let mut problems = Vec::new();
        let manifests: HashMap<MachineId, Manifest> = found
            .iter()
            .filter_map(|machine| match read_manifest(&manifest_path(directory, *machine)) {
                Ok(manifest) => Some((*machine, manifest?)),
                Err(problem) => {
                    problems.push(problem);
                    None
                }
            })
            .collect();
        let any = found.iter().find_map(|machine| manifests.get(machine));
        let ring = any.map_or_else(|| ring_in_logs(directory, &found), |manifest| manifest.machines);
        let clock = any.map_or_else(|| clock_in_logs(directory, &found), |manifest| manifest.clock);
        for stranger in found.iter().filter(|machine| !ring.contains(**machine)) {
            problems.push(format!("{stranger}.csv: the run has {} machines, and {stranger} is not one", ring.get()));
        }
        let mut machines = Vec::new();
        for id in ring.machines() {
            let path = log_path(directory, id);
            let mut rows = Vec::new();
            if path.exists() {
                let problem = match clock {
                    ClockKind::Lamport => read_log(&path, id, ring, number::<LamportStamp>, &mut rows),
                    ClockKind::Hybrid => read_log(&path, id, ring, number::<HybridStamp>, &mut rows),
                    ClockKind::Vector => read_log(&path, id, ring, counts, &mut rows),
                };
                problems.extend(problem);
            } else {
                problems.push(format!("{}: there is no log of machine {id}", path.display()));
            }
            machines.push(MachineTrace { id, manifest: manifests.get(&id).cloned(), sent: Vec::new(), rows });
        }
        pair(&mut machines);
        let name = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
        let name = name.file_name().unwrap_or(name.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { name, ring, clock, machines, problems })
    }
}

fn read_manifest(path: &Path) -> Result<Option<Manifest>, String> {
    if !path.exists() {
        return Ok(None);
    }
    Manifest::read(path).map(Some).map_err(|error| format!("{}: not a manifest: {error}", path.display()))
}

fn number<S: StampText>(stamp: &S, _ring: RingSize) -> StampJson {
    StampJson::Number(stamp.height())
}

fn counts(stamp: &VectorStamp<{ RingSize::MAX }>, ring: RingSize) -> StampJson {
    StampJson::Counts(stamp.0[..ring.get()].to_vec())
}

/// Adds the rows of a log, up to the first that cannot be read, which is returned as a sentence.
fn read_log<S: StampText>(
    path: &Path,
    machine: MachineId,
    ring: RingSize,
    convert: fn(&S, RingSize) -> StampJson,
    rows: &mut Vec<Row<StampJson>>,
) -> Option<String> {
    let mut log = match LogReader::<S>::open(path, machine, ring) {
        Ok(log) => log,
        Err(error) => return Some(error.to_string()),
    };
    for row in &mut log {
        let (_, row) = match row {
            Ok(row) => row,
            Err(error) => return Some(error.to_string()),
        };
        let kind = match row.event.kind {
            EventKind::Internal => EventKind::Internal,
            EventKind::Send { to } => EventKind::Send { to },
            EventKind::Receive { from, stamp } => EventKind::Receive { from, stamp: convert(&stamp, ring) },
        };
        let event = Event { kind, clock: convert(&row.event.clock, ring) };
        rows.push(Row { tick: row.tick, time_ns: row.time_ns, event, queue: row.queue });
    }
    let torn = log.torn()?;
    Some(format!("{}:{}: the last line is not complete, and was left out", path.display(), torn.line))
}

/// Finds the send of every receive: a timestamp is unique per sender, so (sender, stamp) is the message.
fn pair(machines: &mut [MachineTrace]) {
    let mut sends: Vec<HashMap<StampJson, usize>> = vec![HashMap::new(); machines.len()];
    for (sends, machine) in sends.iter_mut().zip(&*machines) {
        for (index, row) in machine.rows.iter().enumerate() {
            if let EventKind::Send { .. } = row.event.kind {
                sends.entry(row.event.clock.clone()).or_insert(index);
            }
        }
    }
    let sent: Vec<Vec<Option<usize>>> = machines
        .iter()
        .map(|machine| {
            let send = |row: &Row<StampJson>| {
                let EventKind::Receive { from, stamp } = &row.event.kind else { return None };
                let index = *sends.get(from.index())?.get(stamp)?;
                match machines[from.index()].rows[index].event.kind {
                    EventKind::Send { to } if to.contains(machine.id) => Some(index),
                    _ => None,
                }
            };
            machine.rows.iter().map(send).collect()
        })
        .collect();
    for (machine, sent) in machines.iter_mut().zip(sent) {
        machine.sent = sent;
    }
}

/// Without a manifest: as many machines as the letters of files and peers tell.
fn ring_in_logs(directory: &Path, found: &[MachineId]) -> RingSize {
    let named = found.iter().map(|machine| machine.index() + 1);
    let peers = found.iter().flat_map(|machine| {
        let letters = column(directory, *machine, 3).flat_map(String::into_bytes);
        letters.filter_map(MachineId::from_letter).map(|peer| peer.index() + 1)
    });
    let machines = named.chain(peers).max().unwrap_or(0);
    RingSize::new(machines.clamp(RingSize::MIN, RingSize::MAX)).expect("clamped to what a ring may be")
}

/// Without a manifest: vectors are told by their spaces. A hybrid clock's numbers look like Lamport's.
fn clock_in_logs(directory: &Path, found: &[MachineId]) -> ClockKind {
    let vector =
        found.iter().any(|machine| column(directory, *machine, 5).next().is_some_and(|clock| clock.contains(' ')));
    if vector { ClockKind::Vector } else { ClockKind::Lamport }
}

/// A column of a log as text, without its header.
fn column(directory: &Path, machine: MachineId, column: usize) -> impl Iterator<Item = String> {
    let lines = File::open(log_path(directory, machine)).ok().map(|file| BufReader::new(file).lines());
    let lines = lines.into_iter().flatten().skip(1).map_while(Result::ok);
    lines.filter_map(move |line| line.split(',').nth(column).map(str::to_owned))
}
