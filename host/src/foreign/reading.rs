//! From files to runs: the files of a run, the machine of each file, and the lines that are read.

use std::collections::{HashMap, HashSet};

use super::{
    Asked,
    clock_text::{self, ClockText},
    events::{self, MachineRows, Meaning},
    executions::{self, Part},
    files::{self, RunFiles},
    layouts::{self, Guess},
    order::{Overlap, finished},
    pattern::{Group, Match},
    run::{ForeignRun, Reading, Unmatched},
    source::Source,
};
use crate::failure::Failure;

/// Reads the runs that files hold.
///
/// # Errors
/// If a pattern is of no use, a clock is no clock, or nothing shows which files belong together.
pub(super) fn read(sources: &[Source], asked: &Asked) -> Result<Vec<ForeignRun>, Failure> {
    let (names, files) = (asked.names.len(), sources.len());
    if names > 0 && names != files {
        return Err(Failure::usage(format!("--names gives {names} names for {files} files")));
    }
    let guess = if asked.patterns.is_empty() && !asked.is_shiviz() { Some(layouts::guess(sources)?) } else { None };
    let patterns = guess.as_ref().map_or(&asked.patterns, |guess| &guess.patterns);
    let (executions, without) = executions::find(sources, patterns, asked.delimiter.as_deref())?;
    let unknown = unknown_groups(&executions, asked);
    let layout = guess.iter().map(layout_taken);
    let without = without
        .iter()
        .map(|source| format!("{}: it holds no event; its first line is `{}`", source.file, source.first_line()));
    let remarks: Vec<String> = layout.chain(unknown).chain(without).collect();
    let mut runs = Vec::new();
    for (name, parts) in executions {
        for mut run in runs_of(parts, asked)? {
            run.reading.remarks.splice(0..0, remarks.iter().cloned());
            let name = [name.as_str(), run.name.as_str()]
                .into_iter()
                .filter(|name| !name.is_empty())
                .collect::<Vec<_>>()
                .join(", ");
            runs.push(ForeignRun { name, ..run });
        }
    }
    Ok(runs)
}

/// The remark that names a guessed layout, with the pattern to correct.
fn layout_taken(guess: &Guess) -> String {
    let patterns: Vec<String> = guess.patterns.iter().map(|pattern| format!("--pattern '{pattern}'")).collect();
    format!("read as {}, which is {}", guess.name, patterns.join(" "))
}

