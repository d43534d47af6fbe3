//! Sleeping or spinning until the next tick.

use std::{num::NonZero, thread, time::Duration};

use clockring::ring::RingSize;
use serde::{Deserialize, Serialize};

use crate::experiment::Pace;

/// Does a machine spin shortly before a tick is due, rather than sleep until the operating system wakes it?
///
/// A sleeping machine is woken some 50 to 150 µs late and uses hardly any of a processor. A spinning one is late by
/// less than a microsecond, for up to all of a core (PERFORMANCE.md, "Timers"). All ticks are made either way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Spin {
    /// Above 5,000 ticks a second, where being woken takes as long as half a period, if there is a core for every
    /// machine of the ring and one to spare
    #[default]
    Auto,
    /// Always sleep
    Never,
    /// Spin before every tick
    Always,
}

/// Time before a due tick that a machine spins: the most that waking up takes on a computer with time to spare.
const SPIN: Duration = Duration::from_micros(200);

/// The rate above which a machine spins by itself, in millionths of a tick a second.
const SLEEPS_UP_TO_MILLIONTHS: u64 = 5_000 * 1_000_000;

impl Spin {
    /// For how long before each tick a machine of this pace spins.
    pub(super) fn before_tick(self, pace: Pace, ring: RingSize) -> Duration {
        let spins = match (self, pace) {
            (_, Pace::Max) | (Self::Never, _) => false,
            (Self::Always, _) => true,
            (Self::Auto, Pace::Rate(rate)) => {
                let cores = thread::available_parallelism().map_or(1, NonZero::get);
                rate.millionths() > SLEEPS_UP_TO_MILLIONTHS && cores > ring.get()
            }
        };
        if spins { SPIN } else { Duration::ZERO }
    }
}
