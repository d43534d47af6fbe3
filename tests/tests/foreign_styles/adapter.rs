//! The checker as this test calls it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use host::foreign::{self, Asked, FileLine, Format, Source, Word};

use super::files::File;

/// The files' question: options of a user.
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

/// The checker's answer.
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
    catch_unwind(AssertUnwindSafe(|| answer(files, ask).unwrap_or_else(Answer::Refused))).unwrap_or(Answer::Panicked)
}

fn answer(files: &[File], ask: &Ask) -> Result<Answer, String> {
    let words: Vec<Word> = ask.words.iter().map(|word| word.parse()).collect::<Result<_, _>>()?;
    let asked = Asked {
        patterns: if ask.guess || ask.shiviz { Vec::new() } else { ask.patterns.clone() },
        format: (ask.shiviz && !ask.guess).then_some(Format::Shiviz),
        words,
        names: ask.names.clone().unwrap_or_default(),
        delimiter: ask.delimiter.clone(),
        time_unit: None,
        is_complete: ask.complete,
        is_one_run: ask.one_run,
    };
    let source = |file: &File| {
        let bytes = file.bytes.as_deref().unwrap_or(file.text.as_bytes());
        Source::from_reader(&file.name, bytes, Source::LENGTH_MAX)
    };
    let sources: Vec<Source> = files.iter().map(source).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let runs = foreign::read(&sources, &asked).map_err(|error| error.to_string())?;
    let (mut findings, mut judged) = (Vec::new(), 0);
    for run in runs {
        let verdict = foreign::judge(&run, &asked);
        judged += verdict.judged.len();
        for violation in verdict.violations.kept() {
            let lines = std::iter::once(&violation.at).chain(&violation.against);
            findings.push(Finding {
                text: format!("{}: {}", violation.rule.name(), violation.text),
                lines: lines.map(|FileLine { file, line }| (file.to_string(), *line)).collect(),
            });
        }
    }
    Ok(if findings.is_empty() { Answer::NothingWrong { judged } } else { Answer::Wrong(findings) })
}
