//! Lengths of time as people write them: 60, 60s, 0.2ms, 2m.

use std::time::Duration;

/// The longest time given as a number: a run meant to last more than a year goes on forever.
pub const DURATION_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// Units, in nanoseconds.
const UNITS: [(&str, u128); 7] = [
    ("", 1_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a length of time: a number and a unit, of which seconds may be left out. Exact; parts of a nanosecond are cut
/// off.
///
/// # Errors
/// The fault in it, as a sentence.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let number = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = &text[number.len()..];
    let (_, unit_ns) = UNITS
        .into_iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(|| format!("`{unit}` is no unit of time: use ns, us, ms, s, m or h"))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    if digits().next().is_none() || !digits().all(|byte| byte.is_ascii_digit()) {
        return Err("give a time such as 60, 60s, 500ms or 2m".to_owned());
    }
    let too_long = || "that is longer than a year".to_owned();
    let whole: u64 = format!("0{whole}").parse().map_err(|_| too_long())?;
    // The parts of an hour in nanoseconds have no more digits than this.
    let fraction = &fraction[..fraction.len().min(13)];
    let parts: u64 = format!("0{fraction}").parse().map_err(|_| too_long())?;
    let ns = u128::from(whole) * unit_ns + u128::from(parts) * unit_ns / 10_u128.pow(fraction.len() as u32);
    u64::try_from(ns).ok().map(Duration::from_nanos).filter(|time| *time <= DURATION_MAX).ok_or_else(too_long)
}

/// Writes a length of time so that [`parse_duration`] reads it back: in the largest unit up to a second that leaves a
/// whole number, or else in decimals of a millisecond.
pub fn duration_text(duration: Duration) -> String {
    let ns = duration.as_nanos();
    match ns {
        _ if ns.is_multiple_of(1_000_000_000) => format!("{}s", ns / 1_000_000_000),
        _ if ns.is_multiple_of(1_000_000) => format!("{}ms", ns / 1_000_000),
        _ => {
            let decimals = format!("{}.{:06}", ns / 1_000_000, ns % 1_000_000);
            format!("{}ms", decimals.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_duration_reads_back_as_it_was() {
        let year = DURATION_MAX.as_nanos() as u64;
        for ns in [0, 1, 999, 1_000, 200_000, 1_500_000, 999_999_999, 1_000_000_000, 60_000_000_000, year - 1, year] {
            let duration = Duration::from_nanos(ns);
            assert_eq!(parse_duration(&duration_text(duration)), Ok(duration), "{}", duration_text(duration));
        }
    }

    #[test]
    fn units_and_decimals_are_exact() {
        for (text, ns) in [
            ("0.2ms", 200_000),
            ("1.5", 1_500_000_000),
            (".5us", 500),
            ("2m", 120_000_000_000),
            ("0.1h", 360_000_000_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_nanos(ns)), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for text in ["", "s", ".", "-1s", "1e9", "NaN", "inf", "1.2.3", "5 s", "5d", "1000000h", "99999999999999999999"]
        {
            assert!(parse_duration(text).is_err(), "{text:?} was read as a time");
        }
    }
}
