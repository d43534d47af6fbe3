//! Hybrid clocks that are printed as one word.

use jiff::Timestamp;

use super::{
    ClockText, Wrong,
    number::{is_all, plain},
};

/// The smallest number without a unit that is a hybrid clock's time: minutes since 1970, in 1989.
pub(super) const WALL_MIN: u64 = 10_000_000;

/// A number of nanoseconds from 1973 on; milliseconds and microseconds since 1970 are smaller for 50,000 years.
const NANOSECONDS_MIN: u64 = 100_000_000_000_000_000;

/// Reads a hybrid clock; `None` if the text is not of that kind. A date without a count is an error.
pub(super) fn parse(text: &str) -> Option<Result<ClockText, Wrong>> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let hybrid = |(wall, count)| ClockText::Hybrid { wall, count };
    let found = of_fraction(text).or_else(|| of_seconds(text)).or_else(|| of_columns(text)).or_else(|| of_dash(text));
    if found.is_none() && is_date(text) {
        return Some(of_date(text).map(hybrid).ok_or(Wrong::Date));
    }
    found.map(|found| Ok(hybrid(found)))
}

/// CockroachDB's decimal: `1613148281129318000.0000000002`, nanoseconds and the count in ten digits.
fn of_fraction(text: &str) -> Option<(u64, u64)> {
    let (wall, count) = text.split_once('.')?;
    let (wall, digits) = (plain(wall)?, count.len());
    // A fraction of few digits is a count beside a whole time; one of many is a part of the time.
    let is_count = wall >= WALL_MIN && (1..=FRACTION_MAX).contains(&digits) && count != "0";
    let is_hybrid = is_count || (wall >= NANOSECONDS_MIN && digits < 10) || (digits == 10 && count.starts_with("0000"));
    if is_hybrid { Some((wall, plain(count)?)) } else { None }
}

/// The most digits of a count after a point. Milliseconds have three, and are part of a time.
const FRACTION_MAX: usize = 2;

/// `1678221500-0003`: a time as a large number, and the count.
fn of_dash(text: &str) -> Option<(u64, u64)> {
    let (wall, count) = text.split_once(['-', '+', '/', '_', '@', '#'])?;
    let wall = plain(wall).filter(|wall| *wall >= WALL_MIN)?;
    Some((wall, plain(count)?))
}

/// CockroachDB's text: `1613148281.129318000,2`, seconds with nine digits and the count.
fn of_seconds(text: &str) -> Option<(u64, u64)> {
    let (wall, count) = text.split_once(',')?;
    let (seconds, nanoseconds) = wall.split_once('.')?;
    if nanoseconds.len() != 9 {
        return None;
    }
    let wall = plain(seconds)?.checked_mul(1_000_000_000)?.checked_add(plain(nanoseconds)?)?;
    Some((wall, plain(count.trim_end_matches('?'))?))
}

/// `000001580775120000:00003:n1`: 15 or more digits of milliseconds, the count in base 36 by five characters, and the node.
fn of_columns(text: &str) -> Option<(u64, u64)> {
    let mut parts = text.splitn(3, ':');
    let (wall, count, node) = (parts.next()?, parts.next()?, parts.next()?);
    if wall.len() < 15 || count.len() != 5 || node.is_empty() || !is_all(count, u8::is_ascii_alphanumeric) {
        return None;
    }
    Some((plain(wall)?, u64::from_str_radix(count, 36).ok()?))
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, ['-', '/']);
    let is_number = |part: Option<&str>| part.is_some_and(|part| part.len() <= 4 && is_all(part, u8::is_ascii_digit));
    is_number(parts.next()) && is_number(parts.next()) && parts.next().is_some()
}

/// `2024-01-01T10:00:00.000Z-0003-node`: a date, and the count in hexadecimal by at least four digits; the node may be absent.
fn of_date(text: &str) -> Option<(u64, u64)> {
    let (date, rest) = text.split_at(text.find('Z')? + 1);
    let rest = rest.strip_prefix('-')?;
    let (count, node) = rest.split_once('-').unwrap_or((rest, "-"));
    if count.len() < 4 || node.is_empty() || !is_all(count, u8::is_ascii_hexdigit) {
        return None;
    }
    Some((nanoseconds(date)?, u64::from_str_radix(count, 16).ok()?))
}

/// A date's nanoseconds since 1970.
pub(super) fn nanoseconds(date: &str) -> Option<u64> {
    date.parse::<Timestamp>().ok()?.as_nanosecond().try_into().ok()
}
