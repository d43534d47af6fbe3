//! The first part of a machine's life: until every link is up at every machine.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use clockring::{
    clock::{Clock, Hybrid},
    machine::{APART_MAX, Stage},
    progress::Progress,
    ring::MachineId,
};

use super::{LogDir, Machine, Observer, ticking::BEAT_LOOK_EVERY};
use crate::{
    connect::physical_time::are_too_far_apart,
    driver::peer::Peer,
    failure::Failure,
    rundir::{LogBefore, LogWriter, RunDirectory, StampText, TornEnd},
};

/// Time until the first notice of missing peers, and between later ones.
const WAITING_NOTICE_AFTER: Duration = Duration::from_secs(1);
const WAITING_NOTICE_EVERY: Duration = Duration::from_secs(5);

/// Difference of wall clocks in another ring that is worth a remark: logs are compared by people.
const APART_REMARKED: Duration = Duration::from_secs(1);

/// The log of a machine that has not started, if its directory is known already. Made early, so that a directory that
/// cannot be written is found before any peer is kept waiting.
#[derive(Default)]
pub(super) struct EarlyLog(Option<(RunDirectory, LogWriter)>);

impl EarlyLog {
    /// The machine never started: leave no trace.
    pub(super) fn abandon(&mut self) {
        if let Some((_, log)) = self.0.take() {
            let _ = fs::remove_file(log.path());
        }
    }
}

impl<C, O> Machine<'_, C, O>
where
    C: Clock,
    C::Stamp: StampText,
    O: Observer<C::Stamp>,
{
    pub(super) fn log_before_start(&self) -> Result<EarlyLog, Failure> {
        match &self.config.log_dir {
            LogDir::Given(directory) => {
                let log = self.create_log(directory)?;
                if self.config.resume {
                    // A resumable machine writes its manifest before it says Ready: from then on peers rely on it.
                    self.write_manifest_durably(directory, &self.manifest(self.clocks.wall()))?;
                }
                Ok(EarlyLog(Some((directory.clone(), log))))
            }
            LogDir::NewIn(_) => Ok(EarlyLog(None)),
        }
    }

    /// The log that this machine left before it died, once the peers that are there have said what they have of it.
    pub(super) fn go_on(&mut self, log: LogBefore) -> Result<(RunDirectory, LogWriter), Failure> {
        let (id, path) = (self.config.id, log.path().to_owned());
        let (log, torn) = log.go_on().map_err(|error| {
            Failure::run(format!("{id}: cannot go on in {}: {error}; nothing was cut off", path.display()))
        })?;
        if let Some(TornEnd { bytes, kept_in }) = torn {
            self.observer.notice(&format!(
                "cut off the end of {}, {bytes} bytes that were not a whole row, as a death leaves them; they are in {}",
                path.display(),
                kept_in.display()
            ));
        }
        Ok((RunDirectory::at(path.parent().unwrap_or(&path)), log))
    }

    /// The run directory and the log, once the run has a name.
    pub(super) fn open_log(&self, early: EarlyLog) -> Result<(RunDirectory, LogWriter), Failure> {
        match (early.0, &self.config.log_dir) {
            (Some(open), _) => Ok(open),
            (None, LogDir::Given(directory)) => Ok((directory.clone(), self.create_log(directory)?)),
            (None, LogDir::NewIn(parent)) => {
                let run = self.run_number().unwrap_or_else(|| self.clocks.wall().ns());
                let directory = RunDirectory::of_run(parent, run);
                let log = self.create_log(&directory)?;
                Ok((directory, log))
            }
        }
    }

    fn create_log(&self, directory: &RunDirectory) -> Result<LogWriter, Failure> {
        let id = self.config.id;
        let failed = |path: &Path, error: std::io::Error| {
            Failure::run(format!(
                "{id}: cannot write {}: {error}; mend that, or choose another --log-dir",
                path.display()
            ))
        };
        fs::create_dir_all(directory.path()).map_err(|error| failed(directory.path(), error))?;
        let (log, manifest) = (directory.log(id), directory.manifest(id));
        if !self.config.overwrite {
            directory.refuse_if_used([id])?;
        }
        let mut writer =
            LogWriter::create(&log, self.config.experiment.ring, true).map_err(|error| failed(&log, error))?;
        writer.set_durable(self.config.durable);
        let _ = fs::remove_file(&manifest);
        Ok(writer)
    }

    /// Waits until every link is up at every machine; a machine that resumes, until its peers have named their cursors.
    pub(super) fn gather(&mut self) -> Result<(), Failure> {
        let began = Instant::now();
        let mut notice_at = WAITING_NOTICE_AFTER;
        while self.core.stage() == Stage::Gathering {
            // A log that a death left is mended once the peers have spoken, and not read before.
            self.flush(None)?;
            self.hear(notice_at.saturating_sub(began.elapsed()).min(BEAT_LOOK_EVERY))?;
            if began.elapsed() >= notice_at && self.core.stage() == Stage::Gathering {
                let waited = began.elapsed().as_secs();
                let sentence = self.whom_it_waits_for();
                self.observer.notice(&format!("waiting for {sentence} ({waited} s)"));
                notice_at = began.elapsed() + WAITING_NOTICE_EVERY;
            }
        }
        match self.core.stage() {
            Stage::Left(_) => Err(Failure::run(format!("{}: stopped before the ring was complete", self.config.id))),
            _ => Ok(()),
        }
    }

    /// A hybrid ring starts only if its machines agree on the time; others remark that their logs do not.
    ///
    /// # Errors
    /// If this machine and the peer differ by more than leaves room for drift.
    pub(super) fn compare_wall_clocks(&mut self, peer: MachineId, ahead_ns: i64) -> Result<(), Failure> {
        // The time of a run is counted from its start, and a machine that joins one takes its start.
        if self.core.stage() != Stage::Gathering || self.doorway.started().is_some() {
            return Ok(());
        }
        let id = self.config.id;
        let apart = Duration::from_nanos(ahead_ns.unsigned_abs());
        let way = if ahead_ns > 0 { "ahead of" } else { "behind" };
        let offset = format!("the wall clock of {peer} is at least {:.3} s {way} that of {id}", apart.as_secs_f64());
        if are_too_far_apart(C::KIND, ahead_ns) {
            return Err(Failure::run(format!(
                "{id}: {offset}, and a hybrid ring starts with at most {:.3} s between any two, since it refuses timestamps \
                 that are {:.0} s ahead: synchronise the clocks (NTP)",
                APART_MAX.as_secs_f64(),
                Duration::from_nanos(Hybrid::DRIFT_MAX_NS).as_secs_f64(),
            )));
        }
        if apart > APART_REMARKED {
            self.observer.notice(&format!("{offset}, so the times in their logs differ by as much"));
        }
        Ok(())
    }

    fn whom_it_waits_for(&self) -> String {
        let (id, ring) = (self.config.id, self.experiment.ring);
        let is_ready = |peer: &&Peer<C::Stamp>| peer.is_up() && self.core.progress(peer.place) >= Progress::Ready;
        let waiting = self.peers.iter().filter(|peer| !is_ready(peer)).map(|peer| {
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
