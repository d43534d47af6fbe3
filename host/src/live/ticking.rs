//! The second part of a machine's life: ticks.
//!
//! Each turn of the loop makes the ticks that are due, writes their rows in one write, then their frames, one write
//! per link. Rows before frames: nothing is ever received that is not in its sender's log. No step waits for anything
//! but the next deadline.

use std::time::{Duration, Instant};

use clockring::{
    clock::Clock,
    machine::{Input, Stage},
    moment::{Elapsed, Monotonic},
    time::Schedule,
};

use super::{Lateness, Machine, Observer};
use crate::{
    driver::course::Course,
    failure::Failure,
    rundir::{LogWriter, Manifest, Row, RunDirectory, StampText},
};

/// The most ticks of one turn, when they come faster than turns: enough to share the cost of system calls, and still
/// less than a millisecond's worth.
pub const BATCH_MAX: usize = 4096;

/// Pause before a link with a backlog is tried again.
const BACKLOG_LOOK_EVERY: Duration = Duration::from_millis(1);

/// Silence after which a machine that resumes no longer waits for messages it missed: a peer sends them at once, or as
/// soon as it has found the place in its log.
const MISSED_PATIENCE: Duration = Duration::from_secs(2);

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
        let mut timer = Timer::new(experiment.duration, spin);
        // A machine that was away has late ticks to make up, and messages that it would have taken at them. They come
        // first: if it rolled before they were there, it would send for an hour in a moment, and receive for another.
        let mut missed_until = Instant::now() + MISSED_PATIENCE;
        while self.core.stage() == Stage::Ticking {
            let mut now = self.now();
            let misses_something = missed_until > Instant::now() && self.core.is_catching_up();
            for _ in 0..BATCH_MAX {
                if misses_something && self.inbox.is_empty() {
                    break;
                }
                if course.schedule.is_some() {
                    now = self.now();
                }
                if !timer.next_tick(&mut course.schedule, self.core.elapsed(now)) {
                    break;
                }
                let (received, waiting) = self.inbox.pop_counted();
                if misses_something {
                    missed_until = Instant::now() + MISSED_PATIENCE;
                }
                // A machine that runs as fast as it can does not look at every event, which would take longer than the
                // event. It does look after it has taken a message, so that none is received before it was sent.
                if received.is_some() && course.schedule.is_none() {
                    now = self.now();
                }
                let turn = course.turn(&self.core, received.map(|received| received.message));
                let made = self.core.step(turn, now);
                let row = Row::of(
                    &made,
                    manifest.started_ns,
                    waiting,
                    received.map(|received| self.core.elapsed(received.at)),
                );
                log.add(&row);
                self.observer.row(&row);
            }
            self.commit(log)?;
            self.core.logged();
            self.flush(log.path())?;
            let now = self.now();
            if timer.is_over(course.schedule.as_ref(), self.core.elapsed(now)) {
                self.tell(Input::Over)?;
                break;
            }
            let backlog = self.peers.iter().any(|peer| peer.has_backlog());
            let look_every = if backlog { BACKLOG_LOOK_EVERY } else { BEAT_LOOK_EVERY };
            let until_tick = timer.wait(course.schedule.as_ref(), self.core.elapsed(now));
            let until_due = self.core.wake(now).map_or(look_every, |wake: Monotonic| wake.since(now));
            let wait = if misses_something { BACKLOG_LOOK_EVERY } else { until_tick.min(look_every).min(until_due) };
            self.hear(wait)?;
        }
        Ok(timer.lateness)
    }

    /// Rows before frames: all that is sent next is in the log from here on.
    fn commit(&self, log: &mut LogWriter) -> Result<(), Failure> {
        if log.pending_bytes() == 0 {
            return Ok(());
        }
        log.commit().and_then(|()| if self.config.durable { log.sync() } else { Ok(()) }).map_err(|error| {
            Failure::run(format!(
                "{}: cannot write {}: {error}; the log is whole up to the last row written, and nothing was sent that \
                 is not in it",
                self.config.id,
                log.path().display()
            ))
        })
    }

    pub(super) fn manifest(&self, started_ns: u64) -> Manifest {
        let manifest = Manifest::of(self.config.id, &self.experiment, self.config.capacity, started_ns);
        Manifest { run: self.run_number(), ..manifest }
    }

    pub(super) fn write_manifest(&self, directory: &RunDirectory, manifest: &Manifest) -> Result<(), Failure> {
        let path = directory.manifest(self.config.id);
        let written = if self.config.durable { manifest.write_durably(&path) } else { manifest.write(&path) };
        written.map_err(|error| Failure::run(format!("{}: cannot write {}: {error}", self.config.id, path.display())))
    }
}

/// Says when ticks are to be made, by the time of the run.
struct Timer {
    duration_ns: u64,
    /// For how long before a tick it does not sleep.
    spin: Duration,
    lateness: Lateness,
}

impl Timer {
    fn new(duration: Option<Duration>, spin: Duration) -> Self {
        let duration_ns = duration.map_or(u64::MAX, |duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
        Self { duration_ns, spin, lateness: Lateness::new() }
    }

    /// If a tick is due, counts it as made.
    fn next_tick(&mut self, schedule: &mut Option<Schedule>, elapsed: Elapsed) -> bool {
        let Some(schedule) = schedule else { return elapsed.ns() < self.duration_ns };
        let due_ns = schedule.due_ns();
        if due_ns > elapsed.ns() || due_ns > self.duration_ns {
            return false;
        }
        schedule.advance();
        self.lateness.record(elapsed.ns() - due_ns);
        true
    }

    /// Has the time passed, and has every tick that was due in it been made?
    fn is_over(&self, schedule: Option<&Schedule>, elapsed: Elapsed) -> bool {
        let made = schedule.is_none_or(|schedule| schedule.due_ns() > self.duration_ns);
        made && elapsed.ns() >= self.duration_ns
    }

    /// Time to sleep.
    fn wait(&self, schedule: Option<&Schedule>, elapsed: Elapsed) -> Duration {
        let next_ns = schedule.map_or(0, |schedule| schedule.due_ns().min(self.duration_ns));
        Duration::from_nanos(next_ns.saturating_sub(elapsed.ns())).saturating_sub(self.spin)
    }
}
