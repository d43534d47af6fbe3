//! Messages of foreign logs: receipt and delivery, ids, senders.

use host::foreign::{Asked, ForeignClock, Peer};

use crate::foreign::{broken, broken_if_complete, verdicts, with_patterns};

/// Every field, where a row has it.
const FIELDS: &str =
    r"^(?<host>\w+) (?<clock>\d+) (?<event>\w+)(?: peer=(?<peer>\w+))?(?: ts=(?<stamp>\d+))?(?: id=(?<id>\w+))?$";

/// Rules with their numbers of violations.
type Counts = Vec<(&'static str, u64)>;

/// The rules that are broken in a log, and those that are if it is complete.
fn findings(log: &str) -> (Counts, Counts) {
    let of = |asked: &Asked| verdicts(&[("all.log", log)], asked).remove(0).1;
    let verdict = of(&with_patterns(&[FIELDS]));
    let complete = of(&Asked { is_complete: true, ..with_patterns(&[FIELDS]) });
    let together = [broken(&verdict), broken_if_complete(&verdict)].concat();
    assert_eq!(broken(&complete), together, "--complete makes one tier of both");
    (broken(&verdict), broken_if_complete(&verdict))
}

/// Four sends of one machine, and these rows of another.
fn after_four_sends(rows: &str) -> String {
    let sends: String = (1..=4).map(|clock| format!("a {clock} send peer=b ts={clock} id=m{clock}\n")).collect();
    sends + rows
}

#[test]
fn a_message_may_be_received_and_delivered_by_two_events() {
    let both = "b 2 receive peer=a ts=1\nb 3 receive peer=a ts=2\nb 4 deliver peer=a ts=1\nb 5 deliver peer=a ts=2\n";
    assert_eq!(findings(&after_four_sends(both)), (vec![], vec![]));
    let unnamed = "b 2 receive\nb 3 receive\nb 4 deliver\nb 5 deliver\nb 6 receive\nb 7 receive\nb 8 deliver\n";
    assert_eq!(
        findings(&after_four_sends(unnamed)),
        (vec![], vec![]),
        "four sends explain four receives and three more"
    );
    let by_id = "b 2 receive id=m1\nb 3 deliver id=m1\n";
    assert_eq!(findings(&after_four_sends(by_id)), (vec![], vec![]));
}

#[test]
fn a_message_is_delivered_once() {
    let twice = "b 2 receive peer=a ts=1\nb 3 deliver peer=a ts=1\nb 4 deliver peer=a ts=1\n";
    assert_eq!(findings(&after_four_sends(twice)), (vec![("received-once", 1)], vec![]));
}

#[test]
fn an_id_is_received_once_unless_it_may_be_sent_again() {
    let twice = "b 2 receive id=m1\nb 3 receive id=m1\nb 4 receive id=m2\n";
    assert_eq!(findings(&after_four_sends(twice)), (vec![], vec![("received-once", 1)]));
    let again = "a 5 send id=m1\nb 2 receive id=m1\nb 6 receive id=m1\n";
    assert_eq!(findings(&after_four_sends(again)), (vec![], vec![]), "it is sent twice");
    let one_event = "b 2 receive id=m1\nb 2 receive id=m1\n";
    assert_eq!(findings(&after_four_sends(one_event)), (vec![], vec![]), "printed twice");
    let unsent = "b 2 receive id=m8\nb 3 receive id=m8\n";
    assert_eq!(findings(&after_four_sends(unsent)), (vec![], vec![]), "its send is not there");
}

#[test]
fn a_receive_is_later_than_the_send_with_its_id() {
    let condition = |rows: &str| {
        let (proved, if_complete) = findings(rows);
        assert_eq!(if_complete, [], "{rows}");
        proved.iter().map(|(rule, count)| if *rule == "clock-condition" { *count } else { 0 }).sum::<u64>()
    };
    let once = "a 5 send id=m1\n";
    let by_two = "a 5 send id=m1\nc 9 send id=m1\n";
    let again = "a 5 send id=m1\na 9 send id=m1\n";
    for (sends, receive, expected) in [
        (once, "b 5 receive id=m1", 1),
        (once, "b 6 receive id=m1", 0),
        (once, "b 5 receive id=m2", 0),
        (once, "b 5 receive peer=d id=m1", 0),
        (by_two, "b 3 receive id=m1", 0),
        (by_two, "b 5 receive peer=a id=m1", 1),
        (by_two, "b 6 receive peer=a id=m1", 0),
        (by_two, "b 9 receive peer=c id=m1", 1),
        (by_two, "b 10 receive peer=c id=m1", 0),
        (again, "b 5 receive id=m1", 1),
        (again, "b 6 receive id=m1", 0),
        ("a 5 send\nb 6 send id=m1\n", "b 7 internal\nb 8 receive id=m1", 0),
    ] {
        assert_eq!(condition(&format!("{sends}{receive}\n")), expected, "{sends}{receive}");
    }
    assert_eq!(condition("b 1 receive id=m1\nb 2 send id=m1\n"), 0, "its own send passes the message on");
}

#[test]
fn ids_of_own_sends_and_of_several_runs_prove_nothing() {
    let own = "b 1 send id=m1\nb 2 receive id=m1\nb 3 receive id=m1\n";
    assert_eq!(findings(own), (vec![], vec![]), "it passes on what it received");
    let again = "b 6 receive id=m1\nb 7 receive id=m1\nc 1 internal\nc 2 internal\nc 1 internal\n";
    assert_eq!(findings(&after_four_sends(again)), (vec![], vec![]), "a clock begins again");
    let one_run = again.rsplit_once("c 1").expect("rows").0;
    assert_eq!(findings(&after_four_sends(one_run)), (vec![], vec![("received-once", 1)]));
}

#[test]
fn a_wrong_receive_is_counted_and_its_reason_is_said() {
    let verdict = |rows: &str| verdicts(&[("all.log", &after_four_sends(rows))], &with_patterns(&[FIELDS])).remove(0).1;
    for (clock, wrong, reason) in [(3, 1, "the receiver did not take over"), (4, 1, "did not add one"), (5, 0, "")] {
        let verdict = verdict(&format!("b 1 receive ts=0\nb 2 receive ts=1\nb {clock} receive ts=4\n"));
        let counts = verdict.receives.iter().map(|of| (of.machine.as_str(), of.receives, of.wrong));
        assert_eq!(counts.collect::<Vec<_>>(), [("a", 0, 0), ("b", 3, wrong)]);
        let said = verdict.violations.kept().first().map_or("", |violation| &violation.text);
        assert!(said.contains(reason) && said.is_empty() == reason.is_empty(), "{said}");
    }
}

#[test]
fn every_receive_that_names_its_message_is_counted() {
    let judged = |rows: &str| {
        let verdict = verdicts(&[("all.log", rows)], &with_patterns(&[FIELDS])).remove(0).1;
        let amounts = verdict.judged.iter().map(|judged| format!("{} {}", judged.rule.name(), judged.compared));
        amounts.filter(|text| !text.starts_with("clock-rule")).collect::<Vec<_>>().join(", ")
    };
    let sends = |rows: &str| judged(&after_four_sends(rows));
    assert_eq!(sends("b 2 receive id=m1\nb 3 internal\n"), "clock-condition 1, received-once 1");
    assert_eq!(sends("b 2 receive id=m1\nb 3 receive id=m2\n"), "clock-condition 2, received-once 2");
    assert_eq!(sends("b 2 receive id=m9\n"), "");
    assert_eq!(
        sends("b 2 receive peer=a ts=1\nb 3 receive peer=a ts=2\nb 4 receive peer=a ts=3\n"),
        "clock-condition 3, received-was-sent 3, received-once 3, fifo 2"
    );
    assert_eq!(sends("b 9 receive ts=1\n"), "clock-condition 1", "the sender is not told");
}

#[test]
fn a_receive_that_names_one_sender_may_take_messages_of_others_too() {
    // By the clock a message of time 9 was taken; c sent it.
    let row = |receive: &str| {
        let sends: String = (1..=3).map(|clock| format!("a {clock} send peer=b\n")).collect();
        format!("{sends}c 8 internal\nc 9 send peer=b\nc 10 internal\nb 1 internal\nb 2 internal\n{receive}\n")
    };
    assert_eq!(findings(&row("b 10 receive peer=a")), (vec![], vec![]));
    assert_eq!(findings(&row("b 11 receive peer=a")), (vec![], vec![("clock-condition", 1)]), "nobody sent it at 10");
    assert_eq!(findings(&row("b 10 receive peer=d")), (vec![], vec![]), "d has no log");
    assert_eq!(findings(&row("b 11 receive peer=d")), (vec![], vec![]), "d has no log");
    // Of a, three messages can have come, and not the fourth.
    let of_a = "b 3 receive peer=a\nb 4 receive peer=a\nb 5 receive peer=a";
    assert_eq!(findings(&row(of_a)), (vec![], vec![]));
    assert_eq!(findings(&row(&format!("{of_a}\nb 6 receive peer=a"))), (vec![], vec![("clock-condition", 1)]));
}

#[test]
fn pairs_of_two_machines_that_none_owns_an_entry_of_are_hybrid_clocks() {
    let kind = |logs: [&str; 2]| {
        let files = [("alice.log", logs[0]), ("bob.log", logs[1])];
        let (run, verdict) = verdicts(&files, &with_patterns(&[r"^(?<clock>\(.+?\)) (?<event>\w+)"])).remove(0);
        assert_eq!(broken(&verdict), []);
        run.clock
    };
    let alice = "(70, 0) internal\n(71, 0) internal\n(71, 1) internal\n(71, 2) internal\n";
    let bob = "(70, 0) internal\n(70, 1) internal\n(71, 0) internal\n(71, 1) internal\n";
    assert_eq!(kind([alice, bob]), ForeignClock::Hybrid);
    let one = "(0, 1) internal\n(0, 2) internal\n(1, 3) receive\n(1, 4) internal\n";
    let other = "(1, 0) internal\n(2, 0) internal\n(3, 2) receive\n(4, 2) internal\n";
    assert_eq!(kind([one, other]), ForeignClock::Vector);
}

#[test]
fn each_sender_explains_the_receives_that_name_it() {
    let of = |more: &str| {
        let sends = "a 1 send peer=b\na 2 send peer=b\nc 1 send peer=b\nc 2 send peer=b\n";
        format!("{sends}b 2 receive peer=a\nb 3 receive peer=c\nb 4 receive peer=a\nb 5 receive peer=c\n{more}")
    };
    assert_eq!(findings(&of("")), (vec![], vec![]));
    assert_eq!(findings(&of("a 3 send peer=b\nb 6 receive peer=c\n")), (vec![], vec![("clock-condition", 1)]));
}

#[test]
fn a_message_that_waits_while_the_next_event_takes_none_is_remarked() {
    let pattern = r"^(?<clock>\d+) (?<event>\w+) (?<queue>\d+)";
    let remarks = |log: &str| {
        let (_, verdict) = verdicts(&[("a.log", log)], &with_patterns(&[pattern])).remove(0);
        let of = |remark: &&String| remark.contains("waited");
        verdict.remarks.iter().find(of).map(|remark| remark.split(' ').next().unwrap_or_default().to_owned())
    };
    assert_eq!(remarks("1 send 0\n2 internal 0\n"), None);
    assert_eq!(remarks("1 send 1\n2 receive 0\n"), None);
    assert_eq!(remarks("1 send 1\n2 internal 1\n3 receive 1\n4 send 0\n"), Some("once".to_owned()), "one was taken");
    assert_eq!(remarks("1 send 1\n2 internal 1\n3 receive 2\n4 send 1\n"), Some("2".to_owned()));
}

#[test]
fn each_of_several_messages_has_the_sender_at_its_place() {
    let pattern = r"^(?<host>\w+) (?<clock>\d+) (?<event>\w+)(?: from (?<peer>[\w ,]+?) at (?<stamp>[\d ]+))?$";
    let senders = |peers: &str| {
        let log = format!("a 1 send\nc 2 send\nb 3 receive from {peers} at 1 2\n");
        let (run, verdict) = verdicts(&[("all.log", &log)], &with_patterns(&[pattern])).remove(0);
        assert_eq!(broken(&verdict), []);
        run.logs[2].events[0].messages().iter().map(|message| message.from).collect::<Vec<_>>()
    };
    for peers in ["a, c", "a and c", "machine a and machine c"] {
        assert_eq!(senders(peers), [Peer::Machine(0), Peer::Machine(1)], "{peers}");
    }
}
