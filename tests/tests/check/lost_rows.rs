//! A lost row explains what it can have done, and no more.

use clockring::clock::ClockKind;

use crate::{
    faults::causes,
    run_text::{MachineText, RunText, START_NS, ended, messages},
};

/// A machine of a ring of two that lost rows: an event is `-` if its row is lost.
fn with_lost_rows(id: char, events: &[&str], left: &[(char, u64)]) -> MachineText {
    let mut text = ended(id, 2, events, left);
    text.lines.retain(|line| !line.ends_with('-'));
    text
}

fn run(a: &[&str], b: &[&str]) -> RunText {
    RunText { machines: vec![with_lost_rows('A', a, &[]), with_lost_rows('B', b, &[])] }
}

/// The first causes of a run.
fn first(run: &RunText) -> Vec<String> {
    causes(run).into_iter().map(|(cause, _)| cause).collect()
}

#[test]
fn one_row_sends_one_message() {
    let b = ["receive,A,2,3,0", "receive,A,3,4,0", "send,A,,5,0"];
    let two_rows = run(&["internal,,,1,0", "-", "-", "receive,B,5,6,0"], &b);
    assert_eq!(first(&two_rows), ["A.csv:3 tick-numbering"]);
    let one_row = run(&["internal,,,1,0", "-", "receive,B,5,6,0"], &b);
    assert_eq!(first(&one_row), ["B.csv:3 received-was-sent", "A.csv:3 tick-numbering"]);
    let to_both = RunText {
        machines: vec![
            with_lost_rows('A', &["-", "internal,,,2,0"], &[]),
            with_lost_rows('B', &["receive,A,1,2,0"], &[]),
            with_lost_rows('C', &["receive,A,1,2,0"], &[]),
        ],
    };
    let mut to_both = to_both;
    for text in &mut to_both.machines {
        text.manifest.machines = ended('A', 3, &[], &[]).manifest.machines;
    }
    assert_eq!(first(&to_both), ["A.csv:2 tick-numbering"], "a message to all is one row");
}

#[test]
fn one_row_receives_one_message() {
    let a = ["send,B,,1,0", "send,B,,2,0", "send,B,,3,0"];
    let two_rows = run(&a, &["internal,,,1,0", "-", "-", "receive,A,3,5,0"]);
    assert_eq!(first(&two_rows), ["B.csv:3 tick-numbering"]);
    let one_row = run(&a, &["internal,,,1,0", "-", "receive,A,3,4,0"]);
    assert_eq!(first(&one_row), ["A.csv:3 conservation", "B.csv:3 tick-numbering"]);
    let sent_and_received = run(&["send,B,,1,0", "receive,B,2,3,0"], &["internal,,,1,0", "-", "receive,A,1,3,0"]);
    assert_eq!(first(&sent_and_received), ["B.csv:3 tick-numbering"], "the lost row sent the message of 2");
    let both = run(&["send,B,,1,0", "send,B,,2,0", "receive,B,2,3,0"], &["internal,,,1,0", "-", "receive,A,2,3,0"]);
    assert_eq!(first(&both), ["A.csv:2 conservation", "B.csv:3 tick-numbering"], "it did not receive another as well");
}

#[test]
fn a_lost_row_sends_between_the_clocks_around_it_and_in_order() {
    let sends = |receives: &[&str]| run(&["send,B,,1,0", "-", "-", "send,B,,4,0"], receives);
    assert_eq!(
        first(&sends(&["receive,A,1,2,0", "receive,A,2,3,0", "receive,A,3,4,0", "receive,A,4,5,0"])),
        ["A.csv:3 tick-numbering"]
    );
    let exchanged = sends(&["receive,A,1,2,0", "receive,A,3,4,0", "receive,A,2,5,0", "receive,A,4,6,0"]);
    assert_eq!(first(&exchanged), ["A.csv:3 tick-numbering", "B.csv:4 received-was-sent"]);
    let late = sends(&["receive,A,1,2,0", "receive,A,4,5,0", "receive,A,2,6,0"]);
    assert_eq!(first(&late), ["A.csv:3 tick-numbering", "B.csv:4 received-was-sent"]);
    let before_the_hole = sends(&["receive,A,2,3,0", "receive,A,4,5,0"]);
    assert_eq!(
        first(&before_the_hole),
        ["A.csv:2 conservation", "A.csv:3 tick-numbering"],
        "the message before it is lost"
    );
    let above = sends(&["receive,A,1,2,0", "receive,A,4,5,0", "receive,A,5,6,0"]);
    assert_eq!(first(&above), ["A.csv:3 tick-numbering", "B.csv:4 received-was-sent"]);
}

