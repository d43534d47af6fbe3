//! The second part of a machine's life: ticks.
//!
//! Each turn of the loop makes the ticks that are due, writes their rows in one write, then their frames, one write
//! per link. Rows before frames: nothing is ever received that is not in its sender's log. No step waits for anything
//! but the next deadline.

use std::{io, path::Path, time::Duration};

use clockring::{
    clock::Clock,
    machine::{Input, Stage},
    moment::{Monotonic, UnixTime},
};

use super::{Lateness, Machine, Observer, unsettled::started_again};
use crate::{
    driver::course::Course,
    failure::Failure,
    rundir::{LogWriter, Manifest, RunDirectory, StampText, Tampered},
};

/// The most ticks of one turn, when they come faster than turns: enough to share the cost of system calls, and still
/// less than a millisecond's worth.
pub const BATCH_MAX: usize = 4096;

/// Pause before a link with a backlog is tried again.
const BACKLOG_LOOK_EVERY: Duration = Duration::from_millis(1);

/// Interval at which a machine looks whether its log is still there.
pub(super) const LOG_LOOK_EVERY: Duration = Duration::from_millis(400);

/// Interval at which an idle machine looks whether a beat is due.
pub(super) const BEAT_LOOK_EVERY: Duration = Duration::from_millis(500);

impl<C, O> Machine<'_, C, O>
where
    C: Clock,
    C::Stamp: StampText,
    O: Observer<C::Stamp>,
{
    /// Ticks until the time is over or the machine is told to stop.
    pub(super) fn tick(
        &mut self,
        manifest: &Manifest,
        course: &mut Course,
        log: &mut LogWriter,
    ) -> Result<Lateness, Failure> {
        let experiment = &self.experiment;
        let spin = self.config.spin.before_tick(experiment.pace(self.config.id), experiment.ring);
        let mut lateness = Lateness::new();
        let mut looked = self.now();
        while self.core.stage() == Stage::Ticking {
            let mut now = self.now();
            if now.since(looked) >= LOG_LOOK_EVERY {
                self.demand_in_place(log)?;
                looked = now;
            }
            // A machine that was away has late ticks to make up, and messages that it would have taken at them. They
            // come first: if it rolled before they were there, it would send for an hour in a moment, and receive for
            // another.
            let misses_something = self.core.is_catching_up();
            for _ in 0..BATCH_MAX {
                if misses_something && self.inbox.is_empty() {
                    break;
                }
                if course.is_paced() {
                    now = self.now();
                }
                let Some(late_ns) = course.take_tick(self.core.elapsed(now)) else { break };
                if course.is_paced() {
                    lateness.record(late_ns);
                }
                let (received, waiting) = self.inbox.pop_counted();
                // A machine that runs as fast as it can does not look at every event, which would take longer than the
                // event. It does look after it has taken a message, so that none is received before it was sent.
                if received.is_some() && !course.is_paced() {
                    now = self.now();
                }
                let row = course.make(&mut self.core, (received, waiting), manifest.started, now);
                log.add(&row);
                self.observer.row(&row);
            }
            self.commit(log)?;
            self.core.logged();
            self.flush(Some(log.path()))?;
            let now = self.now();
            if course.is_over(self.core.elapsed(now)) {
                self.tell(Input::Over)?;
                break;
            }
            let backlog = self.peers.iter().any(|peer| peer.has_backlog());
            let look_every = if backlog { BACKLOG_LOOK_EVERY } else { BEAT_LOOK_EVERY };
            let until_tick = course.wait(self.core.elapsed(now)).saturating_sub(spin);
            let until_due = self.core.wake(now).map_or(look_every, |wake: Monotonic| wake.since(now));
            let wait = if misses_something { BACKLOG_LOOK_EVERY } else { until_tick.min(look_every).min(until_due) };
            self.hear(wait)?;
        }
        Ok(lateness)
    }

    /// Rows before frames: all that is sent next is in the log from here on.
    fn commit(&self, log: &mut LogWriter) -> Result<(), Failure> {
        if log.pending_bytes() == 0 {
            return Ok(());
        }
        log.demand_length().map_err(|tampered| self.tampered(log, tampered))?;
        log.commit().map_err(|error| {
            let (id, path) = (self.config.id, log.path());
            let directory = RunDirectory::at(path.parent().unwrap_or(Path::new(".")));
            Failure::run(format!(
                "{id}: cannot write {}: {error}; the log is whole up to the last row written, and nothing was sent that is \
                 not in it. Once that is mended, the run goes on when {}",
                path.display(),
                started_again(id, &directory)
            ))
        })
    }

    /// A machine whose log is gone stops: what it would go on to say could not be checked.
    pub(super) fn demand_in_place(&self, log: &LogWriter) -> Result<(), Failure> {
        log.demand_place().map_err(|tampered| self.tampered(log, tampered))
    }

    fn tampered(&self, log: &LogWriter, tampered: Tampered) -> Failure {
        let (id, path) = (self.config.id, log.path().display());
        let advice = match tampered {
            Tampered::Gone | Tampered::Replaced => {
                "if it was renamed, put it back and start this machine again with --resume; if it was removed, its rows \
                 are lost: save the logs of the other machines, and start a new run in another --log-dir"
            }
            Tampered::Length { .. } => {
                "save what is left of it, and start a new run in another --log-dir; the logs of the other machines are \
                 their own"
            }
        };
        Failure::run(format!("{id}: {path} is not what this machine wrote: {tampered}. It stops; {advice}"))
    }

    pub(super) fn manifest(&self, started: UnixTime) -> Manifest {
        let manifest = Manifest::of(self.config.id, &self.experiment, self.config.capacity, started);
        Manifest { run: self.run_number(), ..manifest }
    }

    pub(super) fn write_manifest(&self, directory: &RunDirectory, manifest: &Manifest) -> Result<(), Failure> {
        if self.config.durable {
            return self.write_manifest_durably(directory, manifest);
        }
        let path = directory.manifest(self.config.id);
        manifest.write(&path).map_err(|error| self.cannot_write(directory, &error))
    }

    /// As [`Machine::write_manifest`], and it is on the disk.
    pub(super) fn write_manifest_durably(&self, directory: &RunDirectory, manifest: &Manifest) -> Result<(), Failure> {
        let path = directory.manifest(self.config.id);
        manifest.write_durably(&path).map_err(|error| self.cannot_write(directory, &error))
    }

    fn cannot_write(&self, directory: &RunDirectory, error: &io::Error) -> Failure {
        let id = self.config.id;
        Failure::run(format!(
            "{id}: cannot write {}: {error}. Once that is mended, the run goes on when {}",
            directory.manifest(id).display(),
            started_again(id, directory)
        ))
    }
}
