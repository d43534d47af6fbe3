//! The messages sent last, for a peer whose link broke.

use clockring::{clock::LamportStamp, ring::Peers};
use heapless::Deque;

/// How many messages are kept: what a machine sends in half a minute at 6 ticks a second, several times as long as a
/// break that heals by itself.
const KEPT: usize = 128;

/// The sends of the last while, oldest first.
pub struct Recent {
    sends: Deque<(LamportStamp, Peers), KEPT>,
    /// The last one that had to go.
    forgotten: LamportStamp,
}

impl Recent {
    /// Nothing sent yet.
    pub const fn new() -> Self {
        Self { sends: Deque::new(), forgotten: LamportStamp(0) }
    }

    /// Keeps a send.
    pub fn add(&mut self, stamp: LamportStamp, to: Peers) {
        if self.sends.is_full()
            && let Some((forgotten, _)) = self.sends.pop_front()
        {
            self.forgotten = forgotten;
        }
        let _ = self.sends.push_back((stamp, to));
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.sends.len()
    }

    /// The send at this place, from the oldest.
    pub fn get(&self, place: usize) -> Option<&(LamportStamp, Peers)> {
        self.sends.get(place)
    }

    /// The last one that is not kept any more; 0 if all are.
    pub fn forgotten(&self) -> LamportStamp {
        self.forgotten
    }
}
