//! Messages are taken after they came in, and over a link they come in in order.

use host::check::{Rule, Verdict};

use crate::run_text::{RunText, START_NS, ended, messages};

/// B receives three messages of A and two of C, in this order; each came in so many nanoseconds after the start. A row of B
/// is a second after the one before.
fn run(arrivals: [u64; 5]) -> RunText {
    let events: Vec<String> =
        ["receive,A,1,2,0", "receive,C,1,3,0", "receive,A,2,4,0", "receive,C,2,5,0", "receive,A,3,6,0"]
            .iter()
            .zip(arrivals)
            .map(|(event, arrived_ns)| format!("{event},{}", START_NS + arrived_ns))
            .collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    RunText {
        machines: vec![
            ended('A', 3, &["send,B,,1,0", "send,B,,2,0", "send,B,,3,0"], &[]),
            ended('B', 3, &events, &[]),
            ended('C', 3, &["send,B,,1,0", "send,B,,2,0", "send,A,,3,0"], &[]),
        ],
    }
}

fn judged(mut run: RunText) -> Verdict {
    run.machine('A').manifest.left_in_queue = Some(messages(&[('C', 3)]));
    run.judged().expect("a run that can be read")
}

fn said(arrivals: [u64; 5]) -> Vec<String> {
    judged(run(arrivals)).violations.kept().iter().map(|violation| violation.text.clone()).collect()
}

const SECOND: u64 = 1_000_000_000;

#[test]
fn a_message_may_be_taken_at_the_moment_it_comes_in() {
    assert_eq!(said([SECOND, 2 * SECOND, 3 * SECOND, 4 * SECOND, 5 * SECOND]), [""; 0]);
    assert_eq!(
        said([SECOND, 2 * SECOND, 3 * SECOND, 4 * SECOND, 5 * SECOND + 1]),
        ["B.csv:6 takes a message 1 ns before it came in: one of the two times is wrong"]
    );
}

#[test]
fn messages_of_a_link_may_come_in_together_and_never_back_in_time() {
    assert_eq!(said([7, 5, 7, 5, 7]), [""; 0]);
    assert_eq!(
        said([7, 5, 6, 5, 7]),
        ["the message at B.csv:4 came in 1 ns before the one at B.csv:2, which was sent and taken before it over the \
          same link: one of the two arrivals is wrong"]
    );
}

#[test]
fn a_restart_begins_the_order_of_arrivals_anew() {
    let mut run = run([7, 5, 6, 5, 7]);
    run.machine('B').manifest.restarts = vec![3];
    assert_eq!(judged(run).violations.total(), 0);
}

#[test]
fn across_links_another_order_is_a_remark_beyond_a_millisecond() {
    let notes = |arrivals| judged(run(arrivals)).notes.into_iter().map(|note| note.text).collect::<Vec<_>>();
    assert_eq!(notes([1_000_000, 0, 1_000_000, 0, 1_000_000]), [""; 0]);
    assert_eq!(
        notes([1_000_001, 0, 1_000_001, 0, 1_000_001]),
        [
            "2 messages of B were taken after others that had come in more than 1 ms later, the first at B.csv:3: a lane \
          was full, or the computer was busy"
        ]
    );
}

#[test]
fn one_wrong_arrival_is_one_first_cause() {
    // It is later than its own row, and than the next message of the same link.
    let verdict = judged(run([9 * SECOND, 5, 7, 5, 7]));
    let causes: Vec<(Rule, String)> = verdict
        .violations
        .kept()
        .iter()
        .filter(|violation| violation.follows.is_none())
        .map(|violation| (violation.rule, violation.at.to_string()))
        .collect();
    assert_eq!(causes, [(Rule::Arrival, "B.csv:2".to_owned())]);
    assert_eq!(verdict.violations.total(), 2);
}

#[test]
fn logs_without_arrivals_are_not_judged_by_them() {
    let mut run = run([0; 5]);
    for line in &mut run.machine('B').lines {
        *line = line.rsplit_once(',').expect("a column").0.to_owned();
    }
    let verdict = judged(run);
    assert_eq!(verdict.violations.total(), 0);
    assert!(verdict.unjudged.contains(&(Rule::Arrival, "no log tells when a message came in")));
}
