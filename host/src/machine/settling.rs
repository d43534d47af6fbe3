//! The last part of a machine's life: say that it has ended, read what is still under way, account for it.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use clockring::frame::Signal;

use super::{Machine, Observer, peer::Peer};
use crate::{
    failure::Failure,
    rundir::{Ended, LeftInQueue, Manifest, StampText},
    system_time::now_ns,
};

/// How often the state of the links is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long a peer may be away that has not ended before it is given up. Longer than any break that heals by itself
/// at the pace of [`DIAL_EVERY`](crate::ring), and short enough for a person who waits for the end.
const AWAY_MAX: Duration = Duration::from_secs(10);

/// How long to wait for the goodbye of a peer that has ended and is away. All of its messages are accounted for already,
/// but if it died, or is a board whose link broke, it has to come back for what it lacks of this machine's.
const GOODBYE_MAX: Duration = Duration::from_secs(5);

/// How often it is said whom the machine waits for.
const WAITING_NOTICE_EVERY: Duration = Duration::from_secs(5);

/// Has the peer been away for so long that nobody counts on it any more?
fn is_lost<S: StampText>(peer: &Peer<S>) -> bool {
    peer.down_for().is_some_and(|away| away > AWAY_MAX)
}

impl<S, O> Machine<'_, S, O>
where
    S: StampText,
    O: Observer<S>,
{
    /// Ends the run and completes the manifest.
    pub(super) fn settle(&mut self, directory: &Path, manifest: &mut Manifest, log: &Path) -> Result<(), Failure> {
        let ended = self.stopping.unwrap_or(Ended::Complete);
        manifest.ended_ns = Some(now_ns());
        manifest.ended = Some(ended);
        self.last.push(match ended {
            Ended::Complete => Signal::Ended,
            Ended::Interrupted => Signal::Interrupted,
        });
        let mut left = Vec::new();
        let began = Instant::now();
        let mut notice_at = WAITING_NOTICE_EVERY;
        loop {
            // Lanes are emptied all the while, so that a full one cannot keep the end of a link from being read.
            while let Some(message) = self.inbox.pop() {
                left.push(LeftInQueue { from: message.from, stamp: message.stamp.to_json(manifest.machines) });
            }
            // Whoever waits here for a peer that goes on for a long time can still stop the run for everybody.
            if self.stopping == Some(Ended::Interrupted) && !self.last.contains(&Signal::Interrupted) {
                self.last.push(Signal::Interrupted);
            }
            if self.peers.iter().all(|peer| peer.ended || is_lost(peer)) && !self.last.contains(&Signal::Goodbye) {
                // Written down before it is said: who dies after saying goodbye finds that the run is over.
                manifest.left_in_queue = Some(left.clone());
                self.write_manifest(directory, manifest)?;
                self.last.push(Signal::Goodbye);
            }
            self.flush(log)?;
            let is_done = |peer: &Peer<S>| {
                let has_left = peer.gone && (!peer.is_up() || peer.has_said(Signal::Goodbye));
                let will_not_say_goodbye = peer.ended && peer.down_for().is_some_and(|away| away > GOODBYE_MAX);
                has_left || will_not_say_goodbye || is_lost(peer)
            };
            if self.peers.iter().all(is_done) {
                break;
            }
            self.hear(LOOK_EVERY)?;
            if began.elapsed() >= notice_at {
                notice_at = began.elapsed() + WAITING_NOTICE_EVERY;
                let waiting: Vec<String> =
                    self.peers.iter().filter(|peer| !peer.ended).map(|peer| peer.id.to_string()).collect();
                self.observer.notice(&format!(
                    "has made its last tick; reading on until {} ends too, to account for every message",
                    waiting.join(" and ")
                ));
            }
        }
        if manifest.left_in_queue.as_ref() != Some(&left) {
            manifest.left_in_queue = Some(left);
            self.write_manifest(directory, manifest)?;
        }
        let lost: Vec<String> = self.peers.iter().filter(|peer| !peer.ended).map(|peer| peer.id.to_string()).collect();
        if lost.is_empty() {
            return Ok(());
        }
        Err(Failure::run(format!(
            "{}: {} did not come back, so what was under way between them is not accounted for; the log is complete in {}",
            self.config.id,
            lost.join(" and "),
            directory.display()
        )))
    }
}
