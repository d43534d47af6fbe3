//! Remarks on a run that breaks no rule, each expected to come and expected not to.

use clockring::clock::ClockKind;
use host::{check::Rule, rundir::Manifest};

use crate::{
    canaries::{line, two_machines},
    directory::run as command,
    run_text::{RunText, Setting, good_run, messages},
};

/// The notes of a run, each with its place.
fn notes(run: &RunText) -> Vec<String> {
    let notes = run.judged().expect("a run that can be read").notes;
    notes.iter().map(|note| note.at.map_or(note.text.clone(), |at| format!("{at}: {}", note.text))).collect()
}

fn killed(run: &mut RunText, machine: char) {
    let Manifest { ended, ended_at, ticks, left_in_queue, .. } = &mut run.machine(machine).manifest;
    (*ended, *ended_at, *ticks, *left_in_queue) = (None, None, None, None);
}

#[test]
fn a_run_in_good_order_has_no_notes() {
    assert_eq!(notes(&two_machines()), [""; 0]);
}

#[test]
fn rules_without_an_occasion_are_named_with_the_reason() {
    let unjudged = |run: &RunText| {
        let unjudged = run.judged().expect("a run that can be read").unjudged;
        unjudged.iter().map(|(rule, reason)| format!("{}: {reason}", rule.name())).collect::<Vec<_>>()
    };
    let kept = |clock: ClockKind| good_run(Setting { machines: 3, sides: 4, seed: 1, ticks: 20, clock, death: None });
    assert_eq!(unjudged(&kept(ClockKind::Lamport)), ["clock-drift: no hybrid clock", "vector-claims: no vector clock"]);
    assert_eq!(unjudged(&kept(ClockKind::Vector)), ["clock-drift: no hybrid clock"]);
    assert_eq!(unjudged(&kept(ClockKind::Hybrid)), ["vector-claims: no vector clock"]);
    let mut different = two_machines();
    different.machine('B').manifest.run = Some(8);
    let alone = ["one-run", "manifest", "row-format", "tick-numbering", "time-order", "rate", "arrival"];
    let together: Vec<String> = Rule::ALL
        .iter()
        .filter(|rule| !alone.contains(&rule.name()))
        .map(|rule| format!("{}: the logs are of different runs", rule.name()))
        .collect();
    assert_eq!(unjudged(&different), together);

    let directory = different.write();
    let path = directory.path().to_str().expect("a path");
    let (_, said, _) = command(&["check", path]);
    let names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).filter(|name| !alone.contains(name)).collect();
    let words = format!("rules: 6 of 7 hold; not judged, the logs are of different runs: {}\n", names.join(", "));
    assert!(said.contains(&words), "«{words}»: {said}");
    let (_, said, _) = command(&["check", "--json", path]);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let rules = report["rules"].as_array().expect("a list");
    let judged: Vec<&str> =
        rules.iter().filter(|rule| rule["judged"] == true).filter_map(|rule| rule["name"].as_str()).collect();
    assert_eq!(judged, alone);
}

#[test]
fn a_torn_line_is_noted_with_its_length() {
    let mut run = two_machines();
    run.machine('B').torn = "6,17000".to_owned();
    assert_eq!(notes(&run), ["B.csv:7: a torn line of 7 bytes: B died while it wrote it; it is not counted"]);
}

#[test]
fn of_a_machine_that_did_not_end_the_messages_under_way_are_told() {
    let said = |run: &RunText| {
        let verdict = run.judged().expect("a run that can be read");
        assert_eq!(verdict.notes, []);
        verdict.unfinished.iter().map(|note| note.text.clone()).collect::<Vec<_>>()
    };
    let mut run = two_machines();
    killed(&mut run, 'B');
    assert_eq!(said(&run), ["B was killed or still runs, and lacks 1 message of A"]);
    run.machine('A').lines[3] = line(4, "internal,,,4,0");
    assert_eq!(said(&run), ["B was killed or still runs"], "nothing is under way");
    let mut lost = two_machines();
    lost.machine('B').manifest.left_in_queue = Some(vec![]);
    assert_eq!(said(&lost), [""; 0], "a loss is a violation");
}

#[test]
fn messages_that_found_a_lane_full_are_noted() {
    let mut run = two_machines();
    run.machine('B').manifest.left_in_queue = Some(vec![]);
    run.machine('B').manifest.overruns = messages(&[('A', 4)]);
    let said = notes(&run);
    assert!(
        said.len() == 1 && said[0].ends_with("B cannot push back: 1 message found its lanes full, and was lost"),
        "{said:?}"
    );
}

#[test]
fn restarts_are_noted_with_their_number() {
    let mut run = two_machines();
    run.machine('B').manifest.restarts = vec![3, 5];
    let said = notes(&run);
    assert!(said.len() == 1 && said[0].ends_with("B was restarted twice and resumed from its log"), "{said:?}");
}
