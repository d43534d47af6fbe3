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
    pub(super) fn at(&self, now: Monotonic) -> Elapsed {
        self.since.map_or(self.elapsed, |since| self.elapsed.after(now.since(since)))
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
