//! Files sorted into runs and machines, by their names.

use super::kinds::{common, has_word};
use crate::failure::Failure;

/// The files of one run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct RunFiles {
    /// The part of the names that distinguishes the run; empty if it is the only one.
    pub(super) name: String,
    /// Each machine's name and its files.
    pub(super) machines: Vec<(String, Vec<usize>)>,
}

/// Words before the number of a machine, and before that of a run.
const MACHINE_WORDS: [&str; 26] = [
    "vm", "machine", "process", "proc", "node", "host", "server", "client", "peer", "p", "m", "n", "id", "replica",
    "worker", "board", "site", "pid", "mach", "virtual", "actor", "member", "player", "agent", "system", "device",
];
const RUN_WORDS: [&str; 14] = [
    "run",
    "trial",
    "exp",
    "experiment",
    "execution",
    "iteration",
    "iter",
    "test",
    "round",
    "attempt",
    "take",
    "session",
    "simulation",
    "sim",
];

/// Do the paths end in numbers after several names, as `a.1`, `a.2`, `b.1`? These are parts of logs, or runs.
pub(super) fn are_numbered(stems: &[String]) -> bool {
    let numbered: Vec<&str> = stems.iter().filter_map(|stem| numbered(stem)).collect();
    let repeats = (1..numbered.len()).any(|index| numbered[..index].contains(&numbered[index]));
    repeats && (numbered.len() < stems.len() || numbered.iter().any(|base| *base != numbered[0]))
}

/// The path before a number at its end.
fn numbered(stem: &str) -> Option<&str> {
    let (base, number) = stem.rsplit_once('.')?;
    let base = base.strip_suffix(".log").unwrap_or(base);
    (!base.is_empty() && number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit()) && !number.is_empty())
        .then_some(base)
}

/// Sorts files into runs and machines by their paths without extension. With `are_parts`, numbers at their ends are those
/// of the parts of a log. `mentioned` are texts that events use for machines: names that explain them are preferred.
///
/// # Errors
/// If files are of several runs, and nothing shows which belong together.
pub(super) fn sort(stems: &[String], are_parts: bool, mentioned: &[String]) -> Result<Vec<RunFiles>, Failure> {
    let (parts, bases) = rotated(stems, are_parts);
    let mut runs = sort_whole(&bases, mentioned)?;
    for run in &mut runs {
        for (_, files) in &mut run.machines {
            *files = files.iter().flat_map(|file| parts[*file].clone()).collect();
        }
    }
    Ok(runs)
}

/// Names for given files, in order: files with one name are parts of one log.
pub(super) fn given(names: &[String]) -> Vec<RunFiles> {
    let mut machines: Vec<(String, Vec<usize>)> = Vec::new();
    for (file, name) in names.iter().enumerate() {
        match machines.iter_mut().find(|(known, _)| known == name) {
            Some((_, files)) => files.push(file),
            None => machines.push((name.clone(), vec![file])),
        }
    }
    vec![RunFiles { name: String::new(), machines }]
}

/// Files that are one log which was rotated (`a.log`, `a.log.1`, `a.log-20230303`, `a.part2`): the parts of each, and a
/// path for all.
fn rotated(stems: &[String], are_parts: bool) -> (Vec<Vec<usize>>, Vec<String>) {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut bases: Vec<String> = Vec::new();
    for (file, stem) in stems.iter().enumerate() {
        let numbered = numbered(stem).filter(|_| are_parts).map(str::to_owned);
        let base = numbered.unwrap_or_else(|| rotation_base(stem, stems));
        match bases.iter().position(|known| *known == base) {
            Some(known) => parts[known].push(file),
            None => {
                bases.push(base);
                parts.push(vec![file]);
            }
        }
    }
    (parts, bases)
}

fn rotation_base(stem: &str, stems: &[String]) -> String {
    let is_suffix = |suffix: &str| {
        let digits = suffix.trim_start_matches(['.', '-', '_', 'p', 'a', 'r', 't']);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        suffix.is_empty() || (is_number && digits.len() < suffix.len()) || suffix == ".old"
    };
    // Without a log extension before the number, only beside the file that it belongs to.
    for (at, _) in stem.char_indices() {
        let (base, suffix) = stem.split_at(at);
        let is_log =
            base.ends_with(".log") || base.ends_with(".txt") || base.ends_with(".out") || base.ends_with(".csv");
        let is_part = suffix.contains("part");
        if !suffix.is_empty() && is_suffix(suffix) && (is_log || is_part || stems.iter().any(|other| other == base)) {
            let base = base.strip_suffix(".log").or_else(|| base.strip_suffix(".txt")).unwrap_or(base);
            return base.to_owned();
        }
    }
    stem.to_owned()
}

