//! Lateness of ticks.

use std::{fmt, time::Duration};

use hdrhistogram::Histogram;

/// The distribution of how long after its deadline each tick was made. Kept to two significant digits, in a fixed
/// amount of memory.
#[derive(Clone, Debug)]
pub struct Lateness(Option<Histogram<u64>>);

impl Lateness {
    /// Longer than this is kept as this: a machine that was stopped for an hour is late enough.
    const MAX_NS: u64 = 3_600_000_000_000;

    pub(super) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, Self::MAX_NS, 2).ok())
    }

    pub(super) fn record(&mut self, late_ns: u64) {
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record(late_ns.min(Self::MAX_NS));
        }
    }

    /// The lateness that this share of the ticks (0 to 1) did not exceed; `None` if no tick had a deadline.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let histogram = self.0.as_ref().filter(|histogram| !histogram.is_empty())?;
        Some(Duration::from_nanos(histogram.value_at_quantile(share)))
    }
}

impl fmt::Display for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.quantile(0.5), self.quantile(0.99), self.quantile(1.0)) {
            (Some(p50), Some(p99), Some(max)) => {
                let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
                write!(f, "ticks late by {:.2} ms (median), {:.2} ms (p99), {:.2} ms (most)", ms(p50), ms(p99), ms(max))
            }
            _ => f.write_str("no tick had a deadline"),
        }
    }
}
