//! Logs of other programs: faults that are proved are found, sound logs are not touched, and the rest is said.

use std::{fmt::Write, fs};

use host::{
    check::Rule,
    foreign::{Asked, ForeignRun, ForeignVerdict, Format, Peer, Source, judge, read},
};
use tempfile::TempDir;

use crate::directory::run;

/// Prose that names the timestamp of a received message, but not its sender.
const PROSE: &str = r"^\[(?<clock>\d+)\] (?<event>\w+)(?: message with time (?<stamp>\d+)| to (?<peer>[^;]+))?(?:; (?<queue>\d+) wait)?";
/// Prose with sender and timestamp, also of what is sent.
const PAIRS: &str = r"^(?<event>\w+)(?: (?<peer>\d) (?<stamp>[\d ]+))? at (?<clock>\d+)$";
/// Columns; a receive names nothing.
const COLUMNS: &str = r"^(?<time>[\d.]+)\t(?<event>[\w ]+)\t(?<clock>\d+)\t(?:to (?<peer>.*)|-)$";
/// Vectors in machine order.
const VECTORS: &str = r"^\[(?<time>\d+)\] \| (?<clock>[\d,]+) \| (?<event>.*)$";

/// The options with these patterns.
pub(crate) fn with_patterns(patterns: &[&str]) -> Asked {
    Asked { patterns: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(), ..Asked::default() }
}

/// The runs in files of these names and texts, each with its verdict.
pub(crate) fn verdicts(files: &[(&str, &str)], asked: &Asked) -> Vec<(ForeignRun, ForeignVerdict)> {
    let sources: Vec<Source> = files.iter().map(|(name, text)| Source::of(name, text)).collect();
    let runs = read(&sources, asked).expect("runs");
    runs.into_iter().map(|run| (run.clone(), judge(&run, asked))).collect()
}

/// The verdict on the one run in files of these names and texts.
pub(crate) fn verdict(files: &[(&str, &str)], asked: &Asked) -> ForeignVerdict {
    let mut verdicts = verdicts(files, asked);
    assert_eq!(verdicts.len(), 1, "one run");
    verdicts.remove(0).1
}

fn judged(pattern: &str, logs: &[&str]) -> ForeignVerdict {
    judged_as(&with_patterns(&[pattern]), logs)
}

