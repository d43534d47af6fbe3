//! Each kind of fault, once: its first cause, and everything that follows from it.

use clockring::clock::ClockKind;

use crate::{
    canaries::vectors,
    run_text::{RunText, START_NS, ended, messages},
};

/// The first causes of a run, each with the number of its consequences of each rule.
pub(crate) fn causes(run: &RunText) -> Vec<(String, Vec<String>)> {
    let violations = run.judged().expect("a run that can be read").violations;
    let first = violations.kept().iter().enumerate().filter(|(_, violation)| violation.follows.is_none());
    first
        .map(|(index, cause)| {
            let following = violations.consequences(index).map(|(rule, count)| format!("{} {count}", rule.name()));
            (format!("{} {}", cause.at, cause.rule.name()), following.collect())
        })
        .collect()
}

#[track_caller]
fn one_cause(run: &RunText, cause: &str, consequences: &[&str]) {
    let consequences = consequences.iter().map(ToString::to_string).collect();
    assert_eq!(causes(run), [(cause.to_owned(), consequences)]);
}

/// A sends to B at 2 and 4, and to all at 5; B receives the first two and answers; C receives the last.
fn sound() -> RunText {
    let run = RunText {
        machines: vec![
            ended(
                'A',
                3,
                &["internal,,,1,0", "send,B,,2,0", "internal,,,3,0", "send,B,,4,0", "send,BC,,5,0"],
                &[('B', 6)],
            ),
            ended(
                'B',
                3,
                &["internal,,,1,0", "receive,A,2,3,1", "receive,A,4,5,0", "send,A,,6,0", "internal,,,7,0"],
                &[('A', 5)],
            ),
            ended('C', 3, &["internal,,,1,0", "receive,A,5,6,0", "internal,,,7,0"], &[]),
        ],
    };
    assert_eq!(run.broken(), [""; 0]);
    run
}

fn with(machine: char, harm: impl FnOnce(&mut Vec<String>)) -> RunText {
    let mut run = sound();
    harm(&mut run.machine(machine).lines);
    run
}

/// A line with another cell.
fn altered(line: &str, column: usize, value: &str) -> String {
    let mut cells: Vec<&str> = line.split(',').collect();
    cells[column] = value;
    cells.join(",")
}

fn with_cell(machine: char, row: usize, column: usize, value: &str) -> RunText {
    with(machine, |lines| lines[row] = altered(&lines[row], column, value))
}

/// Numbers the ticks anew, and counts them in the manifest.
fn renumbered(mut run: RunText, machine: char) -> RunText {
    let text = run.machine(machine);
    for (line, tick) in text.lines.iter_mut().zip(1_u64..) {
        *line = altered(line, 0, &tick.to_string());
    }
    text.manifest.ticks = Some(text.lines.len() as u64);
    run
}

#[test]
fn a_wrong_number_of_a_tick() {
    one_cause(&with_cell('B', 2, 0, "9"), "B.csv:4 tick-numbering", &["tick-numbering 1"]);
    one_cause(&with_cell('B', 2, 0, "1"), "B.csv:4 tick-numbering", &["tick-numbering 1"]);
    one_cause(&with_cell('B', 0, 0, "7"), "B.csv:2 tick-numbering", &["tick-numbering 1"]);
    one_cause(&with_cell('B', 4, 0, "9"), "B.csv:6 tick-numbering", &[]);
}

#[test]
fn a_row_that_is_there_twice() {
    let copied = |machine, row: usize| with(machine, |lines| lines.insert(row, lines[row].clone()));
    let send = copied('A', 3);
    one_cause(&send, "A.csv:6 tick-numbering", &["manifest 1", "clock-rule 1", "conservation 1"]);
    one_cause(&renumbered(send, 'A'), "A.csv:6 clock-rule", &["conservation 1"]);
    let receive = copied('B', 2);
    one_cause(&receive, "B.csv:5 tick-numbering", &["manifest 1", "clock-rule 1", "received-once 1"]);
    one_cause(&renumbered(receive, 'B'), "B.csv:5 clock-rule", &["received-once 1"]);
    let internal = copied('C', 2);
    one_cause(&internal, "C.csv:5 tick-numbering", &["manifest 1", "clock-rule 1"]);
    one_cause(&renumbered(internal, 'C'), "C.csv:5 clock-rule", &[]);
    for (column, value) in [(1, "1700000004000000001"), (6, "1"), (5, "6")] {
        let other = with('B', |lines| lines.insert(3, altered(&lines[2], column, value)));
        assert!(causes(&other).len() > 1, "a row with another {column} is no copy");
    }
}

