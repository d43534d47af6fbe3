//! Every rule has a canary: a small run that breaks this rule and no other.

use clockring::clock::ClockKind;
use host::{
    check::Rule,
    experiment::Pace,
    rundir::{Ended, Forgotten, StampJson},
};

use crate::run_text::{RunText, ended, messages};

/// Two machines: A sends at time 2 and at time 4, B receives the first at time 4, and the second is left.
pub(crate) fn two_machines() -> RunText {
    RunText {
        machines: vec![
            ended('A', 2, &["internal,,,1,0", "send,B,,2,0", "internal,,,3,0", "send,B,,4,0"], &[]),
            ended(
                'B',
                2,
                &["internal,,,1,0", "internal,,,2,0", "internal,,,3,0", "receive,A,2,4,0", "internal,,,5,0"],
                &[('A', 4)],
            ),
        ],
    }
}

/// Three machines: A sends to both others at time 1.
pub(crate) fn three_machines() -> RunText {
    RunText {
        machines: vec![
            ended('A', 3, &["send,BC,,1,0"], &[]),
            ended('B', 3, &["receive,A,1,2,0"], &[]),
            ended('C', 3, &["receive,A,1,2,0"], &[]),
        ],
    }
}

/// Two machines with vector clocks; B knows of A's first event already when the message of the second arrives.
pub(crate) fn vectors() -> RunText {
    let mut run = RunText {
        machines: vec![
            ended('A', 2, &["send,B,,1 0,0", "receive,B,0 1,2 1,0", "send,B,,3 1,0"], &[]),
            ended('B', 2, &["send,A,,0 1,0", "receive,A,1 0,1 2,0", "receive,A,3 1,3 3,0"], &[]),
        ],
    };
    for machine in &mut run.machines {
        machine.manifest.clock = ClockKind::Vector;
    }
    run
}

