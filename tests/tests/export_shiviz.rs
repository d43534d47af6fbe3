//! `export --format shiviz`: the rules by which ShiViz accepts a log, as its own parser and graph have them.

use std::{collections::BTreeMap, path::Path};

use tempfile::tempdir;
use tests::program::outcome;

/// An event as ShiViz parses it: its text, its host, and its vector timestamp.
type Parsed = (String, String, BTreeMap<String, u64>);

fn clockring(arguments: &[&str]) -> String {
    let command = tests::program::clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments);
    let (status, shown, said) = outcome(command);
    assert_eq!(status, 0, "{arguments:?}: {said}");
    shown
}

fn simulate(directory: &Path, arguments: &[&str]) {
    let directory = directory.to_str().unwrap();
    clockring(&[&["sim", "--quiet", "--log-dir", directory], arguments].concat());
}

fn export(directories: &[&Path]) -> String {
    let mut arguments = vec!["export", "--format", "shiviz"];
    arguments.extend(directories.iter().map(|directory| directory.to_str().unwrap()));
    clockring(&arguments)
}

/// What the expression on the first line, `(?<event>.*)\n(?<host>\S*) (?<clock>{.*})`, finds in an execution.
fn parse(execution: &str) -> Vec<Parsed> {
    let lines: Vec<&str> = execution.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len() % 2, 0, "an event is two lines");
    let event = |pair: &[&str]| {
        let (host, clock) = pair[1].split_once(' ').expect("a host and a clock");
        (pair[0].to_owned(), host.to_owned(), serde_json::from_str(clock).expect("a clock in JSON"))
    };
    lines.chunks(2).map(event).collect()
}

/// The rules: a host's own entry is there and runs 1, 2, 3 without a gap; no entry is of an unknown host or beyond its
/// last event. And one that ShiViz does not enforce: every timestamp is what the ones before it allow.
fn refusal(events: &[Parsed]) -> Option<String> {
    let mut hosts: BTreeMap<&str, u64> = BTreeMap::new();
    for (text, host, clock) in events {
        let count = hosts.entry(host).or_default();
        *count += 1;
        if clock.get(host) != Some(count) {
            return Some(format!("{text}: the own entry of {host} is {:?} at its event {count}", clock.get(host)));
        }
    }
    let mut known: BTreeMap<(&str, u64), &BTreeMap<String, u64>> = BTreeMap::new();
    for (text, host, clock) in events {
        for (other, entry) in clock {
            let events_of_other = hosts.get(other.as_str()).copied().unwrap_or(0);
            if *entry < 1 || *entry > events_of_other {
                return Some(format!("{text}: an entry {entry} for {other}, which has {events_of_other} events"));
            }
            // Who knows of an event knows all that the event knew of, and it is told before.
            if let Some(theirs) = known.get(&(other.as_str(), *entry)) {
                if theirs.iter().any(|(name, entry)| clock.get(name).is_none_or(|own| own < entry)) {
                    return Some(format!("{text}: knows of {other}'s event {entry}, but not of what that knew of"));
                }
            } else if other != host {
                return Some(format!("{text}: knows of {other}'s event {entry}, which comes later in the file"));
            }
        }
        known.insert((host, clock[host]), clock);
    }
    None
}

#[test]
fn every_export_keeps_the_rules_of_shiviz() {
    for (machines, clock, seed) in
        [("2", "lamport", "1"), ("3", "vector", "2"), ("5", "hybrid", "3"), ("26", "lamport", "4")]
    {
        let directory = tempdir().unwrap();
        let sides = if machines == "26" { "40" } else { "6" };
        simulate(
            directory.path(),
            &["--machines", machines, "--clock", clock, "--seed", seed, "--sides", sides, "--for", "20"],
        );
        let exported = export(&[directory.path()]);
        let events = parse(exported.split_once("\n\n").expect("no delimiter on the second line").1);
        assert_eq!(refusal(&events), None, "{machines} machines, {clock}");
        let rows: usize = tests::program::logs(directory.path()).iter().map(|log| tests::program::rows(log)).sum();
        assert_eq!(events.len(), rows, "every event is there");
    }
}

#[test]
fn a_receive_knows_of_its_send() {
    let directory = tempdir().unwrap();
    simulate(directory.path(), &["--rates", "1,3,6", "--seed", "7", "--for", "30"]);
    let exported = export(&[directory.path()]);
    let events = parse(exported.split_once("\n\n").unwrap().1);
    let mut receives = 0;
    for (text, host, clock) in &events {
        let Some((stamp, rest)) = text.strip_prefix("receive ").and_then(|rest| rest.split_once(" from ")) else {
            continue;
        };
        let from = &rest[..1];
        let sent = |other: &&Parsed| {
            other.1 == from && other.0.contains("send to") && other.0.contains(&format!("clock {stamp},"))
        };
        let (_, _, at_send) =
            events.iter().find(sent).unwrap_or_else(|| panic!("nobody sent what {host} received: {text}"));
        assert!(clock[from] >= at_send[from], "{text}");
        receives += 1;
    }
    assert!(receives > 30, "{receives} receives are too few to say anything");
}

#[test]
fn two_runs_are_two_executions_with_names_of_their_own() {
    let directory = tempdir().unwrap();
    let runs = ["here/run", "there/run"].map(|name| directory.path().join(name));
    for (run, seed) in runs.iter().zip(["1", "2"]) {
        simulate(run, &["--rates", "1,3,6", "--seed", seed, "--for", "5"]);
    }
    let exported = export(&[&runs[0], &runs[1]]);
    let delimiter = exported.lines().nth(1).unwrap();
    assert_eq!(delimiter, "^=== (?<trace>.*) ===$");
    let body = exported.splitn(3, '\n').nth(2).unwrap();
    let names: Vec<&str> = body.lines().filter(|line| line.starts_with("=== ")).collect();
    assert_eq!(names, ["=== 1. run ===", "=== 2. run ==="]);
    for execution in body.split("=== 2. run ===") {
        let events = parse(execution.trim_start_matches("=== 1. run ==="));
        assert!(events.len() > 40 && refusal(&events).is_none());
    }
}

#[test]
fn a_wrong_log_is_refused() {
    let good = "send to B, clock 1, queue 0\nA {\"A\":1}\nreceive 1 from A, clock 2, queue 0\nB {\"A\":1, \"B\":1}\n";
    assert_eq!(refusal(&parse(good)), None);
    for (from, to) in [
        ("A {\"A\":1}", "A {\"A\":2}"),
        ("\"A\":1, \"B\":1", "\"A\":1"),
        ("\"A\":1, \"B\":1", "\"A\":2, \"B\":1"),
        ("\"A\":1, \"B\":1", "\"A\":1, \"B\":1, \"C\":1"),
        ("A {\"A\":1}", "A {\"A\":1, \"B\":1}"),
    ] {
        assert!(refusal(&parse(&good.replace(from, to))).is_some(), "{from} as {to} was accepted");
    }
}
