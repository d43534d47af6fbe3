//! Every rule at its exact boundary: the last value that may be, and the first that may not.

use clockring::clock::{ClockKind, Hybrid};
use host::{
    check::{Rule, Verdict},
    experiment::{Pace, PhaseChoice},
    rundir::{LeftInQueue, Manifest, StampJson, TimeSource},
};

use crate::{
    canaries::{line, three_machines, two_machines, vectors},
    run_text::{RunText, START_NS, ended, messages, name},
};

fn verdict(run: &RunText) -> Verdict {
    run.judged().expect("a run that can be read")
}

/// The sentences of a rule's violations.
fn said(run: &RunText, rule: Rule) -> String {
    let verdict = verdict(run);
    let texts: Vec<&str> = verdict.violations.of(rule).map(|violation| violation.text.as_str()).collect();
    texts.join("\n")
}

#[track_caller]
fn says(run: &RunText, rule: Rule, words: &str) {
    let said = said(run, rule);
    assert!(said.contains(words), "«{words}» is not said of {}: {said}", rule.name());
}

/// Two machines, with something done to one of them.
fn with(machine: char, harm: impl FnOnce(&mut Manifest, &mut Vec<String>)) -> RunText {
    let mut run = two_machines();
    let text = run.machine(machine);
    harm(&mut text.manifest, &mut text.lines);
    run
}

#[test]
fn machines_of_one_run_agree_on_settings_that_were_not_given() {
    type Change = fn(&mut Manifest);
    let agreed: [(Change, &str); 3] = [
        (|manifest| manifest.run = Some(8), "`run` is 8 at B.json:"),
        (|manifest| manifest.time = TimeSource::Virtual, "`time` is Virtual at B.json:"),
        (|manifest| manifest.clock = ClockKind::Hybrid, "`clock` is hybrid at B.json:"),
    ];
    for (change, words) in agreed {
        let run = with('B', |manifest, _| change(manifest));
        assert_eq!(run.broken()[0], "one-run", "{words}");
        says(&run, Rule::OneRun, words);
    }
    let mut larger = two_machines();
    larger.machine('B').manifest.machines = three_machines().machine('A').manifest.machines;
    says(&larger, Rule::OneRun, "`machines` is 3 at B.json:");
}

#[test]
fn settings_of_each_machine_may_differ_if_the_run_has_a_number() {
    type Change = fn(&mut Manifest);
    let told: [(Change, &str); 3] = [
        (|manifest| manifest.seed = 99, "seed is 99, and 1 at A.json:"),
        (|manifest| manifest.sides = 99, "sides is 99, and 10 at A.json:"),
        (|manifest| manifest.phase = PhaseChoice::Random, "phase is Random, and Aligned at A.json:"),
    ];
    for (change, words) in told {
        let mut run = with('B', |manifest, _| change(manifest));
        let notes = verdict(&run).notes;
        assert!(notes.len() == 1 && notes[0].text.starts_with(words), "«{words}»: {notes:?}");
        assert!(notes[0].at.is_some_and(|at| at.to_string().starts_with("B.json:")), "{notes:?}");
        assert_eq!(run.broken(), [""; 0]);
        run.machine('A').manifest.run = None;
        assert_eq!(run.broken(), ["one-run"], "{words}: only one machine knows the number");
        run.machine('B').manifest.run = None;
        assert_eq!(run.broken(), ["one-run"], "{words}: no machine knows it");
    }
    let mut equal = two_machines();
    for machine in &mut equal.machines {
        machine.manifest.run = None;
    }
    assert_eq!(equal.broken(), [""; 0], "nothing differs");
}

#[test]
fn a_die_has_a_face_for_every_machine() {
    assert_eq!(with('B', |manifest, _| manifest.sides = 2).broken(), [""; 0]);
    let run = with('B', |manifest, _| manifest.sides = 1);
    says(&run, Rule::Manifest, "gives the die 1 faces, but 2 machines need one each");
}

#[test]
fn a_manifest_counts_the_lines_of_its_log() {
    for ticks in [4, 6] {
        let run = with('B', |manifest, _| manifest.ticks = Some(ticks));
        says(&run, Rule::Manifest, &format!("counts {ticks} ticks, but B.csv has 5 rows: the log was cut"));
    }
    let mut torn = with('B', |manifest, _| manifest.ticks = Some(6));
    torn.machine('B').torn = "6,17".to_owned();
    says(&torn, Rule::Manifest, "B.csv has 5 rows and a torn line 7:");
    let unreadable = with('B', |manifest, lines| {
        lines.push("6,17".to_owned());
        manifest.ticks = Some(7);
    });
    says(&unreadable, Rule::Manifest, "counts 7 ticks, but B.csv has 6 rows");
}

