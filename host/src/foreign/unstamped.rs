//! Receives that name neither timestamp nor id, if the logs are complete: a receive is wrong if no message that could have
//! been under way makes it right.
//!
//! By the clock rule a receive has the time max(own, message) + 1. If its time is more than one above the machine's
//! own, in a log that counts every event, the message's time is known: one less. If it is exactly one above, the message's
//! time is at most the machine's own. Every message is received once. Giving first the receives that need one certain time,
//! and then the others in order, finds a message for as many of them as possible; those that are left over are wrong.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    evidence::{HABIT_MIN, known_steps},
    law::{Contradiction, ForeignVerdict, Judgement, RECEIVES},
    run::{ForeignClock, ForeignEvent, ForeignLog, ForeignRun, Peer},
};
use crate::check::Rule;

/// Judges receives by the times of sends alone. Nothing here is proved unless the logs are complete. Was there anything to
/// judge?
pub(super) fn judge(run: &ForeignRun, verdict: &mut ForeignVerdict) -> bool {
    let receives = || run.events().filter(|event| event.is_receive());
    let is_unnamed =
        receives().all(|event| event.id.is_none() && event.messages().iter().all(|message| message.stamp.is_none()));
    let has_sends = run.events().any(ForeignEvent::may_send);
    if run.clock != ForeignClock::Number
        || !is_unnamed
        || !has_sends
        || !run.is_one_run()
        || receives().next().is_none()
    {
        return false;
    }
    // The program is the same on all machines, so each log is evidence for the others.
    let steps: Option<usize> = run.logs.iter().map(|log| known_steps(log, run.clock)).sum();
    let exact = steps.is_some_and(|steps| steps >= HABIT_MIN);
    for (machine, log) in run.logs.iter().enumerate() {
        let wrong = unexplained(run, machine, exact);
        let receives = log.events.iter().filter(|event| event.is_receive()).count() as u64;
        verdict.receives.push(Judgement { machine: log.name.clone(), receives, wrong: 0 });
        for wrong in wrong {
            let at = run.at(&log.events[wrong.row]);
            let contradiction = Contradiction { rule: Rule::ClockCondition, at, against: None };
            verdict.if_complete(contradiction, &[], || wrong.text(run, log));
        }
    }
    let meaning = "if the logs are complete, some message makes each receive right";
    verdict.judged(Rule::ClockCondition, meaning, (receives().count() as u64, RECEIVES), &[], "");
    true
}

/// A receive that no message explains.
struct Unexplained {
    row: usize,
    /// The message's time, or the most it can be.
    stamp: u64,
    is_known: bool,
}

impl Unexplained {
    fn text(&self, run: &ForeignRun, log: &ForeignLog) -> String {
        let Self { row, stamp, is_known } = *self;
        let event = &log.events[row];
        let (at, clock, name) = (run.at(event), event.clock, &log.name);
        match row.checked_sub(1).filter(|_| is_known).map(|before| &log.events[before]) {
            Some(before) => format!(
                "the receive at {at} moves the clock from {} at {} to {clock}, so its message must have time {stamp}, but \
                 no machine sent {name} one with that time",
                before.clock,
                run.at(before)
            ),
            None => format!(
                "the receive at {at} has time {clock}, but all messages sent to {name} up to time {stamp} were received \
                 before: the one it takes was sent at its own time or later"
            ),
        }
    }
}

fn unexplained(run: &ForeignRun, machine: usize, exact: bool) -> Vec<Unexplained> {
    let log = &run.logs[machine];
    let receives = || log.events.iter().enumerate().filter(|(_, event)| event.is_receive());
    // A receive of several messages may name the sender of one of them, so each link explains clocks from above only. The
    // machines together explain them exactly, if none is without a log.
    let senders: BTreeSet<Peer> = receives().map(|(_, event)| event.message.from).chain([Peer::Untold]).collect();
    // A message may be logged by one word when it arrives and by another when it is delivered.
    let words: BTreeSet<u8> = receives().map(|(_, event)| event.word).collect();
    let is_judged = |from: &Peer| match from {
        Peer::Untold => !senders.contains(&Peer::Stranger),
        Peer::Machine(_) => true,
        Peer::Stranger => false,
    };
    let mut wrong = BTreeMap::new();
    for from in senders.iter().copied().filter(is_judged) {
        let are_all = from == Peer::Untold;
        let mut sent: BTreeMap<u64, u64> = BTreeMap::new();
        for (sender, log) in run.logs.iter().enumerate() {
            let is_sender = sender != machine && (are_all || from == Peer::Machine(sender));
            for send in log.events.iter().filter(|event| is_sender && event.may_reach(machine)) {
                *sent.entry(send.clock.number).or_default() += 1;
            }
        }
        for word in &words {
            let of_link = receives()
                .filter(|(_, event)| event.word == *word && (are_all || event.message.from == from))
                .map(|(row, _)| row);
            let unexplained = unexplained_of_link(log, of_link, sent.clone(), exact && are_all);
            wrong.extend(unexplained.into_iter().map(|wrong| (wrong.row, wrong)));
        }
    }
    wrong.into_values().collect()
}

fn unexplained_of_link(
    log: &ForeignLog,
    receives: impl Iterator<Item = usize>,
    mut under_way: BTreeMap<u64, u64>,
    exact: bool,
) -> Vec<Unexplained> {
    let mut wrong = Vec::new();
    let mut bounded = Vec::new();
    for row in receives {
        let clock = log.events[row].clock.number;
        let previous = row.checked_sub(1).map(|row| log.events[row].clock.number);
        let stamp = clock.saturating_sub(1);
        let is_known = exact && previous.is_some_and(|previous| clock > previous + 1);
        if !is_known {
            bounded.push((row, stamp));
        } else if !take(&mut under_way, stamp) {
            wrong.push(Unexplained { row, stamp, is_known });
        }
    }
    // Bounds rise along a log, so the oldest message that is left is always the right one to give away.
    for (row, stamp) in bounded {
        let oldest = under_way.range(..=stamp).next().map(|(time, _)| *time);
        if !oldest.is_some_and(|time| take(&mut under_way, time)) {
            wrong.push(Unexplained { row, stamp, is_known: false });
        }
    }
    wrong
}

/// Takes one of the messages with this time, if there is one.
fn take(under_way: &mut BTreeMap<u64, u64>, time: u64) -> bool {
    let Some(messages) = under_way.get_mut(&time) else { return false };
    *messages -= 1;
    if *messages == 0 {
        under_way.remove(&time);
    }
    true
}
