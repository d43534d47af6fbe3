//! A regular expression that finds events in a text that is not ours.

use std::ops::Range;

use regex::{Captures, Regex, RegexBuilder};

use crate::failure::Failure;

/// The groups that mean something.
pub const GROUPS: [&str; 7] = ["event", "peer", "stamp", "clock", "queue", "time", "host"];

/// One or several regular expressions with named groups, each match of which is an event.
///
/// They are written as in Rust, JavaScript or Python (`(?<name>…)` or `(?P<name>…)`). A line is one event at most,
/// wherever in it the pattern matches; a pattern that contains `\n` is for events of several lines, and `^` and `$`
/// stand for the ends of a line. A group may occur more than once, in alternatives. A brace that is no repetition
/// stands for itself, as ShiViz users write it.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    /// Can an event take several lines?
    is_multi_line: bool,
    /// The names that the occurrences of each of [`GROUPS`] go by in `regex`.
    names: [Vec<String>; GROUPS.len()],
}

/// An event as the pattern found it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Match<'a> {
    /// The line on which it starts, from 1.
    pub line: u64,
    /// Where it is in the text.
    pub range: Range<usize>,
    groups: [Option<(&'a str, usize)>; GROUPS.len()],
}

impl<'a> Match<'a> {
    /// What a group captured, without space around it; `None` if it took no part.
    pub fn group(&self, name: &str) -> Option<&'a str> {
        self.found(name).map(|(text, _)| text.trim())
    }

    /// Where the text that a group captured starts.
    pub fn start(&self, name: &str) -> Option<usize> {
        self.found(name).map(|(_, start)| start)
    }

    fn found(&self, name: &str) -> Option<(&'a str, usize)> {
        self.groups[GROUPS.iter().position(|group| *group == name)?]
    }
}

/// Memory that a pattern may take when compiled: far more than any sensible one does.
const SIZE_MAX_BYTES: usize = 16 << 20;

impl Pattern {
    /// Compiles patterns; an event is whatever one of them matches.
    ///
    /// # Errors
    /// If one does not compile, or none has the group `clock`.
    pub fn new(patterns: &[String]) -> Result<Self, Failure> {
        let mut names = [const { Vec::new() }; GROUPS.len()];
        let mut alternatives = Vec::new();
        for pattern in patterns {
            // On its own first, so that an error shows what was typed.
            let mut alone = [const { Vec::new() }; GROUPS.len()];
            compile(&translate(pattern, &mut alone)).map_err(|error| {
                Failure::usage(format!("the pattern `{pattern}` does not compile: {}", explain(&error)))
            })?;
            alternatives.push(format!("(?:{})", translate(pattern, &mut names)));
        }
        let regex = compile(&alternatives.join("|"))
            .map_err(|error| Failure::usage(format!("the patterns do not compile together: {}", explain(&error))))?;
        let is_multi_line = patterns.iter().any(|pattern| pattern.contains("\\n"));
        let pattern = Self { regex, is_multi_line, names };
        if pattern.has("clock") {
            Ok(pattern)
        } else {
            Err(Failure::usage(
                "the pattern has no group `clock`: name the logical clock's digits, as in `clock (?<clock>\\d+)`",
            ))
        }
    }

    /// Compiles what stands between executions, in the same way.
    pub(super) fn delimiter(text: &str) -> Result<Regex, regex::Error> {
        compile(&translate(text, &mut [const { Vec::new() }; GROUPS.len()]))
    }

    /// Does the pattern have this group?
    pub fn has(&self, group: &str) -> bool {
        GROUPS.iter().position(|name| *name == group).is_some_and(|index| !self.names[index].is_empty())
    }

    /// All events in a text, in order.
    pub fn matches<'a>(&self, text: &'a str) -> Vec<Match<'a>> {
        let mut lines = LineCounter { text, line: 1, counted: 0 };
        if self.is_multi_line {
            return self.regex.captures_iter(text).filter_map(|found| self.event(&found, 0, &mut lines)).collect();
        }
        let mut start = 0;
        let mut matches = Vec::new();
        for line in text.split_inclusive('\n') {
            // By itself, so that `[^,]` and the like do not reach into the next.
            let found = self.regex.captures(line.trim_end_matches(['\n', '\r']));
            matches.extend(found.and_then(|found| self.event(&found, start, &mut lines)));
            start += line.len();
        }
        matches
    }

    /// What was found in a part of the text that starts at `start`.
    fn event<'a>(&self, found: &Captures<'a>, start: usize, lines: &mut LineCounter<'a>) -> Option<Match<'a>> {
        let groups = std::array::from_fn(|index| self.captured(found, index).map(|(text, at)| (text, start + at)));
        let range = found.get(0).map(|whole| start + whole.start()..start + whole.end())?;
        // The line that a person looks for is the one with the clock.
        let (_, clock) = groups[CLOCK]?;
        Some(Match { line: lines.of(clock), range, groups })
    }

    fn captured<'a>(&self, captures: &Captures<'a>, index: usize) -> Option<(&'a str, usize)> {
        let found = self.names[index].iter().find_map(|name| captures.name(name))?;
        Some((found.as_str(), found.start()))
    }
}

/// Counts lines up to places in a text that come in order.
struct LineCounter<'a> {
    text: &'a str,
    line: u64,
    counted: usize,
}

impl LineCounter<'_> {
    fn of(&mut self, place: usize) -> u64 {
        let between = self.text.as_bytes().get(self.counted..place).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', between).count() as u64;
        self.counted = self.counted.max(place);
        self.line
    }
}

const CLOCK: usize = 3;
const _: () = assert!(matches!(GROUPS[CLOCK].as_bytes(), b"clock"), "the index of the group `clock`");

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).multi_line(true).crlf(true).size_limit(SIZE_MAX_BYTES).build()
}

/// The last line of the error: the ones before it show the pattern, as translated.
fn explain(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Makes every named group unique, collecting the new names, and escapes braces that stand for themselves.
fn translate(pattern: &str, names: &mut [Vec<String>; GROUPS.len()]) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(character) = rest.chars().next() {
        let group = rest.strip_prefix("(?P<").or_else(|| rest.strip_prefix("(?<")).filter(|_| !in_class);
        let name = group.and_then(|group| group.split_once('>')).map(|(name, _)| name).filter(|name| is_name(name));
        if let Some(name) = name {
            let unique = match GROUPS.iter().position(|group| *group == name) {
                Some(index) => {
                    let unique = format!("{name}_{}", names[index].len());
                    names[index].push(unique.clone());
                    format!("(?P<{unique}>")
                }
                // Of no interest, and must not clash with another of the same name.
                None => "(?:".to_owned(),
            };
            out.push_str(&unique);
            rest = &rest[rest.find('>').map_or(rest.len(), |end| end + 1)..];
            continue;
        }
        let length = match character {
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => character.len_utf8(),
        };
        match character {
            '[' if !in_class => in_class = true,
            ']' if in_class && !out.ends_with('[') && !out.ends_with("[^") => in_class = false,
            '{' if !in_class && !is_repetition(rest) => out.push('\\'),
            _ => {}
        }
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// Does the text start with `{3}`, `{3,}` or `{3,5}`?
fn is_repetition(text: &str) -> bool {
    let Some((inside, _)) = text[1..].split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}
