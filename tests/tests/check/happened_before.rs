//! Happened-before, and the pairs of concurrent events, against a closure over all pairs.

use std::cmp::Ordering;

use clockring::clock::ClockKind;
use host::check::{Concurrency, EventIndex, Rule};
use proptest::prelude::*;

use crate::{
    corruption::settings,
    directory::run as command,
    run_text::{RunText, Setting, ended, good_run},
};

/// All pairs of events of which the first happened before the second, by Lamport's three sentences and nothing else.
fn closure(run: &RunText) -> Vec<(EventIndex, EventIndex)> {
    let mut events = Vec::new();
    for (machine, text) in run.machines.iter().enumerate() {
        for (row, line) in text.lines.iter().enumerate() {
            let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            events.push((EventIndex { machine, row }, cells));
        }
    }
    let name = |machine: usize| run.machines[machine].manifest.id.to_string();
    let mut before = Vec::new();
    for (one, sent) in &events {
        for (other, received) in &events {
            let follows = one.machine == other.machine && one.row + 1 == other.row;
            let number = |stamp: &str| {
                stamp.split(' ').nth(if stamp.contains(' ') { one.machine } else { 0 }).map(str::to_owned)
            };
            let is_message = sent[2] == "send"
                && received[2] == "receive"
                && sent[3].contains(&name(other.machine))
                && received[3] == name(one.machine)
                && number(&received[4]) == number(&sent[5]);
            if follows || is_message {
                before.push((*one, *other));
            }
        }
    }
    let direct = before.clone();
    let mut next = 0;
    while let Some((one, middle)) = before.get(next).copied() {
        next += 1;
        for (_, other) in direct.iter().filter(|(start, _)| *start == middle) {
            if !before.contains(&(one, *other)) {
                before.push((one, *other));
            }
        }
    }
    before
}

/// The pairs of events of different machines, counted one by one.
fn concurrency(run: &RunText, before: &[(EventIndex, EventIndex)]) -> Concurrency {
    let mut counts = Concurrency::default();
    let events: Vec<(EventIndex, &str)> = run
        .machines
        .iter()
        .enumerate()
        .flat_map(|(machine, text)| {
            text.lines
                .iter()
                .enumerate()
                .map(move |(row, line)| (EventIndex { machine, row }, line.split(',').nth(5).expect("a clock")))
        })
        .collect();
    for (index, (one, clock)) in events.iter().enumerate() {
        for (other, other_clock) in events[index + 1..].iter().filter(|(other, _)| other.machine != one.machine) {
            counts.pairs += 1;
            if !before.contains(&(*one, *other)) && !before.contains(&(*other, *one)) {
                counts.concurrent += 1;
                let is_number = !clock.contains(' ');
                counts.concurrent_yet_ordered += u64::from(is_number && clock != other_clock);
            }
        }
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn happened_before_and_concurrency_are_what_the_definition_says(
        setting in prop::sample::select(ClockKind::ALL.to_vec()).prop_flat_map(settings),
        death in prop::option::of(0..60_usize),
    ) {
        let run = good_run(Setting { death, ..setting });
        let before = closure(&run);
        let causality = run.judged().expect("a run").causality.expect("one run");
        prop_assert_eq!(causality.concurrency, concurrency(&run, &before));
        let events: Vec<EventIndex> = run.machines.iter().enumerate().flat_map(|(machine, text)| {
            (0..text.lines.len()).map(move |row| EventIndex { machine, row })
        }).collect();
        for one in &events {
            let past = |machine: usize| {
                let known = events.iter().filter(|event| event.machine == machine);
                known.filter(|event| *event == one || before.contains(&(**event, *one))).count() as u32
            };
            let clock: Vec<u32> = (0..run.machines.len()).map(past).collect();
            prop_assert_eq!(causality.order.clock(*one), &clock[..]);
            for other in &events {
                let order = if one == other {
                    Some(Ordering::Equal)
                } else if before.contains(&(*one, *other)) {
                    Some(Ordering::Less)
                } else if before.contains(&(*other, *one)) {
                    Some(Ordering::Greater)
                } else {
                    None
                };
                prop_assert_eq!(causality.order.compare(*one, *other), order);
            }
        }
        for (machine, text) in run.machines.iter().enumerate() {
            prop_assert_eq!(causality.order.rows(machine), text.lines.len());
        }
    }
}

#[test]
fn words_and_json_have_the_same_pairs() {
    for clock in ClockKind::ALL {
        let run = good_run(Setting { machines: 3, sides: 4, seed: 5, ticks: 60, clock, death: None });
        let counted = concurrency(&run, &closure(&run));
        let Concurrency { pairs, concurrent, concurrent_yet_ordered } = counted;
        assert!(concurrent > 0, "{counted:?}");
        let directory = run.write();
        let path = directory.path().to_str().expect("a path");
        let (_, json, _) = command(&["check", "--json", path]);
        let report: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(report["concurrency"], serde_json::to_value(counted).expect("JSON"));
        let (_, said, _) = command(&["check", path]);
        let share = concurrent as f64 * 100.0 / pairs as f64;
        let words = format!(
            "of {pairs} pairs of events of different machines {concurrent} are concurrent ({share:.1} %); \
             {concurrent_yet_ordered} of these have ordered timestamps all the same\n"
        );
        assert!(said.contains(&words), "«{words}»: {said}");
    }
}

#[test]
fn a_run_without_pairs_has_no_share_of_them() {
    let run = RunText { machines: vec![ended('A', 2, &["internal,,,1,0"], &[]), ended('B', 2, &[], &[])] };
    let directory = run.write();
    let (status, said, _) = command(&["check", directory.path().to_str().expect("a path")]);
    assert!(
        status == 0 && said.contains("of 0 pairs of events of different machines 0 are concurrent (none); 0 of"),
        "{said}"
    );
}

#[test]
fn messages_that_cause_each_other_are_cut_where_the_clock_is_lowest() {
    // Each machine first receives the message that the other sends next.
    let run = RunText {
        machines: vec![
            ended('A', 2, &["receive,B,9,6,0", "send,B,,7,0"], &[]),
            ended('B', 2, &["receive,A,7,8,0", "send,A,,9,0"], &[]),
        ],
    };
    let verdict = run.judged().expect("a run");
    assert!(verdict.violations.count(Rule::ClockCondition) > 0);
    let order = verdict.causality.expect("one run").order;
    let known = |machine, row| order.clock(EventIndex { machine, row }).to_vec();
    assert_eq!([known(0, 0), known(0, 1)], [[1, 0], [2, 0]], "A's first event is taken to have received nothing");
    assert_eq!([known(1, 0), known(1, 1)], [[2, 1], [2, 2]]);
}
