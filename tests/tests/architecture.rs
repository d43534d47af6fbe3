//! docs/architecture.md is true: what it names is there, imports run in its direction only, and its drawing of a machine's
//! life is what machines do.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use clockring::{
    clock::{ClockKind, Lamport, LamportStamp},
    cursor::Cursor,
    frame::Signal,
    handshake::{Greeting, RunFacts},
    machine::{Fact, Input, Machine, Say, Sent, Settings, Stage},
    moment::Monotonic,
    process::Turn,
    progress::Progress,
    ring::{MachineId, RingSize},
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn page() -> String {
    fs::read_to_string(root().join("docs/architecture.md")).unwrap()
}

#[test]
fn every_place_that_the_page_names_is_there() {
    let page = page();
    let tops = ["core", "host", "tests", "bench", "fuzz", "ports", "docs"];
    let words = page.split(|end: char| end.is_whitespace() || "`,:;()".contains(end));
    let places = words.filter(|word| word.split_once('/').is_some_and(|(top, _)| tops.contains(&top)));
    let places: BTreeSet<&str> = places.map(|place| place.trim_end_matches('.')).collect();
    assert!(places.len() > 15, "{places:?}");
    for place in places {
        assert!(root().join(place).exists(), "{place} is not there");
    }
}

/// The modules of a table, in order.
fn modules(sources: &str) -> Vec<String> {
    let page = page();
    let table = page.split(&format!("\nIn `{sources}`:\n")).nth(1).expect("the table").split("\n\n").next().unwrap();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    cells.flat_map(|cell| cell.split(',')).map(|name| name.trim_matches([' ', '`']).to_owned()).collect()
}

/// Every source file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The name of the module at the top that a file belongs to.
fn module_of(file: &Path, folder: &Path) -> String {
    let first = file.strip_prefix(folder).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The modules at the top that a source text names, wherever it does.
fn used(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n");
    let mut names = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let mut name = String::new();
        let mut depth = 0;
        // One name, or those of a list; what follows a name within a list is left out.
        for character in after.chars() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ if character.is_alphanumeric() || character == '_' => {
                    name.push(character);
                    continue;
                }
                _ => {}
            }
            if !name.is_empty() {
                names.insert(std::mem::take(&mut name));
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

#[test]
fn imports_run_in_the_direction_of_the_tables_only() {
    for folder in ["core/src", "host/src"] {
        let order = modules(folder);
        let folder = root().join(folder);
        let there: BTreeSet<String> = sources(&folder).iter().map(|file| module_of(file, &folder)).collect();
        let there: BTreeSet<&str> =
            there.iter().map(String::as_str).filter(|name| !["lib", "main"].contains(name)).collect();
        assert_eq!(
            order.iter().map(String::as_str).collect::<BTreeSet<_>>(),
            there,
            "the modules of {}",
            folder.display()
        );
        let place = |name: &str| order.iter().position(|known| known == name);
        for file in sources(&folder) {
            let Some(own) = place(&module_of(&file, &folder)) else { continue };
            // Tests of a module may use whatever shows that it is right.
            let text = fs::read_to_string(&file).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            for name in used(text) {
                assert!(place(&name).is_none_or(|place| place <= own), "{} uses {name}", file.display());
            }
        }
    }
}

type Member = Machine<Lamport, [Option<Sent<LamportStamp>>; 8], 1>;

const fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Gathering => "gathering",
        Stage::Ticking => "ticking",
        Stage::Settling { .. } => "settling",
        Stage::Left(_) => "left",
    }
}

/// A machine of two to which anything happens: every change of its stage.
fn changes(choices: &[u8]) -> BTreeSet<(&'static str, &'static str)> {
    let [a, b] = [b'A', b'B'].map(|letter| MachineId::from_letter(letter).unwrap());
    let ring = RingSize::new(2).unwrap();
    let settings = Settings { id: a, ring, endless: false, patient: false };
    let mut now = Monotonic::default();
    let mut machine = Member::new(settings, [None; 8], now).unwrap();
    let (mut changes, mut fresh) = (BTreeSet::new(), "[*]");
    for choice in choices {
        let before = machine.stage();
        let last = Cursor::START;
        let heard = |signal| Some(Input::Heard { peer: 0, signal });
        let input = match choice % 12 {
            0 if fresh == "[*]" => {
                machine.recall(Fact::Ended { stopped: choice & 16 != 0 }, last);
                machine.resume();
                None
            }
            1 => {
                let run = RunFacts {
                    machines: 2,
                    sides: 2,
                    clock: ClockKind::Lamport.letter(),
                    payload: 0,
                    number: None,
                    seed: None,
                };
                let told = machine.greeting(0, Greeting::new(a, b, run, 0), now).progress;
                Some(Input::Up { peer: 0, told, theirs: Greeting::new(b, a, run, 1) })
            }
            2 => heard(Signal::Progress(Progress::Ready)),
            3 => heard(Signal::Progress(Progress::Ended { last })),
            4 => heard(Signal::Goodbye { upto: machine.sent(0) }),
            5 => heard(Signal::Thanks),
            6 => Some(Input::Over),
            7 => Some(Input::Stop),
            8 => {
                now = now.after(Duration::from_secs(3));
                None
            }
            9 if before == Stage::Ticking => {
                machine.step(Turn::Internal, now);
                None
            }
            10 => Some(Input::Down { peer: 0 }),
            _ => {
                machine.logged();
                let due: Vec<Fact> = machine.due().collect();
                due.into_iter().for_each(|fact| machine.written(fact));
                while let Some(say) = machine.say(0, now) {
                    assert!(!matches!(say, Say::FromLog(_)), "everything is in memory");
                }
                None
            }
        };
        match input {
            Some(input) => drop(machine.handle(input, now)),
            None => machine.proceed(now),
        }
        if fresh == "[*]" {
            fresh = "";
            changes
                .insert(("[*]", if machine.stage() == Stage::Ticking { "gathering" } else { name(machine.stage()) }));
        } else if machine.stage() != before {
            changes.insert((name(before), name(machine.stage())));
        }
    }
    changes
}

#[test]
fn the_drawing_of_a_life_is_what_machines_do() {
    let page = page();
    let drawing = page.split("```mermaid\n").nth(1).expect("a drawing").split("```").next().unwrap();
    let arrows = drawing.lines().filter_map(|line| {
        let (from, to) = line.split_once("-->")?;
        Some((from.trim().to_owned(), to.split(':').next().unwrap().trim().to_owned()))
    });
    let drawn: BTreeSet<(String, String)> = arrows.filter(|(_, to)| to != "[*]").collect();
    // Where one call takes a machine two steps, both are drawn.
    let is_drawn = |from: &str, to: &str| {
        let step = |from: &str, to: &str| drawn.contains(&(from.to_owned(), to.to_owned()));
        step(from, to) || drawn.iter().any(|(before, between)| before == from && step(between, to))
    };
    let mut seen = BTreeSet::new();
    let mut chance = TestRunner::deterministic();
    for _ in 0..20_000 {
        let choices = prop::collection::vec(any::<u8>(), 1..40).new_tree(&mut chance).unwrap().current();
        seen.extend(changes(&choices).into_iter().map(|(from, to)| (from.to_owned(), to.to_owned())));
    }
    for (from, to) in &seen {
        assert!(is_drawn(from, to), "{from} --> {to} is not drawn");
    }
    let never: Vec<_> = drawn.difference(&seen).collect();
    assert!(never.is_empty(), "drawn, and never seen: {never:?}");
}
