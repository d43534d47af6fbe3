//! Finds the events of a run in files.

use super::{
    log::{Carried, ForeignEvent, ForeignLog, ForeignRun, Unmatched},
    names::{self, Names},
    pattern::{Match, Pattern},
    source::Source,
    words::{Kind, RawClock, Words, numbers, says_all, seconds},
};
use crate::failure::Failure;

/// Finds the events of a run in files: one machine per file, or, if the pattern has the group `host`, one per host.
///
/// # Errors
/// If a file has no event, a clock is no clock, or a number does not fit.
pub fn read_events(
    sources: &[Source],
    pattern: &Pattern,
    words: &Words,
    given_names: Option<&[String]>,
) -> Result<ForeignRun, Failure> {
    let mut matched = Vec::new();
    let mut unmatched = Vec::new();
    for source in sources {
        let matches = pattern.matches(&source.text);
        if matches.is_empty() {
            return Err(Failure::usage(format!(
                "{}: the pattern matches nothing in it; its first line is `{}`",
                source.file,
                source.first_line()
            )));
        }
        unmatched.extend(lines_between(source, &matches));
        matched.push((source, matches));
    }
    let owners = owners(&matched, pattern, given_names)?;
    let names = names_in_events(&matched, &owners, words);
    let mut logs: Vec<ForeignLog> =
        owners.names.iter().map(|name| ForeignLog { name: name.clone(), events: Vec::new() }).collect();
    for (file, (source, matches)) in matched.iter().enumerate() {
        for found in matches {
            let machine = owners.of(file, found);
            logs[machine].events.push(event(source, found, machine, &names, words)?);
        }
    }
    Ok(ForeignRun { logs, unmatched })
}

/// Which machine each event belongs to.
struct Owners {
    names: Vec<String>,
    by_host: bool,
}

impl Owners {
    fn of(&self, file: usize, found: &Match<'_>) -> usize {
        match found.group("host").filter(|_| self.by_host) {
            Some(host) => self.names.iter().position(|name| name == host).unwrap_or(0),
            None => file,
        }
    }
}

