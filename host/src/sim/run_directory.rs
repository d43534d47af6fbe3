//! Writes a simulated run to a run directory.

use std::{fs, io, path::Path, time::Duration};

use clockring::{clock::Clock, cursor::Cursor, event::EventKind, message::Message, moment::UnixTime, ring::MachineId};

use super::{EPOCH, Network, Recorder, Scenario, Simulator};
use crate::{
    experiment::with_clock,
    failure::Failure,
    rundir::{Ended, LeftInQueue, LogWriter, Manifest, Row, RunDirectory, SimulatedNetwork, StampText, TimeSource},
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
    directory: &RunDirectory,
    overwrite: bool,
    progress: impl FnMut(Duration),
) -> Result<(), Failure> {
    with_clock!(scenario.experiment().clock, C => write::<C>(scenario, directory, overwrite, progress))
}

fn write<C>(
    scenario: &Scenario,
    directory: &RunDirectory,
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
    directory: &'a RunDirectory,
    end: UnixTime,
    machines: Vec<(LogWriter, Manifest)>,
    /// The last message from each machine to each other, by sender and then receiver.
    sent: Vec<Vec<Cursor>>,
    progress: P,
}

impl<'a, P: FnMut(Duration)> RunLogs<'a, P> {
    fn create(scenario: &Scenario, directory: &'a RunDirectory, overwrite: bool, progress: P) -> Result<Self, Failure> {
        let ring = scenario.experiment().ring;
        fs::create_dir_all(directory.path()).map_err(|error| cannot_write(directory.path(), &error))?;
        let there = directory.machines().map_err(|error| cannot_write(directory.path(), &error))?;
        if let Some(machine) = there.into_iter().find(|machine| !overwrite || !ring.contains(*machine)) {
            let advice = if overwrite { "choose another --log-dir" } else { "choose another, or give --overwrite" };
            return Err(Failure::usage(format!("{} has a log of machine {machine} already: {advice}", directory)));
        }
        let machines = ring.machines().map(|id| {
            let log = LogWriter::create(&directory.log(id), ring, overwrite)
                .map_err(|error| cannot_write(&directory.log(id), &error))?;
            Ok((log, manifest(id, scenario)))
        });
        let machines = machines.collect::<Result<Vec<_>, Failure>>()?;
        let sent = vec![vec![Cursor::START; ring.get()]; ring.get()];
        let logs = Self { directory, end: EPOCH.after(scenario.duration()), machines, sent, progress };
        logs.write_manifests()?;
        Ok(logs)
    }

    fn write_manifests(&self) -> Result<(), Failure> {
        for (_, manifest) in &self.machines {
            let path = self.directory.manifest(manifest.id);
            manifest.write(&path).map_err(|error| cannot_write(&path, &error))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Failure> {
        for (log, manifest) in &mut self.machines {
            commit(log)?;
            manifest.ended_at = Some(self.end);
            manifest.ended = Some(Ended::Complete);
            manifest.stopped = Some(false);
            let id = manifest.id;
            for peer in manifest.machines.others(id) {
                let [from, to] =
                    [[peer, id], [id, peer]].map(|[from, to]| self.sent[from.index()][to.index()].to_u64());
                manifest.accounted.insert(peer.to_string(), from);
                manifest.delivered.insert(peer.to_string(), to);
            }
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
        if let EventKind::Send { to } = row.event.kind {
            for peer in to {
                self.sent[machine.index()][peer.index()] = Cursor::after(&row.event.clock, machine);
            }
        }
        if log.pending_bytes() >= WRITE_SIZE {
            commit(log)?;
            (self.progress)(row.time.since(EPOCH));
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
    let started = Manifest::of(id, scenario.experiment(), scenario.capacity(), EPOCH);
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
