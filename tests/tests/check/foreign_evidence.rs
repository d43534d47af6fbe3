//! Assumptions that foreign logs show: how timestamps are taken, one row per send.

use std::fmt::Write;

use host::foreign::{Asked, ForeignVerdict};

use crate::foreign::{broken, broken_if_complete, has_remark, verdict, with_patterns};

const FIELDS: &str = r"^(?<host>\w+) (?<clock>\S+) (?<event>\w+)(?: peer=(?<peer>\w+))?(?: ts=(?<stamp>\S+))?$";

const NOT_SENT: [(&str, u64); 1] = [("received-was-sent", 1)];

fn judged(log: &str) -> ForeignVerdict {
    verdict(&[("all.log", log)], &with_patterns(&[FIELDS]))
}

/// Twelve events of `a`, which sends to `b` at 3, 6 and 9, and receives of `b` with these timestamps.
fn receives(stamps: &[u64]) -> String {
    let mut log = String::new();
    for clock in 1..=12 {
        let event = if matches!(clock, 3 | 6 | 9) { "send peer=b" } else { "internal" };
        writeln!(log, "a {clock} {event}").expect("text");
    }
    for (stamp, clock) in stamps.iter().zip(20..) {
        writeln!(log, "b {clock} receive peer=a ts={stamp}").expect("text");
    }
    log
}

#[test]
fn three_receives_show_how_timestamps_are_taken() {
    for (shift, habit, ground) in [
        (-1, "taken before the clock was advanced for the send: it is -1", "that are -1 from the logged time"),
        (0, "", "that are the logged time of the send"),
        (1, "taken after the send was logged: it is +1", "that are +1 from the logged time"),
    ] {
        let shifted =
            |clocks: &[u64]| receives(&clocks.iter().map(|clock| clock.strict_add_signed(shift)).collect::<Vec<_>>());
        let verdict = judged(&shifted(&[3, 6, 9]));
        assert_eq!(broken(&verdict), [], "{shift}");
        let is_said = verdict.remarks.iter().any(|remark| remark.contains("messages carry a timestamp"));
        assert!(
            is_said != habit.is_empty() && (habit.is_empty() || has_remark(&verdict, habit)),
            "{:?}",
            verdict.remarks
        );
        let verdict = judged(&shifted(&[3, 6, 9, 11]));
        assert_eq!(broken(&verdict), NOT_SENT, "{shift}: at 11 is no send");
        let judged_rule =
            verdict.judged.iter().find(|judged| judged.rule.name() == "received-was-sent").expect("judged");
        assert_eq!((judged_rule.compared, judged_rule.amount()), (4, "4 messages".to_owned()));
        assert!(
            judged_rule.grounds[0].contains(&format!("3 receives fit only timestamps {ground}")),
            "{judged_rule:?}"
        );
        assert_eq!(broken(&judged(&shifted(&[3, 6, 11]))), [], "{shift}: two receives show nothing");
    }
}

#[test]
fn sends_show_how_their_timestamps_are_taken_if_all_agree() {
    let after = |sends: &str| {
        let log = format!("a 1 internal\n{sends}a 8 internal\na 9 internal\nb 20 receive peer=a ts=8\n");
        judged(&log)
    };
    assert_eq!(broken(&after("a 3 send peer=b ts=3\na 5 send peer=b ts=5\n")), NOT_SENT);
    assert_eq!(broken(&after("a 3 send peer=b ts=3\na 5 send peer=b ts=6\n")), []);
    assert_eq!(broken(&after("a 3 send peer=b ts=3\na 5 send peer=b\n")), NOT_SENT, "one row of them");
    assert_eq!(broken(&after("a 3 send peer=b\na 5 send peer=b\n")), []);
    let later = after("a 3 send peer=b ts=4\na 7 send peer=b ts=8\n");
    assert_eq!(broken(&later), []);
    assert!(has_remark(&later, "taken after the send was logged: it is +1"), "{:?}", later.remarks);
    let by_two = |second: u64| judged(&format!("a 3 send peer=b ts=4\nc 3 send peer=b ts={second}\nb 9 receive\n"));
    assert!(has_remark(&by_two(4), "it is +1"));
    assert!(!has_remark(&by_two(3), "messages carry"), "two habits");
}

