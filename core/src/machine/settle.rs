//! The end: every message is accounted for on both sides, and each side knows it.

use core::time::Duration;

use super::{
    life::{Leaving, Machine, Stage},
    link::{Noted, Peer},
    outbox::Recent,
};
use crate::{clock::Clock, cursor::Cursor, moment::Monotonic};

/// A machine that waits for the end of others goes on this long without progress of theirs: longer than any break that
/// heals by itself, and short enough for a waiting person.
const PATIENCE: Duration = Duration::from_secs(10);

/// A fact that has to be in the manifest before it is said. Facts due at the same time are one write.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Fact {
    /// This machine makes no more events.
    Ended {
        /// It was told to stop.
        stopped: bool,
    },
    /// Everything that this peer ever sent is received or left in the queue, up to [`Machine::received`].
    Accounted(usize),
    /// This peer has everything that was ever sent to it, up to [`Machine::sent`].
    Delivered(usize),
}

impl<C: Clock, R: Recent<C::Stamp>, const PEERS: usize> Machine<C, R, PEERS> {
    /// The facts to be written now. Before an [`Accounted`](Fact::Accounted), the messages in the lanes are to be taken
    /// from them, and written as left.
    pub fn due(&self) -> impl Iterator<Item = Fact> + '_ {
        let stopped = matches!(self.stage, Stage::Settling { stopped: true });
        let is_logged = self.logged.ticks == self.ticks;
        let ended = (self.ended == Noted::Due && is_logged).then_some(Fact::Ended { stopped });
        let is_over = self.ended == Noted::Written;
        let of_peer = move |(place, peer): (usize, &Peer)| {
            let is_accounted = peer.progress.last().is_some_and(|last| peer.received >= last);
            let accounted = is_over && is_accounted && peer.accounted != Noted::Written;
            let delivered = is_over && peer.delivered == Noted::Due;
            [accounted.then_some(Fact::Accounted(place)), delivered.then_some(Fact::Delivered(place))]
        };
        ended.into_iter().chain(self.peers.iter().enumerate().flat_map(of_peer).flatten())
    }

    /// This fact is written, so it may be said.
    pub fn written(&mut self, fact: Fact) {
        match fact {
            Fact::Ended { .. } => self.ended = Noted::Written,
            Fact::Accounted(place) => {
                if let Some(peer) = self.peers.get_mut(place) {
                    peer.accounted = Noted::Written;
                }
            }
            Fact::Delivered(place) => {
                if let Some(peer) = self.peers.get_mut(place) {
                    peer.delivered = Noted::Written;
                }
            }
        }
    }

    /// Is everything written down that concerns this machine?
    pub fn is_complete(&self) -> bool {
        self.ended == Noted::Written && self.peers.iter().all(Peer::is_settled)
    }

    /// Is everything said and written down between this machine and a peer?
    pub fn is_done_with(&self, peer: usize) -> bool {
        self.peers.get(peer).is_some_and(|peer| peer.thanked && peer.is_settled())
    }

    pub(super) fn hear_goodbye(&mut self, place: usize, upto: Cursor, now: Monotonic) {
        let next = self.outbox.find(upto);
        // While it ticks, no peer can have everything.
        let Stage::Settling { .. } = self.stage else { return };
        let Some(peer) = self.peers.get_mut(place) else { return };
        peer.moved = now;
        let has_everything = upto == peer.sent;
        if has_everything {
            peer.delivered = peer.delivered.max(Noted::Due);
        }
        match peer.up_mut() {
            Some(up) if has_everything => up.owes_thanks = true,
            // It has less than this machine said over this link: something was sent after its end.
            Some(up) if upto < up.said => up.go_on(upto, next),
            _ => {}
        }
    }

    /// Leaves, if nothing is left to do here, or no peer to do it with.
    pub(super) fn settle(&mut self, now: Monotonic) {
        let has_gone = |peer: &Peer| peer.thanked && peer.up().is_none_or(|up| !up.owes_thanks);
        let is_given_up = |peer: &Peer| now >= peer.moved.after(PATIENCE);
        if self.is_complete() {
            // This machine's own part is safe, even if the others do not know.
            if self.peers.iter().all(|peer| has_gone(peer) || is_given_up(peer)) {
                self.stage = Stage::Left(Leaving::Complete);
            }
        } else if !self.settings.patient
            && self.ended == Noted::Written
            && self.peers.iter().all(|peer| peer.is_settled() || is_given_up(peer))
        {
            self.stage = Stage::Left(Leaving::Incomplete);
        }
    }

    /// The next moment at which patience with a peer runs out.
    pub(super) fn settling_deadline(&self, now: Monotonic) -> Option<Monotonic> {
        self.peers.iter().map(|peer| peer.moved.after(PATIENCE)).filter(|deadline| *deadline > now).min()
    }
}
