//! Lengths of time as people write them: 60, 60s, 0.2ms, 2m.

use std::time::Duration;

/// The longest time that is asked for by a number: what is meant to go on for more than a year goes on forever.
pub const DURATION_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// Units, in seconds.
const UNITS: [(&str, f64); 7] =
    [("", 1.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9), ("m", 60.0), ("h", 3600.0)];

/// Reads a length of time: a number and a unit, of which seconds may be left out.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let (_, unit_seconds) = UNITS
        .into_iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(|| format!("`{unit}` is no unit of time: use ns, us, ms, s, m or h"))?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = digits.parse().ok().filter(|_| plain).ok_or("give a time such as 60, 60s, 500ms or 2m")?;
    Duration::try_from_secs_f64(number * unit_seconds)
        .ok()
        .filter(|duration| *duration <= DURATION_MAX)
        .ok_or_else(|| "that is longer than a year".to_owned())
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
        for ns in [0, 1, 999, 1_000, 200_000, 1_000_000, 1_500_000, 999_999_999, 1_000_000_000, 60_000_000_000] {
            let duration = Duration::from_nanos(ns);
            assert_eq!(parse_duration(&duration_text(duration)), Ok(duration), "{}", duration_text(duration));
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for text in ["", "s", "-1s", "1e9", "NaN", "inf", "1.2.3", "5 s", "5d", "1000000h"] {
            assert!(parse_duration(text).is_err(), "{text:?} was read as a time");
        }
    }
}
