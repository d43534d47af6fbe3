//! The executions that one file holds, as ShiViz has them (Beschastnikh et al., "Debugging Distributed Systems", ACM Queue
//! 2016): a regular expression on the first line, a delimiter of executions on the second.

use std::sync::Arc;

use regex::Regex;

use super::{
    pattern::{Group, Match, Pattern},
    source::Source,
};
use crate::failure::Failure;

/// The events of one execution in one file.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// The place of its file among those that were given.
    pub(super) file: usize,
    pub(super) source: &'a Source,
    pub(super) pattern: Arc<Pattern>,
    pub(super) matches: Vec<Match>,
}

/// The layout of a file: the pattern of its events, and the places at which executions begin.
struct Layout {
    pattern: Arc<Pattern>,
    delimiter: Option<Regex>,
    /// The end of the lines that hold pattern and delimiter.
    body: usize,
}

/// The expression that ShiViz takes by default: the event, and on the next line the host and its clock.
pub(super) const EVENT_FIRST: &str = r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})";

/// The layout that GoVector writes: the host and its clock, and on the next line the event.
pub(super) const HOST_FIRST: &str = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)";

/// Executions, each with its name and its events by file.
pub(super) type Executions<'a> = Vec<(String, Vec<Part<'a>>)>;

/// Finds the executions in files, and the files without any event. Each execution has a name, by which files share it, and
/// its events by file.
///
/// The expression of a file is the given one; or, if it is in the format of ShiViz, the one on its own first line, or the
/// one of two common layouts that finds more.
///
/// # Errors
/// If a pattern does not compile, or finds nothing in any file.
pub(super) fn find<'a>(
    sources: &'a [Source],
    patterns: &[String],
    delimiter: Option<&str>,
) -> Result<(Executions<'a>, Vec<&'a Source>), Failure> {
    let given = if patterns.is_empty() { None } else { Some(Arc::new(Pattern::new(patterns)?)) };
    let delimiter = delimiter.map(Pattern::delimiter).transpose()?;
    let mut executions: Executions<'a> = Vec::new();
    let mut without = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        let layout = match &given {
            Some(pattern) => Layout { pattern: Arc::clone(pattern), delimiter: None, body: 0 },
            None => shiviz(source)?,
        };
        let matches: Vec<Match> = layout
            .pattern
            .matches(&source.text)
            .into_iter()
            .filter(|found| found.start as usize >= layout.body)
            .collect();
        if matches.is_empty() {
            without.push(source);
            continue;
        }
        let delimiter = delimiter.as_ref().or(layout.delimiter.as_ref());
        let starts = starts(source, layout.body, delimiter);
        let mut matches = matches.into_iter().peekable();
        for (index, (_, name)) in starts.iter().enumerate() {
            let end = starts.get(index + 1).map_or(usize::MAX, |(start, _)| *start);
            let mut inside = Vec::new();
            while let Some(found) = matches.next_if(|found| (found.start as usize) < end) {
                inside.push(found);
            }
            if inside.is_empty() {
                continue;
            }
            let part = Part { file, source, pattern: Arc::clone(&layout.pattern), matches: inside };
            match executions.iter_mut().find(|(known, _)| known == name) {
                Some((_, parts)) => parts.push(part),
                None => executions.push((name.clone(), vec![part])),
            }
        }
    }
    match without.first().filter(|_| executions.is_empty()) {
        Some(source) => Err(nothing(source, given.is_some())),
        None => Ok((executions, without)),
    }
}

fn nothing(source: &Source, is_given: bool) -> Failure {
    let pattern =
        if is_given { "the pattern matches nothing in it" } else { "it holds no event in a layout of ShiViz" };
    Failure::usage(format!("{}: {pattern}; its first line is `{}`", source.file, source.first_line()))
}

/// The places at which executions begin, with their names.
fn starts(source: &Source, body: usize, delimiter: Option<&Regex>) -> Vec<(usize, String)> {
    let mut starts = vec![(body, String::new())];
    let found = delimiter.into_iter().flat_map(|delimiter| delimiter.captures_iter(&source.text[body..]));
    for captures in found {
        let Some(whole) = captures.get(0) else { continue };
        let named = captures.name("trace").or_else(|| captures.iter().skip(1).flatten().next()).unwrap_or(whole);
        let name = named.as_str().trim().trim_matches(|edge: char| !edge.is_alphanumeric());
        let name = if name.is_empty() { format!("execution {}", starts.len()) } else { name.to_owned() };
        let repeats = starts.iter().filter(|(_, known)| *known == name).count();
        let name = if repeats == 0 { name } else { format!("{name} ({})", repeats + 1) };
        starts.push((body + whole.start(), name));
    }
    starts
}

/// The layout of a file in the format of ShiViz.
fn shiviz(source: &Source) -> Result<Layout, Failure> {
    if let Some(layout) = header(source) {
        return Ok(layout);
    }
    let event_first = Pattern::new(&[EVENT_FIRST.to_owned()])?;
    let host_first = Pattern::new(&[HOST_FIRST.to_owned()])?;
    let found = |pattern: &Pattern| pattern.matches(&source.text).len();
    let pattern = if found(&host_first) > found(&event_first) { host_first } else { event_first };
    Ok(Layout { pattern: Arc::new(pattern), delimiter: None, body: 0 })
}

/// The expression on the first line and the delimiter on the second, if the first line is an expression.
fn header(source: &Source) -> Option<Layout> {
    let mut lines = source.text.split_inclusive('\n');
    let (first, second) = (lines.next()?, lines.next().unwrap_or_default());
    if !["(?<host>", "(?<clock>"].iter().all(|group| first.contains(group)) {
        return None;
    }
    let pattern = Pattern::new(&[first.trim_end().to_owned()]).ok().filter(|pattern| pattern.has(Group::Host))?;
    let delimiter = Some(second.trim_end()).filter(|delimiter| !delimiter.is_empty());
    let delimiter = delimiter.and_then(|delimiter| Pattern::delimiter(delimiter).ok());
    Some(Layout { pattern: Arc::new(pattern), delimiter, body: first.len() + second.len() })
}
