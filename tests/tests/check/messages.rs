//! The rules of links at their boundaries: every message received was sent, once and in order; every message sent is
//! received or left.

use host::{
    check::{LinkCount, Rule, Run, Verdict, judge},
    rundir::Manifest,
    rundir::RunDirectory,
};

use crate::{
    canaries::{line, three_machines, two_machines},
    run_text::{RunText, ended, messages, name},
};

fn verdict(run: &RunText) -> Verdict {
    run.judged().expect("a run that can be read")
}

#[track_caller]
fn says(run: &RunText, rule: Rule, words: &str) {
    let verdict = verdict(run);
    let texts: Vec<&str> = verdict.violations.of(rule).map(|violation| violation.text.as_str()).collect();
    assert!(texts.iter().any(|text| text.contains(words)), "«{words}» is not said of {}: {texts:#?}", rule.name());
}

/// A sends at times 1, 3 and 5; B has these rows, and these messages left.
fn run(receives: &[&str], left: &[(char, u64)]) -> RunText {
    let sends = ["send,B,,1,0", "internal,,,2,0", "send,B,,3,0", "internal,,,4,0", "send,B,,5,0"];
    RunText { machines: vec![ended('A', 2, &sends, &[]), ended('B', 2, receives, left)] }
}

fn killed(run: &mut RunText, machine: char) {
    let Manifest { ended, ended_at, ticks, left_in_queue, .. } = &mut run.machine(machine).manifest;
    (*ended, *ended_at, *ticks, *left_in_queue) = (None, None, None, None);
}

#[test]
fn messages_that_are_taken_in_turn_are_sound() {
    assert_eq!(run(&["receive,A,1,2,0", "receive,A,3,4,0", "receive,A,5,6,0"], &[]).broken(), [""; 0]);
    assert_eq!(run(&["receive,A,1,2,0"], &[('A', 3), ('A', 5)]).broken(), [""; 0]);
}

#[test]
fn a_message_without_a_send_is_compared_with_the_events_that_there_are() {
    let taken = |stamp: u64| run(&[&format!("receive,A,{stamp},{},0", stamp + 1)], &[('A', 1), ('A', 3), ('A', 5)]);
    says(
        &taken(2),
        Rule::ReceivedWasSent,
        "B.csv:2 takes a message from A with time 2 that A never sent B: the event of A with that time, at A.csv:3, is internal",
    );
    says(
        &taken(7),
        Rule::ReceivedWasSent,
        "A has no event with that time; the next message it sent B, at A.csv:2, has time 1",
    );
    let after_all = run(&["receive,A,1,2,0", "receive,A,3,4,0", "receive,A,5,6,0", "receive,A,9,10,0"], &[]);
    says(&after_all, Rule::ReceivedWasSent, "A has no event with that time, and sent B nothing more");
    let mut received = run(&["receive,A,3,4,0"], &[]);
    received.machine('A').lines[2] = line(3, "receive,B,1,3,0");
    says(&received, Rule::ReceivedWasSent, "at A.csv:4, is a receive");
    let mut others = three_machines();
    others.machine('A').lines[0] = line(1, "send,C,,1,0");
    says(&others, Rule::ReceivedWasSent, "at A.csv:2, is a send to C only");
    let mut all = three_machines();
    all.machine('B').lines[0] = line(1, "internal,,,1,0");
    all.machine('B').lines.push(line(2, "receive,B,1,2,0"));
    assert!(all.judged().is_none_or(|verdict| verdict.violations.total() > 0), "no machine receives from itself");
}

#[test]
fn a_timestamp_one_too_small_hints_at_the_increment() {
    let hint = "was the timestamp taken before the clock was advanced?";
    let taken = |stamp: u64| {
        let mut run = run(&[&format!("receive,A,{stamp},{},0", stamp + 1)], &[]);
        run.machine('A').lines[0] = line(1, "send,B,,4,0");
        run
    };
    says(&taken(3 + 4), Rule::ReceivedWasSent, "at A.csv:2, has time 4");
    let texts = |stamp: u64| {
        verdict(&taken(stamp)).violations.of(Rule::ReceivedWasSent).map(|found| found.text.clone()).collect::<String>()
    };
    assert!(!texts(7).contains(hint) && !texts(1).contains(hint), "{}", texts(1));
    let first = RunText {
        machines: vec![
            ended('A', 2, &["internal,,,1,0", "internal,,,2,0", "send,B,,4,0"], &[]),
            ended('B', 2, &["receive,A,3,4,0"], &[]),
        ],
    };
    says(&first, Rule::ReceivedWasSent, &format!("has time 4: {hint}"));
}