#[test]
fn a_lost_row_receives_between_the_rows_around_it() {
    let a = ["send,B,,1,0", "send,B,,2,0"];
    let overtaken_before = run(&a, &["receive,A,2,3,0", "-", "internal,,,5,0"]);
    assert_eq!(first(&overtaken_before), ["A.csv:2 conservation", "B.csv:3 tick-numbering"]);
    let overtaken_after = run(&a, &["-", "receive,A,2,3,0"]);
    assert_eq!(first(&overtaken_after), ["B.csv:2 tick-numbering"]);
    let at_the_end = run(&a, &["receive,A,1,2,0", "-", "internal,,,4,0"]);
    assert_eq!(first(&at_the_end), ["B.csv:3 tick-numbering"]);
    let after_the_last =
        run(&["send,B,,1,0", "send,B,,2,0", "send,B,,9,0"], &["-", "receive,A,1,3,0", "receive,A,2,4,0"]);
    assert!(first(&after_the_last).contains(&"A.csv:4 conservation".to_owned()), "it was sent after that of time 2");
    let above_the_clock = run(
        &["send,B,,1,0", "internal,,,2,0", "internal,,,3,0", "send,B,,4,0"],
        &["receive,A,1,2,0", "-", "internal,,,4,0"],
    );
    assert_eq!(first(&above_the_clock), ["B.csv:3 tick-numbering"]);
    let below = run(
        &["send,B,,1,0", "internal,,,2,0", "internal,,,3,0", "internal,,,4,0", "send,B,,5,0"],
        &["receive,A,1,2,0", "-", "internal,,,4,0"],
    );
    assert_eq!(
        first(&below),
        ["B.csv:3 tick-numbering", "A.csv:6 conservation"],
        "its receiver would be at 6 at least"
    );
}

#[test]
fn a_clock_rises_over_lost_rows_by_one_for_each_or_above_a_message() {
    let b = ["internal,,,1,0"];
    let after = |lost: usize, event: &str| {
        let mut a = vec!["internal,,,1,0"];
        a.extend(vec!["-"; lost]);
        a.push(event);
        first(&run(&a, &b))
    };
    let only_the_row = ["A.csv:3 tick-numbering"];
    let and_the_clock = ["A.csv:3 tick-numbering", "A.csv:3 clock-rule"];
    assert_eq!(after(1, "internal,,,3,0"), only_the_row);
    assert_eq!(after(1, "internal,,,4,0"), and_the_clock, "nothing was sent to it");
    assert_eq!(after(2, "internal,,,4,0"), only_the_row);
    assert_eq!(after(2, "internal,,,3,0"), and_the_clock, "it fell short");
    let with_message = |clock: u64| {
        let sends: Vec<&str> =
            ["internal,,,1,0", "internal,,,2,0", "internal,,,3,0", "internal,,,4,0", "send,A,,5,0"].into();
        first(&run(&["internal,,,1,0", "-", &format!("internal,,,{clock},0")], &sends))
    };
    assert_eq!(with_message(7), only_the_row, "the lost row received a message of 5");
    assert!(with_message(8).contains(&"A.csv:3 clock-rule".to_owned()));
    let receive =
        |clock: u64| first(&run(&["internal,,,1,0", "-", &format!("receive,B,1,{clock},0")], &["send,A,,1,0"]));
    assert_eq!(receive(3), only_the_row);
    assert!(receive(4).contains(&"A.csv:3 clock-rule".to_owned()));
}