#[test]
fn rows_out_of_order() {
    let exchanged = with('B', |lines| lines.swap(1, 3));
    let of_exchange = ["time-order 2", "clock-rule 4", "fifo 1", "queue 1"];
    let with_ticks: Vec<&str> = ["tick-numbering 3"].into_iter().chain(of_exchange).collect();
    one_cause(&exchanged, "B.csv:3 tick-numbering", &with_ticks);
    one_cause(
        &renumbered(exchanged, 'B'),
        "B.csv:4 time-order",
        &["time-order 1", "clock-rule 4", "fifo 1", "queue 1"],
    );
    let moved = with('B', |lines| {
        let line = lines.remove(1);
        lines.insert(3, line);
    });
    one_cause(
        &moved,
        "B.csv:3 tick-numbering",
        &["tick-numbering 2", "time-order 1", "clock-rule 2", "fifo 1", "queue 1"],
    );
    let moved_up = with('B', |lines| {
        let line = lines.remove(3);
        lines.insert(1, line);
    });
    one_cause(&moved_up, "B.csv:3 tick-numbering", &["tick-numbering 2", "time-order 1", "clock-rule 3"]);
    let two_pairs = with('B', |lines| {
        lines.swap(0, 1);
        lines.swap(3, 4);
    });
    let ticks = |run: &RunText| causes(run).into_iter().map(|(cause, _)| cause).collect::<Vec<_>>();
    assert_eq!(ticks(&two_pairs), ["B.csv:2 tick-numbering", "B.csv:5 tick-numbering"], "two pairs are two faults");
    let three = with('B', |lines| lines[1..4].reverse());
    assert_eq!(ticks(&three), ["B.csv:3 tick-numbering"]);
    let scrambled = with('B', |lines| {
        lines.swap(0, 3);
        lines.swap(1, 4);
    });
    assert!(ticks(&scrambled).len() > 2, "no one move and no one exchange puts these in order");
}

#[test]
fn a_lost_row() {
    let lost = |machine, row: usize| with(machine, |lines| drop(lines.remove(row)));
    let send = lost('A', 1);
    one_cause(&send, "A.csv:3 tick-numbering", &["manifest 1", "clock-rule 1", "received-was-sent 1"]);
    one_cause(&renumbered(send, 'A'), "A.csv:3 clock-rule", &["received-was-sent 1"]);
    one_cause(&lost('A', 4), "A.json:15 manifest", &["received-was-sent 2", "queue 2"]);
    one_cause(&renumbered(lost('A', 4), 'A'), "B.json:16 received-was-sent", &["received-was-sent 1", "queue 2"]);
    let receive = lost('B', 1);
    one_cause(&receive, "B.csv:3 tick-numbering", &["manifest 1", "conservation 1"]);
    one_cause(&renumbered(receive, 'B'), "A.csv:3 conservation", &[]);
    one_cause(&lost('A', 0), "A.csv:2 tick-numbering", &["manifest 1", "clock-rule 1"]);
    let two = with('A', |lines| drop(lines.drain(1..3)));
    one_cause(&two, "A.csv:3 tick-numbering", &["manifest 1", "clock-rule 1", "received-was-sent 1"]);
    one_cause(&with('B', |lines| lines.truncate(2)), "B.json:15 manifest", &["received-was-sent 1", "conservation 1"]);
}

#[test]
fn a_damaged_line() {
    one_cause(
        &with_cell('A', 1, 2, "x"),
        "A.csv:3 row-format",
        &["tick-numbering 1", "clock-rule 1", "received-was-sent 1"],
    );
    one_cause(&with_cell('A', 4, 2, "x"), "A.csv:6 row-format", &["received-was-sent 2", "queue 2"]);
    let mut killed = with_cell('A', 4, 2, "x");
    let manifest = &mut killed.machine('A').manifest;
    (manifest.ended, manifest.ended_at, manifest.ticks, manifest.left_in_queue) = (None, None, None, None);
    one_cause(&killed, "A.csv:6 row-format", &["received-was-sent 2", "queue 2"]);
}

#[test]
fn a_wrong_value() {
    one_cause(
        &with_cell('A', 1, 5, "9"),
        "A.csv:3 clock-rule",
        &["clock-rule 1", "received-was-sent 1", "conservation 1"],
    );
    one_cause(&with_cell('B', 1, 5, "9"), "B.csv:3 clock-rule", &["clock-rule 1"]);
    one_cause(&with_cell('B', 1, 5, "1"), "B.csv:3 clock-condition", &[]);
    one_cause(&with_cell('B', 1, 4, "3"), "B.csv:3 received-was-sent", &["clock-condition 1", "conservation 1"]);
    one_cause(&with_cell('B', 1, 4, "4"), "B.csv:4 received-once", &["clock-condition 1", "conservation 1"]);
    one_cause(&with_cell('C', 1, 4, "4"), "C.csv:3 received-was-sent", &["clock-rule 1", "conservation 1"]);
    one_cause(&with_cell('B', 1, 3, "C"), "B.csv:3 received-was-sent", &["conservation 1"]);
    one_cause(&with_cell('A', 1, 3, "C"), "B.csv:3 received-was-sent", &["conservation 1"]);
    one_cause(&with_cell('A', 4, 3, "B"), "C.csv:3 received-was-sent", &["queue 2"]);
    one_cause(&with_cell('B', 1, 6, "9"), "B.csv:3 queue", &["queue 1"]);
    one_cause(&with_cell('B', 2, 6, "9"), "B.csv:4 queue", &["queue 1"]);
    one_cause(&with_cell('B', 1, 1, "1800000000000000000"), "B.csv:4 time-order", &[]);
}