/// A sound run, a harm to it that breaks this rule alone, and words of the report.
fn canary(rule: Rule) -> (RunText, fn(&mut RunText), &'static str) {
    match rule {
        Rule::OneRun => (two_machines(), |run| run.machine('B').manifest.run = Some(8), "B.json:"),
        Rule::Manifest => (two_machines(), |run| run.machine('B').manifest.ticks = Some(6), "counts 6 ticks"),
        Rule::RowFormat => (
            two_machines(),
            |run| {
                run.machine('A').lines.insert(2, "once upon a time".to_owned());
                run.machine('A').manifest.ticks = Some(5);
            },
            "A.csv:4 is not a row",
        ),
        Rule::TickNumbering => (
            two_machines(),
            |run| {
                let line = &mut run.machine('A').lines[3];
                *line = line.replacen('4', "5", 1);
            },
            "A.csv:5 is tick 5, but the tick before it, at A.csv:4, is 3",
        ),
        Rule::TimeOrder => (
            two_machines(),
            |run| {
                let line = &mut run.machine('B').lines[4];
                *line = line.replacen("05000000000", "03999999999", 1);
            },
            "B.csv:6 is 1 ns earlier than B.csv:5",
        ),
        Rule::Arrival => (
            two_machines(),
            |run| run.machine('B').lines[3] += &format!(",{}", crate::run_text::START_NS + 4_000_000_001),
            "B.csv:5 takes a message 1 ns before it came in",
        ),
        Rule::Rate => (
            two_machines(),
            |run| run.machine('B').manifest.rate = "0.5".parse().expect("a rate"),
            "B.csv:2, came 1000 ms after the start",
        ),
        Rule::ClockRule => (
            two_machines(),
            |run| run.machine('B').lines[4] = line(5, "internal,,,7,0"),
            "the internal event at B.csv:6 has time 7, but after time 4 at B.csv:5 it must be 5",
        ),
        Rule::ClockCondition => (
            {
                let mut run = two_machines();
                run.machine('A').lines[1] = line(2, "internal,,,2,0");
                run.machine('A').lines[3] = line(4, "send,B,,4,0");
                run.machine('B').lines[3] = line(4, "receive,A,4,5,0");
                run.machine('B').lines[4] = line(5, "internal,,,6,0");
                run.machine('B').manifest.left_in_queue = Some(vec![]);
                run
            },
            |run| {
                run.machine('B').lines[3] = line(4, "receive,A,4,4,0");
                run.machine('B').lines[4] = line(5, "internal,,,5,0");
            },
            "the receive at B.csv:5 has time 4, but the message was sent at A.csv:5 at time 4: the receiver did not add one",
        ),
        Rule::ClockDrift => (
            {
                let second = 1_000_000_000_u64;
                let start = crate::run_text::START_NS + second;
                let stamp = (start >> 16) << 16;
                let mut run = RunText {
                    machines: vec![
                        ended('A', 2, &[&format!("send,B,,{stamp},0")], &[]),
                        ended('B', 2, &[&format!("receive,A,{stamp},{},0", stamp + 1)], &[]),
                    ],
                };
                for machine in &mut run.machines {
                    machine.manifest.clock = ClockKind::Hybrid;
                }
                run
            },
            |run| {
                // A's time is two minutes ahead of B's.
                let ahead = crate::run_text::START_NS + 120_000_000_000;
                let stamp = (ahead >> 16) << 16;
                run.machine('A').lines[0] = format!("1,{ahead},send,B,,{stamp},0");
                let start = crate::run_text::START_NS + 1_000_000_000;
                run.machine('B').lines[0] = format!("1,{start},receive,A,{stamp},{},0", stamp + 1);
            },
            "the clock at B.csv:2 is 11899",
        ),
        Rule::VectorClaims => (
            vectors(),
            |run| {
                let line = &mut run.machine('B').lines[2];
                *line = line.replace("3 1,3 3", "3 0,3 3");
            },
            "B.csv:4 says its message carried (3 0), but it was sent at A.csv:4 with (3 1)",
        ),
        Rule::ReceivedWasSent => (
            two_machines(),
            |run| {
                // The message of time 2 is left instead, so nothing is lost.
                run.machine('B').lines[3] = line(4, "receive,A,3,4,0");
                run.machine('A').lines.truncate(3);
                run.machine('A').manifest.ticks = Some(3);
                run.machine('B').manifest.left_in_queue.as_mut().expect("a list")[0].stamp = StampJson::Number(2);
            },
            "B.csv:5 takes a message from A with time 3 that A never sent B",
        ),
        Rule::ReceivedOnce => (
            two_machines(),
            |run| run.machine('B').lines[4] = line(5, "receive,A,2,5,0"),
            "B.csv:6 takes the message with time 2, sent at A.csv:3, that B had taken already, first at B.csv:5",
        ),
        Rule::Fifo => (
            two_machines(),
            |run| {
                run.machine('B').lines[3] = line(4, "receive,A,4,5,0");
                run.machine('B').lines[4] = line(5, "receive,A,2,6,0");
                run.machine('B').manifest.left_in_queue = Some(vec![]);
            },
            "the message at B.csv:6, sent at A.csv:3, was overtaken: B.csv:5",
        ),
        Rule::OneStamp => (
            three_machines(),
            |run| run.machine('C').lines[0] = line(1, "receive,A,2,3,0"),
            "C.csv:2 takes a message from A with time 2, but the send to all whose turn it is, at A.csv:2, has time 1",
        ),
        Rule::Conservation => (
            two_machines(),
            |run| run.machine('B').manifest.left_in_queue = Some(vec![]),
            "the message sent at A.csv:5 to B was neither received nor left",
        ),
        Rule::Queue => (
            two_machines(),
            |run| run.machine('B').lines[2] = line(3, "internal,,,3,3"),
            "but only 2 can have been sent to B by then",
        ),
    }
}

pub(crate) fn line(tick: u64, event: &str) -> String {
    format!("{tick},{},{event}", crate::run_text::START_NS + tick * 1_000_000_000)
}

