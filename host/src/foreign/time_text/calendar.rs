//! Dates and times of day in the forms that languages, loggers, web servers and syslog print.
//!
//! ```text
//! [weekday] date between time [am or pm] [zone] [year]
//! date   2023-03-07  2023/03/07  20230307  07/Mar/2023  7 Mar 2023  Mar 7, 2023  Mar 7  10/13/2014  13.10.2014  03-04  I0303
//! time   19:44:02.123  19:44:02,123  19-44-02.123  194402  19:44
//! zone   Z  UTC  +01:00  +0100 CET  GMT+0100 (Central European Standard Time)  +01:00[Europe/Berlin]
//! ```

mod cursor;
mod zone;

use jiff::{civil, tz::Offset};

use super::{Moment, Time};
use cursor::Cursor;

/// A day without a year is taken as one of this year, which has a 29 February.
const LEAP_YEAR: i16 = 2000;
/// UNIX time at its beginning.
const LEAP_YEAR_NS: i64 = 946_684_800 * 1_000_000_000;

/// A date and time, or a time of day; `None` if the text as a whole is not understood.
pub(super) fn parse(text: &str, is_day_first: Option<bool>) -> Option<Time> {
    let mut cursor = Cursor::new(text);
    weekday(&mut cursor);
    let date = Date::parse(&mut cursor, is_day_first);
    if date.is_some() {
        cursor.between()?;
    }
    let clock = Clock::parse(&mut cursor, date.is_some())?;
    let offset = zone::parse(&mut cursor)?;
    let date = match date {
        Some(date @ Date { year: None, .. }) => Some(Date { year: year_at_end(&mut cursor), ..date }),
        date => date,
    };
    if !cursor.is_at_end() {
        return None;
    }
    let day = date.unwrap_or(Date { year: None, month: 1, day: 1 });
    let civil = civil::DateTime::new(
        day.year.unwrap_or(LEAP_YEAR),
        day.month,
        day.day,
        clock.hour,
        clock.minute,
        clock.second,
        clock.ns,
    );
    let time = offset.unwrap_or(Offset::UTC).to_timestamp(civil.ok()?).ok()?;
    let ns = i64::try_from(time.as_nanosecond()).ok()?;
    let moment = match date {
        Some(Date { year: Some(_), .. }) => Moment::Epoch { ns },
        Some(_) => Moment::OfYear { ns: (ns - LEAP_YEAR_NS).rem_euclid(super::YEAR_NS) },
        None => Moment::OfDay { ns: (ns - LEAP_YEAR_NS).rem_euclid(super::DAY_NS) },
    };
    Some(Time { moment, step_ns: clock.step_ns })
}

/// Whether a text writes the day before the month, if it shows it: one of both is larger than 12.
pub(super) fn order(text: &str) -> Option<bool> {
    let mut cursor = Cursor::new(text.trim_start_matches(|blank: char| blank == '[' || blank.is_whitespace()));
    weekday(&mut cursor);
    let (first, separator) = (cursor.number(1..=2)?, cursor.any_of("/-")?);
    let second = cursor.number(1..=2)?;
    // Without a year at the end, months are first.
    cursor.take(separator).then_some(())?;
    (first.max(second) > 12).then_some(first > 12)
}

/// Skips the day of the week, and the comma after it.
fn weekday(cursor: &mut Cursor<'_>) {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let mut after = cursor.clone();
    let word = after.word().to_ascii_lowercase();
    if DAYS.iter().any(|day| word == *day || word == day[..3]) {
        after.take(',');
        after.blanks();
        *cursor = after;
    }
}

/// The months of the English calendar, in small letters.
pub(in super::super) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The number of a month from its name.
fn month(cursor: &mut Cursor<'_>) -> Option<i8> {
    let mut after = cursor.clone();
    let word = after.word().to_ascii_lowercase();
    let place = MONTHS
        .iter()
        .position(|month| word == *month || word == month[..3] || word == "sept" && *month == "september")?;
    after.take('.');
    *cursor = after;
    i8::try_from(place + 1).ok()
}

/// The year after the time of day, as asctime and `date` write it.
fn year_at_end(cursor: &mut Cursor<'_>) -> Option<i16> {
    let mut after = cursor.clone();
    after.blanks();
    let year = after.number(4..=4)?;
    *cursor = after;
    i16::try_from(year).ok()
}

#[derive(Clone, Copy)]
struct Date {
    year: Option<i16>,
    month: i8,
    day: i8,
}

impl Date {
    fn new(year: Option<u32>, month: u32, day: u32) -> Option<Self> {
        let year = year.map(i16::try_from).transpose().ok()?;
        Some(Self { year, month: i8::try_from(month).ok()?, day: i8::try_from(day).ok()? })
    }

    /// The date at the start of a text; `None`, and nothing taken, if there is none.
    fn parse(cursor: &mut Cursor<'_>, is_day_first: Option<bool>) -> Option<Self> {
        let mut after = cursor.clone();
        let date = Self::year_first(&mut after)
            .or_else(|| restart(&mut after, cursor, Self::with_month_name))
            .or_else(|| restart(&mut after, cursor, Self::with_level))
            .or_else(|| restart(&mut after, cursor, |cursor| Self::numbers(cursor, is_day_first)))?;
        *cursor = after;
        Some(date)
    }

