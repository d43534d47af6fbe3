//! One fault is one first cause, whatever follows from it; two faults are two.

use clockring::clock::ClockKind;
use host::check::{FileKind, Place, Rule, Verdict, Violation};
use proptest::prelude::*;

use crate::{
    corruption::{Harm, Value, harm, settings},
    run_text::{RunText, START_NS, Setting, ended, good_run, messages},
};

/// Faults of a single row or line, as a damaged disk or a careless editor makes them. Numbers are off by so much.
fn faults(by: u64) -> impl Strategy<Value = Harm> {
    let columns: Vec<(usize, Value)> = vec![
        (0, Value::More(by)),
        (1, Value::More(3_000_000_000)),
        (2, Value::Word("x")),
        (3, Value::Word("A")),
        (3, Value::Word("B")),
        (4, Value::More(by)),
        (5, Value::More(by)),
        (5, Value::Less(by)),
        (6, Value::More(by)),
        (6, Value::Less(by)),
        (7, Value::More(by * 1_000_000)),
        (7, Value::Less(by * 1_000_000)),
    ];
    prop_oneof![
        2 => Just(Harm::Drop),
        1 => Just(Harm::Duplicate),
        1 => Just(Harm::SwapWithNext),
        1 => Just(Harm::Forget),
        5 => prop::sample::select(columns).prop_map(|(column, value)| Harm::Alter(column, value)),
    ]
}

fn any_run() -> impl Strategy<Value = Setting> {
    prop::sample::select(ClockKind::ALL.to_vec()).prop_flat_map(settings)
}

fn first_causes(verdict: &Verdict) -> Vec<&Violation> {
    verdict.violations.kept().iter().filter(|violation| violation.follows.is_none()).collect()
}

/// A finding by its rule and its line. The number of the tick is left out, and so is that of the line: they move when
/// rows are lost.
type Finding = (Rule, String);

/// The findings of a run, and whether each is a first cause.
fn findings(run: &RunText) -> Vec<(Finding, bool)> {
    let verdict = run.judged().expect("a run that can be read");
    let kept = verdict.violations.kept().iter();
    kept.map(|violation| ((violation.rule, line(run, &violation.at)), violation.follows.is_none())).collect()
}

/// The text of a line, without the number of the tick.
fn line(run: &RunText, place: &Place) -> String {
    let machine = run.machines.iter().find(|machine| machine.manifest.id == place.machine).expect("a machine");
    let rest = match place.file {
        FileKind::Log => machine.lines[place.line as usize - 2].split_once(',').map_or("", |(_, rest)| rest),
        FileKind::Manifest => "",
    };
    format!("{} {rest}", place.file_name())
}

/// The lines that a run's findings are at or against.
fn lines(run: &RunText) -> Vec<String> {
    let verdict = run.judged().expect("a run that can be read");
    let places = verdict.violations.kept().iter().flat_map(|violation| [Some(violation.at), violation.against]);
    places.flatten().map(|place| line(run, &place)).collect()
}

/// Is it a rule about messages?
fn is_of_messages(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::ReceivedWasSent | Rule::ReceivedOnce | Rule::Fifo | Rule::OneStamp | Rule::Conservation | Rule::Queue
    )
}

