//! The last part of a machine's life: say that it has ended, read what is still under way, account for it.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use clockring::{
    clock::Clock,
    machine::{Leaving, Stage},
};

use super::{Machine, Observer};
use crate::{
    driver::accounting::Accounting,
    failure::Failure,
    rundir::{Ended, Manifest, RunDirectory, StampText},
};

/// How often the state of the links is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How often it is said whom the machine waits for.
const WAITING_NOTICE_EVERY: Duration = Duration::from_secs(5);

/// How long a machine that leaves reads on until its peers have closed their side: what it said last is lost if it
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
        log: &Path,
    ) -> Result<(), Failure> {
        let mut accounting = Accounting::of(manifest);
        let began = Instant::now();
        let mut notice_at = WAITING_NOTICE_EVERY;
        let leaving = loop {
            // Lanes are emptied all the while, so that a full one cannot keep the end of a link from being read.
            while let Some(received) = self.inbox.pop() {
                accounting.leave(&received.message, manifest);
            }
            self.account(directory, manifest, &accounting)?;
            self.flush(log)?;
            if let Stage::Left(leaving) = self.core.stage() {
                break leaving;
            }
            self.hear(LOOK_EVERY)?;
            if began.elapsed() >= notice_at {
                notice_at = began.elapsed() + WAITING_NOTICE_EVERY;
                self.tell_whom_it_waits_for();
            }
        };
        self.leave()?;
        if leaving == Leaving::Complete {
            return Ok(());
        }
        manifest.ended = Some(Ended::Incomplete);
        self.write_manifest(directory, manifest)?;
        Err(Failure::run(format!(
            "{}: {} did not come back, so what was under way between them is not accounted for; the log is complete in {}",
            self.config.id,
            self.unsettled().join(" and "),
            directory
        )))
    }

    /// Writes down what is due, in one write, and only then lets it be said.
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

    fn unsettled(&self) -> Vec<String> {
        let missing =
            |place: usize| self.core.progress(place).last().is_none_or(|last| self.core.received(place) < last);
        self.peers.iter().filter(|peer| missing(peer.place)).map(|peer| peer.id.to_string()).collect()
    }

    fn tell_whom_it_waits_for(&mut self) {
        let waiting = self.unsettled();
        if !waiting.is_empty() {
            self.observer.notice(&format!(
                "has made its last tick; reading on until {} ends too, to account for every message",
                waiting.join(" and ")
            ));
        }
    }
}
