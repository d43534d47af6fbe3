//! Any text as the log of another program, or as a pattern: events are found and judged, or it is refused.
#![no_main]

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use host::foreign::{Pattern, Source, Words, judge, read_events};
use libfuzzer_sys::fuzz_target;

/// One for every kind of clock that can be read.
const PATTERNS: [&str; 3] = [
    r"^(?<host>\S+) (?<event>\S+) (?<peer>\S*) (?<clock>\d+)$",
    r"(?<host>\S*) (?<clock>\{.*\})\n(?<event>.*)",
    r"^(?<event>send|receive|internal),(?<peer>\w*),(?<stamp>\d*),(?<clock>[\d ]+)$",
];

fuzz_target!(|input: (u8, &str)| {
    static READERS: OnceLock<Vec<Pattern>> = OnceLock::new();
    let readers = READERS
        .get_or_init(|| PATTERNS.iter().filter_map(|pattern| Pattern::new(&[(*pattern).to_owned()]).ok()).collect());
    let (which, text) = input;
    // To compile a pattern costs a hundred times what a line does. So not every input that would pay for it does; the first
    // always, so that a single one can be tried again.
    static EXECUTIONS: AtomicU64 = AtomicU64::new(0);
    let execution = EXECUTIONS.fetch_add(1, Ordering::Relaxed);
    if which >= 240 && execution.is_multiple_of(64) {
        let _ = Pattern::new(&[text.to_owned()]);
        return;
    }
    let Some(pattern) = readers.get(usize::from(which) % readers.len().max(1)) else { return };
    let words = Words::new(&[]);
    if let Ok(run) = read_events(&[Source::of("log", text)], pattern, &words, None) {
        judge(&run, which % 2 == 0);
    }
});