/// A way to name files: by a token in their paths, from the front or from the back.
struct Column {
    values: Vec<String>,
    /// The word before the token, the same in all paths; else empty.
    label: String,
}

impl Column {
    fn is_distinct(&self, files: &[usize]) -> bool {
        (1..files.len())
            .all(|index| files[..index].iter().all(|other| self.values[*other] != self.values[files[index]]))
    }

    fn varies(&self) -> bool {
        self.values.iter().any(|value| *value != self.values[0])
    }

    fn is_of(&self, words: &[&str]) -> bool {
        words.contains(&self.label.as_str())
    }

    /// Its rank as the names of machines: the letters of it that events use, and the look of its values.
    fn rank(&self, mentioned: &[String], files: usize) -> (usize, bool, bool, bool) {
        let is_used = |value: &&String| mentioned.iter().any(|text| has_word(text, value));
        let used = self.values.iter().filter(is_used).map(String::len).sum();
        let numbers: Option<Vec<u64>> = self.values.iter().map(|name| name.parse().ok()).collect();
        let small = numbers.is_some_and(|numbers| numbers.iter().all(|number| *number <= files as u64));
        let letters = self.values.iter().all(|name| name.len() == 1);
        (used, self.is_of(&MACHINE_WORDS), small, letters)
    }
}

fn sort_whole(stems: &[String], mentioned: &[String]) -> Result<Vec<RunFiles>, Failure> {
    let all: Vec<usize> = (0..stems.len()).collect();
    if stems.len() == 1 {
        return Ok(vec![single_run(&all, |_| file_name(&stems[0]).to_owned())]);
    }
    let columns = columns(stems);
    let by_rank = |files: &[usize]| {
        let mut best: Option<&Column> = None;
        for column in columns.iter().filter(|column| column.is_distinct(files)) {
            let rank = |column: &Column| column.rank(mentioned, stems.len());
            if best.is_none_or(|best| rank(column) > rank(best)) {
                best = Some(column);
            }
        }
        best
    };
    // A column that repeats names machines if the word before it says so, or if events use it and no other.
    let is_used =
        |column: &Column| column.values.iter().all(|value| mentioned.iter().any(|text| has_word(text, value)));
    let names_no_machine = by_rank(&all).is_none_or(|best| best.rank(mentioned, stems.len()).0 == 0);
    let repeats = |column: &&Column| {
        let names_machines = column.is_of(&MACHINE_WORDS) || (names_no_machine && is_used(column));
        names_machines && column.varies() && !column.is_distinct(&all)
    };
    let runs_vary = |column: &&Column| column.is_of(&RUN_WORDS) && column.varies();
    let machine = columns.iter().find(repeats);
    let run = columns.iter().find(runs_vary).or_else(|| directories_of(&columns, stems));
    match (machine, run, by_rank(&all)) {
        // `run-1`, `run-2` apart, and each with machines of its own.
        (_, Some(run), _) => groups(stems, run, |files| best_in(&columns, files, mentioned, stems.len(), run)),
        (None, None, Some(names)) => Ok(vec![single_run(&all, |file| names.values[file].clone())]),
        // A machine has several files, so there are several runs: find a column for these.
        (Some(machine), None, _) => {
            let mut splits: Vec<(&Column, Vec<Vec<usize>>)> = Vec::new();
            for run in &columns {
                let groups = group(run, stems.len());
                let is_run = |files: &Vec<usize>| {
                    files.len() > 1 && files.len() == groups[0].len() && machine.is_distinct(files)
                };
                // Files for sends and for receives are of one run.
                let are_kinds = run.values.iter().all(|value| common(&value.to_lowercase()).is_some());
                let are_runs = !are_kinds && groups.iter().all(is_run);
                if are_runs && splits.iter().all(|(_, known)| *known != groups) {
                    splits.push((run, groups));
                }
            }
            match splits[..] {
                [(run, _)] => groups(stems, run, |_| Some(machine)),
                _ => Err(question(stems)),
            }
        }
        (None, None, None) => Err(question(stems)),
    }
}

/// Files of several runs, if a word before a number in their names says that it is of a run.
pub(super) fn runs_by_label(stems: &[String]) -> Option<Vec<Vec<usize>>> {
    let columns = columns(stems);
    let run = columns.iter().find(|column| column.is_of(&RUN_WORDS) && column.varies())?;
    Some(group(run, stems.len()))
}

