//! The time of a run, as one machine knows it.

use crate::moment::{Elapsed, Monotonic};

/// The time of the run: this long at a moment, and going on since then unless it stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct RunTime {
    elapsed: Elapsed,
    /// `None` while it stands.
    since: Option<Monotonic>,
}

impl RunTime {
    #[inline]
    pub(super) fn at(&self, now: Monotonic) -> Elapsed {
        let Some(since) = self.since else { return self.elapsed };
        // Each event asks, and a `Duration` between the two would be a division.
        Elapsed::from_ns(self.elapsed.ns().saturating_add(now.ns().saturating_sub(since.ns())))
    }

    pub(super) const fn start(&mut self, now: Monotonic) {
        self.since = Some(now);
    }

    /// Goes forward to this moment; never back.
    pub(super) fn forward(&mut self, to: Elapsed, now: Monotonic) {
        if to > self.at(now) {
            *self = Self { elapsed: to, since: self.since.map(|_| now) };
        }
    }
}
