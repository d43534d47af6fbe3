//! The second part of a machine's life: ticks.
//!
//! Each turn of the loop makes the ticks that are due, writes their rows in one write, then their frames, one write
//! per link. Rows before frames: nothing is ever received that is not in its sender's log. No step waits for anything
//! but the next deadline.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use clockring::{clock::Clock, time::Schedule};

use super::{Lateness, Machine, Observer, peer::Peer, state::State};
use crate::{
    failure::Failure,
    rundir::{LogWriter, Manifest, Row, StampText, manifest_path},
    system_time::now_ns,
};

/// The most ticks of one turn, when they come faster than turns: enough to share the cost of system calls, and still
/// less than a millisecond's worth.
pub const BATCH_MAX: usize = 4096;

/// How soon a link that took less than there was to send is tried again.
const BACKLOG_LOOK_EVERY: Duration = Duration::from_millis(1);

/// How long nothing may come in before a machine that goes on no longer waits for what it missed: a peer sends it at once,
/// or as soon as it has found the place in its log.
const MISSED_PATIENCE: Duration = Duration::from_secs(2);

/// How soon a machine with nothing to do looks whether it is time for a beat.
pub(super) const BEAT_LOOK_EVERY: Duration = Duration::from_millis(500);

impl<S, O> Machine<'_, S, O>
where
    S: StampText,
    O: Observer<S>,
{
    /// Ticks until the time is over or the machine is told to stop.
    pub(super) fn tick<C: Clock<Stamp = S>>(
        &mut self,
        manifest: &Manifest,
        state: &mut State<C>,
        log: &mut LogWriter,
    ) -> Result<Lateness, Failure> {
        let experiment = &self.config.experiment;
        let spin = self.config.spin.before_tick(experiment.pace(self.config.id), experiment.ring);
        let mut timer = Timer::new(manifest.started_ns, state, experiment.duration, spin);
        // A machine that was away has late ticks to make up, and messages that it would have taken at them. They come first:
        // if it rolled before they were there, it would send for an hour in a moment, and receive for another.
        let mut missed_until = Instant::now() + if state.ticks > 0 { MISSED_PATIENCE } else { Duration::ZERO };
        while self.stopping.is_none() && !timer.is_over() {
            timer.look();
            let misses_something = missed_until > Instant::now() && self.peers.iter().any(Peer::may_have_more);
            for _ in 0..BATCH_MAX {
                if misses_something && self.inbox.is_empty() {
                    break;
                }
                if !timer.next_tick() {
                    break;
                }
                let (message, waiting) = self.inbox.pop_counted();
                if misses_something {
                    missed_until = Instant::now() + MISSED_PATIENCE;
                }
                let time_ns = manifest.started_ns.saturating_add(timer.event_ns(message.is_some()));
                let event = state.step(message, time_ns).event;
                let row = Row { tick: state.ticks, time_ns, event, queue: waiting as u64 };
                log.add(&row);
                self.outbox.add(&event);
                self.observer.row(&row);
            }
            self.commit(log)?;
            self.flush(log.path())?;
            let backlog = self.peers.iter().any(|peer| peer.has_backlog());
            let look_every = if backlog { BACKLOG_LOOK_EVERY } else { BEAT_LOOK_EVERY };
            let wait = if misses_something { BACKLOG_LOOK_EVERY } else { timer.wait().min(look_every) };
            self.hear(wait)?;
        }
        Ok(timer.lateness)
    }

    /// Rows before frames: what is sent next is in the log from here on.
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
        let manifest = Manifest::of(self.config.id, &self.config.experiment, self.config.capacity, started_ns);
        Manifest { run: Some(self.run), ..manifest }
    }

    pub(super) fn write_manifest(&self, directory: &Path, manifest: &Manifest) -> Result<(), Failure> {
        let path = manifest_path(directory, self.config.id);
        let written = if self.config.durable { manifest.write_durably(&path) } else { manifest.write(&path) };
        written.map_err(|error| Failure::run(format!("{}: cannot write {}: {error}", self.config.id, path.display())))
    }
}

/// Says when ticks are to be made, by the monotonic clock.
struct Timer {
    start: Instant,
    /// `None`: as fast as it goes.
    schedule: Option<Schedule>,
    duration_ns: u64,
    /// For how long before a tick it does not sleep.
    spin: Duration,
    /// When it looked last, in nanoseconds after the start.
    now_ns: u64,
    lateness: Lateness,
}

impl Timer {
    /// The timer of a machine in this state that started at `started_ns`, by system time. A machine that was dead
    /// for a while is late: it makes up what it missed, as after every stop. System time may have been set back
    /// meanwhile; the log's never is.
    fn new<C: Clock>(started_ns: u64, state: &State<C>, duration: Option<Duration>, spin: Duration) -> Self {
        let since_ns = now_ns().max(state.last_ns).saturating_sub(started_ns);
        let now = Instant::now();
        let start = now.checked_sub(Duration::from_nanos(since_ns)).unwrap_or(now);
        let duration_ns = duration.map_or(u64::MAX, |duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
        Self { start, schedule: state.schedule, duration_ns, spin, now_ns: 0, lateness: Lateness::new() }
    }

    fn elapsed_ns(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Looks what time it is.
    fn look(&mut self) {
        self.now_ns = self.elapsed_ns();
    }

    /// If a tick is due, counts it as made.
    fn next_tick(&mut self) -> bool {
        let Some(mut schedule) = self.schedule else { return self.now_ns < self.duration_ns };
        self.look();
        let due_ns = schedule.due_ns();
        if due_ns > self.now_ns || due_ns > self.duration_ns {
            return false;
        }
        schedule.advance();
        self.schedule = Some(schedule);
        self.lateness.record(self.now_ns - due_ns);
        true
    }

    /// The time of the present tick's event, in nanoseconds after the start.
    ///
    /// A machine that runs as fast as it can does not look at every event, which would take longer than the event. It
    /// does look after it has taken a message, so that none is received at an earlier time than it was sent.
    fn event_ns(&mut self, receives: bool) -> u64 {
        if receives && self.schedule.is_none() {
            self.look();
        }
        self.now_ns
    }

    /// Has the time passed, and has every tick that was due in it been made?
    fn is_over(&self) -> bool {
        let made = self.schedule.is_none_or(|schedule| schedule.due_ns() > self.duration_ns);
        made && self.elapsed_ns() >= self.duration_ns
    }

    /// How long to sleep.
    fn wait(&self) -> Duration {
        let next_ns = self.schedule.map_or(0, |schedule| schedule.due_ns().min(self.duration_ns));
        Duration::from_nanos(next_ns.saturating_sub(self.elapsed_ns())).saturating_sub(self.spin)
    }
}
