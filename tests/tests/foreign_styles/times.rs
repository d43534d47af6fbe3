//! System time as text.

/// A way to write a time, given UNIX time and the time since the start of the run, both in nanoseconds.
pub(crate) struct TimeText {
    pub(crate) name: &'static str,
    pub(crate) write: fn(u64, u64) -> String,
}

const fn text(name: &'static str, write: fn(u64, u64) -> String) -> TimeText {
    TimeText { name, write }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

struct Date {
    year: u64,
    month: u64,
    day: u64,
    weekday: &'static str,
    hour: u64,
    minute: u64,
    second: u64,
    nanosecond: u64,
}

impl Date {
    /// The date of a UNIX time (from 1970 on).
    fn of(unix_ns: u64) -> Self {
        let (seconds, nanosecond) = (unix_ns / 1_000_000_000, unix_ns % 1_000_000_000);
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let (mut year, mut left) = (1970, days);
        while left >= 365 + u64::from(is_leap(year)) {
            left -= 365 + u64::from(is_leap(year));
            year += 1;
        }
        let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut month = 0;
        while left >= lengths[month] {
            left -= lengths[month];
            month += 1;
        }
        Self {
            year,
            month: month as u64 + 1,
            day: left + 1,
            weekday: DAYS[(days % 7) as usize],
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            nanosecond,
        }
    }

    fn day(&self, between: &str) -> String {
        format!("{}{between}{:02}{between}{:02}", self.year, self.month, self.day)
    }

    fn time(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }

    fn month(&self) -> &'static str {
        MONTHS[self.month as usize - 1]
    }
}

const HOUR_NS: u64 = 3_600_000_000_000;

/// All of them.
pub(crate) const TIME_TEXTS: &[TimeText] = &[
    text("UNIX s", |unix, _| (unix / 1_000_000_000).to_string()),
    text("UNIX s with a fraction", |unix, _| format!("{}.{:06}", unix / 1_000_000_000, unix % 1_000_000_000 / 1000)),
    text("UNIX ms", |unix, _| (unix / 1_000_000).to_string()),
    text("UNIX us", |unix, _| (unix / 1000).to_string()),
    text("UNIX ns", |unix, _| unix.to_string()),
    text("s since the start", |_, since| format!("{}.{:03}", since / 1_000_000_000, since / 1_000_000 % 1000)),
    text("ms since the start", |_, since| (since / 1_000_000).to_string()),
    text("Python", |unix, _| {
        let date = Date::of(unix);
        format!("{} {},{:03}", date.day("-"), date.time(), date.nanosecond / 1_000_000)
    }),
    text("RFC 3339, UTC", |unix, _| {
        let date = Date::of(unix);
        format!("{}T{}.{:06}Z", date.day("-"), date.time(), date.nanosecond / 1000)
    }),
    text("RFC 3339, east", |unix, _| {
        let date = Date::of(unix + 2 * HOUR_NS);
        format!("{}T{}+02:00", date.day("-"), date.time())
    }),
    text("RFC 3339, west", |unix, _| {
        let date = Date::of(unix - 5 * HOUR_NS);
        format!("{} {}.{:03}-0500", date.day("-"), date.time(), date.nanosecond / 1_000_000)
    }),
    text("Go", |unix, _| {
        let date = Date::of(unix);
        format!("{} {}.{:06}", date.day("/"), date.time(), date.nanosecond / 1000)
    }),
    text("web server", |unix, _| {
        let date = Date::of(unix);
        format!("{:02}/{}/{}:{} +0000", date.day, date.month(), date.year, date.time())
    }),
    text("syslog", |unix, _| {
        let date = Date::of(unix);
        format!("{} {:2} {}", date.month(), date.day, date.time())
    }),
    text("C", |unix, _| {
        let date = Date::of(unix);
        format!("{} {} {:2} {} {}", date.weekday, date.month(), date.day, date.time(), date.year)
    }),
    text("time of day", |unix, _| {
        let date = Date::of(unix);
        format!("{}.{:03}", date.time(), date.nanosecond / 1_000_000)
    }),
    text("month first", |unix, _| {
        let date = Date::of(unix);
        format!(
            "{:02}-{:02}_{:02}-{:02}-{:02}.{:06}",
            date.month,
            date.day,
            date.hour,
            date.minute,
            date.second,
            date.nanosecond / 1000
        )
    }),
    text("Akka", |unix, _| {
        let date = Date::of(unix);
        format!("{:02}/{:02}/{} {}.{:03}", date.month, date.day, date.year, date.time(), date.nanosecond / 1_000_000)
    }),
    text("no time at all", |_, since| format!("T+{}", since / 500_000_000)),
];
