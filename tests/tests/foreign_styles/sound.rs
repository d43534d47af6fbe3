//! Sound logs are never called wrong.

use std::{collections::BTreeMap, env, thread};

use super::{
    adapter::{self, Answer},
    case::Case,
    kinds::KINDS,
    layouts::{EVENT, FIELDS},
    matching::compiled,
    run::{self, Merging, Run},
    styles::Style,
};
use tests::naive_model::Chance;

/// Sound logs that are tried unless `FOREIGN_CASES` gives a number.
const CASES: u64 = 1000;

/// Failing cases that are shown in full.
const SHOWN: usize = 3;

/// A case and the answer to it.
struct Tried {
    number: u64,
    kind: String,
    may_ask: bool,
    answer: Answer,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    cases: u64,
    wrong: u64,
    refused: u64,
    panicked: u64,
    judged: u64,
}

fn number_of(variable: &str) -> Option<u64> {
    env::var(variable).ok()?.parse().ok()
}

#[test]
fn a_sound_log_in_a_foreign_style_is_never_called_wrong() {
    if let Some(number) = number_of("FOREIGN_CASE") {
        let case = Case::sound(number);
        println!("{}{:#?}", case.show(), adapter::check(&case.files, &case.ask));
    }
    let cases = number_of("FOREIGN_CASES").unwrap_or(CASES);
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let numbers = |thread: u64| (0..cases).filter(move |number| number % threads == thread);
    let results: Vec<Tried> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let one = |number| {
                        let case = Case::sound(number);
                        Tried {
                            number,
                            answer: adapter::check(&case.files, &case.ask),
                            may_ask: case.style.may_ask,
                            kind: case.kind,
                        }
                    };
                    numbers(thread).map(one).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker of the test")).collect()
    });
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut failures = Vec::new();
    for Tried { number, kind, may_ask, answer } in &results {
        let tally = tallies.entry(kind).or_default();
        tally.cases += 1;
        match answer {
            Answer::NothingWrong { judged } => tally.judged += u64::from(*judged > 0),
            Answer::Wrong(findings) => {
                tally.wrong += 1;
                failures.push((*number, findings[0].text.clone()));
            }
            Answer::Refused(reason) => {
                tally.refused += 1;
                if !*may_ask {
                    failures.push((*number, format!("refused: {reason}")));
                }
            }
            Answer::Panicked => {
                tally.panicked += 1;
                failures.push((*number, "the checker panicked".to_owned()));
            }
        }
    }
    println!("{}", table(&tallies));
    failures.sort();
    for (number, reason) in failures.iter().take(SHOWN) {
        println!("{reason}\n{}", Case::sound(*number).show());
    }
    if env::var("FOREIGN_LIST").is_ok() {
        failures.iter().for_each(|(number, reason)| println!("{number}: {}: {reason}", Case::sound(*number).kind));
    }
    assert!(failures.is_empty(), "{} of {cases} sound logs are not judged as they should be", failures.len());
}

fn table(tallies: &BTreeMap<&str, Tally>) -> String {
    let mut text = String::from(" cases  WRONG refused panic judged\n");
    let row = |name: &str, tally: &Tally| {
        let Tally { cases, wrong, refused, panicked, judged } = tally;
        format!("{cases:6} {wrong:6} {refused:7} {panicked:5} {judged:6}  {name}\n")
    };
    let order = KINDS.iter().map(|(name, _)| *name).chain(["several kinds at once"]);
    let mut all = Tally::default();
    for name in order {
        let Some(tally) = tallies.get(name) else { continue };
        text.push_str(&row(name, tally));
        all.cases += tally.cases;
        all.wrong += tally.wrong;
        all.refused += tally.refused;
        all.panicked += tally.panicked;
        all.judged += tally.judged;
    }
    text + &row("all", &all)
}

#[test]
fn the_simulated_runs_are_sound() {
    for number in 0..500 {
        let mut chance = Chance::new(number);
        let mut setting = Style::plain(&mut chance).setting;
        setting.batch_max = 1 + chance.below(3) as usize;
        setting.merging = [Merging::Taken, Merging::Arrived, Merging::ArrivedAndCounted][number as usize % 3];
        let run = Run::simulate(&setting, &mut chance);
        assert_eq!(run::flaw(&run), None, "run {number}");
    }
}

/// Without this, the checker could be blamed for a pattern of ours that reads a row wrongly.
#[test]
fn each_pattern_reads_back_the_rows_of_its_layout() {
    for number in 0..number_of("FOREIGN_CASES").unwrap_or(CASES) {
        let case = Case::sound(number);
        if case.ask.shiviz || case.style.torn {
            continue;
        }
        for file in &case.files {
            let lines: Vec<&str> = file.text.lines().collect();
            let mut rows = file.rows.iter().peekable();
            let mut index = 0;
            while index < lines.len() {
                let row = rows.next_if(|row| row.lines.0 == index as u64 + 1);
                let height = row.map_or(1, |row| (row.lines.1 - row.lines.0) as usize + 1);
                let text = lines[index..index + height].join("\n");
                let found = case
                    .ask
                    .patterns
                    .iter()
                    .find_map(|pattern| compiled(pattern).captures(&text).map(|found| (pattern, found)));
                let place = || format!("{}:{}: {text}\n{}", file.name, index + 1, case.show());
                assert_eq!(found.is_some(), row.is_some(), "{}", place());
                if let (Some((pattern, found)), Some(row)) = (found, row) {
                    for (field, name) in
                        FIELDS.iter().enumerate().filter(|(_, name)| pattern.contains(&format!("<{name}>")))
                    {
                        let read = found.name(name).map(|read| read.as_str().trim());
                        let wrote = row.texts[field].as_deref().map(|text| text.trim_matches(['"', ' ']));
                        // Fixed words are no texts of ours.
                        let is_word = field == EVENT
                            && !case.style.layout.templates.iter().any(|template| template.contains("$event"));
                        assert!(is_word || read == wrote, "{name}: {read:?} {wrote:?} {}", place());
                    }
                }
                index += height;
            }
        }
    }
}