#[test]
fn a_lost_row_of_an_open_log_can_have_received_what_was_under_way() {
    let open = |a: &[&str], b: &[&str]| {
        let mut run = run(a, b);
        for machine in &mut run.machines {
            let manifest = &mut machine.manifest;
            (manifest.ended, manifest.ended_at, manifest.ticks, manifest.left_in_queue) = (None, None, None, None);
        }
        first(&run)
    };
    let explained = ["A.csv:3 tick-numbering"];
    let not_explained = ["A.csv:3 tick-numbering", "A.csv:3 clock-rule"];
    let one_message = ["internal,,,1,0", "internal,,,2,0", "send,A,,3,0"];
    let clock = |clock: u64| open(&["internal,,,1,0", "-", &format!("internal,,,{clock},0")], &one_message);
    assert_eq!(clock(5), explained);
    assert_eq!(clock(6), not_explained);
    let two_messages = ["send,A,,1,0", "internal,,,2,0", "send,A,,3,0"];
    assert_eq!(open(&["receive,B,1,2,0", "-", "internal,,,5,0"], &two_messages), explained);
    let out_of_order = open(&["internal,,,1,0", "-", "receive,B,1,5,0"], &two_messages);
    assert_eq!(out_of_order, not_explained, "the first message came after the lost row");
    let later = open(&["internal,,,1,0", "-", "internal,,,5,0", "receive,B,1,6,0"], &two_messages);
    assert_eq!(later, not_explained, "the first message came after the lost row");
    let sent = open(&["internal,,,1,0", "-", "internal,,,5,0"], &["receive,A,2,3,0", "send,A,,4,0"]);
    assert_eq!(sent, not_explained, "the lost row sent a message");
    let too_late =
        ["internal,,,1,0", "internal,,,2,0", "internal,,,3,0", "internal,,,4,0", "internal,,,5,0", "send,A,,6,0"];
    assert_eq!(open(&["internal,,,1,0", "-", "internal,,,4,0"], &too_late), not_explained, "above the clock");
}

#[test]
fn own_counts_of_vectors_count_the_lost_rows() {
    let after = |clock: &str| {
        let mut run =
            run(&["internal,,,1 0,0", "-", &format!("internal,,,{clock},0")], &["internal,,,0 1,0", "send,A,,0 2,0"]);
        for machine in &mut run.machines {
            machine.manifest.clock = ClockKind::Vector;
        }
        run.machine('A').manifest.left_in_queue = Some(vec![]);
        causes(&run)
    };
    let follows = |found: Vec<(String, Vec<String>)>| found.into_iter().map(|(cause, _)| cause).collect::<Vec<_>>();
    assert_eq!(follows(after("3 2")), ["A.csv:3 tick-numbering"], "the lost row received B's message");
    assert!(follows(after("4 2")).contains(&"A.csv:3 clock-rule".to_owned()));
    assert!(follows(after("3 3")).contains(&"A.csv:3 clock-rule".to_owned()), "B had no third event");
}

#[test]
fn a_hybrid_clock_over_a_lost_row_is_at_most_the_time_and_a_step() {
    let time_ns = |second: u64| (START_NS + second * 1_000_000_000) >> 16 << 16;
    let after = |clock: u64| {
        let mut run = run(&["internal,,,1,0", "-", "internal,,,1,0"], &[]);
        run.machine('A').lines[0] = format!("1,{},internal,,,{},0", time_ns(1), time_ns(1));
        run.machine('A').lines[1] = format!("3,{},internal,,,{clock},0", time_ns(3));
        for machine in &mut run.machines {
            machine.manifest.clock = ClockKind::Hybrid;
        }
        first(&run)
    };
    assert_eq!(after(time_ns(3)), ["A.csv:3 tick-numbering"]);
    assert_eq!(after(time_ns(3) + 2), ["A.csv:3 tick-numbering"], "its time can be that of the row after it");
    assert!(after(time_ns(3) + 3).contains(&"A.csv:3 clock-rule".to_owned()));
    assert!(after(time_ns(3) - 1).contains(&"A.csv:3 clock-rule".to_owned()));
}

