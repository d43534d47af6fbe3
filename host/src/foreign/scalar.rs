//! Logs with one number per event: does a clock rise, and is a receive later than its send?

use std::collections::HashMap;

use super::{
    ForeignVerdict, Judgement,
    log::{Carried, FileLine, ForeignEvent, ForeignRun},
    sends::{Sends, number, stamp},
    unstamped,
    words::Kind,
};
use crate::check::{Rule, Violations};

/// Judges a run whose clocks are numbers.
pub(super) fn judge(run: &ForeignRun, verdict: &mut ForeignVerdict) {
    let exact = rises(run, verdict);
    verdict.judged(Rule::ClockRule, "the clock rises at every event");
    let events = || run.logs.iter().flat_map(|log| &log.events);
    let receives = || events().filter(|event| event.kind == Some(Kind::Receive));
    if receives().next().is_none() {
        for rule in [Rule::ClockCondition, Rule::ReceivedWasSent, Rule::ReceivedOnce, Rule::Fifo] {
            verdict.unjudged(rule, "no event is known to be a receive");
        }
        return;
    }
    let sends = Sends::of(run);
    let stamped = receives().any(|event| event.messages.iter().any(|message| message.stamp.is_some()));
    if !stamped {
        unstamped::judge(run, &sends.sends, exact, verdict);
        for rule in [Rule::ReceivedWasSent, Rule::ReceivedOnce, Rule::Fifo] {
            verdict.unjudged(rule, "a receive does not name the timestamp of its message");
        }
        return;
    }
    verdict.judged(Rule::ClockCondition, "a receive is later than its message's timestamp, and than its send");
    if sends.sends.is_empty() {
        verdict.unjudged(Rule::ReceivedWasSent, "no event is known to be a send");
        verdict.unjudged(Rule::ReceivedOnce, "no event is known to be a send");
    } else {
        verdict.judged(Rule::ReceivedWasSent, "a send with the timestamp exists");
        verdict.judged(Rule::ReceivedOnce, "no message is received more often than it was sent");
    }
    let senders_known = receives().any(|event| event.messages.iter().any(|message| message.from.is_some()));
    if senders_known {
        verdict.judged(Rule::Fifo, "timestamps from one sender rise");
    } else {
        verdict.unjudged(Rule::Fifo, "a receive does not name its sender");
    }
    if sends.offset != 0 {
        let when =
            if sends.offset < 0 { "before the clock was advanced for the send" } else { "after its row was logged" };
        verdict
            .remarks
            .push(format!("messages carry a timestamp taken {when}: it is {:+} from the send's time", sends.offset));
    }
    messages(run, &sends, verdict);
}

/// A clock rises from event to event. Returns whether it does so by exactly one where nothing is received.
fn rises(run: &ForeignRun, verdict: &mut ForeignVerdict) -> bool {
    let (mut jumps, mut doubled) = (0_u64, 0_u64);
    for log in &run.logs {
        for pair in log.events.windows(2) {
            let [before, event] = pair else { continue };
            let (previous, clock) = (number(&before.clock), number(&event.clock));
            let both_send = [before, event].iter().all(|event| event.kind.is_some_and(Kind::is_send));
            if clock == previous && both_send && before.to != event.to {
                // One send to several, logged once for each.
                doubled += 1;
            } else if clock <= previous {
                let is_late_receive =
                    event.messages.iter().any(|message| stamp(message).is_some_and(|stamp| clock <= stamp));
                if is_late_receive {
                    continue;
                }
                verdict.violations.add(Rule::ClockRule, event.at.clone(), Some(before.at.clone()), || {
                    let stands = if clock == previous { "stands still" } else { "goes back" };
                    format!(
                        "the clock at {} is {clock}, but it was {previous} at {}, the event before: a clock that {stands} \
                         does not order events",
                        event.at, before.at
                    )
                });
            } else if event.kind.is_some_and(|kind| kind != Kind::Receive) && clock != previous + 1 {
                jumps += 1;
            }
        }
    }
    if doubled > 0 {
        verdict
            .remarks
            .push(format!("{doubled} rows repeat the time of a send before them: one send to several, logged apart"));
    }
    if jumps > 0 {
        verdict.remarks.push(format!(
            "{jumps} events that receive nothing move the clock by more than one: either the log leaves out events, or \
             messages are merged when they arrive, and not when they are taken"
        ));
    }
    jumps == 0
}

/// What is wrong with a received message.
struct Wrong {
    rule: Rule,
    against: Option<FileLine>,
    text: String,
}

