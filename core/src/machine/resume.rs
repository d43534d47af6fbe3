//! Resumption after a death, from the log and the manifest.

use super::{
    life::{Ending, Machine, Past, Stage},
    link::Noted,
    outbox::Recent,
    settle::Fact,
};
use crate::{
    clock::Clock,
    cursor::Cursor,
    event::Event,
    moment::{Elapsed, Monotonic},
    process::Turn,
};

impl<C: Clock, R: Recent<C::Stamp>, const PEERS: usize> Machine<C, R, PEERS> {
    /// Makes the event of the next row of its log again, at the time of that row; returns it, to be compared.
    pub fn relive(&mut self, turn: Turn<C::Stamp>, elapsed: Elapsed) -> Event<C::Stamp> {
        if let Turn::Deliver(message) = turn {
            let place = self.settings.ring.distance(self.id(), message.from).wrapping_sub(1);
            if let Some(peer) = self.peers.get_mut(place) {
                peer.received = peer.received.max(Cursor::after(&message.stamp, message.from));
            }
        }
        let event = self.make(turn, elapsed).event;
        self.time.forward(elapsed, Monotonic::default());
        self.logged();
        event
    }

    /// It goes on from here: all rows of its log were made again, which may be none.
    pub const fn resume(&mut self) {
        self.past = Some(Past { sent: self.outbox.latest() });
    }

    /// Takes note of a fact that stands in its manifest, with the cursor that stands there.
    pub fn recall(&mut self, fact: Fact, upto: Cursor) {
        match fact {
            Fact::Ended { stopped } => {
                self.ended = Noted::Written;
                self.stage = Stage::Settling { stopped };
                self.ending = Some(if stopped { Ending::Stopped } else { Ending::Over });
                // The end was asked for already.
                self.settings.patient &= !stopped;
            }
            Fact::Accounted(place) => {
                if let Some(peer) = self.peers.get_mut(place) {
                    (peer.accounted, peer.received) = (Noted::Written, peer.received.max(upto));
                }
            }
            Fact::Delivered(place) => {
                if let Some(peer) = self.peers.get_mut(place) {
                    peer.delivered = Noted::Written;
                }
            }
        }
    }
}
