//! Layouts that are recognised without a pattern. Each is named with the pattern that it equals, for the user to correct.

mod columns;
mod expression;
mod fields;
mod known;
mod lead;
mod meaning;

use super::{
    clock_text::{self, ClockText},
    pattern::{Group, Match, Pattern},
    source::Source,
};
use crate::failure::Failure;

/// A layout that was recognised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Guess {
    /// Its name, for a sentence: `JSON lines`.
    pub name: String,
    /// The patterns that it equals.
    pub patterns: Vec<String>,
}

/// Recognises the layout of files: of those that read at least half of their lines, the one that reads most.
///
/// # Errors
/// If there is none. The message names those that were tried.
pub fn guess(sources: &[Source]) -> Result<Guess, Failure> {
    let samples: Vec<String> = sources.iter().map(sample).collect();
    let lines: usize = samples.iter().map(|sample| lines(sample).count()).sum();
    let read = |layout: &Layout| samples.iter().map(|sample| layout.lines_read(sample)).sum::<usize>();
    let of_columns: Vec<Layout> = columns::layouts(&samples).collect();
    let tried: Vec<(&Layout, usize)> =
        known::LAYOUTS.iter().chain(&of_columns).map(|layout| (layout, read(layout))).collect();
    // The first of those that read most.
    match tried.iter().rev().max_by_key(|(_, read)| *read) {
        Some((layout, read)) if *read > 0 && read * 2 >= lines => {
            Ok(Guess { name: layout.name.to_owned(), patterns: layout.patterns.clone() })
        }
        _ => Err(none(sources, lines, &tried)),
    }
}

fn none(sources: &[Source], lines: usize, tried: &[(&Layout, usize)]) -> Failure {
    let best = tried.iter().rev().max_by_key(|(_, read)| *read).filter(|(_, read)| *read > 0);
    let best = best.map_or_else(
        || format!("none of {} finds an event in {lines} lines", tried.len()),
        |(layout, read)| format!("the best, {}, finds an event in {read} of {lines} lines", layout.name),
    );
    let (file, first) = sources.first().map(|source| (&*source.file, source.first_line())).unwrap_or_default();
    Failure::usage(format!(
        "{file}:1: no layout is recognised: {best}; the first line is `{first}`. Tell how to find an event by a regular \
         expression with a group `clock`, as in --pattern '(?<event>\\w+) clock (?<clock>\\d+)'"
    ))
}

/// Lines of a file that are looked at, from its beginning and from its end.
const SAMPLE_LINES: (usize, usize) = (1_000, 200);

/// The part of a file that its layout is recognised by.
fn sample(source: &Source) -> String {
    let (head, tail) = SAMPLE_LINES;
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', source.text.as_bytes()).collect();
    let (Some(head), Some(tail)) = (ends.get(head), ends.len().checked_sub(tail).and_then(|at| ends.get(at))) else {
        return source.text.clone();
    };
    if head < tail { [&source.text[..*head], &source.text[*tail..]].concat() } else { source.text.clone() }
}

/// The lines of a text that are not blank.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty())
}

/// A layout, to be tried on samples.
struct Layout {
    name: &'static str,
    patterns: Vec<String>,
    /// The patterns together, if there are some.
    pattern: Option<Pattern>,
    /// Is every clock one that counts by name?
    is_by_name: bool,
}

impl Layout {
    fn new(name: &'static str, patterns: Vec<String>) -> Self {
        let pattern = Pattern::new(&patterns).ok().filter(|_| !patterns.is_empty());
        Self { name, patterns, pattern, is_by_name: false }
    }

    /// The number of lines that are part of an event with a clock.
    fn lines_read(&self, text: &str) -> usize {
        let is_event = |found: &Match| match found.group(text, Group::Clock).map(clock_text::parse) {
            Some(Ok(ClockText::Named(_))) => true,
            Some(Ok(_)) => !self.is_by_name,
            Some(Err(_)) | None => false,
        };
        let matches = self.pattern.iter().flat_map(|pattern| pattern.matches(text));
        matches.filter(is_event).map(|found| lines(&text[found.start as usize..found.end as usize]).count()).sum()
    }

    /// Is a line an event with exactly these texts in its groups? An empty text stands for none.
    fn reads(&self, line: &str, expected: &[(Group, &str)]) -> bool {
        let Some(pattern) = &self.pattern else { return false };
        let Some(found) = pattern.matches(line).into_iter().next() else { return false };
        expected.iter().all(|(group, text)| found.group(line, *group).unwrap_or_default() == text.trim())
    }
}
