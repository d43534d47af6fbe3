//! The first part of a machine's life: until every link is up at every machine.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clockring::frame::Signal;

use super::{LogDir, Machine, Observer, ticking::BEAT_LOOK_EVERY};
use crate::{
    experiment::Experiment,
    failure::Failure,
    rundir::{LogWriter, StampText, log_path, manifest_path, run_name},
    system_time::now_ns,
};

/// When a machine first says whom it waits for, and how often it does so again.
const WAITING_NOTICE_AFTER: Duration = Duration::from_secs(1);
const WAITING_NOTICE_EVERY: Duration = Duration::from_secs(5);

/// How long a machine that is ready and is told to stop waits for the others to be ready: many times what it takes
/// once all links are up.
const START_MAX: Duration = Duration::from_secs(2);

/// How long a machine that goes on waits for its peers before it ticks: ten times what dialling takes them.
const MEETING_AGAIN_MAX: Duration = Duration::from_secs(1);

/// The log of a machine that has not started, where its directory is known already. Made early, so that a directory
/// that cannot be written is found before anybody is kept waiting.
pub(super) struct EarlyLog(Option<(PathBuf, LogWriter)>);

impl EarlyLog {
    /// The machine never started: leave no trace.
    pub(super) fn abandon(&mut self) {
        if let Some((_, log)) = self.0.take() {
            let _ = fs::remove_file(log.path());
        }
    }
}

impl<S, O> Machine<'_, S, O>
where
    S: StampText,
    O: Observer<S>,
{
    pub(super) fn log_before_start(&self) -> Result<EarlyLog, Failure> {
        match &self.config.log_dir {
            LogDir::Given(directory) => {
                let log = self.create_log(directory)?;
                if self.config.resume {
                    // Who is to come back writes down that it takes part, before it promises so to anybody.
                    self.write_manifest(directory, &self.manifest(now_ns()))?;
                }
                Ok(EarlyLog(Some((directory.clone(), log))))
            }
            LogDir::NewIn(_) => Ok(EarlyLog(None)),
        }
    }

    /// The log that this machine left before it died.
    pub(super) fn log_from_before(&self, log: LogWriter) -> EarlyLog {
        EarlyLog(log.path().parent().map(Path::to_owned).map(|directory| (directory, log)))
    }

    /// The run directory and the log, once the run has a name.
    pub(super) fn open_log(&self, early: EarlyLog) -> Result<(PathBuf, LogWriter), Failure> {
        match (early.0, &self.config.log_dir) {
            (Some(open), _) => Ok(open),
            (None, LogDir::Given(directory)) => Ok((directory.clone(), self.create_log(directory)?)),
            (None, LogDir::NewIn(parent)) => {
                let directory = parent.join(run_name(self.run));
                let log = self.create_log(&directory)?;
                Ok((directory, log))
            }
        }
    }

    fn create_log(&self, directory: &Path) -> Result<LogWriter, Failure> {
        let id = self.config.id;
        let failed = |path: &Path, error: std::io::Error| {
            Failure::run(format!("{id}: cannot write {}: {error}; choose another --log-dir", path.display()))
        };
        fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
        let (log, manifest) = (log_path(directory, id), manifest_path(directory, id));
        // A log without a manifest belongs to a machine that was killed before it started.
        if log.exists() && manifest.exists() && !self.config.overwrite {
            return Err(Failure::usage(format!(
                "{id}: {} is there already, and a log is never replaced without being told to: choose another \
                 --log-dir, or give --overwrite",
                log.display()
            )));
        }
        let writer = LogWriter::create(&log, self.config.experiment.ring, true).map_err(|error| failed(&log, error))?;
        let _ = fs::remove_file(&manifest);
        Ok(writer)
    }

    /// Waits until every link is up at every machine.
    pub(super) fn gather(&mut self) -> Result<(), Failure> {
        let began = Instant::now();
        let mut notice_at = WAITING_NOTICE_AFTER;
        let mut stopping_since: Option<Instant> = None;
        loop {
            if self.peers.iter().all(|peer| peer.is_up()) {
                self.first = Some(Signal::Ready { run: self.run });
            }
            // Nothing has been sent yet, so the log is not looked at.
            self.flush(Path::new(""))?;
            if self.first.is_some() && self.peers.iter().all(|peer| peer.ready && peer.is_up()) {
                return Ok(());
            }
            self.hear(notice_at.saturating_sub(began.elapsed()).min(BEAT_LOOK_EVERY))?;
            // Who has said that it is ready may be counted on already: it starts, and stops with the others.
            let counted_on = self.first.is_some() && stopping_since.is_none_or(|since| since.elapsed() < START_MAX);
            if self.stopping.is_some() && !counted_on {
                return Err(Failure::run(format!("{}: stopped before the ring was complete", self.config.id)));
            }
            if self.stopping.is_some() {
                stopping_since.get_or_insert_with(Instant::now);
            }
            if began.elapsed() >= notice_at {
                let waited = began.elapsed().as_secs();
                let sentence = self.whom_it_waits_for();
                self.observer.notice(&format!("waiting for {sentence} ({waited} s)"));
                notice_at = began.elapsed() + WAITING_NOTICE_EVERY;
            }
        }
    }

    /// Gives the peers of a machine that goes on a moment to say what they have of it. The run has begun, so those that
    /// are away are not waited for.
    pub(super) fn gather_again(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + MEETING_AGAIN_MAX;
        while self.stopping.is_none() && !self.peers.iter().all(|peer| peer.met) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.hear(left)?;
        }
        Ok(())
    }

    fn whom_it_waits_for(&self) -> String {
        let Experiment { ring, .. } = self.config.experiment;
        let id = self.config.id;
        let waiting = self.peers.iter().filter(|peer| !(peer.is_up() && peer.ready)).map(|peer| {
            let address = self.config.addresses.get(peer.id.index());
            match address {
                _ if peer.is_up() => format!("{}, whose other links are not up yet", peer.id),
                Some(address) if ring.dials(id, peer.id) => format!("{} to listen at {address}", peer.id),
                _ => format!("{} to call", peer.id),
            }
        });
        waiting.collect::<Vec<_>>().join(" and ")
    }
}
