//! The inputs of a machine.

use super::{
    life::{Ending, Machine, Stage},
    link::{Link, Noted, Peer, Up},
    outbox::Recent,
};
use crate::{clock::Clock, cursor::Cursor, frame::Signal, handshake::Greeting, moment::Monotonic, progress::Progress};

/// Something that happened. Peers are named by their place: 0 is the machine after this one in ring order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// A link is up: greetings were exchanged.
    Up {
        /// The peer's place.
        peer: usize,
        /// This machine's progress as the peer was told it: in the greeting that [`Machine::greeting`] gave.
        told: Progress,
        /// The peer's greeting, [judged](Greeting::judge) to fit.
        theirs: Greeting,
    },
    /// A link has broken.
    Down {
        /// The peer's place.
        peer: usize,
    },
    /// A signal came in.
    Heard {
        /// The peer's place.
        peer: usize,
        /// The signal.
        signal: Signal,
    },
    /// Everything up to this message is in the peer's lane.
    Received {
        /// The peer's place.
        peer: usize,
        /// The message.
        upto: Cursor,
    },
    /// The time of the run is over.
    Over,
    /// A person wants the run to end.
    Stop,
}

/// Reasons to refuse a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Objection {
    /// The peer has messages that this machine, which has run without a break since it wrote its rows, never sent.
    ClaimsTooMuch,
    /// The peer has messages that are not in the log that this machine goes on from: the log has lost rows, and going on
    /// would give timestamps twice.
    LostRows,
}

impl<C: Clock, R: Recent<C::Stamp>, const PEERS: usize> Machine<C, R, PEERS> {
    /// The first greeting to this peer; `plain` is its greeting before anything has happened.
    pub fn greeting(&self, peer: usize, plain: Greeting, now: Monotonic) -> Greeting {
        Greeting {
            resumed: self.past.is_some(),
            received: self.received(peer),
            progress: self.peers.get(peer).map_or(Progress::Gathering, |peer| self.progress_for(peer)),
            elapsed: self.elapsed(now),
            ..plain
        }
    }

    /// The last message of this peer that has come in.
    pub fn received(&self, peer: usize) -> Cursor {
        self.peers.get(peer).map_or(Cursor::START, |peer| peer.received)
    }

    /// The last message for this peer.
    pub fn sent(&self, peer: usize) -> Cursor {
        self.peers.get(peer).map_or(Cursor::START, |peer| peer.sent)
    }

    /// This peer's progress, as far as heard.
    pub fn progress(&self, peer: usize) -> Progress {
        self.peers.get(peer).map_or(Progress::Gathering, |peer| peer.progress)
    }

    /// Something has happened.
    ///
    /// # Errors
    /// Why a link that came up is not taken. The machine can go on, unless it has [lost rows](Objection::LostRows).
    pub fn handle(&mut self, input: Input, now: Monotonic) -> Result<(), Objection> {
        match input {
            Input::Up { peer, told, theirs } => self.link_up(peer, told, &theirs, now)?,
            Input::Down { peer } => self.link_down(peer),
            Input::Heard { peer, signal } => self.hear(peer, signal, now),
            Input::Received { peer, upto } => {
                if let Some(peer) = self.peers.get_mut(peer).filter(|peer| upto > peer.received) {
                    (peer.received, peer.moved) = (upto, now);
                }
            }
            Input::Over => self.end(Ending::Over),
            Input::Stop => self.end(Ending::Stopped),
        }
        self.proceed(now);
        Ok(())
    }

    fn link_up(&mut self, place: usize, told: Progress, theirs: &Greeting, now: Monotonic) -> Result<(), Objection> {
        let Some(peer) = self.peers.get_mut(place) else { return Ok(()) };
        // The first greeting is compared with the log at the start: meanwhile, rows were added to it.
        match self.past.filter(|_| !peer.met) {
            Some(past) if theirs.received > past.sent => return Err(Objection::LostRows),
            _ if theirs.received > self.outbox.latest() => return Err(Objection::ClaimsTooMuch),
            _ => {}
        }
        (peer.met, peer.moved) = (true, now);
        let next = self.outbox.find(theirs.received);
        peer.link = Link::Up(Up::new(theirs.received, next, told, now));
        self.advance(place, theirs.progress, now);
        self.time.hear(theirs.elapsed_since(self.started), now);
        Ok(())
    }

    fn link_down(&mut self, place: usize) {
        let is_gathering = self.stage == Stage::Gathering;
        if let Some(peer) = self.peers.get_mut(place) {
            peer.link = Link::Down;
            if is_gathering && peer.progress == Progress::Ready {
                peer.progress = Progress::Gathering;
            }
        }
    }

    fn hear(&mut self, place: usize, signal: Signal, now: Monotonic) {
        if let Signal::Progress(progress) = signal {
            return self.advance(place, progress, now);
        }
        if let Signal::Goodbye { upto } = signal {
            return self.hear_goodbye(place, upto, now);
        }
        let Some(peer) = self.peers.get(place) else { return };
        let ours = self.progress_for(peer);
        let Some(peer) = self.peers.get_mut(place) else { return };
        match signal {
            Signal::Thanks => (peer.thanked, peer.moved) = (true, now),
            // Of a peer that has ended, a beat is no progress.
            Signal::Beat { .. } if peer.progress.last().is_none() => peer.moved = now,
            _ => {}
        }
        let Some(up) = peer.up_mut() else { return };
        match signal {
            Signal::CaughtUp => up.heard_all = true,
            Signal::Beat { heard } if ours.last().is_some() && heard < ours.step() => {
                up.deaf_beats = up.deaf_beats.saturating_add(1);
            }
            _ => {}
        }
    }

    /// A peer is as far as this.
    fn advance(&mut self, place: usize, progress: Progress, now: Monotonic) {
        let Some(peer) = self.peers.get_mut(place).filter(|peer| progress > peer.progress) else { return };
        (peer.progress, peer.moved) = (progress, now);
        match progress {
            // A peer that was told to stop takes the run with it. One that has had its time does so only to a machine that
            // would go on for ever.
            Progress::Stopped { .. } => self.end(Ending::Stopped),
            Progress::Ended { .. } if self.settings.endless => self.end(Ending::Over),
            _ => {}
        }
    }

    fn end(&mut self, ending: Ending) {
        if let Stage::Left(_) = self.stage {
            return;
        }
        self.ending = self.ending.max(Some(ending));
        if ending == Ending::Stopped {
            self.settings.patient = false;
            if self.stage == (Stage::Settling { stopped: false }) {
                // A machine that waits here for a peer that runs on for long can still stop the run for all.
                self.stage = Stage::Settling { stopped: true };
                self.ended = Noted::Due;
            }
        }
    }

    /// Does it lack messages that a peer is still sending, of those that were missed before the link began? One that was
    /// away has late ticks to make up, and would have taken these at them: a driver waits for them first.
    pub fn is_catching_up(&self) -> bool {
        self.past.is_some() && self.peers.iter().any(Peer::has_more)
    }
}