#[test]
fn a_machine_that_ended_says_how_it_stood() {
    type Change = fn(&mut Manifest);
    let fields: [(Change, &str); 3] = [
        (|manifest| manifest.ticks = None, "ticks"),
        (|manifest| manifest.ended_at = None, "ended_ns"),
        (|manifest| manifest.left_in_queue = None, "left_in_queue"),
    ];
    for (change, field) in fields {
        let mut run = with('B', |manifest, _| change(manifest));
        assert_eq!(said(&run, Rule::Manifest).lines().count(), 1, "{field}");
        says(&run, Rule::Manifest, &format!("says the machine ended, but the manifest has no `{field}`"));
        run.machine('B').manifest.ended = None;
        assert_eq!(said(&run, Rule::Manifest), "", "a machine that still runs does not have it yet: {field}");
    }
}

#[test]
fn only_a_peer_is_a_sender_and_only_with_a_timestamp_of_its_clock() {
    let left = |from: char, stamp: StampJson| LeftInQueue { from: name(from), stamp };
    let lists = |message: LeftInQueue| {
        let in_queue = with('B', |manifest, _| manifest.left_in_queue = Some(vec![message.clone()]));
        let overrun = with('B', |manifest, _| manifest.overruns = vec![message]);
        [in_queue, overrun]
    };
    for from in ['B', 'C'] {
        for run in lists(left(from, StampJson::Number(4))) {
            says(&run, Rule::Manifest, &format!("lists a message from {from}, which is no peer"));
        }
    }
    for run in lists(left('A', StampJson::Counts(vec![4, 0]))) {
        says(&run, Rule::Manifest, "lists a timestamp (4 0), which no lamport clock gives");
    }
    let mut run = vectors();
    run.machine('B').manifest.left_in_queue = Some(vec![left('A', StampJson::Counts(vec![3, 1]))]);
    assert_eq!(said(&run, Rule::Manifest), "");
    run.machine('B').manifest.left_in_queue = Some(messages(&[('A', 3)]));
    says(&run, Rule::Manifest, "lists a timestamp 3, which no vector clock gives");
}

#[test]
fn lines_after_one_that_is_no_row_keep_their_numbers() {
    let mut run = two_machines();
    let lines = &mut run.machine('B').lines;
    lines[4] = line(5, "internal,,,9,0");
    lines.insert(2, "damaged".to_owned());
    lines.insert(5, "damaged too".to_owned());
    // Rows are lines 2, 3, 5, 6, 8.
    says(&run, Rule::RowFormat, "B.csv:4 is not a row");
    says(&run, Rule::RowFormat, "B.csv:7 is not a row");
    says(&run, Rule::ClockRule, "at B.csv:8 has time 9, but after time 4 at B.csv:6");
}

#[test]
fn ticks_are_numbered_from_one() {
    let renumbered = |numbers: [u64; 5]| {
        with('B', |_, lines| {
            for (line, number) in lines.iter_mut().zip(numbers) {
                *line = format!("{number},{}", line.split_once(',').expect("columns").1);
            }
        })
    };
    assert_eq!(renumbered([1, 2, 3, 4, 5]).broken(), [""; 0]);
    says(
        &renumbered([2, 3, 4, 5, 6]),
        Rule::TickNumbering,
        "B.csv:2 is tick 2, but a log starts with tick 1: rows before",
    );
    says(&renumbered([0, 1, 2, 3, 4]), Rule::TickNumbering, "B.csv:2 is tick 0, but a log starts with tick 1");
    says(
        &renumbered([1, 2, 2, 3, 4]),
        Rule::TickNumbering,
        "B.csv:4 is tick 2, but so is B.csv:3: one tick was logged twice",
    );
    says(
        &renumbered([1, 2, 4, 5, 6]),
        Rule::TickNumbering,
        "B.csv:4 is tick 4, but the tick before it, at B.csv:3, is 2: rows between",
    );
    says(
        &renumbered([1, 2, 3, 4, 3]),
        Rule::TickNumbering,
        "B.csv:6 is tick 3, but the tick before it, at B.csv:5, is 4: rows are out",
    );
    let largest = renumbered([1, 2, 3, u64::MAX, 5]);
    assert_eq!(said(&largest, Rule::TickNumbering).lines().count(), 2, "no number comes after the largest");
}

