//! Any text as the log of another program, or as a pattern: events are found and judged, or it is refused.
#![no_main]

use std::sync::atomic::{AtomicU64, Ordering};

use host::foreign::{Asked, Format, Pattern, Source, judge, layouts, read};
use libfuzzer_sys::fuzz_target;

/// One for every kind of clock that can be read.
const PATTERNS: [&str; 3] = [
    r"^(?<host>\S+) (?<event>\S+) (?<peer>\S*) (?<clock>\d+)$",
    r"(?<host>\S*) (?<clock>\{.*\})\n(?<event>.*)",
    r"^(?<event>send|receive|internal),(?<peer>\w*),(?<stamp>\d*),(?<clock>[\d ]+)$",
];

fuzz_target!(|input: (u8, &str)| {
    let (which, text) = input;
    let source = Source::of("log", text);
    // To compile a pattern from any text, or several for a guess, costs many times what a line does. So not every input that
    // would pay for it does; the first always, so that a single one can be tried again.
    static EXECUTIONS: AtomicU64 = AtomicU64::new(0);
    let execution = EXECUTIONS.fetch_add(1, Ordering::Relaxed);
    if which >= 240 && execution.is_multiple_of(64) {
        let _ = Pattern::new(&[text.to_owned()]);
        let _ = layouts::guess(&[source]);
        return;
    }
    let pattern = PATTERNS.get(usize::from(which) % (PATTERNS.len() + 1));
    let asked = Asked {
        patterns: pattern.map(ToString::to_string).into_iter().collect(),
        format: pattern.is_none().then_some(Format::Shiviz),
        is_complete: which.is_multiple_of(2),
        ..Asked::default()
    };
    if let Ok(runs) = read(&[source], &asked) {
        for run in &runs {
            judge(run, &asked);
        }
    }
});