#[test]
fn a_timestamp_outside_of_the_senders_log_may_be_of_a_lost_row() {
    let log =
        |stamp: u64| format!("a 5 internal\na 6 send peer=b ts=6\na 7 internal\nb 20 receive peer=a ts={stamp}\n");
    let complete = Asked { is_complete: true, ..with_patterns(&[FIELDS]) };
    for (stamp, is_broken) in [(4, false), (5, true), (6, false), (7, true), (8, false)] {
        let verdict = judged(&log(stamp));
        assert_eq!(broken(&verdict), if is_broken { &NOT_SENT[..] } else { &[] }, "{stamp}");
        assert_eq!(broken_if_complete(&verdict), [], "{stamp}");
        let verdict = super::foreign::verdict(&[("all.log", &log(stamp))], &complete);
        assert_eq!(broken(&verdict), if stamp == 6 { &[] } else { &NOT_SENT[..] }, "{stamp}");
    }
}

#[test]
fn a_row_of_a_send_to_each_receiver_may_be_missing() {
    let log = |third: &str| {
        format!(
            "a 1 internal\na 2 send peer=b ts=2\n{third}a 5 send peer=c ts=5\na 6 internal\nc 1 internal\nb 20 receive peer=a ts=5\n"
        )
    };
    let once = judged(&log(""));
    assert_eq!((broken(&once), broken_if_complete(&once)), (NOT_SENT.to_vec(), vec![]));
    let in_rows = judged(&log("a 2 send peer=c ts=2\n"));
    assert_eq!((broken(&in_rows), broken_if_complete(&in_rows)), (vec![], NOT_SENT.to_vec()));
    let internal = judged(&log("a 2 send peer=c ts=2\n").replace("a 5 send peer=c ts=5", "a 5 internal"));
    assert_eq!(broken(&internal), NOT_SENT, "an internal event is no row of a send");
}

#[test]
fn the_neighbours_of_a_hybrid_clocks_send_decide_how_timestamps_are_taken() {
    let clock = |wall: u64, count: u64| format!("{{wall:{wall},count:{count}}}");
    let log = |counts: &[u64]| {
        let mut log = String::new();
        for wall in [10, 20, 30] {
            for (count, event) in (0..).zip(["internal", "send peer=b", "send peer=b", "internal"]) {
                writeln!(log, "a {} {event}", clock(wall, count)).expect("text");
            }
        }
        for (count, wall) in counts.iter().zip([10, 20, 30, 30]) {
            writeln!(log, "b {} receive peer=a ts={}", clock(100 + wall, *count), clock(wall, *count)).expect("text");
        }
        log
    };
    assert_eq!(broken(&judged(&log(&[2, 2, 2]))), []);
    assert_eq!(broken(&judged(&log(&[2, 2, 2, 3]))), NOT_SENT, "no time is read twice, so none is later");
    assert_eq!(broken(&judged(&log(&[2, 2, 1, 3]))), [], "the next event may be the send of one");
    assert_eq!(broken(&judged(&log(&[2, 2]))), []);
    // The event after each timestamp is a send: no habit that can be used.
    let before = judged(&log(&[0, 0, 0, 3]));
    assert_eq!((broken(&before), has_remark(&before, "messages carry")), (vec![], false));
}

#[test]
fn an_order_is_judged_however_timestamps_are_taken() {
    for (shift, expected) in [(-2, 0), (-1, 1), (0, 1), (1, 1)] {
        let stamps = [6, 3].map(|clock: u64| clock.strict_add_signed(shift));
        let rules: Vec<&str> = broken(&judged(&receives(&stamps))).into_iter().map(|(rule, _)| rule).collect();
        assert_eq!(rules, vec!["fifo"; expected], "{shift}");
    }
}
