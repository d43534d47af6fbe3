//! Rows at which the clock of a foreign log begins again, and rows that are one event.

use std::fmt::Write;

use crate::foreign::{broken, has_remark, verdict, verdicts, with_patterns};

const FIELDS: &str =
    r"^(?<host>\w+) (?<clock>\d+) (?<event>\w+)(?: peer=(?<peer>\w+))?(?: ts=(?<stamp>\d+))?(?: id=(?<id>\w+))?$";

/// The rows at which the clock of the first machine begins again.
fn begins(files: &[&str]) -> Vec<usize> {
    let names: Vec<String> = (0..files.len()).map(|number| format!("all.log.{number}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(files.iter().copied()).collect();
    let run = verdicts(&files, &with_patterns(&[FIELDS])).remove(0).0;
    run.logs[0].begins.iter().map(|begin| begin.row).collect()
}

#[test]
fn rows_of_a_first_event_stand_together() {
    assert_eq!(begins(&["a 1 foo\na 1 bar\na 2 foo\n"]), [0; 0]);
    assert_eq!(begins(&["a 1 foo\nb 1 foo\na 1 bar\na 2 foo\n"]), [1], "apart");
    assert_eq!(begins(&["a 1 foo\n", "a 1 bar\na 2 foo\n"]), [1], "in two files");
    assert_eq!(begins(&["a 1 foo\n", "b 1 foo\na 1 bar\n"]), [1], "in two files, one place after the other");
    assert_eq!(begins(&["a 1 foo\nb 1 foo\na 2 bar\nb 2 foo\na 2 foo\n"]), [0; 0], "a second event");
    assert_eq!(begins(&["a 1 send\nb 1 foo\na 1 send\n"]), [0; 0], "known as sends");
    assert_eq!(begins(&["a 1 internal\na 1 internal again\n"]), [0; 0]);
}

/// A log of so many receives, of which those at the given places fall back to 5.
fn falling(receives: usize, falls: &[usize]) -> String {
    let mut log = "a 1 internal\n".to_owned();
    for place in 0..receives {
        let clock = if falls.contains(&place) { 5 } else { 20 + place };
        writeln!(log, "a {clock} receive ts={}", clock - 1).expect("text");
    }
    log
}

/// The number of clocks that go back in a log.
fn backward(log: &str) -> u64 {
    let verdict = verdict(&[("all.log", log)], &with_patterns(&[FIELDS]));
    broken(&verdict).iter().map(|(rule, count)| if *rule == "clock-rule" { *count } else { 0 }).sum()
}

#[test]
fn a_program_that_takes_any_timestamp_does_so_at_a_fifth_of_its_receives() {
    assert_eq!(backward(&falling(15, &[1, 3, 5])), 3);
    assert_eq!(backward(&falling(16, &[1, 3, 5])), 0, "too rare");
    assert_eq!(backward(&falling(16, &[1, 3, 5, 7])), 4);
    assert_eq!(backward(&falling(5, &[1, 3])), 0, "twice is no habit");
    let log = falling(12, &[1, 3, 5]);
    assert_eq!(backward(&format!("{log}a 50 send peer=x\na 50 send peer=y\n")), 3, "a clock that stands is no fall");
    assert_eq!(backward(&format!("{log}a 6 internal\n")), 0, "it falls elsewhere as well");
    assert_eq!(backward(&log.replace("a 5 receive ts=4\n", "a 6 receive ts=4\n")), 0, "to another clock");
    assert_eq!(backward(log.strip_prefix("a 1 internal\n").expect("a first row")), 0, "it begins with a receive");
}

#[test]
fn a_clock_that_falls_at_one_row_in_eight_is_of_several_machines() {
    let of = |log: &str| verdict(&[("all.log", log)], &with_patterns(&[FIELDS]));
    let text = |blocks: usize, more: usize| {
        let mut log = String::new();
        for _ in 0..blocks {
            (10..16).for_each(|clock| writeln!(log, "a {clock} internal").expect("text"));
        }
        (0..more).for_each(|clock| writeln!(log, "a {} internal", 20 + clock).expect("text"));
        log
    };
    let log = |blocks: usize, more: usize| of(&text(blocks, more));
    let several = "goes back at 3 rows of 24, first at all.log:7: if the file holds events of several machines";
    assert!(has_remark(&log(4, 0), several), "{:?}", log(4, 0).remarks);
    let rare = log(4, 1);
    assert!(
        has_remark(&rare, "goes from 15 at all.log:6 to 10 at all.log:7 (and 2 times more): a second run"),
        "{:?}",
        rare.remarks
    );
    assert!(has_remark(&log(3, 0), "(and once more): a second run"), "twice is no habit");
    let stands = of(&format!("{}a 16 send peer=x\na 16 send peer=y\n", text(3, 0)));
    assert!(has_remark(&stands, "(and once more): a second run"), "a clock that stands is no fall");
    assert!(has_remark(&log(2, 0), "to 10 at all.log:7: a second run"));
}

#[test]
fn a_clock_falls_within_a_run_that_goes_on_from_before() {
    let log = |rows: &[u64]| -> String { rows.iter().map(|clock| format!("a {clock} internal\n")).collect() };
    assert_eq!(backward(&log(&[1, 2, 3, 4, 5, 3, 6, 7])), 1);
    assert_eq!(backward(&log(&[1, 2, 3, 4, 5, 3, 5, 6])), 0, "not from before");
    assert_eq!(backward(&log(&[1, 2, 3, 4, 5, 3, 4, 5])), 0, "it counts on");
    assert_eq!(backward(&log(&[1, 2, 3, 4, 5, 1, 6, 7])), 0, "at the first clock");
    assert_eq!(backward(&log(&[2, 3, 4, 5, 3, 6, 7])), 1, "four steps besides");
    assert_eq!(backward(&log(&[2, 3, 4, 3, 5, 6])), 1, "three");
    assert_eq!(backward(&log(&[2, 3, 4, 3, 5])), 0, "two");
    assert_eq!(backward(&log(&[1, 2, 3, 5, 6, 7, 8, 4, 9, 10])), 0, "a step of two: it does not count every event");
}

#[test]
fn a_time_that_is_not_understood_is_named() {
    let remarks = |times: &[&str]| {
        let rows: String = (1..).zip(times).map(|(clock, time)| format!("{time},{clock},internal\n")).collect();
        let asked = with_patterns(&[r"^(?<time>[^,]*),(?<clock>\d+),(?<event>\w+)$"]);
        let remarks = verdicts(&[("a.log", &rows)], &asked).remove(0).0.reading.remarks;
        remarks.into_iter().find(|remark| remark.contains("not understood")).unwrap_or_default()
    };
    let said =
        |at: u64, others: &str| format!("a.log:{at}: the time `soon` is not understood{others}, and is left out");
    assert_eq!(remarks(&["", "10:00:01", ""]), "");
    assert_eq!(remarks(&["soon", "10:00:01", ""]), said(1, ""));
    assert_eq!(remarks(&["", "soon", "late"]), said(2, ", as is another"));
    assert_eq!(remarks(&["", "soon", "late", "later"]), said(2, ", as are 2 others"));
}

#[test]
fn rows_with_one_clock_are_one_event_if_their_kinds_and_messages_allow_it() {
    for (one, other, differ) in [
        ("send peer=b", "send peer=c", 0),
        ("internal", "internal id=x", 1),
        ("send peer=b", "internal", 1),
        ("receive peer=b ts=3", "receive peer=b ts=3 id=x", 1),
        ("receive peer=b id=x", "receive peer=b id=x", 0),
        ("receive peer=b ts=3", "receive peer=b ts=2", 1),
        ("receive peer=b ts=3", "receive peer=c ts=3", 1),
        ("receive peer=b ts=3 id=x", "receive peer=b ts=3 id=y", 1),
        ("receive peer=b ts=3", "send peer=b", 1),
        ("foo", "bar", 0),
        ("foo", "internal", 0),
        ("receive peer=b ts=3", "foo", 0),
    ] {
        let others = "b 1 send peer=a\nb 2 send peer=a\nb 3 send peer=a\nc 3 send peer=a\nx 1 internal\n";
        let log = format!("a 1 internal\na 5 {one}\nx 2 internal\na 5 {other}\na 6 internal\n{others}");
        assert_eq!(backward(&log), differ, "{one}, {other}");
    }
}

#[test]
fn two_receives_of_one_clock_are_one_event_if_they_name_one_message() {
    let pattern = r"^(?<host>\w+) (?<clock>\[.+?\]) (?<event>\w+)(?: ts=(?<stamp>\[.+?\]))?(?: id=(?<id>\w+))?";
    let found = |second: &str| {
        let log = format!(
            "a [1, 0, 0] send\na [2, 0, 0] send\nc [0, 0, 1] send\nb [0, 1, 0] internal\nb [2, 2, 0] receive ts=[2, 0, 0]\n\
             b [2, 2, 0] receive {second}\n"
        );
        broken(&verdict(&[("all.log", &log)], &with_patterns(&[pattern])))
    };
    assert_eq!(found("ts=[2, 0, 0] again"), []);
    assert_eq!(found("ts=[1, 0, 0]"), [("clock-rule", 1)]);
    assert_eq!(found("ts=[2, 0, 0] id=m"), [("clock-rule", 1)]);
}
