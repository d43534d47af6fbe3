//! Runs that are right so far and not finished: it is said first, with the machine that lacks something, and the command
//! that continues.

use std::{fs, path::Path};

use clockring::clock::ClockKind;
use host::rundir::{Ended, Manifest};
use serde_json::Value;

use crate::{
    canaries::two_machines,
    directory::run as command,
    run_text::{RunText, Setting, good_run},
};

/// Three machines that ended in good order, with every message accounted for.
fn whole() -> RunText {
    good_run(Setting { machines: 3, sides: 4, seed: 3, ticks: 60, clock: ClockKind::Lamport, death: None })
}

/// A machine is killed, and so has written nothing of an end; rows after `rows` were never written.
fn kill(run: &mut RunText, machine: char, rows: usize) {
    let killed = run.machine(machine);
    killed.lines.truncate(rows);
    let Manifest { ended, ended_at, stopped, ticks, left_in_queue, accounted, delivered, .. } = &mut killed.manifest;
    (*ended, *ended_at, *stopped, *ticks, *left_in_queue) = (None, None, None, None, None);
    accounted.clear();
    delivered.clear();
}

/// A machine has given a peer up.
fn give_up(run: &mut RunText, machine: char, peer: &str) {
    let manifest = &mut run.machine(machine).manifest;
    manifest.ended = Some(Ended::Incomplete);
    manifest.accounted.remove(peer);
    manifest.delivered.remove(peer);
}

/// Two machines of which B was killed before it received anything, so that A gave it up.
fn killed_and_given_up() -> RunText {
    let mut run = two_machines();
    kill(&mut run, 'B', 3);
    run.machine('A').manifest.stopped = Some(false);
    give_up(&mut run, 'A', "B");
    run
}

fn check(path: &Path) -> (i32, String) {
    let (status, said, error) = command(&["check", path.to_str().expect("a path")]);
    (status, said + &error)
}

/// The sentences of a run that is not finished, each with its file.
fn unfinished(run: &RunText) -> Vec<String> {
    let verdict = run.judged().expect("a run that can be read");
    assert_eq!(verdict.violations.total(), 0, "{:?}", verdict.violations);
    let file = |note: &host::check::Note| note.at.map(|at| at.to_string().split(':').next().map(str::to_owned));
    verdict
        .unfinished
        .iter()
        .map(|note| format!("{}: {}", file(note).flatten().unwrap_or_default(), note.text))
        .collect()
}

#[test]
fn a_whole_run_is_finished() {
    assert_eq!(unfinished(&whole()), [""; 0]);
    let mut stopped = whole();
    for machine in &mut stopped.machines {
        (machine.manifest.stopped, machine.manifest.ended) = (Some(true), Some(Ended::Interrupted));
    }
    assert_eq!(unfinished(&stopped), [""; 0]);
    assert_eq!(check(stopped.write().path()).0, 0);
}