#[test]
fn the_first_receive_of_a_message_is_named_if_it_is_received_again() {
    let twice = run(&["receive,A,1,2,0", "receive,A,3,4,0", "receive,A,1,5,0"], &[('A', 5)]);
    says(
        &twice,
        Rule::ReceivedOnce,
        "B.csv:4 takes the message with time 1, sent at A.csv:2, that B had taken already, first at B.csv:2: it was delivered twice",
    );
    let thrice = run(&["receive,A,1,2,0", "receive,A,1,3,0", "receive,A,1,4,0"], &[('A', 3), ('A', 5)]);
    says(
        &thrice,
        Rule::ReceivedOnce,
        "B.csv:4 takes the message with time 1, sent at A.csv:2, that B had taken already, first at B.csv:2",
    );
    let left = run(&["receive,A,1,2,0", "receive,A,3,4,0"], &[('A', 3), ('A', 5)]);
    says(
        &left,
        Rule::ReceivedOnce,
        "takes the message with time 3, sent at A.csv:4, that B had taken already, first at B.csv:3",
    );
    let left_twice = run(&["receive,A,1,2,0"], &[('A', 3), ('A', 3), ('A', 5)]);
    says(&left_twice, Rule::ReceivedOnce, "that B had taken already: it was delivered twice");
    let mut both = run(&["receive,A,1,2,0", "receive,A,3,4,0"], &[('A', 5)]);
    both.machine('B').manifest.overruns = messages(&[('A', 1)]);
    says(
        &both,
        Rule::ReceivedOnce,
        "B.csv:2 takes the message with time 1, sent at A.csv:2, that B says found its lane full (B.json:",
    );
}

#[test]
fn a_message_of_another_peer_with_the_same_time_is_another_message() {
    let run = |third: &str| RunText {
        machines: vec![
            ended('A', 3, &["send,C,,1,0"], &[]),
            ended('B', 3, &["send,C,,1,0"], &[]),
            ended('C', 3, &["receive,A,1,2,0", "receive,B,1,3,0", third], &[]),
        ],
    };
    assert_eq!(run("internal,,,4,0").broken(), [""; 0]);
    says(&run("receive,B,1,4,0"), Rule::ReceivedOnce, "sent at B.csv:2, that C had taken already, first at C.csv:3");
    says(&run("receive,A,1,4,0"), Rule::ReceivedOnce, "sent at A.csv:2, that C had taken already, first at C.csv:2");
}

#[test]
fn of_two_events_with_one_time_the_send_is_the_one_that_a_message_names() {
    let broken = |events: [&str; 2]| {
        let sends = ["send,B,,1,0", events[0], events[1]];
        let overtaken = ["receive,A,2,3,0", "receive,A,1,4,0"];
        RunText { machines: vec![ended('A', 2, &sends, &[]), ended('B', 2, &overtaken, &[])] }.broken()
    };
    assert_eq!(broken(["send,B,,2,0", "internal,,,2,0"]), ["clock-rule", "fifo"]);
    assert_eq!(broken(["internal,,,2,0", "send,B,,2,0"]), ["clock-rule", "fifo"]);
}

#[test]
fn a_link_keeps_the_order_and_names_the_message_that_overtook() {
    let overtaken = run(&["receive,A,5,6,0", "receive,A,1,7,0", "receive,A,3,8,0"], &[]);
    assert_eq!(overtaken.broken(), ["fifo"]);
    says(
        &overtaken,
        Rule::Fifo,
        "the message at B.csv:3, sent at A.csv:2, was overtaken: B.csv:2 took one that A sent after it",
    );
    says(&overtaken, Rule::Fifo, "the message at B.csv:4, sent at A.csv:4, was overtaken: B.csv:2 took");
    let left = run(&["receive,A,1,2,0"], &[('A', 5), ('A', 3)]);
    says(&left, Rule::Fifo, "sent at A.csv:4, was overtaken: B.json:");
    let lost = run(&["receive,A,1,2,0", "receive,A,5,6,0"], &[]);
    says(
        &lost,
        Rule::Conservation,
        "the message sent at A.csv:4 never reached B, though B.csv:3 took one that was sent after it",
    );
}

#[test]
fn the_wrong_timestamp_of_a_send_to_all_is_that_of_its_turn() {
    let harmed = |events: &[&str], left: &[(char, u64)]| {
        let mut run = three_machines();
        let text = ended('C', 3, events, left);
        (run.machine('C').lines, run.machine('C').manifest.left_in_queue) = (text.lines, text.manifest.left_in_queue);
        run.machine('C').manifest.ticks = Some(events.len() as u64);
        run
    };
    assert_eq!(harmed(&["receive,A,2,3,0"], &[]).broken(), ["one-stamp"]);
    let later = harmed(&["receive,A,2,3,0"], &[('A', 1)]);
    assert_eq!(later.broken(), ["received-was-sent"], "the message of the send to all is left");
    let before = harmed(&["receive,A,2,3,0", "receive,A,1,4,0"], &[]);
    assert_eq!(before.broken(), ["received-was-sent", "queue"], "the message of the send to all comes later");
    let one = run(&["receive,A,2,3,0", "receive,A,3,4,0", "receive,A,5,6,0"], &[]);
    assert_eq!(one.broken(), ["received-was-sent", "conservation"], "a send to one machine");
}