#[test]
fn a_message_that_is_not_in_the_list_of_those_left() {
    let forgotten = |left: &[(char, u64)]| {
        let mut run = RunText {
            machines: vec![
                ended('A', 2, &["send,B,,1,0", "send,B,,2,0", "send,B,,3,0"], &[]),
                ended('B', 2, &["internal,,,1,3"], &[('A', 1), ('A', 2), ('A', 3)]),
            ],
        };
        assert_eq!(run.broken(), [""; 0]);
        run.machine('B').manifest.left_in_queue = Some(messages(left));
        run
    };
    one_cause(&forgotten(&[('A', 1), ('A', 2)]), "A.csv:4 conservation", &["queue 1"]);
    one_cause(&forgotten(&[('A', 1), ('A', 3)]), "A.csv:3 conservation", &["queue 1"]);
    one_cause(&forgotten(&[('A', 2), ('A', 3)]), "A.csv:2 conservation", &["queue 1"]);
}

#[test]
fn a_wrong_vector() {
    let with_cell = |machine, row: usize, column: usize, value: &str| {
        let mut run = vectors();
        let lines = &mut run.machine(machine).lines;
        lines[row] = altered(&lines[row], column, value);
        run
    };
    one_cause(&with_cell('B', 2, 4, "3 0"), "B.csv:4 vector-claims", &[]);
    one_cause(&with_cell('B', 2, 4, "4 1"), "B.csv:4 received-was-sent", &["clock-condition 1", "conservation 1"]);
    one_cause(&with_cell('B', 2, 5, "4 3"), "B.csv:4 clock-rule", &["vector-claims 1"]);
    one_cause(
        &with_cell('A', 2, 5, "4 1"),
        "A.csv:4 clock-rule",
        &["vector-claims 1", "received-was-sent 1", "conservation 1"],
    );
    one_cause(&with_cell('A', 2, 5, "3 0"), "A.csv:4 clock-rule", &["vector-claims 2"]);
}

#[test]
fn a_wrong_time_of_a_hybrid_clock() {
    let time_ns = |second: u64| (START_NS + second * 1_000_000_000) >> 16 << 16;
    let mut run = RunText { machines: vec![ended('A', 2, &["", "", ""], &[]), ended('B', 2, &[], &[])] };
    let row = |tick: u64, at: u64| format!("{tick},{at},internal,,,{},0", time_ns(tick));
    run.machine('A').lines = (1..=3).map(|tick| row(tick, time_ns(tick))).collect();
    for machine in &mut run.machines {
        machine.manifest.clock = ClockKind::Hybrid;
    }
    assert_eq!(run.broken(), [""; 0]);
    run.machine('A').lines[1] = row(2, time_ns(90));
    one_cause(&run, "A.csv:4 time-order", &["clock-rule 1"]);
    run.machine('A').lines[1] = row(2, time_ns(0));
    one_cause(&run, "A.csv:3 time-order", &["clock-rule 1", "clock-drift 1"]);
}

#[test]
fn a_fault_that_hides_another_at_the_same_place() {
    // With the send that is there twice the queue could be as long as it says, but it is not left.
    let run = RunText {
        machines: vec![ended('A', 2, &["receive,B,1,2,1"], &[]), ended('B', 2, &["send,A,,1,0", "send,A,,1,0"], &[])],
    };
    let mut run = renumbered(run, 'B');
    let line = run.machine('B').lines[0].clone();
    run.machine('B').lines[1] = line;
    run.machine('B').manifest.ticks = Some(1);
    let found = causes(&run);
    let first: Vec<&str> = found.iter().map(|(cause, _)| cause.as_str()).collect();
    assert_eq!(first, ["B.csv:3 tick-numbering", "A.csv:2 queue"]);
    assert_eq!(found[0].1, ["manifest 1", "clock-rule 1", "conservation 1"]);
}

#[test]
fn a_mend_that_breaks_something_else_is_none() {
    // With time 3 at its send A would have sent the message that B received; but then its next event is wrong.
    let run = RunText {
        machines: vec![
            ended('A', 2, &["internal,,,1,0", "internal,,,2,0", "send,B,,9,0", "internal,,,10,0"], &[]),
            ended('B', 2, &["receive,A,3,4,0"], &[]),
        ],
    };
    let row = |cause: &str, consequences: &[&str]| {
        (cause.to_owned(), consequences.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(causes(&run), [row("A.csv:4 clock-rule", &["received-was-sent 1"]), row("A.csv:4 conservation", &[])]);
}