#[test]
fn it_is_said_first_who_lacks_what_and_how_it_goes_on() {
    let directory = killed_and_given_up().write();
    let (status, said) = check(directory.path());
    assert_eq!(status, 4, "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], format!("{}: right so far, not finished:", directory.path().display()));
    assert!(lines[1].starts_with("  A.json:") && lines[1].ends_with(": A gave up waiting for B"), "{said}");
    let lacks = ": B was killed or still runs, and lacks 2 messages of A";
    assert!(lines[2].starts_with("  B.json:") && lines[2].ends_with(lacks), "{said}");
    assert_eq!(lines[3], "If none of its machines still runs, this goes on with it:");
    assert_eq!(lines[4], format!("  clockring ring --resume --log-dir {}", directory.path().display()));
    assert!(said.contains("14 of 14 hold so far"), "{said}");
    assert!(said.contains(" + 2 not accounted for yet\n"), "{said}");
}

#[test]
fn json_tells_programs_of_it() {
    let directory = killed_and_given_up().write();
    let path = directory.path().to_str().expect("a path");
    let (status, said, _) = command(&["check", "--json", path]);
    let report: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((status, &report["right"], &report["finished"]), (4, &true.into(), &false.into()), "{said}");
    let sentences = report["unfinished"].as_array().expect("a list");
    assert_eq!(sentences[1]["text"], "B was killed or still runs, and lacks 2 messages of A");
    assert!(sentences[1]["at"]["file"].as_str().is_some_and(|file| file.ends_with("B.json")), "{said}");

    let whole = whole().write();
    let (status, said, _) = command(&["check", "--json", whole.path().to_str().expect("a path")]);
    let report: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((status, &report["finished"], &report["unfinished"]), (0, &true.into(), &Vec::<Value>::new().into()));

    let (status, said, _) = command(&["check", "--json", path, whole.path().to_str().expect("a path")]);
    let reports: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((status, &reports["right"], &reports["finished"]), (4, &true.into(), &false.into()));
}

#[test]
fn a_broken_rule_goes_before() {
    let mut run = killed_and_given_up();
    run.machine('A').lines.remove(0);
    let (wrong, whole) = (run.write(), whole().write());
    let (status, said) = check(wrong.path());
    assert_eq!(status, 1, "{said}");
    assert!(said.contains(": WRONG. ") && said.contains("\nnot finished:\n  A.json:"), "{said}");
    assert!(!said.contains("--resume"), "a run that is wrong is not gone on with: {said}");
    let open = killed_and_given_up().write();
    let [wrong, open, whole] = [&wrong, &open, &whole].map(|run| run.path().to_str().expect("a path"));
    for (paths, expected) in [(vec![open, wrong], 1), (vec![wrong, open], 1), (vec![open, whole], 4), (vec![whole], 0)]
    {
        let (status, said, _) = command(&[vec!["check"], paths].concat());
        assert_eq!(status, expected, "{said}");
    }
}

#[test]
fn nothing_is_called_missing_that_the_logs_have() {
    let mut run = whole();
    give_up(&mut run, 'A', "B");
    give_up(&mut run, 'A', "C");
    let said = unfinished(&run);
    assert_eq!(said, ["A.json: A gave up waiting for B and C, though by the logs it lacks nothing"]);
    let (status, shown) = check(run.write().path());
    assert_eq!(status, 4, "{shown}");
    assert!(!shown.contains("accounted for"), "{shown}");
}

#[test]
fn a_machine_that_died_while_it_waited_is_one_that_made_its_last_tick() {
    let mut run = whole();
    let manifest = &mut run.machine('C').manifest;
    manifest.ended = None;
    manifest.delivered.remove("A");
    assert_eq!(
        unfinished(&run),
        ["C.json: C made its last tick, and was killed or still waits for A, though by the logs it lacks nothing"]
    );
    run = whole();
    run.machine('C').manifest.ended = None;
    assert_eq!(
        unfinished(&run),
        ["C.json: C made its last tick, and did not come to say how it ended, though by the logs it lacks nothing"]
    );
}

#[test]
fn a_message_that_was_accounted_for_and_is_nowhere_is_lost_though_the_run_is_not_finished() {
    let mut run = two_machines();
    kill(&mut run, 'A', 4);
    assert_eq!(run.broken(), [""; 0], "A may have sent it again since");
    let b = &mut run.machine('B').manifest;
    (b.stopped, b.left_in_queue) = (Some(false), Some(Vec::new()));
    b.ended = Some(Ended::Incomplete);
    assert_eq!(run.broken(), [""; 0], "B never said that it has everything");
    run.machine('B').manifest.accounted.insert("A".to_owned(), 4);
    assert_eq!(run.broken(), ["conservation"]);
}

#[test]
fn a_log_that_lost_its_last_rows_is_called_that() {
    let mut run = two_machines();
    kill(&mut run, 'A', 3);
    let violations = run.judged().expect("a run that can be read").violations;
    assert_eq!((violations.total() - violations.consequences_total(), violations.kept().len()), (1, 1));
    let words = "that A never sent B: the log of A ends before that time, and tells of no end: its last rows are lost";
    assert!(violations.kept()[0].text.contains(words), "{violations:?}");
}

#[test]
fn the_command_that_goes_on_is_one_for_a_shell() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("Ada's run");
    let written = killed_and_given_up().write();
    fs::rename(written.path(), &path).expect("moved");
    let (_, said) = check(&path);
    let quoted = format!("'{}/Ada'\\''s run'", directory.path().display());
    assert!(said.contains(&format!("\n  clockring ring --resume --log-dir {quoted}\n")), "{said}");
}