#[test]
fn a_lost_send_explains_one_message_that_waits_and_only_where_it_can_have_come() {
    let waits = |queue: u64| {
        let b = [format!("internal,,,1,{queue}"), "receive,A,1,2,0".to_owned()];
        causes(&run(&["-", "internal,,,2,0"], &b.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    let row = |consequences: &[&str]| {
        ("A.csv:2 tick-numbering".to_owned(), consequences.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(waits(1), [row(&["manifest 1", "clock-rule 1", "received-was-sent 1", "queue 2"])]);
    assert_eq!(waits(2).len(), 2, "a second message that waits is not explained");
    // A lost its send after it had heard of B's first event.
    let too_early = |queue: u64| {
        let b = [format!("send,A,,1,{queue}"), "receive,A,3,4,0".to_owned()];
        first(&run(&["receive,B,1,2,0", "-", "internal,,,4,0"], &b.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    assert_eq!(too_early(0), ["A.csv:3 tick-numbering"]);
    assert_eq!(too_early(1), ["B.csv:2 queue", "A.csv:3 tick-numbering"]);
}

#[test]
fn the_queue_of_an_open_log_can_hold_what_lost_rows_sent() {
    let open = |queue: u64| {
        let mut run = run(&["-", "internal,,,2,0"], &[&format!("internal,,,1,{queue}")]);
        let manifest = &mut run.machine('B').manifest;
        (manifest.ended, manifest.ended_at, manifest.ticks, manifest.left_in_queue) = (None, None, None, None);
        first(&run)
    };
    assert_eq!(open(1), ["A.csv:2 tick-numbering"]);
    assert_eq!(open(2).len(), 2);
}

#[test]
fn lost_rows_take_messages_that_waited() {
    let waits = |queue: u64, lost: usize, event: &str| {
        let mut b = vec![format!("internal,,,1,{queue}")];
        b.extend(vec!["-".to_owned(); lost]);
        b.push(event.to_owned());
        let a: Vec<String> = (1..=9).map(|clock| format!("send,B,,{clock},0")).collect();
        let text =
            |events: &[String], id| with_lost_rows(id, &events.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
        let mut run = RunText { machines: vec![text(&a, 'A'), text(&b, 'B')] };
        // All that B does not take is left.
        let first_left = if event.starts_with("receive") { lost as u64 + 2 } else { lost as u64 + 1 };
        let left: Vec<(char, u64)> = (first_left..=9).map(|stamp| ('A', stamp)).collect();
        run.machine('B').manifest.left_in_queue = Some(messages(&left));
        first(&run)
    };
    let only_the_rows = ["B.csv:3 tick-numbering"];
    let and_the_queue = ["B.csv:3 tick-numbering", "B.csv:3 queue"];
    assert_eq!(waits(2, 2, "internal,,,4,0"), only_the_rows);
    assert_eq!(waits(3, 2, "internal,,,4,0"), and_the_queue, "a third message waited");
    assert_eq!(waits(3, 2, "receive,A,3,4,0"), only_the_rows);
    assert_eq!(waits(4, 2, "receive,A,3,4,0"), and_the_queue, "one of four vanished");
    assert_eq!(waits(4, 2, "receive,A,3,4,1"), only_the_rows);
}

#[test]
fn a_lost_end_takes_messages_that_waited() {
    let left = |queue: u64| {
        let mut run = run(&["send,B,,1,0", "send,B,,2,0", "send,B,,3,0"], &[&format!("internal,,,1,{queue}"), "-"]);
        run.machine('B').manifest.left_in_queue = Some(messages(&[('A', 2)]));
        first(&run)
    };
    let lost = "A.csv:4 conservation";
    assert_eq!(left(2), ["B.json:15 manifest", lost]);
    assert!(left(3).len() > 1);
}