#[test]
fn two_events_may_be_at_the_same_time() {
    let at = |time_ns: u64| with('B', |_, lines| lines[3] = format!("4,{time_ns},receive,A,2,4,0"));
    let before = START_NS + 3_000_000_000;
    assert_eq!(at(before).broken(), [""; 0]);
    says(&at(before - 1), Rule::TimeOrder, "B.csv:5 is 1 ns earlier than B.csv:4");
}

#[test]
fn a_tick_is_early_by_a_timers_error_and_no_more() {
    // Due after 1 s: 50 ms for reading the time, and a hundredth of a second for the timer.
    let first_at = |elapsed_ns: u64| {
        let mut run = two_machines();
        let machine = run.machine('B');
        machine.manifest.rate = Pace::Rate("1".parse().expect("a rate"));
        machine.lines[0] = format!("1,{},internal,,,1,0", START_NS + elapsed_ns);
        run
    };
    assert_eq!(first_at(940_000_000).broken(), [""; 0]);
    let early = first_at(939_999_999);
    assert_eq!(early.broken(), ["rate"]);
    says(&early, Rule::Rate, "tick 1, at B.csv:2, came 939 ms after the start, but at 1 ticks a second (B.json:");
    says(&early, Rule::Rate, "it is due after 1000 ms: the machine ran too fast");
    let mut random = early.clone();
    random.machine('B').manifest.phase = PhaseChoice::Random;
    random.machine('B').lines[0] = format!("1,{START_NS},internal,,,1,0");
    says(&random, Rule::Rate, "at 1 ticks a second with its phase (B.json:");
    let mut restarted = early.clone();
    restarted.machine('B').manifest.restarts = vec![3];
    assert_eq!(restarted.broken(), [""; 0], "the start of a machine that was restarted is another");
    let mut misnumbered = early;
    misnumbered.machine('B').lines[0] = format!("2,{START_NS},internal,,,1,0");
    assert_eq!(misnumbered.broken(), ["tick-numbering"], "it cannot be told when the tick is due");
}

#[test]
fn a_lamport_clock_moves_by_one_or_above_the_message() {
    let with_clock = |row: usize, event: &str| {
        let event = line(row as u64 + 1, event);
        with('B', |_, lines| lines[row] = event)
    };
    says(
        &with_clock(0, "internal,,,2,0"),
        Rule::ClockRule,
        "after time 0 at the start it must be 1: it moved further than one",
    );
    says(
        &with_clock(1, "internal,,,1,0"),
        Rule::ClockRule,
        "after time 1 at B.csv:2 it must be 2: a clock must rise at every",
    );
    says(
        &with_clock(3, "receive,A,2,3,0"),
        Rule::ClockRule,
        "after time 3 at B.csv:4 and the message's 2 it must be 4: a clock",
    );
    says(
        &with_clock(3, "receive,A,2,5,0"),
        Rule::ClockRule,
        "and the message's 2 it must be 4: it was advanced too far",
    );
    let short = |clock: u64| RunText {
        machines: vec![
            ended('A', 2, &["internal,,,1,0", "internal,,,2,0", "send,B,,3,0"], &[]),
            ended('B', 2, &["internal,,,1,0", &format!("receive,A,3,{clock},0")], &[]),
        ],
    };
    assert_eq!(short(4).broken(), [""; 0]);
    says(
        &short(3),
        Rule::ClockCondition,
        "B.csv:3 has time 3, but the message was sent at A.csv:4 at time 3: the receiver did not add",
    );
    says(&short(2), Rule::ClockCondition, "at time 3: the receiver did not take over the message's time");
    let of_nothing = with_clock(3, "receive,A,9,4,0");
    says(&of_nothing, Rule::ClockCondition, "but its message carries time 9: the receiver did not take over");
}

