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
/// Prose with sender and timestamp, also of sends.
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
    assert!(text.contains("vm1_of_3.log:2 has time 3") && text.contains("carries 3"), "{text}");
    assert!(!is_judged(&verdict, Rule::Fifo), "the sender is not told");
    assert!(!is_judged(&verdict, Rule::ReceivedWasSent), "a machine without a log may have sent it");
}

/// A sender of three messages that fit only timestamps which are the times of its sends.
fn sender_and_receiver(more: &str) -> [String; 2] {
    let (mut sender, mut receiver) = (String::new(), String::new());
    for time in 1..=14 {
        let event = if time % 3 == 0 { "Sent 1" } else { "Internal" };
        writeln!(sender, "{event} at {time}").expect("text");
    }
    for time in [3, 6, 9, 12] {
        writeln!(receiver, "Received 0 {time} at {}", time + 1).expect("text");
    }
    [sender, receiver + more]
}

/// A send names the receiver, a receive the sender and the timestamp.
const NAMED: &str = r"^(?<event>\w+)(?: (?<peer>\d))?(?: (?<stamp>\d+))? at (?<clock>\d+)$";

#[test]
fn a_message_of_an_event_that_is_no_send_is_found() {
    let judged = |more: &str| {
        let [sender, receiver] = sender_and_receiver(more);
        judged(NAMED, &[&sender, &receiver])
    };
    assert_eq!(broken(&judged("")), []);
    assert_eq!(broken(&judged("Received 0 8 at 14\n")), [("received-was-sent", 1)]);
    // A log may have been cut before the send, and then nothing is known.
    let verdict = judged("Received 0 15 at 16\n");
    assert_eq!((broken(&verdict), broken_if_complete(&verdict)), (vec![], vec![]));
    // The same message twice.
    assert_eq!(broken(&judged("Received 0 12 at 14\n")), [("received-once", 1)]);
    // An event that is not logged may be the send, unless nothing is left out.
    let [sender, receiver] = sender_and_receiver("Received 0 8 at 14\n");
    let verdict = super::foreign::judged(NAMED, &[&sender.replace("Internal at 8\n", ""), &receiver]);
    assert_eq!((broken(&verdict), broken_if_complete(&verdict)), (vec![], vec![("received-was-sent", 1)]));
}

