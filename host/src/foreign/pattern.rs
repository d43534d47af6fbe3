//! A regular expression that finds events in the text of another program.

use regex::{Captures, Regex, RegexBuilder};

use crate::failure::Failure;

/// Declares the groups, each with its name in a pattern.
macro_rules! groups {
    ($($group:ident $name:literal)*) => {
        /// A named group of a pattern that means something.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Group {
            $(#[doc = concat!("`", $name, "`")] $group,)*
        }

        impl Group {
            /// Every group.
            pub const ALL: &[Self] = &[$(Self::$group),*];

            /// Its name in a pattern.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$group => $name,)*
                }
            }
        }
    };
}

groups! {
    Clock "clock"
    Event "event"
    Send "send"
    Receive "receive"
    Internal "internal"
    Peer "peer"
    Stamp "stamp"
    Id "id"
    Queue "queue"
    Time "time"
    Host "host"
}

const GROUPS: usize = Group::ALL.len();

impl Group {
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|group| group.name() == name)
    }
}

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
    names: GroupNames,
}

/// The names of the groups in a compiled expression, where each occurrence has one of its own.
#[derive(Clone, Default, Debug)]
struct GroupNames {
    /// For each of [`Group::ALL`], the names of its occurrences.
    known: [Vec<String>; GROUPS],
    /// Names without a meaning here.
    unknown: Vec<String>,
}

/// An event as the pattern found it in a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Match {
    /// The line on which it stands, from 1: of an event of several lines the one with the clock.
    pub line: u32,
    /// The line on which it starts.
    pub first_line: u32,
    /// Its first byte in the text.
    pub start: u32,
    /// The end of its last byte.
    pub end: u32,
    /// For each of [`Group::ALL`], its start and length; `NOT_THERE` if it took no part.
    spans: [(u32, u32); GROUPS],
}

const NOT_THERE: (u32, u32) = (u32::MAX, 0);

impl Match {
    /// The text that a group captured, without space around it; `None` if it took no part.
    pub fn group<'a>(&self, text: &'a str, group: Group) -> Option<&'a str> {
        let (start, length) = self.spans[group as usize];
        let captured = text.get(start as usize..start as usize + length as usize);
        captured.filter(|_| (start, length) != NOT_THERE).map(str::trim)
    }

    /// The start of the text that a group captured.
    pub fn start(&self, group: Group) -> Option<usize> {
        let span = self.spans[group as usize];
        (span != NOT_THERE).then_some(span.0 as usize)
    }

    /// Is the last thing before this place in the text a value by which events are judged?
    pub fn ends_with_a_value(&self, end: usize) -> bool {
        [Group::Clock, Group::Stamp, Group::Peer, Group::Id, Group::Host].iter().any(|group| {
            let span = self.spans[*group as usize];
            span != NOT_THERE && span.0 as usize + span.1 as usize >= end
        })
    }
}

/// Memory that a pattern may take when compiled: far more than any sensible one does.
const SIZE_MAX_BYTES: usize = 16 << 20;

impl Pattern {
    /// Compiles patterns; each match of one of them is an event.
    ///
    /// # Errors
    /// If one does not compile, or none has the group `clock`.
    pub fn new(patterns: &[String]) -> Result<Self, Failure> {
        let mut names = GroupNames::default();
        let mut alternatives = Vec::new();
        for pattern in patterns {
            // On its own first, so that an error shows the pattern as it was typed.
            compile(&translate(pattern, &mut GroupNames::default())).map_err(|error| {
                Failure::usage(format!("the pattern `{pattern}` does not compile: {}", explain(&error)))
            })?;
            alternatives.push(format!("(?:{})", translate(pattern, &mut names)));
        }
        let regex = compile(&alternatives.join("|"))
            .map_err(|error| Failure::usage(format!("the patterns do not compile together: {}", explain(&error))))?;
        let is_multi_line = patterns.iter().any(|pattern| pattern.contains("\\n"));
        let pattern = Self { regex, is_multi_line, names };
        if pattern.has(Group::Clock) {
            Ok(pattern)
        } else {
            Err(Failure::usage(
                "the pattern has no group `clock`: name the logical clock's digits, as in `clock (?<clock>\\d+)`",
            ))
        }
    }

    /// Compiles the delimiter of executions, which keeps its own groups.
    ///
    /// # Errors
    /// If it does not compile.
    pub(super) fn delimiter(text: &str) -> Result<Regex, Failure> {
        let as_it_is = compile(text).or_else(|_| compile(&translate(text, &mut GroupNames::default())));
        as_it_is
            .map_err(|error| Failure::usage(format!("the delimiter `{text}` does not compile: {}", explain(&error))))
    }

    /// Does the pattern have this group?
    pub fn has(&self, group: Group) -> bool {
        !self.names.known[group as usize].is_empty()
    }

    /// Groups without a meaning here, each with the one that may be meant.
    pub fn unknown_groups(&self) -> impl Iterator<Item = (&str, Option<Group>)> {
        self.names.unknown.iter().map(|name| {
            let distance = |group: &Group| strsim::damerau_levenshtein(group.name(), name);
            let nearest = Group::ALL.iter().copied().min_by_key(distance);
            (name.as_str(), nearest.filter(|group| distance(group) <= 2))
        })
    }

    /// All events in a text, in order.
    pub fn matches(&self, text: &str) -> Vec<Match> {
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

    /// An event that was found in a part of the text that starts at `start`; `None` if it has no clock.
    fn event(&self, found: &Captures<'_>, start: usize, lines: &mut LineCounter<'_>) -> Option<Match> {
        let place = |at: usize| u32::try_from(start + at).ok();
        let mut spans = [NOT_THERE; GROUPS];
        for (span, names) in spans.iter_mut().zip(&self.names.known) {
            if let Some(captured) = names.iter().find_map(|name| found.name(name)) {
                *span = (place(captured.start())?, u32::try_from(captured.len()).ok()?);
            }
        }
        let clock = spans[Group::Clock as usize];
        let whole = found.get(0)?;
        if clock == NOT_THERE {
            return None;
        }
        let (first_line, line) = (lines.of(start + whole.start()), lines.of(clock.0 as usize));
        Some(Match { line, first_line, start: place(whole.start())?, end: place(whole.end())?, spans })
    }
}

/// Counts lines up to places in a text that come in order.
struct LineCounter<'a> {
    text: &'a str,
    line: u32,
    counted: usize,
}

impl LineCounter<'_> {
    fn of(&mut self, place: usize) -> u32 {
        let between = self.text.as_bytes().get(self.counted..place).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', between).count() as u32;
        self.counted = place;
        self.line
    }
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).multi_line(true).crlf(true).size_limit(SIZE_MAX_BYTES).build()
}

/// The last line of the error: the ones before it show the pattern, as translated.
fn explain(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Makes every named group unique, collecting the new names, and escapes braces that stand for themselves.
fn translate(pattern: &str, names: &mut GroupNames) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(character) = rest.chars().next() {
        let group = rest.strip_prefix("(?P<").or_else(|| rest.strip_prefix("(?<")).filter(|_| !in_class);
        let name = group.and_then(|group| group.split_once('>')).map(|(name, _)| name).filter(|name| is_name(name));
        if let Some(name) = name {
            let unique = match Group::named(name) {
                Some(group) => {
                    let occurrences = &mut names.known[group as usize];
                    let unique = format!("{name}_{}", occurrences.len());
                    occurrences.push(unique.clone());
                    format!("(?P<{unique}>")
                }
                // Not captured, so that it cannot clash with another of the same name.
                None => {
                    names.unknown.push(name.to_owned());
                    "(?:".to_owned()
                }
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
