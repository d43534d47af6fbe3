//! Any bytes as a clock's text, a time's text and a file: refused, or read as a value that is read again from its plain form.
#![no_main]

use host::foreign::{
    Source, TimeUnit,
    clock_text::{self, ClockText},
    time_text::{self, Moment},
};
use libfuzzer_sys::fuzz_target;

/// Half a day, and half a year of 366 days.
const HALVES_NS: [u64; 2] = [43_200_000_000_000, 15_811_200_000_000_000];

fuzz_target!(|bytes: &[u8]| {
    if let Ok(source) = Source::from_reader("file", bytes, 1 << 20) {
        assert!(!source.text.is_empty());
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match clock_text::parse(text) {
        Ok(clock) => assert_eq!(clock_text::parse(&plain(&clock)), Ok(clock), "{text}"),
        Err(error) => assert!(error.to_string().contains("understood are")),
    }
    for unit in [None, Some(TimeUnit::Ns), Some(TimeUnit::S)] {
        let Some(moment) = time_text::parse(text, unit) else { continue };
        for near in [i64::MIN, 0, 1_700_000_000_000_000_000] {
            let half = match moment {
                Moment::OfDay { .. } => HALVES_NS[0],
                Moment::OfYear { .. } => HALVES_NS[1],
                _ => continue,
            };
            assert!(moment.ns(Some(near)).is_none_or(|ns| ns.abs_diff(near) <= half), "{text} near {near}");
        }
    }
});

fn plain(clock: &ClockText) -> String {
    match clock {
        ClockText::Number(number) => number.to_string(),
        ClockText::Hybrid { wall, count } => format!("{{wall: {wall}, count: {count}}}"),
        ClockText::Stamped { time, process } => format!("{{time: {time}, process: {}}}", quoted(process)),
        ClockText::List(list) => format!("{list:?}"),
        ClockText::Named(named) => {
            let counts: Vec<String> =
                named.iter().map(|(name, count)| format!("({}, {count})", quoted(name))).collect();
            format!("fromList [{}]", counts.join(", "))
        }
    }
}

/// A text in JSON.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|character| match character {
        '"' | '\\' => format!("\\{character}"),
        '\0'..='\x1f' => format!("\\u{:04x}", u32::from(character)),
        _ => character.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}
