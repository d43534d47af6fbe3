//! The last part of a machine's life: say that it has ended, read the messages still under way, account for them.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use clockring::{
    clock::Clock,
    machine::{Leaving, Stage},
};

use super::{Machine, Observer, ticking::LOG_LOOK_EVERY};
use crate::{
    driver::accounting::Accounting,
    experiment::LANE_CAPACITY,
    failure::Failure,
    rundir::{Ended, LogWriter, Manifest, RunDirectory, StampText},
};

/// Interval between looks at the links.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Interval between notices of peers still awaited.
const WAITING_NOTICE_EVERY: Duration = Duration::from_secs(5);

/// Time for which a machine that leaves reads on until its peers have closed their side: its last words are lost if it
/// closes while something is unread.
const LEAVING_MAX: Duration = Duration::from_secs(1);

impl<C, O> Machine<'_, C, O>
where
    C: Clock,
    C::Stamp: StampText,
    O: Observer<C::Stamp>,
{
    /// Ends the run and completes the manifest.
    pub(super) fn settle(
        &mut self,
        directory: &RunDirectory,
        manifest: &mut Manifest,
        log: &LogWriter,
    ) -> Result<(), Failure> {
        let mut accounting = Accounting::of(manifest);
        // What waits from here on is part of no queue any more: it is written down.
        self.capacity.store(LANE_CAPACITY, Ordering::Relaxed);
        let began = Instant::now();
        let (mut notice_at, mut look_at) = (WAITING_NOTICE_EVERY, Duration::ZERO);
        let leaving = loop {
            // Lanes are emptied all the while, so that a full one cannot keep the end of a link from being read.
            let mut wait = LOOK_EVERY;
            while let Some(received) = self.inbox.pop() {
                accounting.leave(&received.message, manifest);
                wait = Duration::ZERO;
            }
            self.account(directory, manifest, &accounting)?;
            self.flush(Some(log.path()))?;
            if let Stage::Left(leaving) = self.core.stage() {
                break leaving;
            }
            self.hear(wait)?;
            if began.elapsed() >= look_at {
                look_at = began.elapsed() + LOG_LOOK_EVERY;
                self.demand_in_place(log)?;
            }
            if began.elapsed() >= notice_at {
                notice_at = began.elapsed() + WAITING_NOTICE_EVERY;
                if let Some(sentence) = self.wait_at_the_end(manifest) {
                    self.observer.notice(&sentence);
                }
            }
        };
        if leaving == Leaving::Complete {
            return self.leave();
        }
        manifest.ended = Some(Ended::Incomplete);
        self.write_manifest(directory, manifest)?;
        self.leave()?;
        let id = self.config.id;
        let open = self.open_questions(manifest, log.path()).map_err(|error| Failure::run(format!("{id}: {error}")))?;
        let again = directory.command_to_go_on();
        Err(Failure::run(format!(
            "{id}: {open}; its own log is complete in {directory}. The machines settle the rest when all are started again \
             with --resume (with all logs on one computer: {again})"
        )))
    }

    /// Writes the facts that are due, in one write; only then may they be said.
    fn account(
        &mut self,
        directory: &RunDirectory,
        manifest: &mut Manifest,
        accounting: &Accounting,
    ) -> Result<(), Failure> {
        let now = self.now();
        let due = accounting.note(&self.core, manifest, now);
        if !due.is_empty() {
            self.write_manifest(directory, manifest)?;
            due.into_iter().for_each(|fact| self.core.written(fact));
        }
        Ok(())
    }

    /// Says that nothing more will be sent, and reads on until the peers have closed their side.
    fn leave(&mut self) -> Result<(), Failure> {
        self.doorway.leave(&self.config.listener);
        self.peers.iter_mut().for_each(|peer| peer.finish());
        let deadline = Instant::now() + LEAVING_MAX;
        while self.peers.iter().any(|peer| peer.is_up()) && Instant::now() < deadline {
            self.hear(LOOK_EVERY)?;
        }
        Ok(())
    }
}
