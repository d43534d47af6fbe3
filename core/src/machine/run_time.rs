//! The time of a run, as one machine knows it.

use core::time::Duration;

use super::APART_MAX;
use crate::moment::{Elapsed, Monotonic};

/// The time of the run: this long at a moment, and going on since then unless it stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct RunTime {
    elapsed: Elapsed,
    /// `None` while it stands.
    since: Option<Monotonic>,
}

impl RunTime {
    /// The time since the start of the run.
    #[inline]
    pub fn at(&self, now: Monotonic) -> Elapsed {
        let Some(since) = self.since else { return self.elapsed };
        // Each event asks, and a `Duration` between the two would be a division.
        Elapsed::from_ns(self.elapsed.ns().saturating_add(now.ns().saturating_sub(since.ns())))
    }

    pub(super) const fn start(&mut self, now: Monotonic) {
        self.since = Some(now);
    }

    /// Hears of a peer's time in a greeting. A time that stands goes forward to it. One that goes on does so only if it is
    /// more than [`APART_MAX`] behind, as after a sleep of the computer; clocks drift, and less is left alone.
    pub fn hear(&mut self, theirs: Elapsed, now: Monotonic) {
        let is_left_alone = if self.since.is_some() { APART_MAX } else { Duration::ZERO };
        if theirs > self.at(now).after(is_left_alone) {
            self.forward(theirs, now);
        }
    }

    /// Goes forward to this moment; never back.
    pub(super) fn forward(&mut self, to: Elapsed, now: Monotonic) {
        if to > self.at(now) {
            *self = Self { elapsed: to, since: self.since.map(|_| now) };
        }
    }
}
