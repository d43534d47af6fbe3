//! Logs in the format of ShiViz (Beschastnikh et al., "Debugging Distributed Systems", ACM Queue 2016): events of
//! several hosts, each with a vector clock in JSON.

use regex::Regex;

use super::{events::read_events, log::ForeignRun, pattern::Pattern, source::Source, words::Words};
use crate::failure::Failure;

/// What ShiViz expects unless told otherwise: the event, and on the next line the host and its clock.
const EVENT_FIRST: &str = r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})";

/// What GoVector writes: the host and its clock, and on the next line the event.
const HOST_FIRST: &str = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)";

/// Finds the executions in a file, each of which is a run of its own.
///
/// The expression is the given one; or the file's first line, if it is one, with the delimiter of executions on the
/// second; or the one of the two common layouts that finds more.
///
/// # Errors
/// If the pattern does not compile, or finds nothing.
pub(super) fn read(source: &Source, given: &[String]) -> Result<Vec<ForeignRun>, Failure> {
    let (pattern, delimiter, body) = match (given, header(source)) {
        ([_, ..], _) => (Pattern::new(given)?, None, 0),
        (_, Some((pattern, delimiter, body))) => (pattern, delimiter, body),
        _ => (common(source)?, None, 0),
    };
    if !pattern.has("host") {
        return Err(Failure::usage("a ShiViz pattern needs the groups `host` and `clock`"));
    }
    let ends = delimiter.iter().flat_map(|delimiter| delimiter.find_iter(&source.text[body..]));
    let mut starts = vec![body];
    starts.extend(ends.map(|found| body + found.end()));
    let mut runs = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(source.text.len());
        // Blank lines in place of the rest, so that line numbers stay what they are.
        let lines_before = source.text[..*start].matches('\n').count();
        let mut part = source.clone();
        part.text = "\n".repeat(lines_before) + &source.text[*start..end];
        if pattern.matches(&part.text).is_empty() && starts.len() > 1 {
            continue;
        }
        let mut run = read_events(&[part], &pattern, &Words::new(&[]), None)?;
        in_order(&mut run);
        runs.push(run);
    }
    Ok(runs)
}

/// The expression on the first line and the delimiter on the second, if the first line is an expression.
fn header(source: &Source) -> Option<(Pattern, Option<Regex>, usize)> {
    let mut lines = source.text.split_inclusive('\n');
    let (first, second) = (lines.next()?, lines.next().unwrap_or_default());
    if !["(?<host>", "(?<clock>"].iter().all(|group| first.contains(group)) {
        return None;
    }
    let pattern = Pattern::new(&[first.trim_end().to_owned()]).ok()?;
    let delimiter = Some(second.trim_end()).filter(|delimiter| !delimiter.is_empty());
    let delimiter = delimiter.and_then(|delimiter| Pattern::delimiter(delimiter).ok());
    Some((pattern, delimiter, first.len() + second.len()))
}

fn common(source: &Source) -> Result<Pattern, Failure> {
    let event_first = Pattern::new(&[EVENT_FIRST.to_owned()])?;
    let host_first = Pattern::new(&[HOST_FIRST.to_owned()])?;
    let found = |pattern: &Pattern| pattern.matches(&source.text).len();
    Ok(if found(&host_first) > found(&event_first) { host_first } else { event_first })
}

/// Puts each host's events in the order of its own count, as ShiViz does: a log that was collected from several places
/// need not have them in order.
fn in_order(run: &mut ForeignRun) {
    for log in &mut run.logs {
        let name = log.name.clone();
        log.events.sort_by_key(|event| event.clock.of(&name));
    }
}
