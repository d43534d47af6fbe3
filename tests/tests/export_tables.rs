//! `export --format csv`, `dot` and `mermaid`, and what every format has in common.

use std::{
    collections::HashMap,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::{TempDir, tempdir};
use tests::program::outcome;

fn clockring(arguments: &[&str]) -> Command {
    tests::program::clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn simulated(arguments: &[&str]) -> TempDir {
    let directory = tempdir().unwrap();
    let (status, _, said) =
        outcome(clockring(&[&["sim", "--quiet", "--log-dir", text(directory.path())], arguments].concat()));
    assert_eq!(status, 0, "{said}");
    directory
}

fn export(directory: &Path, arguments: &[&str]) -> String {
    let (status, exported, said) = outcome(clockring(&[&["export", text(directory)], arguments].concat()));
    assert_eq!(status, 0, "{said}");
    exported
}

#[test]
fn in_the_table_every_cause_comes_before_its_effects() {
    let directory = simulated(&["--rates", "1,3,6", "--seed", "7", "--latency", "0.01ms"]);
    let table = export(directory.path(), &["--format", "csv"]);
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let mut place = HashMap::new();
    let mut receives = 0;
    for (number, line) in lines.enumerate() {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), header.len(), "{line}");
        let (machine, tick) = (fields[column("machine")], fields[column("tick")].parse::<u64>().unwrap());
        assert!(tick == 1 || place.contains_key(&(machine, tick - 1)), "{line}");
        if fields[column("event")] == "receive" {
            let sent = fields[column("sent_tick")].parse::<u64>().unwrap();
            assert!(place.contains_key(&(fields[column("peer")], sent)), "{line}");
            receives += 1;
        }
        place.insert((machine, tick), number);
    }
    assert!(place.len() == 600 && receives > 60, "{} events, {receives} receives", place.len());
}

#[test]
fn what_an_event_knows_is_what_its_vector_clock_says() {
    let directory = simulated(&["--rates", "1,3,6", "--seed", "7", "--clock", "vector"]);
    let table = export(directory.path(), &["--format", "csv"]);
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields[6], fields[11], "clock and known differ: {line}");
    }
}

#[test]
fn the_first_events_are_a_consistent_cut() {
    let directory = simulated(&["--rates", "1,3,6", "--seed", "7"]);
    let table = export(directory.path(), &["--format", "csv", "--first", "50"]);
    let whole = export(directory.path(), &["--format", "csv"]);
    assert_eq!(table.lines().count(), 51);
    assert!(whole.starts_with(&table));
    let receives_of_unknown = table.lines().filter(|line| line.contains(",receive,") && line.contains(",,,,")).count();
    assert_eq!(receives_of_unknown, 0);
}

#[test]
fn pictures_hold_every_event_once() {
    let directory = simulated(&["--rates", "1,3,6", "--seed", "7", "--for", "10"]);
    let table = export(directory.path(), &["--format", "csv"]);
    let (events, receives) = (table.lines().count() - 1, table.matches(",receive,").count());
    let dot = export(directory.path(), &["--format", "dot"]);
    assert_eq!((dot.matches("shape=").count() - 3, dot.matches("style=dashed").count()), (events, receives));
    let mermaid = export(directory.path(), &["--format", "mermaid"]);
    assert_eq!((mermaid.matches("Note over").count(), mermaid.matches("-)").count()), (events - receives, receives));
}

#[test]
fn a_picture_of_too_many_events_is_refused_with_advice() {
    let directory = simulated(&["--rate", "6", "--seed", "7"]);
    for format in ["dot", "mermaid"] {
        let (status, shown, said) = outcome(clockring(&["export", text(directory.path()), "--format", format]));
        assert_eq!((status, shown.as_str()), (2, ""), "{said}");
        assert!(said.contains("--first 500"), "{said}");
    }
}

#[test]
fn a_reader_that_has_had_enough_is_no_failure() {
    let directory = simulated(&["--rate", "3000", "--seed", "7", "--for", "10"]);
    let mut child = clockring(&["export", text(directory.path()), "--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[test]
fn what_is_no_run_is_refused_by_name() {
    let directory = tempdir().unwrap();
    let (status, _, said) = outcome(clockring(&["export", text(directory.path()), "--format", "csv"]));
    assert!(status == 2 && said.contains(text(directory.path())), "{said}");
}

#[test]
fn a_run_that_breaks_rules_is_exported_with_a_warning() {
    let directory = simulated(&["--rates", "1,3,6", "--seed", "7", "--for", "20"]);
    let log = directory.path().join("A.csv");
    let sound = std::fs::read_to_string(&log).unwrap();
    let spoilt = |line: &str| {
        if line.starts_with("7,") { "7,946684807000000000,internal,,,1,0\n".to_owned() } else { format!("{line}\n") }
    };
    std::fs::write(&log, sound.lines().map(spoilt).collect::<String>()).unwrap();
    let (status, exported, said) = outcome(clockring(&["export", text(directory.path()), "--format", "shiviz"]));
    assert_eq!((status, exported.lines().count()), (0, 402), "{said}");
    assert!(said.contains("warning") && said.contains("clockring check"), "{said}");
}
