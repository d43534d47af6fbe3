//! The zone after a time of day, as an offset from UTC.

use jiff::tz::Offset;

use super::cursor::Cursor;

/// Abbreviations and their hours: those of RFC 2822, and those of Europe. Others mean several things, or are looked up in a
/// database of zones, which a log's reader may not have.
const ABBREVIATIONS: [(&str, i8); 19] = [
    ("Z", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("UT", 0),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("WET", 0),
    ("WEST", 1),
    ("CET", 1),
    ("CEST", 2),
    ("EET", 2),
    ("EEST", 3),
    ("MSK", 3),
];

/// The offset, if one is told. `None` if something follows that is no zone and no year.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Option<Option<Offset>> {
    let mut after = cursor.clone();
    after.blanks();
    let name = after.word();
    let named = ABBREVIATIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, hours)| *hours);
    if !name.is_empty() && named.is_none() {
        return None;
    }
    let numeric = numeric(&mut after);
    let offset = match (numeric, named) {
        (Some(offset), None | Some(0)) => offset.ok()?,
        (None, Some(hours)) => Offset::constant(hours),
        (None, None) => return Some(None),
        (Some(_), Some(_)) => return None,
    };
    *cursor = after;
    remarks(cursor);
    Some(Some(offset))
}

/// `+01:00`, `-0100`, `+01`, if a sign comes next; an error if no offset follows it.
fn numeric(cursor: &mut Cursor<'_>) -> Option<Result<Offset, ()>> {
    let mut after = cursor.clone();
    let sign = if after.any_of("+-")? == '-' { -1 } else { 1 };
    let seconds = || {
        if let Some(whole) = after.number(4..=4) {
            return (whole % 100 < 60).then_some(whole / 100 * 3600 + whole % 100 * 60);
        }
        let hours = after.number(1..=2)?;
        let minutes = if after.take(':') { after.number(2..=2)? } else { 0 };
        (minutes < 60).then_some(hours * 3600 + minutes * 60)
    };
    let offset = { seconds }().and_then(|seconds| Offset::from_seconds(sign * i32::try_from(seconds).ok()?).ok());
    *cursor = after;
    Some(offset.ok_or(()))
}

/// Skips the zone's name where the offset is told, and the monotonic time that Go adds.
fn remarks(cursor: &mut Cursor<'_>) {
    while cursor.enclosed('[', ']') {}
    let mut after = cursor.clone();
    after.blanks();
    if after.enclosed('(', ')') {
        *cursor = after;
        return;
    }
    let name = after.word();
    if (2..=5).contains(&name.len()) && name.bytes().all(|letter| letter.is_ascii_uppercase()) {
        *cursor = after.clone();
        after.blanks();
        after.word();
    }
    let is_monotonic = after.rest().starts_with('=') && cursor.rest().trim_start().starts_with("m=");
    if is_monotonic && after.take('=') && after.any_of("+-").is_some() {
        let digits = after.rest().trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == '.');
        *cursor = Cursor::new(digits);
    }
}