/// Remarks on the groups of the given patterns that have no meaning here.
fn unknown_groups(executions: &[(String, Vec<Part<'_>>)], asked: &Asked) -> Vec<String> {
    let pattern = executions.first().and_then(|(_, parts)| parts.first()).map(|part| &part.pattern);
    let unknown =
        pattern.filter(|_| !asked.patterns.is_empty()).into_iter().flat_map(|pattern| pattern.unknown_groups());
    let remark = |(name, meant): (&str, Option<Group>)| match meant {
        Some(meant) => format!("the group `{name}` has no meaning here: did you mean `{}`?", meant.name()),
        None => format!("the group `{name}` has no meaning here, and is not used"),
    };
    let mut remarks: Vec<String> = unknown.map(remark).collect();
    remarks.dedup();
    remarks
}

fn runs_of(mut parts: Vec<Part<'_>>, asked: &Asked) -> Result<Vec<ForeignRun>, Failure> {
    let mut reading = Reading::default();
    for part in &mut parts {
        tidy(part, asked, &mut reading);
    }
    if parts.iter().any(|part| part.pattern.has(Group::Host)) {
        return runs_by_host(parts, reading, asked);
    }
    let stems: Vec<String> = parts.iter().map(|part| part.source.stem.clone()).collect();
    let given = match asked.names.len() {
        0 => None,
        _ => {
            let names = parts.iter().filter_map(|part| asked.names.get(part.file).cloned());
            Some(files::given(&names.collect::<Vec<_>>()))
        }
    };
    let mentioned = mentioned(&parts);
    if given.is_none() && files::are_numbered(&stems) {
        // Parts of logs continue each other; runs do not.
        let runs = files::sort(&stems, true, &mentioned)?;
        if let Ok(Ok(read)) = runs_of_files(runs, &parts, &reading, asked) {
            return Ok(read);
        }
    }
    let runs = given.map_or_else(|| files::sort(&stems, false, &mentioned), Ok)?;
    runs_of_files(runs, &parts, &reading, asked)?.map_err(|overlap| overlap.question())
}

/// The runs of sorted files; or two files of one machine with clocks that overlap.
fn runs_of_files(
    runs: Vec<RunFiles>,
    parts: &[Part<'_>],
    reading: &Reading,
    asked: &Asked,
) -> Result<Result<Vec<ForeignRun>, Overlap>, Failure> {
    let several = runs.len() > 1;
    let mut read = Vec::new();
    for RunFiles { name, machines } in runs {
        let mut own = Vec::new();
        let mut rows = Vec::new();
        for (name, files) in machines {
            let mut machine = MachineRows { name, rows: Vec::new() };
            for part in files.into_iter().map(|file| &parts[file]) {
                let number = u32::try_from(own.len()).unwrap_or(u32::MAX);
                machine.rows.extend((0_u32..).zip(&part.matches).map(|(place, found)| (number, place, found)));
                own.push(part);
            }
            rows.push(machine);
        }
        let reading = if several { Reading::of(&own) } else { reading.clone() };
        let run = events::read(&own, rows, reading, meaning(asked))?;
        match finished(ForeignRun { name, ..run }, asked) {
            Ok(runs) => read.extend(runs),
            Err(overlap) => return Ok(Err(overlap)),
        }
    }
    Ok(Ok(read))
}

fn meaning(asked: &Asked) -> Meaning<'_> {
    Meaning {
        words: &asked.words,
        time_unit: asked.time_unit,
        are_names_given: !asked.names.is_empty(),
        are_vectors: asked.is_shiviz(),
    }
}

/// Runs with events that name their machine. Files of one run have different machines, or parts of their logs, one after
/// the other; files in which one machine's clocks overlap are runs of their own.
fn runs_by_host(parts: Vec<Part<'_>>, reading: Reading, asked: &Asked) -> Result<Vec<ForeignRun>, Failure> {
    let meaning = Meaning { are_names_given: true, ..meaning(asked) };
    let stems: Vec<String> = parts.iter().map(|part| part.source.stem.clone()).collect();
    let apart = |groups: Vec<Vec<usize>>, remark: Option<String>| {
        let mut runs = Vec::new();
        for files in groups {
            let parts: Vec<&Part<'_>> = files.into_iter().map(|file| &parts[file]).collect();
            let name = parts[0].source.file.to_string();
            let mut reading = Reading::of(&parts);
            reading.remarks.extend(remark.clone());
            let run = events::read(&parts, by_host(&parts), reading, meaning)?;
            runs.extend(finished(ForeignRun { name, ..run }, asked).map_err(|overlap| overlap.question())?);
        }
        Ok(runs)
    };
    if let Some(groups) = files::runs_by_label(&stems).filter(|_| !asked.is_one_run) {
        return apart(groups, None);
    }
    let all: Vec<&Part<'_>> = parts.iter().collect();
    let run = events::read(&all, by_host(&all), reading, meaning)?;
    match finished(run, asked) {
        Ok(runs) => Ok(runs),
        Err(overlap) => {
            let each = (0..parts.len()).map(|file| vec![file]).collect();
            apart(each, Some(format!("{overlap}: each file is judged as a run of its own")))
        }
    }
}

fn by_host<'a>(parts: &[&'a Part<'_>]) -> Vec<MachineRows<'a>> {
    let mut machines: Vec<MachineRows<'a>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (number, part) in (0_u32..).zip(parts) {
        for (row, found) in (0_u32..).zip(&part.matches) {
            let host = found.group(&part.source.text, Group::Host).unwrap_or_default();
            let place = *places.entry(host).or_insert_with(|| {
                machines.push(MachineRows { name: host.to_owned(), rows: Vec::new() });
                machines.len() - 1
            });
            machines[place].rows.push((number, row, found));
        }
    }
    machines
}

/// The texts by which events name machines, at most a hundred.
fn mentioned(parts: &[Part<'_>]) -> Vec<String> {
    let mut seen: HashSet<&str> = HashSet::new();
    for (part, found) in parts.iter().flat_map(|part| part.matches.iter().map(move |found| (part, found))) {
        if let Some(peer) = found.group(&part.source.text, Group::Peer).filter(|_| seen.len() < 100) {
            seen.insert(peer);
        }
    }
    let mut mentioned: Vec<String> = seen.into_iter().map(str::to_owned).collect();
    mentioned.sort_unstable();
    mentioned
}

/// Leaves out a last line that was cut, and lines that were printed twice, and counts the rest.
fn tidy(part: &mut Part<'_>, asked: &Asked, reading: &mut Reading) {
    let source = part.source;
    // A bracket or a quotation mark at the end shows that a value is whole.
    let is_closed = source.text.ends_with([')', ']', '}', '>', '"', '\'']);
    let is_open = |last: &Match| {
        let clock = last.group(&source.text, Group::Clock).unwrap_or_default();
        (!is_closed && !asked.is_complete) || clock_text::parse(clock).is_err()
    };
    let places = |found: &Match| match found.group(&source.text, Group::Clock).map(clock_text::parse) {
        Some(Ok(ClockText::List(list))) => Some(list.len()),
        _ => None,
    };
    let lacks_places = match &part.matches[..] {
        [.., before, last] => places(last) < places(before),
        _ => false,
    };
    let is_cut = |last: &Match| {
        let is_open = last.ends_with_a_value(source.text.len()) && is_open(last);
        !source.text.ends_with('\n') && (is_open || lacks_places)
    };
    if let Some(last) = part.matches.last().copied().filter(is_cut) {
        part.matches.pop();
        let at = source.at(u64::from(last.line));
        reading.remarks.push(format!("{at}: the last line has no end, so its values may be cut, and it is left out"));
    }
    let twice: HashSet<u32> = printed_twice(part).into_iter().collect();
    if !twice.is_empty() {
        let (first, number) = (twice.iter().min().copied().unwrap_or(0), twice.len());
        let lines = if number == 1 { "a line repeats" } else { "lines repeat" };
        reading.remarks.push(format!(
            "{}: {lines} the line before, letter for letter ({number} in this file): taken as one event each",
            source.at(u64::from(first))
        ));
        part.matches.retain(|found| !twice.contains(&found.line));
    }
    reading.add(part, twice.len() as u64);
}

/// The lines that repeat the one before, letter for letter.
fn printed_twice(part: &Part<'_>) -> Vec<u32> {
    let text = &part.source.text;
    let line = |found: &Match| {
        let start = text[..found.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let end = text[found.end as usize..].find('\n').map_or(text.len(), |at| found.end as usize + at);
        &text[start..end]
    };
    let same = |pair: &&[Match]| {
        let whole = |found: &Match| &text[found.start as usize..found.end as usize];
        whole(&pair[0]) == whole(&pair[1]) && line(&pair[0]) == line(&pair[1])
    };
    part.matches.windows(2).filter(same).map(|pair| pair[1].line).collect()
}

impl Reading {
    fn of(parts: &[&Part<'_>]) -> Self {
        let mut reading = Self::default();
        for part in parts {
            reading.add(part, 0);
        }
        reading
    }

    /// Counts the lines of a part; `more` of them were read and left out.
    fn add(&mut self, part: &Part<'_>, more: u64) {
        let source = part.source;
        let mut matches = part.matches.iter().peekable();
        let mut unmatched: Option<Unmatched> = None;
        let mut start = 0;
        for (index, line) in source.text.split_inclusive('\n').enumerate() {
            let end = start + line.len();
            while matches.next_if(|found| found.end as usize <= start).is_some() {}
            let is_matched = matches.peek().is_some_and(|found| (found.start as usize) < end);
            start = end;
            if line.trim().is_empty() {
                continue;
            }
            self.lines += 1;
            if is_matched {
                self.read += 1;
                continue;
            }
            let first = || Unmatched {
                first: source.at(index as u64 + 1),
                text: line.trim().chars().take(100).collect(),
                lines: 0,
            };
            unmatched.get_or_insert_with(first).lines += 1;
        }
        self.read += more;
        self.unmatched
            .extend(unmatched.map(|unmatched| Unmatched { lines: unmatched.lines.saturating_sub(more), ..unmatched }));
    }
}
