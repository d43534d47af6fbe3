//! The clocks of the computers in a storm.

use clockring::moment::{Monotonic, UnixTime};

use super::{START, chance::Chance};
use crate::sim::EPOCH;

const MS: i64 = 1_000_000;

/// The clocks of one computer: its timer, which begins with each process, goes a little too fast or too slow, and stands
/// while the computer sleeps; and its wall clock, which is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    drift_ppm: i64,
    process_began: Monotonic,
    /// The last sleep of this process, and the time that it slept before.
    sleep: [Monotonic; 2],
    slept_ns: u64,
    ahead_ns: i64,
}

/// A look at the clocks of a computer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) timer: Monotonic,
    pub(super) wall: UnixTime,
}

impl Clocks {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        let drift_ppm = chance.one_of(&[0, 50, -50, 3_000, -3_000]);
        let ahead_ns = MS * chance.one_of(&[0, 0, 100, -100]);
        Self { drift_ppm, process_began: START, sleep: [START; 2], slept_ns: 0, ahead_ns }
    }

    pub(super) fn begin_process(&mut self, now: Monotonic) {
        (self.process_began, self.sleep, self.slept_ns) = (now, [now; 2], 0);
    }

    /// The computer falls asleep, until then.
    pub(super) fn sleep(&mut self, now: Monotonic, until: Monotonic) {
        self.slept_ns = self.slept_ns_at(now);
        self.sleep = [now, until];
    }

    fn slept_ns_at(&self, now: Monotonic) -> u64 {
        let [from, until] = self.sleep;
        self.slept_ns + now.min(until).ns().saturating_sub(from.ns())
    }

    /// The wall clock is set.
    pub(super) fn set_wall(&mut self, chance: &mut Chance) {
        self.ahead_ns += MS * chance.one_of(&[20, -20, 400, -400, 3_600_000, -3_600_000]);
    }

    /// The wall clock is set right.
    pub(super) fn correct_wall(&mut self) {
        self.ahead_ns = 0;
    }

    pub(super) fn at(&self, now: Monotonic) -> Reading {
        let ran_ns = now.ns() - self.process_began.ns() - self.slept_ns_at(now);
        let timer = ran_ns.saturating_add_signed(ran_ns as i64 / 1_000_000 * self.drift_ppm);
        let wall = EPOCH.ns() + now.ns();
        Reading { timer: Monotonic::from_ns(timer), wall: UnixTime::from_ns(wall.saturating_add_signed(self.ahead_ns)) }
    }
}
