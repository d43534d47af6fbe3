//! Vectors of foreign logs: the origin of knowledge, and events outside of a log.

use host::foreign::{ForeignVerdict, Judgement};

use crate::foreign::{broken, broken_if_complete, has_remark, verdict, with_patterns};

/// The verdict on logs with these rows, by position.
fn judged(logs: &[&[&str]]) -> ForeignVerdict {
    let files: Vec<(String, String)> = logs
        .iter()
        .enumerate()
        .map(|(machine, rows)| (format!("{machine}.log"), rows.iter().map(|row| format!("{row}\n")).collect()))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    verdict(&files, &with_patterns(&[r"^(?<clock>[\d,]+) (?<event>\w+)(?: to (?<peer>\d))?$"]))
}

fn compared(verdict: &ForeignVerdict, rule: &str) -> u64 {
    verdict.judged.iter().find(|judged| judged.rule.name() == rule).map_or(0, |judged| judged.compared)
}

#[test]
fn receives_and_those_that_no_send_explains_are_counted() {
    let sender = ["1,0 internal", "2,0 send", "3,0 internal", "4,0 send"];
    for (receives, wrong) in [
        (["2,2 receive", "4,3 receive"], 0),
        (["2,2 receive", "3,3 receive"], 1),
        (["1,2 receive", "3,3 receive"], 2),
        (["2,2 receive", "2,3 receive"], 0),
    ] {
        let verdict = judged(&[&sender, &["0,1 internal", receives[0], receives[1]]]);
        let counts =
            |machine: &str, receives: u64, wrong: u64| Judgement { machine: machine.to_owned(), receives, wrong };
        assert_eq!(verdict.receives, [counts("0", 0, 0), counts("1", 2, wrong)], "{receives:?}");
        assert_eq!(verdict.violations.kept().len() as u64, wrong);
        let learn = if receives[1] == "2,3 receive" { 1 } else { 2 };
        assert_eq!(compared(&verdict, "clock-condition"), learn, "{receives:?}");
    }
}

#[test]
fn a_send_teaches_no_less_than_it_knew() {
    let of = |receive: &str, send: &str| {
        broken(&judged(&[
            &["1,0,0 internal", "2,0,1 receive", send],
            &["0,1,0 internal", receive],
            &["0,0,1 send to 0", "0,0,2 send"],
        ]))
    };
    assert_eq!(of("3,2,1 receive", "3,0,1 send"), []);
    assert_eq!(of("3,2,2 receive", "3,0,1 send"), [], "two messages");
    assert_eq!(of("3,2,0 receive", "3,0,1 send"), [("clock-condition", 1), ("vector-claims", 1)]);
    assert_eq!(of("3,2,1 receive", "3,0,1 internal"), [("clock-condition", 1)]);
    assert_eq!(of("3,2,1 receive", "3,0,1 send to 2"), [("clock-condition", 1)], "to another machine");
}

#[test]
fn counts_outside_of_a_log_are_wrong_if_it_is_complete() {
    for (count, outside) in [(0, 0), (1, 1), (2, 0), (3, 0), (4, 0), (5, 1)] {
        let row = format!("{count},1 internal");
        let verdict = judged(&[&["3,0 internal", "4,0 internal"], &[&row, &row.replace(",1", ",2")]]);
        let counts: u64 = broken_if_complete(&verdict).iter().map(|(_, count)| count).sum();
        assert_eq!((broken(&verdict), counts), (vec![], outside), "{count}");
        assert!(has_remark(&verdict, "the log of 0 begins late: its first event, at 0.log:1, is number 3"));
        assert!(!has_remark(&verdict, "the log of 1 begins late"));
        assert_eq!(compared(&verdict, "vector-claims"), u64::from(count >= 3), "{count}");
    }
}

#[test]
fn events_that_know_each_other_are_found() {
    let of = |first: &str, second: &str| {
        broken(&judged(&[&["1,0 internal", first, "3,2 internal"], &["0,1 internal", second, "2,3 internal"]]))
    };
    assert_eq!(of("2,1 internal", "1,2 internal"), []);
    assert_eq!(of("2,2 internal", "1,2 internal"), []);
    assert_eq!(of("2,2 internal", "2,2 internal"), [("vector-claims", 2)]);
}

#[test]
fn own_counts_that_skip_events_are_a_remark() {
    let remark = |rows: &[&str]| {
        let verdict = judged(&[rows, &["0,1 internal", "0,2 internal"]]);
        let of = |remark: &&String| remark.contains("own count rises by more than one");
        (verdict.remarks.iter().find(of).cloned().unwrap_or_default(), broken_if_complete(&verdict))
    };
    assert_eq!(remark(&["1,0 internal", "2,0 internal"]), (String::new(), vec![]));
    let (said, if_complete) = remark(&["1,0 internal", "3,0 internal"]);
    assert!(said.contains("more than one once, first at 0.log:2"), "{said}");
    assert_eq!(if_complete, [("clock-rule", 1)]);
    let (said, if_complete) = remark(&["1,0 internal", "3,0 internal", "5,0 internal"]);
    assert!(said.contains("more than one 2 times, first at 0.log:2"), "{said}");
    assert_eq!(if_complete, [("clock-rule", 2)]);
}

#[test]
fn a_receive_before_its_send_is_remarked_by_the_event_that_it_newly_knows() {
    let remark = |sent: u64| {
        let log = format!(
            "a 1678248890 [1, 0, 0] send\nb {sent} [0, 1, 0] send\nc 1678248891 [1, 0, 1] receive\n\
             c 1678248892 [1, 1, 2] receive\n"
        );
        let pattern = r"^(?<host>\w) (?<time>\d+) (?<clock>\[.+?\]) (?<event>\w+)";
        let verdict = verdict(&[("all.log", &log)], &with_patterns(&[pattern]));
        has_remark(&verdict, "the event at all.log:4 is earlier than the one at all.log:2 that it knows of:")
    };
    assert!(remark(1_678_248_893));
    assert!(!remark(1_678_248_892));
}