fn messages(run: &ForeignRun, sends: &Sends, verdict: &mut ForeignVerdict) {
    let (mut merged, mut unknown) = (0_u64, 0_u64);
    for (machine, log) in run.logs.iter().enumerate() {
        let mut once = Once::default();
        let mut judgement = Judgement::of(&log.name);
        for event in log.events.iter().filter(|event| event.kind == Some(Kind::Receive)) {
            let mut messages = &event.messages;
            let mut wrong: Vec<Wrong> = wrong_messages(run, sends, machine, event, messages, &mut unknown);
            if let Some(others) = event.merged.as_ref().filter(|_| !wrong.is_empty()) {
                let reading = wrong_messages(run, sends, machine, event, others, &mut unknown);
                if reading.is_empty() {
                    (messages, wrong) = (others, reading);
                }
            }
            merged += u64::from(messages.len() > 1);
            judgement.receives += 1;
            judgement.wrong += u64::from(wrong.iter().any(|wrong| wrong.rule == Rule::ClockCondition));
            for Wrong { rule, against, text } in wrong {
                verdict.violations.add(rule, event.at.clone(), against, || text);
            }
            for message in messages {
                once.receive(sends, machine, event, message, &mut verdict.violations);
            }
        }
        verdict.receives.push(judgement);
    }
    if merged > 0 {
        verdict.remarks.push(format!("{merged} receives take several messages at once"));
    }
    if unknown > 0 {
        verdict
            .remarks
            .push(format!("{unknown} messages were sent outside of what the logs cover, and are not judged"));
    }
}

fn wrong_messages(
    run: &ForeignRun,
    sends: &Sends,
    to: usize,
    event: &ForeignEvent,
    messages: &[Carried],
    unknown: &mut u64,
) -> Vec<Wrong> {
    messages.iter().filter_map(|message| wrong_message(run, sends, to, event, message, unknown)).collect()
}

fn wrong_message(
    run: &ForeignRun,
    sends: &Sends,
    to: usize,
    event: &ForeignEvent,
    message: &Carried,
    unknown: &mut u64,
) -> Option<Wrong> {
    let (at, clock, carried) = (&event.at, number(&event.clock), stamp(message)?);
    let send = sends.of_message(message, to).min_by_key(|send| send.clock);
    if clock <= carried || send.is_some_and(|send| clock <= send.clock) {
        let sent = match send {
            Some(send) => {
                format!("its message, which carries {carried}, was sent at {} at time {}", send.at, send.clock)
            }
            None => format!("its message carries time {carried}"),
        };
        let why = match send {
            Some(send) if clock > carried && carried < send.clock => {
                "the timestamp was taken before the clock was advanced for the send"
            }
            _ if clock == carried => "the receiver did not add one",
            _ => "the receiver did not take over the message's time",
        };
        let text = format!("the receive at {at} has time {clock}, but {sent}: {why}");
        return Some(Wrong { rule: Rule::ClockCondition, against: send.map(|send| send.at.clone()), text });
    }
    if send.is_some() || sends.sends.is_empty() {
        return None;
    }
    // Nobody sent it, as far as the logs go. Do they go far enough?
    let mut senders = run.logs.iter().enumerate().filter(|(machine, _)| match message.from {
        Some(from) => *machine == from,
        None => *machine != to,
    });
    let covers = |events: &[ForeignEvent]| {
        let first = events.first().map(|event| number(&event.clock));
        let last = events.last().map(|event| number(&event.clock));
        first.is_some_and(|first| first <= carried.max(1)) && last.is_some_and(|last| carried <= last)
    };
    if !senders.all(|(_, log)| covers(&log.events)) {
        *unknown += 1;
        return None;
    }
    let sender = message.from.map_or("any machine".to_owned(), |from| run.logs[from].name.clone());
    let text = format!(
        "the receive at {at} takes a message with time {carried}, but {sender} sent {} none with that time",
        run.logs[to].name
    );
    Some(Wrong { rule: Rule::ReceivedWasSent, against: None, text })
}

/// What one machine has received, to find what came twice or out of order.
#[derive(Default)]
struct Once {
    times: HashMap<(Option<usize>, u64), (usize, FileLine)>,
    last: HashMap<usize, (u64, FileLine)>,
}

impl Once {
    fn receive(
        &mut self,
        sends: &Sends,
        to: usize,
        event: &ForeignEvent,
        message: &Carried,
        violations: &mut Violations<FileLine>,
    ) {
        let Some(carried) = stamp(message) else { return };
        let at = &event.at;
        let sent = sends.of_message(message, to).count();
        let (received, first) = self.times.entry((message.from, carried)).or_insert((0, at.clone()));
        *received += 1;
        if sent > 0 && *received > sent {
            violations.add(Rule::ReceivedOnce, at.clone(), Some(first.clone()), || {
                format!(
                    "the receive at {at} takes a message with time {carried}, as {first} did already, but only {sent} can \
                     have been sent"
                )
            });
        }
        let Some(from) = message.from else { return };
        if let Some((last, before)) = self.last.get(&from).filter(|(last, _)| *last > carried) {
            violations.add(Rule::Fifo, at.clone(), Some(before.clone()), || {
                format!(
                    "the receive at {at} takes a message with time {carried}, after {before} took one with time {last} from \
                     the same sender: the link did not keep the order"
                )
            });
        }
        self.last.insert(from, (carried, at.clone()));
    }
}
