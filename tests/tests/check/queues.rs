//! The length of a queue at its exact boundaries.

use host::{
    check::{Run, judge},
    rundir::RunDirectory,
};

use crate::run_text::{RunText, ended};

/// A sends this many messages; B has these rows, and these messages left.
fn run(sent: u64, events: &[&str], left: &[u64]) -> RunText {
    let sends: Vec<String> = (1..=sent).map(|clock| format!("send,B,,{clock},0")).collect();
    let sends: Vec<&str> = sends.iter().map(String::as_str).collect();
    let left: Vec<(char, u64)> = left.iter().map(|stamp| ('A', *stamp)).collect();
    RunText { machines: vec![ended('A', 2, &sends, &[]), ended('B', 2, events, &left)] }
}

#[track_caller]
fn breaks(run: &RunText, words: &str) {
    assert_eq!(run.broken(), ["queue"], "{words}");
    let verdict = run.judged().expect("a run that can be read");
    let said = verdict.violations.kept().iter().any(|violation| violation.text.contains(words));
    assert!(said, "«{words}» is not said: {:#?}", verdict.violations.kept());
}

#[test]
fn a_queue_that_is_exactly_full_is_sound() {
    let with_capacity = |machines: usize, capacity: usize| {
        let mut run = match machines {
            2 => run(3, &["internal,,,1,3", "receive,A,1,2,2", "receive,A,2,3,1", "receive,A,3,4,0"], &[]),
            _ => RunText {
                machines: vec![
                    ended('A', 3, &["send,BC,,1,0", "send,B,,2,0"], &[]),
                    ended('B', 3, &["internal,,,1,4", "receive,A,1,2,3"], &[('A', 2), ('C', 1), ('C', 2)]),
                    ended('C', 3, &["send,AB,,1,0", "send,B,,2,0"], &[('A', 1)]),
                ],
            },
        };
        if machines == 3 {
            run.machine('A').manifest.left_in_queue = Some(crate::run_text::messages(&[('C', 1)]));
        }
        run.machine('B').manifest.capacity = capacity;
        run
    };
    // One message of each link is in the hand of the receiver.
    assert_eq!(with_capacity(2, 2).broken(), [""; 0]);
    breaks(&with_capacity(2, 1), "3 messages wait after B.csv:2, but the queues hold at most 2 (B.json:");
    assert_eq!(with_capacity(3, 1).broken(), [""; 0]);
    breaks(&with_capacity(3, 0), "4 messages wait after B.csv:2, but the queues hold at most 2 (B.json:");
}

#[test]
fn of_two_that_wait_one_is_taken_and_one_is_left() {
    let then = |queue: u64| run(3, &["internal,,,1,2", &format!("receive,A,1,2,{queue}")], &[2, 3]);
    assert_eq!(then(2).broken(), [""; 0], "another came in");
    assert_eq!(then(1).broken(), [""; 0]);
    breaks(&then(0), "2 messages waited after B.csv:2 and B.csv:3 took one, but only 0 are left: some vanished");
}

#[test]
fn the_die_is_rolled_only_if_nothing_waits() {
    let after = |queue: u64| run(1, &[&format!("internal,,,1,{queue}"), "internal,,,2,1"], &[1]);
    assert_eq!(after(0).broken(), [""; 0]);
    breaks(&after(1), "B.csv:3 receives nothing, though 1 waited after B.csv:2: a waiting message comes before");
}

#[test]
fn at_least_the_messages_that_waited_last_are_left() {
    let left = |queue: u64| run(2, &[&format!("internal,,,1,{queue}")], &[1, 2]);
    for queue in [0, 1, 2] {
        assert_eq!(left(queue).broken(), [""; 0], "{queue} waited: more came in after the last event");
    }
    let lost = run(2, &["receive,A,1,2,1"], &[]);
    let mut open = lost.clone();
    assert_eq!(lost.broken(), ["conservation", "queue"]);
    let verdict = lost.judged().expect("a run");
    let words = "1 message waited after the last event, B.csv:2, but B.json:";
    assert!(verdict.violations.kept().iter().any(|violation| violation.text.contains(words)), "{verdict:#?}");
    open.machine('B').manifest.left_in_queue = None;
    open.machine('B').manifest.ended = None;
    assert_eq!(open.broken(), [""; 0], "it did not say what was left");
}

#[test]
fn no_more_messages_arrive_than_can_have_been_sent() {
    let waiting = |queue: u64| run(2, &["receive,A,1,2,0", &format!("internal,,,3,{queue}")], &[2]);
    assert_eq!(waiting(0).broken(), [""; 0]);
    assert_eq!(waiting(1).broken(), [""; 0]);
    let mut too_many = waiting(2);
    too_many.machine('B').manifest.left_in_queue = None;
    too_many.machine('B').manifest.ended = None;
    breaks(
        &too_many,
        "up to B.csv:3, 1 messages were received and 2 wait, which makes 3; but only 2 can have been sent to B by then",
    );
}

#[test]
fn only_sends_that_an_event_did_not_cause_can_have_arrived_before_it() {
    // A sends at 1, and again after it heard of B's first event.
    let run = |queue: u64| RunText {
        machines: vec![
            ended('A', 2, &["send,B,,1,0", "receive,B,1,2,0", "send,B,,3,0"], &[]),
            ended('B', 2, &[&format!("send,A,,1,{queue}"), "receive,A,1,2,0"], &[('A', 3)]),
        ],
    };
    assert_eq!(run(1).broken(), [""; 0]);
    breaks(&run(2), "0 messages were received and 2 wait, which makes 2; but only 1 can have been sent");
}

#[test]
fn without_all_logs_or_while_they_grow_arrivals_are_not_judged() {
    let text = run(1, &["internal,,,1,2"], &[1, 1]);
    let mut alone = text.clone();
    alone.machines.remove(0);
    alone.machine('B').manifest.left_in_queue = Some(vec![]);
    alone.machine('B').lines[0] = alone.machine('B').lines[0].replace(",1,2", ",1,0");
    assert_eq!(alone.broken(), [""; 0]);
    let directory = run(1, &["internal,,,1,2"], &[]).write();
    let queues = |settled: usize| {
        let mut run = Run::load(&RunDirectory::at(directory.path())).expect("a run");
        run.logs[1].settled = settled;
        let violations = judge(&run).violations;
        violations.kept().iter().filter(|violation| violation.text.contains("can have been sent")).count()
    };
    assert_eq!((queues(1), queues(0)), (1, 0));
}