fn owners(
    matched: &[(&Source, Vec<Match<'_>>)],
    pattern: &Pattern,
    given_names: Option<&[String]>,
) -> Result<Owners, Failure> {
    if pattern.has("host") {
        let mut names: Vec<String> = Vec::new();
        for found in matched.iter().flat_map(|(_, matches)| matches) {
            let host = found.group("host").unwrap_or_default();
            if !names.iter().any(|name| name == host) {
                names.push(host.to_owned());
            }
        }
        return Ok(Owners { names, by_host: true });
    }
    if let Some(given) = given_names {
        let (names, files) = (given.len(), matched.len());
        return if names == files {
            Ok(Owners { names: given.to_vec(), by_host: false })
        } else {
            Err(Failure::usage(format!("--names gives {names} names for {files} files")))
        };
    }
    let stems: Vec<String> = matched.iter().map(|(source, _)| source.stem.clone()).collect();
    let mut mentioned: Vec<String> = Vec::new();
    for peer in matched.iter().flat_map(|(_, matches)| matches).filter_map(|found| found.group("peer")) {
        for word in peer.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()) {
            if !mentioned.iter().any(|known| known == word) && mentioned.len() < MENTIONED_MAX {
                mentioned.push(word.to_owned());
            }
        }
    }
    Ok(Owners { names: names::of_files(&stems, &mentioned), by_host: false })
}

/// How many different words for machines are looked at. There are no more machines than that.
const MENTIONED_MAX: usize = 100;

fn names_in_events(matched: &[(&Source, Vec<Match<'_>>)], owners: &Owners, words: &Words) -> Names {
    let mut mentioned: Vec<(usize, String)> = Vec::new();
    for (file, (_, matches)) in matched.iter().enumerate() {
        for found in matches {
            let is_receive = found.group("event").and_then(|word| words.kind(word)) == Some(Kind::Receive);
            let Some(peer) = found.group("peer").filter(|_| is_receive) else { continue };
            let mention = (owners.of(file, found), peer.to_owned());
            if mentioned.len() < MENTIONED_MAX && !mentioned.contains(&mention) {
                mentioned.push(mention);
            }
        }
    }
    Names::new(&owners.names, &mentioned)
}

fn event(
    source: &Source,
    found: &Match<'_>,
    machine: usize,
    names: &Names,
    words: &Words,
) -> Result<ForeignEvent, Failure> {
    let at = source.at(found.line);
    let clock_text = found.group("clock").unwrap_or_default();
    let Some(clock) = RawClock::parse(clock_text) else {
        return Err(Failure::usage(format!("{at}: the group `clock` holds `{clock_text}`, which is no clock")));
    };
    let word = found.group("event").unwrap_or_default();
    // Vectors by name are what applications write, about anything; those of the exercise are lists or numbers.
    let guesses = !matches!(clock, RawClock::Named(_));
    let kind = if guesses { words.kind(word) } else { words.given_only().kind(word) };
    let peer = found.group("peer").unwrap_or_default();
    let mut event = ForeignEvent {
        at,
        kind,
        to: None,
        sent_stamp: None,
        messages: Vec::new(),
        merged: None,
        clock,
        queue: found.group("queue").and_then(|queue| queue.parse().ok()),
        time_s: found.group("time").and_then(seconds),
    };
    match kind {
        Some(Kind::Send | Kind::SendAll) => {
            event.sent_stamp = found.group("stamp").and_then(RawClock::parse);
            // A machine that names itself says who sends, not to whom.
            let named: Vec<usize> = names.in_text(peer).into_iter().filter(|place| *place != machine).collect();
            event.to = if !named.is_empty() {
                Some(named)
            } else if kind == Some(Kind::SendAll) || says_all(peer) {
                Some((0..names.len()).filter(|place| *place != machine).collect())
            } else {
                None
            };
        }
        Some(Kind::Receive) => {
            let from = names.in_text(peer);
            let from = if let [from] = from[..] { Some(from) } else { None };
            let stamp = found.group("stamp");
            event.messages = stamp
                .map_or_else(|| vec![Carried { from, stamp: None }], |stamp| carried(stamp, from, &event.clock, names));
            event.merged = found
                .start("stamp")
                .map(|start| digits_and_spaces(&source.text[start..]))
                .filter(|run| from.is_some() && stamp.is_some_and(|stamp| run.len() > stamp.len()))
                .map(|run| carried(run, from, &event.clock, names))
                .filter(|messages| messages.len() > 1);
        }
        Some(Kind::Internal) | None => {}
    }
    Ok(event)
}

/// The messages that a timestamp's text tells of: one, or several that were written together.
fn carried(text: &str, from: Option<usize>, clock: &RawClock, names: &Names) -> Vec<Carried> {
    let one = |stamp: Option<RawClock>| vec![Carried { from, stamp }];
    if !matches!(clock, RawClock::Number(_)) {
        return one(RawClock::parse(text));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if let [stamps @ .., last] = &words[..]
        && !stamps.is_empty()
        && let Ok(last) = last.parse()
    {
        // `0 120 13`, after its first word: 12 from machine 0, and 13 from the machine glued to the 12.
        let mut messages = Vec::new();
        let mut sender = from;
        for stamp in stamps {
            let Some((stamp, next)) = names.split_glued(stamp) else { break };
            messages.push(Carried { from: sender, stamp: Some(RawClock::Number(stamp)) });
            sender = Some(next);
        }
        if messages.len() == stamps.len() {
            messages.push(Carried { from: sender, stamp: Some(RawClock::Number(last)) });
            return messages;
        }
    }
    match numbers(text) {
        Some(stamps) if stamps.len() > 1 => {
            stamps.into_iter().map(|stamp| Carried { from, stamp: Some(RawClock::Number(stamp)) }).collect()
        }
        _ => one(RawClock::parse(text)),
    }
}

/// The digits, and spaces between them, at the start of a text.
fn digits_and_spaces(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != ' ').unwrap_or(text.len());
    text[..end].trim_end()
}

/// The lines of a file outside of all matches, if there are any that are not blank.
fn lines_between(source: &Source, matches: &[Match<'_>]) -> Option<Unmatched> {
    let mut unmatched: Option<Unmatched> = None;
    let mut matches = matches.iter().peekable();
    let mut start = 0;
    for (index, line) in source.text.split_inclusive('\n').enumerate() {
        let range = start..start + line.len();
        start = range.end;
        while matches.next_if(|found| found.range.end <= range.start).is_some() {}
        let is_matched = matches.peek().is_some_and(|found| found.range.start < range.end);
        if is_matched || line.trim().is_empty() {
            continue;
        }
        let first = || Unmatched {
            first: source.at(index as u64 + 1),
            text: line.trim().chars().take(200).collect(),
            lines: 0,
        };
        unmatched.get_or_insert_with(first).lines += 1;
    }
    unmatched
}