#[test]
fn a_message_is_lost_only_if_both_ends_account_for_all() {
    let mut lost = run(&["receive,A,1,2,0"], &[('A', 3)]);
    says(
        &lost,
        Rule::Conservation,
        "the message sent at A.csv:6 to B was neither received nor left in B's queue (B.json:",
    );
    for machine in ['A', 'B'] {
        let mut open = lost.clone();
        killed(&mut open, machine);
        assert_eq!(open.broken(), [""; 0], "{machine} was killed");
    }
    lost.machine('B').manifest.left_in_queue = Some(messages(&[('A', 3), ('A', 5)]));
    assert_eq!(lost.broken(), [""; 0]);
}

#[test]
fn a_list_of_overruns_names_messages_that_were_sent() {
    let listed = |times: &[u64]| {
        let mut run = run(&["receive,A,1,2,0"], &[]);
        let overruns: Vec<(char, u64)> = times.iter().map(|time| ('A', *time)).collect();
        run.machine('B').manifest.overruns = messages(&overruns);
        run
    };
    assert_eq!(listed(&[3, 5]).broken(), [""; 0]);
    says(&listed(&[2, 3, 5]), Rule::ReceivedWasSent, "lists a message from A with time 2 that A never sent B");
    says(&listed(&[3]), Rule::Conservation, "the message sent at A.csv:6 to B");
}

#[test]
fn every_message_is_counted_once() {
    let links = |run: &RunText| verdict(run).causality.expect("one run").messages.links;
    let of = |links: &[LinkCount], from: char, to: char| {
        let link = links.iter().find(|link| (link.from, link.to) == (name(from), name(to))).expect("a link");
        let LinkCount { sent, received, left, overruns, .. } = *link;
        ([sent, received, left, overruns], [link.missing(), link.surplus()])
    };
    let mut sound = run(&["receive,A,1,2,0"], &[('A', 5)]);
    sound.machine('B').manifest.overruns = messages(&[('A', 3)]);
    assert_eq!(of(&links(&sound), 'A', 'B'), ([3, 1, 1, 1], [0, 0]));
    assert_eq!(of(&links(&sound), 'B', 'A'), ([0, 0, 0, 0], [0, 0]));
    let lost = run(&["receive,A,1,2,0"], &[('A', 5)]);
    assert_eq!(of(&links(&lost), 'A', 'B'), ([3, 1, 1, 0], [1, 0]));
    let twice = run(&["receive,A,1,2,0", "receive,A,1,3,0"], &[('A', 3), ('A', 5)]);
    assert_eq!(of(&links(&twice), 'A', 'B'), ([3, 2, 2, 0], [0, 1]));
    let order: Vec<(String, String)> =
        links(&three_machines()).iter().map(|link| (link.from.to_string(), link.to.to_string())).collect();
    let names = ["AB", "AC", "BA", "BC", "CA", "CB"].map(|pair| (pair[..1].to_owned(), pair[1..].to_owned()));
    assert_eq!(order, names, "by sender and then by receiver");
}

#[test]
fn a_send_that_was_written_while_logs_were_read_may_be_missing() {
    let mut text = run(&["receive,A,1,2,0", "receive,A,3,4,0"], &[]);
    text.machine('A').lines.truncate(1);
    killed(&mut text, 'A');
    killed(&mut text, 'B');
    let directory = text.write();
    let broken = |settled: usize| {
        let mut run = Run::load(&RunDirectory::at(directory.path())).expect("a run");
        assert_eq!(run.logs[1].settled, 2, "all rows were there before any log was read");
        run.logs[1].settled = settled;
        judge(&run).violations.rules().map(Rule::name).collect::<Vec<_>>()
    };
    assert_eq!(broken(2), ["received-was-sent", "queue"]);
    assert_eq!(broken(1), [""; 0], "the second row is newer than A's log");
    let mut over = two_machines();
    over.machine('B').lines[3] = line(4, "receive,A,3,4,0");
    let mut run = Run::load(&RunDirectory::at(over.write().path())).expect("a run");
    run.logs[1].settled = 0;
    assert!(judge(&run).violations.count(Rule::ReceivedWasSent) > 0, "A has ended and sends nothing more");
}
