//! The three kinds of time, so that none is taken for another.

use core::time::Duration;

macro_rules! moments {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name(u64);

        impl $name {
            /// So many nanoseconds after the beginning of this time.
            pub const fn from_ns(ns: u64) -> Self {
                Self(ns)
            }

            /// The nanoseconds since the beginning of this time.
            pub const fn ns(self) -> u64 {
                self.0
            }

            /// So much later; never beyond the end of time, after 584 years.
            pub const fn after(self, wait: Duration) -> Self {
                let ns = wait.as_secs().saturating_mul(1_000_000_000).saturating_add(wait.subsec_nanos() as u64);
                Self(self.0.saturating_add(ns))
            }

            /// The time since an earlier moment; zero if that one is later.
            pub const fn since(self, earlier: Self) -> Duration {
                Duration::from_nanos(self.0.saturating_sub(earlier.0))
            }
        }
    )*};
}

moments! {
    /// A moment by a clock that never goes back, counted from any start the driver likes: a reading of its timer.
    Monotonic
    /// A moment of a run, counted from its start: it goes on from a reading of the timer, and a wall clock never moves it.
    Elapsed
    /// A moment by the wall clock, counted from the UNIX epoch.
    UnixTime
}

impl UnixTime {
    /// The beginning of this time: as good as any moment for a clock that does not use physical time.
    pub const EPOCH: Self = Self::from_ns(0);

    /// The physical time when so much has elapsed of a run that starts at this moment.
    pub const fn at(self, elapsed: Elapsed) -> Self {
        Self(self.0.saturating_add(elapsed.0))
    }

    /// The time since the start of a run; zero before it.
    pub const fn since_start(self, started: Self) -> Elapsed {
        Elapsed(self.0.saturating_sub(started.0))
    }

    /// The start of a run of which so much has elapsed at this moment.
    pub const fn start_of(self, elapsed: Elapsed) -> Self {
        Self(self.0.saturating_sub(elapsed.0))
    }
}