#[test]
fn every_rule_has_a_canary_that_breaks_it_alone() {
    for rule in Rule::ALL {
        let (mut run, harm, words) = canary(*rule);
        assert_eq!(run.broken(), [""; 0], "the sound twin of the canary of {}", rule.name());
        harm(&mut run);
        assert_eq!(run.broken(), [rule.name()], "the canary of {}", rule.name());
        let verdict = run.judged().expect("it can be read");
        let said = verdict.violations.kept().iter().any(|violation| violation.text.contains(words));
        assert!(said, "{}: «{words}» is not said: {:#?}", rule.name(), verdict.violations.kept());
    }
}

#[test]
fn every_violation_names_its_places() {
    for rule in Rule::ALL {
        let (mut run, harm, _) = canary(*rule);
        harm(&mut run);
        for violation in run.judged().expect("it can be read").violations.kept() {
            let places = [Some(violation.at), violation.against];
            for place in places.into_iter().flatten() {
                let place = place.to_string();
                assert!(violation.text.contains(&place), "{place} is not in: {}", violation.text);
            }
        }
    }
}

/// The queue's rule has several parts; each needs its own proof.
#[test]
fn a_waiting_message_is_received_next_and_does_not_vanish() {
    let with_queues = |fourth: &str, fifth: &str| {
        let mut run = two_machines();
        run.machine('B').lines[3] = line(4, fourth);
        run.machine('B').lines[4] = line(5, fifth);
        run
    };
    let ignored = with_queues("receive,A,2,4,1", "internal,,,5,0");
    assert_eq!(ignored.broken(), ["queue"], "a message waited, and the die was rolled");
    let left_out = with_queues("receive,A,2,4,0", "internal,,,5,2");
    assert_eq!(left_out.broken(), ["queue"], "two waited at the end, and one is left");
    let mut too_many = two_machines();
    too_many.machine('B').manifest.capacity = 0;
    assert_eq!(too_many.broken(), [""; 0], "the one that is looked at waits outside of the lane");
}

#[test]
fn a_message_that_found_a_full_lane_is_no_silent_loss() {
    // B loses the first message, and has the second: received, not left.
    let run = |overruns: &[(char, u64)]| {
        let mut run = two_machines();
        run.machine('B').lines[3] = line(4, "receive,A,4,5,0");
        run.machine('B').lines[4] = line(5, "internal,,,6,0");
        run.machine('B').manifest.left_in_queue = Some(vec![]);
        run.machine('B').manifest.overruns = messages(overruns);
        run
    };
    assert_eq!(run(&[]).broken(), ["conservation"], "lost in silence");
    assert_eq!(run(&[('A', 2)]).broken(), [""; 0], "lost, and said so");
    assert_eq!(run(&[('A', 2), ('A', 4)]).broken(), ["received-once"], "lost, and received all the same");
    assert_eq!(run(&[('A', 2), ('A', 3)]).broken(), ["received-was-sent"], "lost, and never sent");
    assert_eq!(run(&[('A', 2), ('B', 2)]).broken(), ["manifest"], "from itself");
    let verdict = run(&[('A', 2)]).judged().expect("it can be read");
    assert!(verdict.notes.iter().any(|note| note.text.contains("found its lanes full")), "{verdict:?}");
    let links = verdict.causality.expect("one run").messages.links;
    assert_eq!(links.iter().map(|link| (link.overruns, link.missing())).max(), Some((1, 0)));
}