fn question(stems: &[String]) -> Failure {
    let shown: Vec<&str> = stems.iter().take(4).map(|stem| file_name(stem)).collect();
    Failure::usage(format!(
        "these files seem to be of several runs, or parts of logs, and their names do not show which belong together: {}{}. \
         Give the files of one run at a time, or the machine of each with --names",
        shown.join(", "),
        if stems.len() > shown.len() { ", …" } else { "" }
    ))
}

fn best_in<'a>(
    columns: &'a [Column],
    files: &[usize],
    mentioned: &[String],
    all: usize,
    run: &Column,
) -> Option<&'a Column> {
    // A file without a folder has no name by it.
    let is_there = |column: &&Column| files.iter().all(|file| !column.values[*file].is_empty());
    let fits =
        columns.iter().filter(|column| column.values != run.values && column.is_distinct(files)).filter(is_there);
    fits.reduce(|best, column| if column.rank(mentioned, all) > best.rank(mentioned, all) { column } else { best })
}

fn groups<'a>(
    stems: &[String],
    run: &Column,
    machine: impl Fn(&[usize]) -> Option<&'a Column>,
) -> Result<Vec<RunFiles>, Failure> {
    let label = if run.label.is_empty() { String::new() } else { format!("{} ", run.label) };
    let mut runs = Vec::new();
    for files in group(run, stems.len()) {
        let Some(names) = machine(&files) else { return Err(question(stems)) };
        let name = |file: usize| names.values[file].clone();
        runs.push(RunFiles { name: format!("{label}{}", run.values[files[0]]), ..single_run(&files, name) });
    }
    Ok(runs)
}

/// Files with one value of a column, in the order of their first.
fn group(column: &Column, files: usize) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for file in 0..files {
        match groups.iter_mut().find(|group| column.values[group[0]] == column.values[file]) {
            Some(group) => group.push(file),
            None => groups.push(vec![file]),
        }
    }
    groups
}

fn single_run(files: &[usize], name: impl Fn(usize) -> String) -> RunFiles {
    RunFiles { name: String::new(), machines: files.iter().map(|file| (name(*file), vec![*file])).collect() }
}

/// The directory, as the column of the run, if files of one name stand in several.
fn directories_of<'a>(columns: &'a [Column], stems: &[String]) -> Option<&'a Column> {
    let names: Vec<&str> = stems.iter().map(|stem| file_name(stem)).collect();
    let repeats = (1..names.len()).any(|index| names[..index].contains(&names[index]));
    let varies = names.iter().any(|name| *name != names[0]);
    let is_machine = |stem: &String| {
        let folder = tokens(file_name(directory(stem)));
        matches!(folder[..], [.., word, _] if MACHINE_WORDS.contains(&word.to_lowercase().as_str()))
    };
    columns.first().filter(|_| repeats && varies && !stems.iter().all(is_machine))
}

fn directory(stem: &str) -> &str {
    stem.rfind(['/', '\\']).map_or("", |at| &stem[..at])
}

fn file_name(stem: &str) -> &str {
    stem.rfind(['/', '\\']).map_or(stem, |at| &stem[at + 1..])
}

/// All ways to name the files: the directory, the whole name, and each token of the path.
fn columns(stems: &[String]) -> Vec<Column> {
    let tokens: Vec<Vec<&str>> = stems.iter().map(|stem| tokens(stem)).collect();
    let places = tokens.iter().map(Vec::len).min().unwrap_or(0);
    let whole = |of: fn(&str) -> &str| Column {
        values: stems.iter().map(|stem| of(stem).to_owned()).collect(),
        label: String::new(),
    };
    let mut columns = vec![whole(directory), whole(file_name)];
    for place in 0..places {
        // From the front and from the back, in case names differ in length.
        for at in [&(|tokens: &[&str]| tokens.len() - 1 - place) as &dyn Fn(&[&str]) -> usize, &|_: &[&str]| place] {
            let values: Vec<String> = tokens.iter().map(|tokens| tokens[at(tokens)].to_owned()).collect();
            let label =
                |tokens: &Vec<&str>| at(tokens).checked_sub(1).map_or("", |before| tokens[before]).to_lowercase();
            let first = label(&tokens[0]);
            let label = if tokens.iter().all(|tokens| label(tokens) == first) { first } else { String::new() };
            columns.push(Column { values, label });
        }
    }
    columns
}

/// Runs of digits and runs of letters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let class = |character: char| (character.is_ascii_digit(), character.is_alphabetic());
        let end = rest.find(|character| class(character) != class(first)).unwrap_or(rest.len());
        if first.is_alphanumeric() {
            tokens.push(&rest[..end]);
        }
        rest = &rest[end..];
    }
    tokens
}
