//! The checker as this test calls it.

use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use host::foreign::{self, ForeignRun, Pattern, RawClock, Source, Word, Words};

use super::files::File;

/// What a user asks.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) patterns: Vec<String>,
    /// Is the layout to be found without the patterns?
    pub(crate) guess: bool,
    pub(crate) shiviz: bool,
    /// Kinds and words, as in `receive=Empfang`.
    pub(crate) words: Vec<String>,
    pub(crate) names: Option<Vec<String>>,
    pub(crate) delimiter: Option<String>,
    pub(crate) complete: bool,
    pub(crate) one_run: bool,
}

/// What the checker answers.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// No violation; the number of rules that were judged.
    NothingWrong { judged: usize },
    /// Violations, each with its lines.
    Wrong(Vec<Finding>),
    /// Nothing was judged: an error, or a question.
    Refused(String),
    /// The checker panicked.
    Panicked,
}

/// A violation.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) text: String,
    /// Files and lines.
    pub(crate) lines: Vec<(String, u64)>,
}

/// Asks the checker.
pub(crate) fn check(files: &[File], ask: &Ask) -> Answer {
    catch_unwind(AssertUnwindSafe(|| match read(files, ask) {
        Ok(runs) => answer(&runs, ask),
        Err(refusal) => Answer::Refused(refusal),
    }))
    .unwrap_or(Answer::Panicked)
}

fn answer(runs: &[ForeignRun], ask: &Ask) -> Answer {
    let (mut findings, mut judged) = (Vec::new(), 0);
    for run in runs {
        let verdict = foreign::judge(run, ask.complete || ask.shiviz);
        judged += verdict.judged.len();
        for rule in verdict.violations.rules() {
            findings.extend(verdict.violations.of(rule).map(|violation| {
                Finding {
                    text: format!("{}: {}", rule.name(), violation.text),
                    lines: std::iter::once(&violation.at)
                        .chain(&violation.against)
                        .map(|at| (at.file.to_string(), at.line))
                        .collect(),
                }
            }));
        }
    }
    if findings.is_empty() { Answer::NothingWrong { judged } } else { Answer::Wrong(findings) }
}

thread_local! {
    static PATTERNS: RefCell<HashMap<Vec<String>, Rc<Pattern>>> = RefCell::default();
}

fn read(files: &[File], ask: &Ask) -> Result<Vec<ForeignRun>, String> {
    if ask.shiviz || files.iter().any(|file| file.bytes.is_some()) {
        return read_from_disk(files, ask);
    }
    let sources: Vec<Source> = files.iter().map(|file| Source::of(&file.name, &file.text)).collect();
    read_sources(&sources, ask)
}

fn read_sources(sources: &[Source], ask: &Ask) -> Result<Vec<ForeignRun>, String> {
    let pattern = PATTERNS.with_borrow_mut(|patterns| match patterns.get(&ask.patterns) {
        Some(pattern) => Ok(Rc::clone(pattern)),
        None => {
            let pattern = Rc::new(Pattern::new(&ask.patterns).map_err(|failure| failure.to_string())?);
            patterns.insert(ask.patterns.clone(), Rc::clone(&pattern));
            Ok::<_, String>(pattern)
        }
    })?;
    let words: Vec<Word> = ask.words.iter().map(|word| word.parse()).collect::<Result<_, _>>()?;
    let run = foreign::read_events(sources, &pattern, &Words::new(&words), ask.names.as_deref())
        .map_err(|failure| failure.to_string())?;
    let mut numbers =
        run.logs.iter().flat_map(|log| &log.events).map(|event| matches!(event.clock, RawClock::Number(_)));
    let first = numbers.next();
    if numbers.any(|is_number| Some(is_number) != first) {
        return Err("some clocks are numbers, and some are vectors".to_owned());
    }
    Ok(vec![run])
}

/// Files whose bytes matter, and those of a format that is read from paths.
fn read_from_disk(files: &[File], ask: &Ask) -> Result<Vec<ForeignRun>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut paths = Vec::new();
    for file in files {
        let path = folder.path().join(file.name.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap_or(folder.path())).map_err(|error| error.to_string())?;
        fs::write(&path, file.bytes.as_deref().unwrap_or(file.text.as_bytes())).map_err(|error| error.to_string())?;
        paths.push(path);
    }
    if ask.shiviz {
        let runs = paths.iter().map(|path| foreign::read_shiviz(path, &[]));
        let runs: Result<Vec<Vec<ForeignRun>>, _> = runs.collect();
        return Ok(runs.map_err(|failure| failure.to_string())?.into_iter().flatten().collect());
    }
    let sources: Result<Vec<Source>, _> = paths.iter().map(|path| Source::read(path)).collect();
    read_sources(&sources.map_err(|failure| failure.to_string())?, ask)
}