#[test]
fn a_vector_takes_over_each_count_and_adds_one_to_its_own() {
    let with_vector = |clock: &str| {
        let mut run = vectors();
        let machine = run.machine('B');
        machine.lines[2] = machine.lines[2].replace("3 3", clock);
        run
    };
    assert_eq!(with_vector("3 3").broken(), [""; 0]);
    says(
        &with_vector("3 4"),
        Rule::ClockRule,
        "has time (3 4), but after time (1 2) at B.csv:3 and the message's (3 1) it must be (3 3)",
    );
    says(&with_vector("4 3"), Rule::ClockRule, "it must be (3 3): it was advanced too far");
    says(&with_vector("3 2"), Rule::ClockRule, "it must be (3 3): it fell short");
    says(
        &with_vector("2 3"),
        Rule::ClockCondition,
        "has time (2 3), but the message was sent at A.csv:4 at time (3 1): the receiver did not take over",
    );
    says(
        &with_vector("4 3"),
        Rule::VectorClaims,
        "the vector at B.csv:4 claims that (4 3) events of each machine happened before, but by the rows and messages it is (3 3)",
    );
}

/// A time that a hybrid clock can show.
fn shown_ns(second: u64) -> u64 {
    (START_NS + second * 1_000_000_000) >> 16 << 16
}

/// Two machines with hybrid clocks: A sends at this clock, B receives with that, at these times.
fn hybrids(sent: u64, sent_ns: u64, received: u64, received_ns: u64) -> RunText {
    let mut run = RunText { machines: vec![ended('A', 2, &[""], &[]), ended('B', 2, &[""], &[])] };
    run.machine('A').lines[0] = format!("1,{sent_ns},send,B,,{sent},0");
    run.machine('B').lines[0] = format!("1,{received_ns},receive,A,{sent},{received},0");
    for machine in &mut run.machines {
        machine.manifest.clock = ClockKind::Hybrid;
    }
    run
}

#[test]
fn a_hybrid_clock_is_the_time_unless_a_message_is_above_it() {
    let (one, two) = (shown_ns(1), shown_ns(2));
    assert_eq!(hybrids(one, one, two, two).broken(), [""; 0], "time went on");
    assert_eq!(hybrids(one, one, one + 1, one).broken(), [""; 0], "time did not");
    says(&hybrids(one, one, two + 1, two), Rule::ClockRule, "it was advanced too far");
    says(&hybrids(one, one, one + 1, two), Rule::ClockRule, "it fell short");
    says(&hybrids(one + 1, one, two, two), Rule::ClockRule, "it was advanced too far");
}

#[test]
fn a_hybrid_clock_is_ahead_by_a_second_at_most() {
    let start = shown_ns(1);
    let ahead = |ahead_ns: u64| hybrids(start + ahead_ns, start + ahead_ns, start + ahead_ns + 1, start);
    // Clocks show time in steps of 2¹⁶ ns.
    let most = Hybrid::DRIFT_MAX_NS >> 16 << 16;
    let least_too_far =
        hybrids(start + most + (1 << 16), start + most + (1 << 16), start + most + (1 << 16) + 1, start);
    let exactly = hybrids(start + most, start + most, start + most + 1, start + most - Hybrid::DRIFT_MAX_NS);
    let ns_more = hybrids(start + most, start + most, start + most + 1, start + most - Hybrid::DRIFT_MAX_NS - 1);
    assert_eq!(ahead(most).broken(), [""; 0]);
    assert_eq!(exactly.broken(), [""; 0]);
    says(
        &least_too_far,
        Rule::ClockDrift,
        "the clock at B.csv:2 is 1000 ms ahead of the time of its row: a message from more than 1000 ms",
    );
    assert_eq!(ns_more.broken(), ["clock-drift"]);
    let ahead_ns = |run: &RunText| verdict(run).causality.expect("one run").ahead_ns_max;
    assert_eq!(ahead_ns(&exactly), Some(Hybrid::DRIFT_MAX_NS));
    assert_eq!(ahead_ns(&ahead(0)), Some(0));
    assert_eq!(ahead_ns(&two_machines()), None, "a Lamport clock is no time");
    let mut restarted = ns_more;
    restarted.machine('B').manifest.restarts = vec![9];
    assert_eq!(restarted.broken(), [""; 0], "the time may have been set back while it was down");
}

#[test]
fn a_log_has_at_most_a_thousand_lines_that_are_no_rows() {
    let with = |damaged: usize| {
        let mut run = RunText { machines: vec![ended('A', 2, &["internal,,,1,0"], &[]), ended('B', 2, &[], &[])] };
        run.machine('B').lines = vec!["damaged".to_owned(); damaged];
        run.judged().map(|verdict| verdict.violations.count(Rule::RowFormat))
    };
    assert_eq!(with(1_000), Some(1_000));
    assert_eq!(with(1_001), None, "it is not a damaged log but something else");
}
