//! Writes a simulated run to a run directory.

use std::{fs, io, path::Path, time::Duration};

use clockring::{
    clock::{Clock, ClockKind, Hybrid, Lamport},
    message::Message,
    ring::MachineId,
};

use super::{EPOCH_NS, Network, Recorder, Scenario, Simulator};
use crate::{
    experiment::RingVector,
    failure::Failure,
    rundir::{
        Ended, LeftInQueue, LogWriter, Manifest, Row, SimulatedNetwork, StampText, TimeSource, log_path, machines_in,
        manifest_path,
    },
};

/// Rows are written to the file in pieces of this many bytes: large enough that a write costs nothing beside the
/// rows, small enough to stay in the cache.
const WRITE_SIZE: usize = 64 * 1024;

/// Runs a scenario and writes its run directory. `progress` is told from time to time how far virtual time is.
///
/// The same scenario gives the same files, to the byte.
///
/// # Errors
/// If there are logs already that may not be replaced, or the files cannot be written.
pub fn write_run(
    scenario: &Scenario,
    directory: &Path,
    overwrite: bool,
    progress: impl FnMut(Duration),
) -> Result<(), Failure> {
    match scenario.experiment().clock {
        ClockKind::Lamport => write::<Lamport>(scenario, directory, overwrite, progress),
        ClockKind::Vector => write::<RingVector>(scenario, directory, overwrite, progress),
        ClockKind::Hybrid => write::<Hybrid>(scenario, directory, overwrite, progress),
    }
}

fn write<C>(
    scenario: &Scenario,
    directory: &Path,
    overwrite: bool,
    progress: impl FnMut(Duration),
) -> Result<(), Failure>
where
    C: Clock,
    C::Stamp: StampText,
{
    let mut logs = RunLogs::create(scenario, directory, overwrite, progress)?;
    Simulator::<C>::new(scenario).run(scenario, &mut logs)?;
    logs.finish()
}

/// The logs and manifests of a run that is being written.
struct RunLogs<'a, P> {
    directory: &'a Path,
    duration_ns: u64,
    machines: Vec<(LogWriter, Manifest)>,
    progress: P,
}

impl<'a, P: FnMut(Duration)> RunLogs<'a, P> {
    fn create(scenario: &Scenario, directory: &'a Path, overwrite: bool, progress: P) -> Result<Self, Failure> {
        let ring = scenario.experiment().ring;
        fs::create_dir_all(directory).map_err(|error| cannot_write(directory, &error))?;
        let there = machines_in(directory).map_err(|error| cannot_write(directory, &error))?;
        if let Some(machine) = there.into_iter().find(|machine| !overwrite || !ring.contains(*machine)) {
            let advice = if overwrite { "choose another --log-dir" } else { "choose another, or give --overwrite" };
            return Err(Failure::usage(format!(
                "{} has a log of machine {machine} already: {advice}",
                directory.display()
            )));
        }
        let machines = ring.machines().map(|id| {
            let log = LogWriter::create(&log_path(directory, id), ring, overwrite)
                .map_err(|error| cannot_write(&log_path(directory, id), &error))?;
            Ok((log, manifest(id, scenario)))
        });
        let machines = machines.collect::<Result<Vec<_>, Failure>>()?;
        let logs = Self { directory, duration_ns: scenario.duration_ns(), machines, progress };
        logs.write_manifests()?;
        Ok(logs)
    }

    fn write_manifests(&self) -> Result<(), Failure> {
        for (_, manifest) in &self.machines {
            let path = manifest_path(self.directory, manifest.id);
            manifest.write(&path).map_err(|error| cannot_write(&path, &error))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Failure> {
        for (log, manifest) in &mut self.machines {
            commit(log)?;
            manifest.ended_ns = Some(EPOCH_NS + self.duration_ns);
            manifest.ended = Some(Ended::Complete);
            manifest.ticks.get_or_insert_default();
            manifest.left_in_queue.get_or_insert_default();
        }
        self.write_manifests()
    }
}

impl<S: StampText, P: FnMut(Duration)> Recorder<S> for RunLogs<'_, P> {
    type Error = Failure;

    fn event(&mut self, machine: MachineId, row: &Row<S>) -> Result<(), Failure> {
        let (log, manifest) = &mut self.machines[machine.index()];
        log.add(row);
        manifest.ticks = Some(row.tick);
        if log.pending_bytes() >= WRITE_SIZE {
            commit(log)?;
            (self.progress)(Duration::from_nanos(row.time_ns - EPOCH_NS));
        }
        Ok(())
    }

    fn left(&mut self, machine: MachineId, message: &Message<S>) -> Result<(), Failure> {
        let manifest = &mut self.machines[machine.index()].1;
        let left = LeftInQueue { from: message.from, stamp: message.stamp.to_json(manifest.machines) };
        manifest.left_in_queue.get_or_insert_default().push(left);
        Ok(())
    }
}

/// The manifest when the run starts.
fn manifest(id: MachineId, scenario: &Scenario) -> Manifest {
    let started = Manifest::of(id, scenario.experiment(), scenario.capacity(), EPOCH_NS);
    let Network { latency, bursts, stalls } = scenario.network();
    let network = SimulatedNetwork {
        latency: Some(latency.to_string()),
        bursts: bursts.map(|bursts| bursts.to_string()),
        stalls: stalls.map(|stalls| stalls.to_string()),
    };
    Manifest { time: TimeSource::Virtual, network, ..started }
}

fn commit(log: &mut LogWriter) -> Result<(), Failure> {
    log.commit().map_err(|error| cannot_write(log.path(), &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::run(format!("cannot write {}: {error}; make room there, or choose another --log-dir", path.display()))
}