#[test]
fn a_message_that_went_beyond_its_senders_memory_is_no_silent_loss() {
    // A has let the first message go before B asked for it; B receives the second.
    let run = |forgotten: &[(char, u64)]| {
        let mut run = two_machines();
        run.machine('B').lines[3] = line(4, "receive,A,4,5,0");
        run.machine('B').lines[4] = line(5, "internal,,,6,0");
        run.machine('B').manifest.left_in_queue = Some(vec![]);
        let forgotten = messages(forgotten).into_iter().map(|lost| Forgotten { to: lost.from, stamp: lost.stamp });
        run.machine('A').manifest.forgotten = forgotten.collect();
        run
    };
    assert_eq!(run(&[]).broken(), ["conservation"], "lost in silence");
    assert_eq!(run(&[('B', 2)]).broken(), [""; 0], "lost, and said so");
    assert_eq!(run(&[('B', 2), ('B', 4)]).broken(), ["received-once"], "lost, and received all the same");
    assert_eq!(run(&[('B', 2), ('B', 3)]).broken(), ["received-was-sent"], "lost, and never sent");
    assert_eq!(run(&[('B', 2), ('A', 2)]).broken(), ["manifest"], "to itself");
    let verdict = run(&[('B', 2)]).judged().expect("it can be read");
    assert!(verdict.notes.iter().any(|note| note.text.contains("went beyond its memory, and was lost")), "{verdict:?}");
    let links = verdict.causality.expect("one run").messages.links;
    assert_eq!(links.iter().map(|link| (link.forgotten, link.missing())).max(), Some((1, 0)));
}

#[test]
fn a_message_does_not_arrive_before_the_cause_of_its_send() {
    // A answers B's message of time 1; B says the answer waited when it sent that message.
    let run = |queue: u64| RunText {
        machines: vec![
            ended('A', 2, &["receive,B,1,2,0", "send,B,,3,0"], &[]),
            ended('B', 2, &[&format!("send,A,,1,{queue}"), "receive,A,3,4,0"], &[]),
        ],
    };
    assert_eq!(run(0).broken(), [""; 0]);
    assert_eq!(run(1).broken(), ["queue"]);
}

#[test]
fn a_killed_machine_breaks_no_rule() {
    let mut run = two_machines();
    let killed = run.machine('B');
    killed.lines.truncate(2);
    killed.torn = "3,17000".to_owned();
    let manifest = &mut killed.manifest;
    (manifest.ended, manifest.ended_at, manifest.ticks, manifest.left_in_queue) = (None, None, None, None);
    assert_eq!(run.broken(), [""; 0]);
    let verdict = run.judged().expect("it can be read");
    assert!(verdict.notes.iter().any(|note| note.text.contains("a torn line of 7 bytes")), "{verdict:#?}");
    assert!(verdict.unfinished.iter().any(|note| note.text.contains("was killed or still runs")), "{verdict:#?}");
}

#[test]
fn the_log_of_a_killed_machine_has_all_its_sends() {
    let mut run = two_machines();
    let killed = run.machine('A');
    killed.lines.truncate(1);
    let manifest = &mut killed.manifest;
    (manifest.ended, manifest.ended_at, manifest.ticks, manifest.left_in_queue) = (None, None, None, None);
    let broken = run.broken();
    assert_eq!(broken, ["received-was-sent", "queue"], "rows go before frames, so the log must have it");
}

#[test]
fn a_restart_empties_the_queue_and_may_set_time_back() {
    let mut run = two_machines();
    run.machine('B').lines[3] = line(4, "receive,A,2,4,1");
    run.machine('B').lines[4] = line(2, "internal,,,5,0").replacen('2', "5", 1);
    assert_eq!(run.broken(), ["time-order", "queue"]);
    run.machine('B').manifest.restarts = vec![5];
    assert_eq!(run.broken(), [""; 0]);
}

#[test]
fn machines_that_were_started_with_different_seeds_can_be_one_run() {
    let mut run = two_machines();
    run.machine('B').manifest.seed = 99;
    assert_eq!(run.broken(), [""; 0], "they agreed on a number for the run");
    for machine in &mut run.machines {
        machine.manifest.run = None;
    }
    assert_eq!(run.broken(), ["one-run"], "nothing says that it is one run");
}

#[test]
fn a_fast_machine_is_not_early_and_a_late_one_makes_up() {
    let mut run = two_machines();
    run.machine('B').manifest.rate = Pace::Rate("1".parse().expect("a rate"));
    assert_eq!(run.broken(), [""; 0]);
    run.machine('B').manifest.rate = Pace::Rate("1000".parse().expect("a rate"));
    assert_eq!(run.broken(), [""; 0], "being late is not against the rules");
    assert_eq!(run.machine('B').manifest.ended, Some(Ended::Complete));
}