fn judged_as(asked: &Asked, logs: &[&str]) -> ForeignVerdict {
    let names: Vec<String> = (0..logs.len()).map(|index| format!("vm{index}_of_3.log")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(logs.iter().copied()).collect();
    verdict(&files, asked)
}

pub(crate) fn broken(verdict: &ForeignVerdict) -> Vec<(&'static str, u64)> {
    verdict.violations.rules().map(|rule| (rule.name(), verdict.violations.count(rule))).collect()
}

pub(crate) fn broken_if_complete(verdict: &ForeignVerdict) -> Vec<(&'static str, u64)> {
    verdict.if_complete.rules().map(|rule| (rule.name(), verdict.if_complete.count(rule))).collect()
}

pub(crate) fn has_remark(verdict: &ForeignVerdict, words: &str) -> bool {
    verdict.remarks.iter().any(|remark| remark.contains(words))
}

fn is_judged(verdict: &ForeignVerdict, rule: Rule) -> bool {
    let judged = verdict.judged.iter().any(|judged| judged.rule == rule);
    let unjudged = verdict.unjudged.iter().any(|(unjudged, _)| *unjudged == rule);
    assert!(judged != unjudged, "{} is said to be either judged or not", rule.name());
    judged
}

#[test]
fn a_receive_without_the_one_more_is_found() {
    let sender = "[1] Sent to machine 1\n[2] Internal\n[3] Sent to both others\n";
    let right = "[2] Received message with time 1; 1 wait\n[4] Received message with time 3; 0 wait\n";
    let third = "[1] Internal\n[4] Received message with time 3; 0 wait\n";
    assert_eq!(broken(&judged(PROSE, &[sender, right, third])), []);
    let wrong = right.replace("[4]", "[3]");
    let verdict = judged(PROSE, &[sender, &wrong, third]);
    assert_eq!(broken(&verdict), [("clock-condition", 1)]);
    let text = &verdict.violations.kept()[0].text;
    assert!(text.contains("vm1_of_3.log:2 has time 3") && text.contains("vm0_of_3.log:3 at time 3"), "{text}");
    assert!(!is_judged(&verdict, Rule::Fifo), "the sender is not told");
    assert!(is_judged(&verdict, Rule::ReceivedWasSent));
}

#[test]
fn a_message_that_nobody_can_have_sent_is_found() {
    let sender = "[1] Sent to machine 1\n[2] Internal\n[3] Internal\n[4] Internal\n";
    let other = "[1] Internal\n[2] Internal\n[3] Internal\n[4] Internal\n";
    let receiver = |stamp: u64| format!("[{}] Received message with time {stamp}\n", stamp + 1);
    assert_eq!(broken(&judged(PROSE, &[sender, &receiver(1), other])), []);
    assert_eq!(broken(&judged(PROSE, &[sender, &receiver(3), other])), [("received-was-sent", 1)]);
    // A log may have been cut before the send.
    assert_eq!(broken(&judged(PROSE, &[sender, &receiver(9), other])), []);
    // The same message twice.
    let twice = "[2] Received message with time 1\n[3] Received message with time 1\n";
    assert_eq!(broken(&judged(PROSE, &[sender, twice, other])), [("received-once", 1)]);
    // Sent, but to somebody else.
    assert_eq!(broken(&judged(PROSE, &[sender, other, &receiver(1)])), [("received-was-sent", 1)]);
}

#[test]
fn a_timestamp_taken_before_the_increment_is_found() {
    // Sends are logged with the timestamp that they carry; it is one less than the time.
    let sender = "Sent 0 0 at 1\nInternal at 2\nSent 0 2 at 3\nInternal at 4\n";
    let verdict = judged(PAIRS, &[sender, "Received 0 0 at 1\nReceived 0 2 at 3\n"]);
    assert_eq!(broken(&verdict), [("clock-condition", 2)]);
    assert!(verdict.violations.kept()[0].text.contains("taken before the clock was advanced"));
    let late_enough = "Internal at 1\nReceived 0 0 at 2\nInternal at 3\nReceived 0 2 at 4\n";
    assert_eq!(broken(&judged(PAIRS, &[sender, late_enough])), []);
}

#[test]
fn a_habit_is_found_even_if_sends_do_not_tell_what_they_carry() {
    let sender = "[1] Internal\n[2] Sent to 1\n[3] Internal\n[4] Internal\n[5] Sent to 1\n[6] Internal\n";
    let receiver = "[2] Received message with time 1\n[5] Received message with time 4\n";
    let verdict = judged(PROSE, &[sender, receiver]);
    assert_eq!(broken(&verdict), [("clock-condition", 2)]);
    assert!(verdict.remarks.iter().any(|remark| remark.contains("taken before")), "{:?}", verdict.remarks);
}

#[test]
fn messages_merged_in_one_line_are_taken_apart() {
    // `12` from machine 0 and `13` from machine 0, read as one text.
    let mut sender = String::new();
    for time in 1..=14 {
        let kind = if matches!(time, 13 | 14) { format!("Sent 0 {}", time - 1) } else { "Internal".to_owned() };
        writeln!(sender, "{kind} at {time}").expect("text");
    }
    let verdict = judged(PAIRS, &[&sender, "Received 0 120 13 at 15\n"]);
    assert_eq!(broken(&verdict), []);
    assert!(
        verdict.remarks.iter().any(|remark| remark.contains("1 receives take several messages")),
        "{:?}",
        verdict.remarks
    );
    assert_eq!(broken(&judged(PAIRS, &[&sender, "Received 0 120 13 at 14\n"])), [("clock-condition", 1)]);
    // A pattern that sees only the first number still finds the others behind it.
    let first_only = r"^(?<event>\w+)(?: (?<peer>\d) (?<stamp>\d+)[\d ]*)? at (?<clock>\d+)$";
    assert_eq!(broken(&judged(first_only, &[&sender, "Received 0 120 13 at 15\n"])), []);
}

#[test]
fn messages_of_one_sender_keep_their_order() {
    let sender = "Sent 0 1 at 1\nSent 0 2 at 2\n";
    assert_eq!(broken(&judged(PAIRS, &[sender, "Received 0 1 at 2\nReceived 0 2 at 3\n"])), []);
    assert_eq!(broken(&judged(PAIRS, &[sender, "Received 0 2 at 3\nReceived 0 1 at 4\n"])), [("fifo", 1)]);
}

#[test]
fn machines_may_be_counted_from_one_and_named_from_zero() {
    let directory = TempDir::new().expect("a directory");
    let logs = [("process1.txt", "Sent 0 1 at 1\n"), ("process2.txt", "Received 0 1 at 2\n")];
    let files = logs.map(|(name, log)| {
        let file = directory.path().join(name);
        fs::write(&file, log).expect("written");
        file
    });
    let patterns = [PAIRS.to_owned()];
    let run = read_with_pattern(&files, &patterns, &Words::new(&[]), None).expect("a run");
    assert_eq!(run.logs[1].events[0].messages[0].from, Some(0));
    assert_eq!(broken(&judge(&run, false)), []);
}

#[test]
fn without_stamps_a_receive_is_wrong_only_if_no_message_makes_it_right() {
    let sender = "0.1\tSend\t1\tto VM 1\n0.2\tInternal\t2\t-\n0.3\tSend All\t3\tto VMs [1, 2]\n0.4\tInternal\t4\t-\n";
    let idle = "0.1\tInternal\t1\t-\n0.9\tInternal\t2\t-\n";
    let receiver = |times: [u64; 3]| {
        let [first, second, third] = times;
        format!("0.2\tInternal\t{first}\t-\n0.4\tReceive\t{second}\t-\n0.5\tReceive\t{third}\t-\n")
    };
    let verdict = judged(COLUMNS, &[sender, &receiver([1, 2, 4]), idle]);
    assert_eq!(broken(&verdict), []);
    assert!(is_judged(&verdict, Rule::ClockCondition) && !is_judged(&verdict, Rule::ReceivedWasSent));
    // From 1 to 4 takes a message of time 3; from 4 to 5 one of time 4 at most, and that of time 1 is left.
    assert_eq!(broken(&judged(COLUMNS, &[sender, &receiver([1, 4, 5]), idle])), []);
    // From 1 to 3 takes a message of time 2, but that event is internal.
    assert_eq!(broken(&judged(COLUMNS, &[sender, &receiver([1, 3, 4]), idle])), [("clock-condition", 1)]);
    // Two messages were sent, three are received.
    let three = "0.2\tReceive\t2\t-\n0.4\tReceive\t4\t-\n0.5\tReceive\t5\t-\n";
    assert_eq!(broken(&judged(COLUMNS, &[sender, three, idle])), [("clock-condition", 1)]);
    // A sender that stopped logging long before may have sent anything.
    let late = receiver([1, 3, 4]).replace("0.4\t", "7.4\t");
    assert_eq!(broken(&judged(COLUMNS, &[sender, &late, idle])), []);
}

#[test]
fn a_log_that_leaves_out_events_is_given_the_benefit_of_the_doubt() {
    let sender = "0.1\tSend\t1\tto 1\n0.4\tInternal\t9\t-\n";
    let receiver = "0.3\tReceive\t7\t-\n";
    let verdict = judged(COLUMNS, &[sender, receiver]);
    assert_eq!(broken(&verdict), []);
    assert!(verdict.remarks.iter().any(|remark| remark.contains("leaves out events")), "{:?}", verdict.remarks);
}

#[test]
fn a_clock_that_stands_still_is_found() {
    let verdict = judged(PROSE, &["[1] Internal\n[2] Internal\n[2] Internal\n[1] Internal\n"]);
    assert_eq!(broken(&verdict), [("clock-rule", 2)]);
    // One send, logged once for each receiver.
    assert_eq!(broken(&judged(PROSE, &["[1] Sent to 1\n[1] Sent to 2\n", "[1] Internal\n", "[1] Internal\n"])), []);
}

#[test]
fn a_vector_without_its_own_send_is_found() {
    let sender = "Process 0\n[1] | 1,0 | INTERNAL\n[2] | 2,0 | SEND\n[3] | 3,0 | INTERNAL\n";
    let verdict = judged(VECTORS, &[sender, "Process 1\n[1] | 0,1 | INTERNAL\n[3] | 2,2 | RECEIVE\n"]);
    assert_eq!(broken(&verdict), []);
    let verdict = judged(VECTORS, &[sender, "Process 1\n[1] | 0,1 | INTERNAL\n[3] | 1,2 | RECEIVE\n"]);
    assert_eq!(broken(&verdict), [("clock-condition", 1)]);
    assert!(verdict.remarks.iter().any(|remark| remark.contains("all 1 receives fit")), "{:?}", verdict.remarks);
    // Learning without receiving.
    let verdict = judged(VECTORS, &[sender, "Process 1\n[1] | 0,1 | INTERNAL\n[3] | 2,2 | INTERNAL\n"]);
    assert_eq!(broken(&verdict), [("clock-rule", 1)]);
}

#[test]
fn words_can_be_mapped_and_patterns_joined() {
    let directory = TempDir::new().expect("a directory");
    let patterns =
        [r"^S (?<clock>\d+) (?<event>>) (?<peer>\d)$", r"^(?<event><|=) (?<clock>\d+)(?: of (?<stamp>\d+))?$"];
    let words = ["receive=<", "send=>", "internal=="];
    let logs = ["S 1 > 1\n= 2\n", "< 1 of 1\n"];
    let verdict = judged_in(directory.path(), &patterns, &words, &logs);
    assert_eq!(broken(&verdict), [("clock-condition", 1)]);
}

pub(crate) fn as_shiviz() -> Asked {
    Asked { format: Some(Format::Shiviz), ..Asked::default() }
}

fn shiviz(text: &str) -> Vec<Vec<(&'static str, u64)>> {
    verdicts(&[("app.log", text)], &as_shiviz()).iter().map(|(_, verdict)| broken(verdict)).collect()
}

fn shiviz_if_complete(text: &str) -> Vec<(&'static str, u64)> {
    broken_if_complete(&verdict(&[("app.log", text)], &as_shiviz()))
}

#[test]
fn shiviz_logs_are_read_in_both_common_layouts() {
    let event_first = "start\na {\"a\":1}\nsend\na {\"a\":2}\nget\nb {\"a\":2, \"b\":1}\n";
    assert_eq!(shiviz(event_first), [[]]);
    let host_first = "a {\"a\":1}\nstart\na {\"a\":2}\nsend\nb {\"a\":2, \"b\":1}\nget\n";
    assert_eq!(shiviz(host_first), [[]]);
    let with_header = format!(
        "(?<host>\\S+) (?<clock>{{.*}}) (?<event>.*)\n^=== (?<trace>.*) ===$\n{}",
        "=== one ===\na {\"a\":1} x\n=== two ===\na {\"a\":1} x\na {\"a\":3} x\n"
    );
    assert_eq!(shiviz(&with_header), [vec![], vec![("clock-rule", 1)]]);
}

#[test]
fn vectors_that_cannot_be_are_found() {
    let log = |last: &str| format!("x\na {{\"a\":1}}\nx\nb {{\"a\":1, \"b\":1}}\nx\nc {last}\n");
    assert_eq!(shiviz(&log("{\"a\":1, \"b\":1, \"c\":1}")), [[]]);
    let claims = [("vector-claims", 1)];
    assert_eq!(shiviz(&log("{\"b\":1, \"c\":1}")), [claims], "b's event knows of a's, so c must");
    assert_eq!(shiviz(&log("{\"a\":2, \"c\":1}")), [claims], "a has one event");
    assert_eq!(shiviz(&log("{\"z\":1, \"c\":1}")), [claims], "nobody is called z");
    assert_eq!(shiviz(&log("{\"c\":2}")), [[("clock-rule", 1)]], "c's first event is its first");
    assert_eq!(shiviz(&log("{\"a\":1}")), [[("clock-rule", 1)]], "its own count is not there");
    let forgets = log("{\"a\":1, \"c\":1}") + "x\nc {\"c\":2}\n";
    assert_eq!(shiviz(&forgets), [[("clock-rule", 1)]], "what was known is forgotten");
    let circle = "x\na {\"a\":1, \"b\":1}\nx\nb {\"a\":1, \"b\":1}\n";
    assert_eq!(shiviz(circle), [[("vector-claims", 2)]], "each before the other");
}

#[test]
fn a_pattern_of_no_use_says_why() {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("vm0.log");
    fs::write(&file, "once upon a time\n").expect("written");
    let file = file.to_str().expect("a path");
    for (pattern, words) in [
        (r"(?<clock>\d+", "does not compile: unclosed group"),
        (r"(\d+)", "the pattern has no group `clock`"),
        (r"^(?<clock>\d+)", "vm0.log: the pattern matches nothing in it; its first line is `once upon a time`"),
        (r"^(?<clock>once)", "vm0.log:1: the group `clock` holds `once`, which is no clock"),
    ] {
        let (status, said, error) = run(&["check", "--pattern", pattern, file]);
        assert_eq!(status, 2, "{said}");
        assert!(error.contains(words), "«{words}» is not said: {error}");
    }
    let (status, _, error) = run(&["check", "--pattern", r"(?<clock>\d+)", "--map", "swim=x", file]);
    assert!(status == 2 && error.contains("`swim` is no kind of event"), "{error}");
    let (status, _, error) = run(&["check", file]);
    assert!(status == 2 && error.contains("is a file: give the run directory that it is in"), "{error}");
}

#[test]
fn the_report_counts_per_machine_and_says_what_was_not_judged() {
    let directory = TempDir::new().expect("a directory");
    for (name, log) in [("vm0.log", "[1] Sent to 1\nhello\n"), ("vm1.log", "[1] Received message with time 1\n")] {
        fs::write(directory.path().join(name), log).expect("written");
    }
    let directory = directory.path().to_str().expect("a path").to_owned();
    let (status, said, _) = run(&["check", "--pattern", PROSE, &directory]);
    assert_eq!(status, 1, "{said}");
    for words in
        ["BROKEN, 1 violation", "not judged: fifo: a receive does not name its sender", "vm0.log:2: no event on 1 line"]
    {
        assert!(said.contains(words), "«{words}» is not said: {said}");
    }
    let (status, said, _) = run(&["check", "--pattern", PROSE, "--json", &directory]);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((status, &report["runs"][0]["machines"][1]["receives_wrong"]), (1, &1.into()));
}
