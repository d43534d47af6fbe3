//! Frames for a peer, one at a time.

use super::{
    BEAT_EVERY,
    life::{Ending, Machine, Stage},
    link::{Link, Next, Noted, Peer},
    outbox::Recent,
};
use crate::{
    clock::Clock,
    cursor::Cursor,
    frame::{Frame, Signal},
    message::Message,
    moment::Monotonic,
    progress::Progress,
};

/// The next thing to do on a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Say<S> {
    /// This is to be sent.
    Frame(Frame<S>),
    /// The peer is further behind than the outbox reaches: the messages after this one are to be sent from the log, as
    /// many as the link takes, and [`Machine::said`] told. A driver without a log passes over those up to
    /// [`Machine::forgotten`], and reports them as lost.
    FromLog(Cursor),
}

/// After this many beats that do not know of this machine's end, the peer does not read: one may have been under way.
const DEAF_BEATS_MAX: u8 = 2;

impl<C: Clock, R: Recent<C::Stamp>, const PEERS: usize> Machine<C, R, PEERS> {
    /// The progress it may tell this peer.
    pub(super) fn progress_for(&self, peer: &Peer) -> Progress {
        let last = peer.sent;
        match self.stage {
            Stage::Gathering if !self.has_begun() && !self.peers.iter().all(Peer::is_up) => Progress::Gathering,
            Stage::Gathering | Stage::Ticking => Progress::Ready,
            Stage::Settling { .. } | Stage::Left(_) if self.ended != Noted::Written => Progress::Ready,
            Stage::Settling { .. } | Stage::Left(_) if self.ending == Some(Ending::Stopped) => {
                Progress::Stopped { last }
            }
            Stage::Settling { .. } | Stage::Left(_) => Progress::Ended { last },
        }
    }

    /// Does this peer not hear that this machine has ended? Then its link is to be broken: the next greeting tells it. A
    /// peer without room for what comes before the end never reads that far, and the link takes nothing more, so this is
    /// to be asked whether or not it does.
    pub fn is_unheard(&self, place: usize) -> bool {
        self.peers.get(place).and_then(Peer::up).is_some_and(|up| up.deaf_beats >= DEAF_BEATS_MAX)
    }

    /// The next thing to say to this peer, if there is one and its link is up. Asked once the link has taken all that
    /// was said before.
    pub fn say(&mut self, place: usize, now: Monotonic) -> Option<Say<C::Stamp>> {
        let progress = self.progress_for(self.peers.get(place)?);
        let (from, peer) = (self.id(), self.peers.get_mut(place)?);
        let to = peer.id;
        let signal = |signal| Some(Say::Frame(Frame::Signal { from, to, signal }));
        let Link::Up(up) = &mut peer.link else { return None };
        if progress > up.told {
            (up.told, up.deaf_beats) = (progress, 0);
            return signal(Signal::Progress(progress));
        }
        if now >= up.beat {
            up.beat = now.after(BEAT_EVERY);
            return signal(Signal::Beat { heard: peer.progress.step() });
        }
        while let Next::Outbox(number) = up.next {
            if number >= self.logged.sends {
                break;
            }
            let Some(sent) = self.outbox.get(number) else {
                up.next = Next::Log;
                break;
            };
            up.go_on(Cursor::after(&sent.stamp, from), Some(number + 1));
            if sent.to.contains(to) {
                peer.moved = now;
                return Some(Say::Frame(Frame::Message(Message { from, to, stamp: sent.stamp })));
            }
        }
        if up.next == Next::Log {
            let has_more = up.said < self.logged.sent;
            return has_more.then_some(Say::FromLog(up.said));
        }
        if !up.said_caught_up {
            up.said_caught_up = true;
            return signal(Signal::CaughtUp);
        }
        if up.owes_thanks && peer.delivered == Noted::Written {
            up.owes_thanks = false;
            return signal(Signal::Thanks);
        }
        if peer.accounted == Noted::Written && !peer.thanked && !up.said_goodbye {
            up.said_goodbye = true;
            return signal(Signal::Goodbye { upto: peer.received });
        }
        None
    }

    /// The messages up to here have been sent to this peer from the log.
    pub fn said(&mut self, place: usize, upto: Cursor, now: Monotonic) {
        let next = self.outbox.find(upto);
        if let Some(peer) = self.peers.get_mut(place) {
            peer.moved = now;
            if let Some(up) = peer.up_mut() {
                up.go_on(upto, next);
            }
        }
    }

    /// The last of this machine's sends that its outbox has let go: a peer that has less is sent them from the log.
    pub const fn forgotten(&self) -> Cursor {
        self.outbox.forgotten()
    }

    /// The moment to call [`Machine::proceed`], and to ask again for things to say, if nothing happens before. To be
    /// asked after that: anything due already waits for a link that takes it.
    pub fn wake(&self, now: Monotonic) -> Option<Monotonic> {
        let beats = self.peers.iter().filter_map(|peer| peer.up().map(|up| up.beat)).filter(|beat| *beat > now);
        beats.chain(self.deadline(now)).min()
    }
}