fn name(machine: usize) -> char {
    char::from(b'A' + machine as u8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn one_fault_is_at_most_one_first_cause(
        setting in any_run(),
        machine in any::<prop::sample::Index>(),
        row in any::<usize>(),
        fault in (1..4_u64).prop_flat_map(faults),
        tidy in any::<bool>(),
    ) {
        let mut run = good_run(setting);
        harm(&mut run, machine.index(setting.machines), row, &fault, tidy);
        let verdict = run.judged().expect("a run");
        let first = first_causes(&verdict);
        prop_assert!(first.len() <= 1, "{:#?}", first);
        prop_assert_eq!(first.is_empty(), verdict.violations.total() == 0);
        let (violations, kept) = (&verdict.violations, verdict.violations.kept());
        prop_assert!(kept.iter().all(|violation| violation.follows.is_none_or(|cause| kept[cause].follows.is_none())));
        prop_assert_eq!(violations.total(), first.len() as u64 + violations.consequences_total());
        prop_assert_eq!(violations.total(), kept.len() as u64);
    }

    #[test]
    fn two_faults_are_two_first_causes(
        setting in any_run(),
        machines in any::<[prop::sample::Index; 2]>(),
        rows in any::<[prop::sample::Index; 2]>(),
        // By so much that no two of them fit together by chance.
        faults in [faults(1_000), faults(1_000)],
        tidy in any::<[bool; 2]>(),
    ) {
        let sound = good_run(setting);
        let places: Vec<(usize, usize)> = machines.iter().zip(&rows).filter_map(|(machine, row)| {
            let machine = machine.index(setting.machines);
            let rows = sound.machines[machine].lines.len();
            (rows > 0).then(|| (machine, row.index(rows)))
        }).collect();
        let &[one, other] = &places[..] else { return Ok(()) };
        // The later one first: rows before it stay where they are.
        if one.0 == other.0 && one.1 < other.1 + 6 {
            return Ok(());
        }
        let with = |which: &[usize]| {
            let mut run = sound.clone();
            for at in which {
                harm(&mut run, places[*at].0, places[*at].1, &faults[*at], tidy[*at]);
            }
            run
        };
        let alone = [with(&[0]), with(&[1])];
        // Faults of one and the same message are not told apart.
        let at = [one, other].map(|(machine, row)| {
            let text = &sound.machines[machine].lines[row];
            format!("{}.csv {}", name(machine), text.split_once(',').expect("columns").1)
        });
        if lines(&alone[0]).contains(&at[1]) || lines(&alone[1]).contains(&at[0]) {
            return Ok(());
        }
        let both = findings(&with(&[0, 1]));
        let alone = alone.map(|run| findings(&run));
        for (of_one, of_other, other) in [(&alone[0], &alone[1], 1), (&alone[1], &alone[0], 0)] {
            let of_it: Vec<_> = both.iter().filter(|(finding, _)| of_one.iter().any(|(one, _)| one == finding)).collect();
            let loses_a_row =
                matches!(faults[other], Harm::Drop) || of_other.iter().any(|((rule, _), _)| *rule == Rule::RowFormat);
            if loses_a_row && of_it.iter().all(|((rule, _), _)| is_of_messages(*rule)) {
                // A row that is lost may have sent or received any message.
                continue;
            }
            let is_told = of_it.iter().any(|(_, is_first)| *is_first);
            prop_assert!(of_it.is_empty() || is_told, "{:#?}\nin\n{:#?}", of_it, both);
        }
    }
}

/// Three machines with long queues.
fn long_run(death: Option<usize>) -> RunText {
    good_run(Setting { machines: 3, sides: 4, seed: 1, ticks: 2_000, clock: ClockKind::Lamport, death })
}

/// The one first cause of a run, by its rule and line; and how many consequences of each rule it has.
fn only_cause(run: &RunText) -> (Rule, String, Vec<(Rule, u64)>) {
    let verdict = run.judged().expect("a run that can be read");
    let first = first_causes(&verdict);
    let [cause] = &first[..] else { panic!("{} first causes: {first:#?}", first.len()) };
    (cause.rule, cause.at.to_string(), verdict.violations.consequences(0).collect())
}

fn count(consequences: &[(Rule, u64)], rule: Rule) -> u64 {
    consequences.iter().filter(|(other, _)| *other == rule).map(|(_, count)| count).sum()
}

#[test]
fn hundreds_of_queues_follow_from_one_lost_row() {
    let mut run = long_run(None);
    run.machine('B').lines.remove(120);
    let (rule, at, consequences) = only_cause(&run);
    assert_eq!((rule, at.as_str()), (Rule::TickNumbering, "B.csv:122"));
    assert!(count(&consequences, Rule::Queue) > 500, "{consequences:?}");
    for rule in [Rule::Manifest, Rule::ClockRule, Rule::ReceivedWasSent] {
        assert!(count(&consequences, rule) > 0, "{}: {consequences:?}", rule.name());
    }
}

#[test]
fn a_log_without_its_end_is_one_finding() {
    let mut run = long_run(None);
    let lines = &mut run.machine('B').lines;
    lines.truncate(lines.len() / 2);
    let (rule, at, consequences) = only_cause(&run);
    assert_eq!((rule, &at[..7]), (Rule::Manifest, "B.json:"));
    for rule in [Rule::ReceivedWasSent, Rule::Conservation, Rule::Queue] {
        assert!(count(&consequences, rule) > 50, "{}: {consequences:?}", rule.name());
    }
}

#[test]
fn of_a_killed_machine_all_messages_after_its_last_row_are_one_finding() {
    let mut run = long_run(Some(1_500));
    let lines = &mut run.machine('B').lines;
    lines.truncate(lines.len() / 2);
    let (rule, _, consequences) = only_cause(&run);
    assert_eq!(rule, Rule::ReceivedWasSent);
    for rule in [Rule::ReceivedWasSent, Rule::Queue] {
        assert!(count(&consequences, rule) > 50, "{}: {consequences:?}", rule.name());
    }
}

#[test]
fn damaged_lines_are_findings_and_all_else_follows_from_the_first() {
    let mut run = long_run(None);
    run.machine('B').lines[120..123].fill("damaged".to_owned());
    let verdict = run.judged().expect("a run that can be read");
    let first: Vec<(Rule, String)> =
        first_causes(&verdict).iter().map(|cause| (cause.rule, cause.at.to_string())).collect();
    let lines = [122, 123, 124].map(|line| (Rule::RowFormat, format!("B.csv:{line}")));
    assert_eq!(first, lines);
    let of_the_first: Vec<(Rule, u64)> = verdict.violations.consequences(0).collect();
    assert!(count(&of_the_first, Rule::Queue) > 500, "{of_the_first:?}");
}

#[test]
fn a_line_that_was_put_in_is_no_missing_row() {
    let mut run = long_run(None);
    run.machine('B').lines.insert(120, "put in".to_owned());
    let (rule, at, consequences) = only_cause(&run);
    assert_eq!((rule, at.as_str()), (Rule::RowFormat, "B.csv:122"));
    assert_eq!(consequences, [(Rule::Manifest, 1)], "it is not a tick");
}

#[test]
fn a_machine_that_runs_too_fast_is_one_finding() {
    let mut run = long_run(None);
    let lines = run.machine('B').lines.len() as u64;
    run.machine('B').manifest.rate = "0.5".parse().expect("a rate");
    let (rule, at, consequences) = only_cause(&run);
    assert_eq!((rule, at.as_str()), (Rule::Rate, "B.csv:2"));
    assert_eq!(consequences, [(Rule::Rate, lines - 1)]);
}

#[test]
fn ticks_that_seem_early_follow_from_a_time_that_was_set_back() {
    let event = |tick: u64, second: u64| format!("{tick},{},internal,,,{tick},0", START_NS + second * 1_000_000_000);
    let mut run = RunText { machines: vec![ended('A', 2, &["internal,,,1,0"], &[]), ended('B', 2, &[], &[])] };
    let machine = run.machine('B');
    machine.lines = [1, 2, 3, 4, 2, 3, 4, 5].iter().zip(1..).map(|(second, tick)| event(tick, *second)).collect();
    machine.manifest.ticks = Some(8);
    machine.manifest.rate = "1".parse().expect("a rate");
    let (rule, at, consequences) = only_cause(&run);
    assert_eq!((rule, at.as_str()), (Rule::TimeOrder, "B.csv:6"));
    assert_eq!(consequences, [(Rule::Rate, 4)]);
}

#[test]
fn a_queue_counted_one_too_long_from_some_row_on_is_one_finding() {
    let mut run = RunText {
        machines: vec![
            ended('A', 2, &["send,B,,1,0", "send,B,,2,0", "send,B,,3,0"], &[]),
            ended('B', 2, &["receive,A,1,2,2", "receive,A,2,3,1", "receive,A,3,4,0", "internal,,,5,0"], &[]),
        ],
    };
    assert_eq!(run.broken(), [""; 0]);
    for (row, queue) in [(1, "2"), (2, "1"), (3, "1")] {
        let line = &mut run.machine('B').lines[row];
        line.replace_range(line.len() - 1.., queue);
    }
    let (rule, at, consequences) = only_cause(&run);
    assert_eq!((rule, at.as_str()), (Rule::Queue, "B.csv:3"));
    // Two more of arrivals, one of a message that waits and is not taken, and one of messages left at the end.
    assert_eq!(consequences, [(Rule::Queue, 4)]);
}

#[test]
fn a_hybrid_clock_that_is_ahead_stays_so_and_is_one_finding() {
    let time_ns = |second: u64| (START_NS + second * 1_000_000_000) >> 16 << 16;
    let (ahead, start) = (time_ns(120), START_NS + 1_000_000_000);
    let mut run = RunText { machines: vec![ended('A', 2, &[""], &[]), ended('B', 2, &["", "", ""], &[])] };
    run.machine('A').lines = vec![format!("1,{},send,B,,{ahead},0", START_NS + 120_000_000_000)];
    run.machine('B').lines = (0..3)
        .map(|tick| {
            let event = if tick == 0 { format!("receive,A,{ahead}") } else { "internal,,".to_owned() };
            format!("{},{},{event},{},0", tick + 1, start + tick, ahead + 1 + tick)
        })
        .collect();
    for machine in &mut run.machines {
        machine.manifest.clock = ClockKind::Hybrid;
    }
    let (rule, at, consequences) = only_cause(&run);
    assert_eq!((rule, at.as_str()), (Rule::ClockDrift, "B.csv:2"));
    assert_eq!(consequences, [(Rule::ClockDrift, 2)]);
}

#[test]
fn a_queue_that_holds_a_message_twice_follows_from_its_second_receive() {
    let run = RunText {
        machines: vec![
            ended('A', 2, &["send,B,,1,0", "send,B,,2,0"], &[]),
            ended('B', 2, &["receive,A,1,2,2", "receive,A,1,3,1", "receive,A,2,4,0"], &[]),
        ],
    };
    let (rule, at, consequences) = only_cause(&run);
    assert_eq!((rule, at.as_str()), (Rule::ReceivedOnce, "B.csv:3"));
    assert_eq!(consequences, [(Rule::Queue, 3)]);
}

#[test]
fn a_copied_receive_is_one_finding_beside_damaged_lines_before_and_after_it() {
    let copied = |lines: &[&str]| {
        let receiver = ended('B', 2, lines, &[]);
        let mut run = RunText { machines: vec![ended('A', 2, &["send,B,,1,0"], &[]), receiver] };
        // A copy repeats the time as well.
        let receives: Vec<usize> = (0..lines.len()).filter(|row| lines[*row].starts_with("receive")).collect();
        let machine = run.machine('B');
        let original = machine.lines[receives[0]].split_once(',').expect("columns").1.to_owned();
        machine.lines[receives[1]] = format!("{},{original}", receives[1] + 1);
        for (line, event) in machine.lines.iter_mut().zip(lines).filter(|(_, event)| **event == "damaged") {
            *line = (*event).to_owned();
        }
        let verdict = run.judged().expect("a run that can be read");
        let causes: Vec<(Rule, String)> =
            first_causes(&verdict).iter().map(|cause| (cause.rule, cause.at.to_string())).collect();
        causes
    };
    let receive = "receive,A,1,2,0";
    let row_format = |line: u64| (Rule::RowFormat, format!("B.csv:{line}"));
    let clock_rule = |line: u64| (Rule::ClockRule, format!("B.csv:{line}"));
    assert_eq!(copied(&[receive, "damaged", receive, "internal,,,4,0"]), [row_format(3), clock_rule(4)]);
    assert_eq!(
        copied(&[receive, receive, "internal,,,3,0", "damaged", "internal,,,5,0"]),
        [clock_rule(3), row_format(5)]
    );
}

#[test]
fn a_copied_receive_is_one_finding_before_a_time_that_was_set_back() {
    let mut run = RunText { machines: vec![ended('A', 2, &["send,B,,1,0"], &[]), ended('B', 2, &[], &[])] };
    let event = |tick: u64, second: u64| {
        let event = if tick <= 2 { "receive,A,1,2,0".to_owned() } else { format!("internal,,,{tick},0") };
        format!("{tick},{},{event}", START_NS + second * 1_000_000_000)
    };
    let machine = run.machine('B');
    machine.lines = [1, 1, 3, 4, 5, 3, 4, 5, 6].iter().zip(1..).map(|(second, tick)| event(tick, *second)).collect();
    machine.manifest.ticks = Some(9);
    machine.manifest.rate = "1".parse().expect("a rate");
    let verdict = run.judged().expect("a run that can be read");
    let first: Vec<(Rule, String)> =
        first_causes(&verdict).iter().map(|cause| (cause.rule, cause.at.to_string())).collect();
    assert_eq!(first, [(Rule::ClockRule, "B.csv:3".to_owned()), (Rule::TimeOrder, "B.csv:7".to_owned())]);
}

#[test]
fn first_causes_come_in_causal_order() {
    let mut run = long_run(None);
    let set = |run: &mut RunText, machine: char, row: usize, column: usize, value: &str| {
        let line = &mut run.machine(machine).lines[row];
        let mut cells: Vec<&str> = line.split(',').collect();
        cells[column] = value;
        *line = cells.join(",");
    };
    // The machines tick at different rates: row 300 of C is before row 200 of B, and that before row 150 of A.
    set(&mut run, 'A', 150, 5, "1000000");
    set(&mut run, 'B', 200, 0, "9999");
    run.machine('C').lines[300] = "damaged".to_owned();
    for row in [290, 310] {
        set(&mut run, 'C', row, 5, "1000000");
    }
    // The first of these fields is known at the start, the other at the end.
    run.machine('B').manifest.sides = 1;
    run.machine('B').manifest.left_in_queue.as_mut().expect("a list").extend(messages(&[('B', 1)]));
    let verdict = run.judged().expect("a run that can be read");
    let first: Vec<(Rule, String)> =
        first_causes(&verdict).iter().map(|cause| (cause.rule, cause.at.to_string())).collect();
    let sides = verdict.violations.of(Rule::Manifest).find(|found| found.text.contains("faces")).expect("a finding").at;
    let left =
        verdict.violations.of(Rule::Manifest).find(|found| found.text.contains("no peer")).expect("a finding").at;
    let expected = [
        (Rule::Manifest, sides.to_string()),
        (Rule::ClockRule, "C.csv:292".to_owned()),
        (Rule::RowFormat, "C.csv:302".to_owned()),
        (Rule::ClockRule, "C.csv:312".to_owned()),
        (Rule::TickNumbering, "B.csv:202".to_owned()),
        (Rule::ClockRule, "A.csv:152".to_owned()),
        (Rule::Manifest, left.to_string()),
    ];
    assert_eq!(first, expected);
    let kept = verdict.violations.kept();
    let follows_its_cause =
        |index: usize, cause: usize| kept[cause + 1..index].iter().all(|found| found.follows == Some(cause));
    let mut following = kept.iter().enumerate().filter_map(|(index, found)| Some((index, found.follows?)));
    assert!(following.all(|(index, cause)| follows_its_cause(index, cause)), "each before its consequences");
}

#[test]
fn a_receive_comes_after_all_that_happened_before_its_send() {
    let sends = ["internal,,,1,0", "internal,,,2,0", "internal,,,3,1", "internal,,,4,0", "send,B,,5,0"];
    let run = RunText { machines: vec![ended('A', 2, &sends, &[]), ended('B', 2, &["receive,A,5,9,0"], &[])] };
    let verdict = run.judged().expect("a run that can be read");
    let first: Vec<String> = first_causes(&verdict).iter().map(|cause| cause.at.to_string()).collect();
    assert_eq!(first, ["A.csv:4", "B.csv:2"]);
}

#[test]
fn of_more_faults_than_are_mended_the_rest_are_told_one_by_one() {
    // Each wrong clock is two findings, and has one mend.
    let faults = |number: u64| {
        let clock = |row: u64| if row % 3 == 2 && row < 3 * number { 1 } else { row };
        let events: Vec<String> = (1..=3 * number).map(|row| format!("internal,,,{},0", clock(row))).collect();
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        let run = RunText { machines: vec![ended('A', 2, &events, &[]), ended('B', 2, &[], &[])] };
        let violations = run.judged().expect("a run that can be read").violations;
        (violations.total(), violations.total() - violations.consequences_total())
    };
    assert_eq!(faults(200), (400, 200));
    assert_eq!(faults(205), (410, 200 + 2 * 5));
}

#[test]
fn a_log_that_is_wrong_throughout_has_as_many_first_causes_as_findings() {
    // The receiver never adds one.
    let numbers = 1..=200;
    let sends: Vec<String> = numbers.clone().map(|clock| format!("send,B,,{clock},0")).collect();
    let receives: Vec<String> = numbers.map(|clock| format!("receive,A,{clock},{clock},0")).collect();
    let machine = |id, events: &[String]| ended(id, 2, &events.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    let run = RunText { machines: vec![machine('A', &sends), machine('B', &receives)] };
    let violations = run.judged().expect("a run that can be read").violations;
    assert_eq!((violations.total(), violations.consequences_total()), (200, 0));
}

#[test]
fn a_timestamp_that_no_send_to_all_has_is_the_cause_of_a_receive_that_is_not_later() {
    let sends = ["internal,,,1,0", "internal,,,2,0", "send,AB,,3,0"];
    let run = RunText {
        machines: vec![
            ended('A', 3, &["receive,C,3,4,0"], &[]),
            ended('B', 3, &["receive,C,4,4,0"], &[]),
            ended('C', 3, &sends, &[]),
        ],
    };
    let (rule, at, consequences) = only_cause(&run);
    assert_eq!((rule, at.as_str(), consequences), (Rule::OneStamp, "B.csv:2", vec![(Rule::ClockCondition, 1)]));
}

#[test]
fn a_message_taken_twice_may_have_been_another_the_first_time() {
    // The clock is far ahead, so that a timestamp tells nothing but the message.
    let run = |second: u64| {
        let sends = ["send,B,,1,0", "internal,,,2,0", "send,B,,3,0", "internal,,,4,0", "send,B,,5,0"];
        let mut rows: Vec<String> = (1..=6).map(|clock| format!("internal,,,{clock},0")).collect();
        rows.extend([(1, 7), (second, 8), (5, 9)].map(|(stamp, clock)| format!("receive,A,{stamp},{clock},0")));
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        RunText { machines: vec![ended('A', 2, &sends, &[]), ended('B', 2, &rows, &[])] }
    };
    assert_eq!(run(3).broken(), [""; 0]);
    let (rule, at, consequences) = only_cause(&run(5));
    assert_eq!((rule, at.as_str(), consequences), (Rule::ReceivedOnce, "B.csv:10", vec![(Rule::Conservation, 1)]));
}