#[test]
fn two_receives_show_no_habit_of_a_sender() {
    let sender = "Sent 1 at 1\nInternal at 2\nInternal at 3\nSent 1 at 4\n";
    let receiver = "Received 0 3 at 4\n";
    assert_eq!(broken(&judged(NAMED, &[sender, receiver])), [], "a send may be taken before the increment, or be none");
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
fn a_habit_is_found_even_if_sends_do_not_name_their_timestamps() {
    let mut sender = String::new();
    for time in 1..=10 {
        let event = if time % 3 == 0 { "Sent 1" } else { "Internal" };
        writeln!(sender, "{event} at {time}").expect("text");
    }
    let receiver = "Received 0 2 at 3\nReceived 0 5 at 6\nReceived 0 8 at 10\n";
    let verdict = judged(NAMED, &[&sender, receiver]);
    assert_eq!(broken(&verdict), [("clock-condition", 2)]);
    assert!(has_remark(&verdict, "taken before"), "{:?}", verdict.remarks);
    // Two receives fit it by chance.
    let verdict = judged(NAMED, &[&sender, &receiver.replace("Received 0 8 at 10\n", "")]);
    assert_eq!(broken(&verdict), []);
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
    assert!(has_remark(&verdict, "1 receive of 1 takes several messages"), "{:?}", verdict.remarks);
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
    let sender = |sends: &str| {
        let received = "Received 0 1 at 2\n";
        let logs = [("process1.txt", sends), ("process2.txt", received), ("process3.txt", "Internal at 1\n")];
        let (run, verdict) = verdicts(&logs, &with_patterns(&[NAMED])).remove(0);
        assert_eq!(broken(&verdict), []);
        run.logs[1].events[0].message.from
    };
    // Machine 1 does not send to itself, so 1 is the second machine.
    assert_eq!(sender("Sent 1 at 1\nSent 2 at 2\n"), Peer::Machine(0));
    // Else 0 may be a machine without a log.
    assert_eq!(sender("Sent 0 at 1\n"), Peer::Untold);
}

#[test]
fn without_stamps_a_receive_is_wrong_only_in_complete_logs() {
    let sender = "0.1\tSend\t1\tto VM 1\n0.2\tInternal\t2\t-\n0.3\tSend All\t3\tto VMs [1, 2]\n0.4\tInternal\t4\t-\n";
    let idle = "0.1\tInternal\t1\t-\n0.9\tInternal\t2\t-\n";
    let receiver = |times: [u64; 3]| {
        let [first, second, third] = times;
        format!("0.2\tInternal\t{first}\t-\n0.4\tReceive\t{second}\t-\n0.5\tReceive\t{third}\t-\n")
    };
    let verdict = judged(COLUMNS, &[sender, &receiver([1, 2, 4]), idle]);
    assert_eq!((broken(&verdict), broken_if_complete(&verdict)), (vec![], vec![]));
    assert!(is_judged(&verdict, Rule::ClockCondition) && !is_judged(&verdict, Rule::ReceivedWasSent));
    // From 1 to 4 takes a message of time 3; from 4 to 5 one of time 4 at most, and that of time 1 is left.
    assert_eq!(broken_if_complete(&judged(COLUMNS, &[sender, &receiver([1, 4, 5]), idle])), []);
    // From 1 to 3 takes a message of time 2, but that event is internal.
    assert_eq!(broken_if_complete(&judged(COLUMNS, &[sender, &receiver([1, 3, 4]), idle])), [("clock-condition", 1)]);
    // Two messages were sent, three are received.
    let three = "0.2\tReceive\t2\t-\n0.4\tReceive\t4\t-\n0.5\tReceive\t5\t-\n";
    assert_eq!(broken_if_complete(&judged(COLUMNS, &[sender, three, idle])), [("clock-condition", 1)]);
}

#[test]
fn a_log_that_leaves_out_events_is_given_the_benefit_of_the_doubt() {
    let sender = "0.1\tSend\t1\tto 1\n0.4\tInternal\t9\t-\n";
    let receiver = "0.3\tReceive\t7\t-\n";
    let verdict = judged(COLUMNS, &[sender, receiver]);
    assert_eq!(broken(&verdict), []);
    assert!(has_remark(&verdict, "events are left out"), "{:?}", verdict.remarks);
}

#[test]
fn a_clock_that_stands_still_is_found() {
    let verdict = judged(PROSE, &["[1] Internal\n[2] Internal\n[2] Internal again\n[3] Internal\n"]);
    assert_eq!(broken(&verdict), [("clock-rule", 1)]);
    // One send, logged once for each receiver.
    assert_eq!(broken(&judged(PROSE, &["[1] Sent to 1\n[1] Sent to 2\n", "[1] Internal\n", "[1] Internal\n"])), []);
    // Events of different kinds are never one event.
    assert_eq!(broken(&judged(PROSE, &["[1] Internal\n[2] Sent to 2\n[2] Internal\n"])), [("clock-rule", 1)]);
}

#[test]
fn a_clock_that_goes_back_is_found_where_it_cannot_begin_again() {
    let log = |last: &str| format!("[1] Internal\n[2] Internal\n[3] Internal\n[4] Internal\n[5] Internal\n{last}");
    assert_eq!(broken(&judged(PROSE, &[&log("[3] Internal\n[6] Internal\n")])), [("clock-rule", 1)]);
    // At its first value it may be another run.
    let verdict = judged(PROSE, &[&log("[1] Internal\n[2] Internal\n")]);
    assert_eq!(broken(&verdict), []);
    assert!(has_remark(&verdict, "a second run in the file"), "{:?}", verdict.remarks);
    // So it may in a log that leaves out events: the first ones of the second run are missing.
    assert_eq!(broken(&judged(PROSE, &[&log("[9] Internal\n[3] Internal\n[4] Internal\n")])), []);
    // A receive lifts a clock that begins again above its message.
    let received = "[3] Received message with time 2\n";
    assert_eq!(broken(&judged(PROSE, &[&log(received)])), []);
    // A program that forgets to compare falls back at its receives, and never elsewhere.
    let thrice = log(received)
        + "[4] Internal\n[2] Received message with time 1\n[3] Internal\n[2] Received message with time 1\n";
    assert_eq!(broken(&judged(PROSE, &[&thrice])), [("clock-rule", 3)]);
}

#[test]
fn a_vector_without_its_own_send_is_found() {
    let sender = "Process 0\n[1] | 1,0 | INTERNAL\n[2] | 2,0 | SEND\n[3] | 3,0 | INTERNAL\n";
    let verdict = judged(VECTORS, &[sender, "Process 1\n[1] | 0,1 | INTERNAL\n[3] | 2,2 | RECEIVE\n"]);
    assert_eq!(broken(&verdict), []);
    let verdict = judged(VECTORS, &[sender, "Process 1\n[1] | 0,1 | INTERNAL\n[3] | 1,2 | RECEIVE\n"]);
    assert_eq!(broken(&verdict), [("clock-condition", 1)]);
    // Learning without receiving: messages may be merged when they arrive.
    let verdict = judged(VECTORS, &[sender, "Process 1\n[1] | 0,1 | INTERNAL\n[3] | 2,2 | INTERNAL\n"]);
    assert_eq!(broken(&verdict), []);
    assert!(has_remark(&verdict, "merged when they arrive"), "{:?}", verdict.remarks);
}

#[test]
fn words_can_be_mapped_and_patterns_joined() {
    let patterns =
        [r"^S (?<clock>\d+) (?<event>>) (?<peer>\d)$", r"^(?<event><|=) (?<clock>\d+)(?: of (?<stamp>\d+))?$"];
    let words = ["receive=<", "send=>", "internal=="].map(|word| word.parse().expect("a word"));
    let asked = Asked { words: words.to_vec(), ..with_patterns(&patterns) };
    let verdict = judged_as(&asked, &["S 1 > 1\n= 2\n", "< 1 of 1\n"]);
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
    assert_eq!(shiviz(&with_header), [vec![], vec![]], "an event may be left out");
    let complete = Asked { is_complete: true, ..as_shiviz() };
    let verdicts = verdicts(&[("app.log", &with_header)], &complete);
    assert_eq!(
        verdicts.iter().map(|(_, verdict)| broken(verdict)).collect::<Vec<_>>(),
        [vec![], vec![("clock-rule", 1)]]
    );
    assert_eq!((verdicts[0].0.name.as_str(), verdicts[1].0.name.as_str()), ("one", "two"));
}

#[test]
fn vectors_that_cannot_be_are_found() {
    let log = |last: &str| format!("x\na {{\"a\":1}}\nx\nb {{\"a\":1, \"b\":1}}\nx\nc {last}\n");
    assert_eq!(shiviz(&log("{\"a\":1, \"b\":1, \"c\":1}")), [[]]);
    let claims = [("vector-claims", 1)];
    assert_eq!(shiviz(&log("{\"b\":1, \"c\":1}")), [claims], "b's event knows of a's, so c must");
    for (last, reason) in [("{\"a\":2, \"c\":1}", "a has one event"), ("{\"z\":1, \"c\":1}", "no machine is called z")]
    {
        assert_eq!(shiviz(&log(last)), [[]], "the log may leave out events: {reason}");
        assert_eq!(shiviz_if_complete(&log(last)), claims, "{reason}");
    }
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
}

#[test]
fn the_report_counts_per_machine_and_names_the_rules_not_judged() {
    let directory = TempDir::new().expect("a directory");
    for (name, log) in [("vm0.log", "[1] Sent to 1\nhello\n"), ("vm1.log", "[1] Received message with time 1\n")] {
        fs::write(directory.path().join(name), log).expect("written");
    }
    let directory = directory.path().to_str().expect("a path").to_owned();
    let (status, said, _) = run(&["check", "--pattern", PROSE, &directory]);
    assert_eq!(status, 1, "{said}");
    for words in [
        "BROKEN, 1 violation",
        "received-once: no receive names a message whose send is one row",
        "fifo: no machine names two messages of one sender",
        "vm0.log:2: no event on 1 line",
    ] {
        assert!(said.contains(words), "«{words}» is not said: {said}");
    }
    let (status, said, _) = run(&["check", "--pattern", PROSE, "--json", &directory]);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((status, &report["runs"][0]["machines"][1]["receives_wrong"]), (1, &1.into()));
}