    /// `2023-03-07`, `2023/Mar/07`, `20230307`.
    fn year_first(cursor: &mut Cursor<'_>) -> Option<Self> {
        if let Some(whole) = cursor.number(8..=8) {
            return Self::new(Some(whole / 10_000), whole / 100 % 100, whole % 100);
        }
        let year = cursor.number(4..=4)?;
        let separator = cursor.any_of("-/. ")?;
        let month = match month(cursor) {
            Some(month) => month.unsigned_abs().into(),
            None => cursor.number(1..=2)?,
        };
        cursor.take(separator).then_some(())?;
        Self::new(Some(year), month, cursor.number(1..=2)?)
    }

    /// `7 Mar 2023`, `07/Mar/2023`, `Mar 7, 2023`, `Mar  7`.
    fn with_month_name(cursor: &mut Cursor<'_>) -> Option<Self> {
        if let Some(month) = month(cursor) {
            cursor.blanks();
            let day = cursor.number(1..=2)?;
            let mut after = cursor.clone();
            after.take(',');
            let year = if after.blanks() { after.number(4..=4) } else { None };
            if year.is_some() {
                *cursor = after;
            }
            return Self::new(year, month.unsigned_abs().into(), day);
        }
        let day = cursor.number(1..=2)?;
        let separator = cursor.any_of("/- .")?;
        cursor.blanks();
        let month = month(cursor)?;
        cursor.take(separator).then_some(())?;
        cursor.blanks();
        Self::new(Some(cursor.number(4..=4)?), month.unsigned_abs().into(), day)
    }

    /// The level, month and day of Google's logging library: `I0303`, and with the year `I20230303`.
    fn with_level(cursor: &mut Cursor<'_>) -> Option<Self> {
        cursor.any_of("IWEFDV")?;
        let year = cursor.number(8..=8);
        let digits = year.or_else(|| cursor.number(4..=4))?;
        Self::new(year.map(|date| date / 10_000), digits / 100 % 100, digits % 100)
    }

    /// `10/13/2014`, `13.10.2014`, and without a year `10/13` and `10-13`.
    fn numbers(cursor: &mut Cursor<'_>, is_day_first: Option<bool>) -> Option<Self> {
        let (first, separator) = (cursor.number(1..=2)?, cursor.any_of("/-.")?);
        let second = cursor.number(1..=2)?;
        if !cursor.take(separator) {
            return if separator == '.' { None } else { Self::new(None, first, second) };
        }
        let year = cursor.number(4..=4)?;
        let is_day_first = match separator {
            '.' => true,
            _ if first > 12 || second > 12 => first > 12,
            separator => is_day_first.unwrap_or(separator == '-'),
        };
        let (month, day) = if is_day_first { (second, first) } else { (first, second) };
        Self::new(Some(year), month, day)
    }
}

/// Tries another form from the start of the text.
fn restart<'a, T>(
    after: &mut Cursor<'a>,
    start: &Cursor<'a>,
    form: impl Fn(&mut Cursor<'a>) -> Option<T>,
) -> Option<T> {
    *after = start.clone();
    form(after)
}

struct Clock {
    hour: i8,
    minute: i8,
    second: i8,
    ns: i32,
    step_ns: u64,
}

impl Clock {
    /// The time of day. By itself, without a date, it is only understood with colons and seconds.
    fn parse(cursor: &mut Cursor<'_>, has_date: bool) -> Option<Self> {
        let small = |number: u32| i8::try_from(number).ok();
        if let Some(whole) = has_date.then(|| cursor.number(6..=6)).flatten() {
            let (ns, step_ns) = cursor.fraction().unwrap_or((0, 1_000_000_000));
            let (hour, minute, second) = (small(whole / 10_000)?, small(whole / 100 % 100)?, small(whole % 100)?);
            return Some(Self { hour, minute, second, ns, step_ns });
        }
        let hour = small(cursor.number(1..=2)?)?;
        let separator = cursor.any_of(if has_date { ":-." } else { ":" })?;
        let minute = small(cursor.number(2..=2)?)?;
        let mut clock = Self { hour, minute, second: 0, ns: 0, step_ns: 60_000_000_000 };
        if cursor.take(separator) {
            // A leap second is the one before it, as in jiff.
            clock.second = small(cursor.number(2..=2)?)?;
            if clock.second == 60 {
                clock.second = 59;
            }
            (clock.ns, clock.step_ns) = cursor.fraction().unwrap_or((0, 1_000_000_000));
        } else if separator != ':' || !has_date {
            return None;
        }
        clock.hour = match cursor.half() {
            Some(_) if !(1..=12).contains(&hour) => return None,
            Some(is_afternoon) => hour % 12 + if is_afternoon { 12 } else { 0 },
            None => hour,
        };
        Some(clock)
    }
}
