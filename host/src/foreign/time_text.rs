//! A time as the text of a log: a date in one of the forms that programs print, a UNIX time, or a count since some start.
//!
//! A text is understood as a whole, or not at all: digits are never picked out of it.

mod calendar;
mod number;

use jiff::SignedDuration;

pub(super) use calendar::MONTHS;
pub use number::TimeUnit;

/// A point in time, as far as a text shows it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Moment {
    /// UNIX time. A date without a zone is taken as one in UTC, so that the dates of one log compare.
    Epoch {
        /// Nanoseconds since 1970.
        ns: i64,
    },
    /// Date and time without a year, as syslog writes them.
    OfYear {
        /// Nanoseconds since the beginning of a year of 366 days.
        ns: i64,
    },
    /// A time of day without a date.
    OfDay {
        /// Nanoseconds since midnight.
        ns: i64,
    },
    /// Time since an unknown start, in a known unit.
    Since {
        /// Nanoseconds.
        ns: i64,
    },
    /// A number that is no UNIX time, without a unit.
    Count {
        /// The number.
        value: f64,
    },
}

const DAY_NS: i64 = 86_400 * 1_000_000_000;
const YEAR_NS: i64 = 366 * DAY_NS;

impl Moment {
    /// Nanoseconds since a start that all times of a log share; `None` if the unit is unknown.
    ///
    /// Days and years change: a time of day, or of a year, is taken as the one that is nearest to `near_ns`, which is a time
    /// of the same log. Without one, it is taken as of the first day or year.
    pub fn ns(self, near_ns: Option<i64>) -> Option<i64> {
        let (ns, period) = match self {
            Self::Epoch { ns } | Self::Since { ns } => return Some(ns),
            Self::OfYear { ns } => (ns, YEAR_NS),
            Self::OfDay { ns } => (ns, DAY_NS),
            Self::Count { .. } => return None,
        };
        let Some(near) = near_ns else { return Some(ns) };
        let periods = near.checked_sub(ns)?.checked_add(period / 2)?.div_euclid(period);
        ns.checked_add(periods.checked_mul(period)?)
    }
}

/// A time as it was read.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Time {
    /// The point in time.
    pub moment: Moment,
    /// The value of the last digit that is printed, in nanoseconds; of a count without a unit, in billionths; at least 1.
    pub step_ns: u64,
}

/// Reads the times of one run's logs.
#[derive(Clone, Debug, Default)]
pub struct TimeReader {
    unit: Option<TimeUnit>,
    /// The order of day and month in `3/7/2023`, if a text showed it.
    is_day_first: Option<bool>,
}

impl TimeReader {
    /// A reader that takes a number as so many of these units.
    pub fn new(unit: Option<TimeUnit>) -> Self {
        Self { unit, is_day_first: None }
    }

    /// Learns the order of day and month from a text: `13/7/2023` shows it, and `3/7/2023` does not. To be shown all texts
    /// of a run before any is read. If none shows it, the month is first with slashes, as in the United States, and the day
    /// with dashes and dots.
    pub fn look(&mut self, text: &str) {
        self.is_day_first = self.is_day_first.or_else(|| calendar::order(text));
    }

    /// Reads a time; `None` if the text as a whole is not understood.
    pub fn read(&self, text: &str) -> Option<Time> {
        let text = text.trim();
        if let Some(time) = number::parse(text, self.unit) {
            return Some(time);
        }
        let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
        calendar::parse(text, self.is_day_first).or_else(|| number::parse(text, self.unit)).or_else(|| duration(text))
    }
}

/// Reads a time by itself; `None` if the text as a whole is not understood. A number is so many of the unit, if one is given.
pub fn parse(text: &str, unit: Option<TimeUnit>) -> Option<Moment> {
    let mut reader = TimeReader::new(unit);
    reader.look(text);
    reader.read(text).map(|time| time.moment)
}

/// A time since some start, with its units: `1.5s`, `1h 2m 3.25s`, `PT1.5S`.
fn duration(text: &str) -> Option<Time> {
    if text.ends_with("ago") || text.contains(':') {
        return None;
    }
    let ns = text.parse::<SignedDuration>().ok()?.as_nanos().try_into().ok()?;
    Some(Time { moment: Moment::Since { ns }, step_ns: 1 })
}
