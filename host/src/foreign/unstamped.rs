//! Receives that name neither sender nor timestamp: a receive is wrong when no message that could have been under way
//! would make it right.
//!
//! By the clock rule a receive has the time max(own, message) + 1. If its time is more than one above the machine's
//! own, the message's time is known: one less. If it is exactly one above, the message's time is at most the
//! machine's own. Every message is received once. Giving first the receives that need one certain time, and then the
//! others in order, finds a message for as many of them as possible; what is left over is provably wrong.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ForeignVerdict, Judgement,
    log::{ForeignEvent, ForeignLog, ForeignRun},
    sends::{Send, number},
    words::Kind,
};
use crate::check::Rule;

/// Judges receives by the times of sends alone. `exact` says that the log counts every event by one, so that a
/// receive's time tells its message's.
pub(super) fn judge(run: &ForeignRun, sends: &[Send], exact: bool, verdict: &mut ForeignVerdict) {
    if sends.is_empty() {
        verdict
            .unjudged(Rule::ClockCondition, "a receive does not name its message, and no event is known to be a send");
        return;
    }
    verdict.judged(Rule::ClockCondition, "some message that could be under way makes each receive right");
    let mut habit = Habit::default();
    for (machine, log) in run.logs.iter().enumerate() {
        let wrong = unexplained(run, sends, machine, exact, &mut habit);
        let receives = log.events.iter().filter(|event| event.kind == Some(Kind::Receive)).count() as u64;
        verdict.receives.push(Judgement { machine: log.name.clone(), receives, wrong: wrong.len() as u64 });
        for wrong in wrong {
            let at = &log.events[wrong.row].at;
            verdict.violations.add(Rule::ClockCondition, at.clone(), None, || wrong.text(log));
        }
    }
    habit.remark(verdict);
}

/// A receive that no message explains.
struct Unexplained {
    row: usize,
    /// The message's time, or the most it can be.
    stamp: u64,
    is_known: bool,
}

impl Unexplained {
    fn text(&self, log: &ForeignLog) -> String {
        let Self { row, stamp, is_known } = *self;
        let event = &log.events[row];
        let (at, clock, name) = (&event.at, number(&event.clock), &log.name);
        if is_known {
            let before = &log.events[row - 1];
            format!(
                "the receive at {at} moves the clock from {} at {} to {clock}, so its message must have time {stamp}, but \
                 nobody sent {name} one with that time",
                number(&before.clock),
                before.at
            )
        } else {
            format!(
                "the receive at {at} has time {clock}, but all messages sent to {name} up to time {stamp} were received \
                 before: the one it takes was sent at its own time or later"
            )
        }
    }
}

fn unexplained(run: &ForeignRun, sends: &[Send], machine: usize, exact: bool, habit: &mut Habit) -> Vec<Unexplained> {
    let log = &run.logs[machine];
    let receives = || log.events.iter().enumerate().filter(|(_, event)| event.kind == Some(Kind::Receive));
    let sender = |event: &ForeignEvent| event.messages.first().and_then(|message| message.from);
    // With a sender for every receive, each link is judged by itself.
    let senders: BTreeSet<Option<usize>> = receives().map(|(_, event)| sender(event)).collect();
    let senders = if senders.contains(&None) { BTreeSet::from([None]) } else { senders };
    let mut wrong = Vec::new();
    for from in senders {
        let is_from = |event: &ForeignEvent| from.is_none() || sender(event) == from;
        let of_link = receives().filter(|(_, event)| is_from(event)).map(|(row, _)| row);
        let mut under_way: BTreeMap<u64, u64> = BTreeMap::new();
        for send in sends.iter().filter(|send| send.can_reach(from, machine)) {
            *under_way.entry(send.clock).or_default() += 1;
        }
        let unexplained = unexplained_of_link(log, of_link, under_way, exact, habit);
        wrong.extend(unexplained.into_iter().filter(|wrong| is_covered(run, sends, machine, &log.events[wrong.row])));
    }
    wrong.sort_by_key(|wrong| wrong.row);
    wrong
}

fn unexplained_of_link(
    log: &ForeignLog,
    receives: impl Iterator<Item = usize>,
    mut under_way: BTreeMap<u64, u64>,
    exact: bool,
    habit: &mut Habit,
) -> Vec<Unexplained> {
    let sent = under_way.clone();
    let mut wrong = Vec::new();
    let mut bounded = Vec::new();
    for row in receives {
        let clock = number(&log.events[row].clock);
        let previous = row.checked_sub(1).map(|row| number(&log.events[row].clock));
        let stamp = clock.saturating_sub(1);
        let is_known = exact && previous.is_some_and(|previous| clock > previous + 1);
        if !is_known {
            bounded.push((row, stamp));
            continue;
        }
        habit.count(&sent, stamp);
        if !take(&mut under_way, stamp) {
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

/// Do the logs of all who may have sent it go on until the time of a receive? A log that ends before may have lost its
/// end. Without times, logs are taken to be whole.
fn is_covered(run: &ForeignRun, sends: &[Send], machine: usize, event: &ForeignEvent) -> bool {
    let Some(time_s) = event.time_s else { return true };
    run.logs.iter().enumerate().all(|(other, log)| {
        let is_sender = other != machine && sends.iter().any(|send| send.machine == other);
        let last = log.events.last().and_then(|event| event.time_s);
        !is_sender || last.is_none_or(|last| time_s <= last + END_SLACK_S)
    })
}

/// How much later than the last event of a sender a receive may be for the sender's log to count as whole, in
/// seconds: a tick of the slowest machine of the exercise.
const END_SLACK_S: f64 = 1.0;

/// What receives that move the clock have in common, if it is not that they add one.
#[derive(Default)]
struct Habit {
    moving: u64,
    one_more: u64,
    none_more: u64,
}

impl Habit {
    fn count(&mut self, sent: &BTreeMap<u64, u64>, stamp: u64) {
        self.moving += 1;
        self.one_more += u64::from(sent.contains_key(&stamp));
        self.none_more += u64::from(sent.contains_key(&(stamp + 1)));
    }

    fn remark(&self, verdict: &mut ForeignVerdict) {
        let Self { moving, one_more, none_more } = *self;
        if none_more == moving && one_more < moving {
            verdict.remarks.push(format!(
                "each of the {moving} receives that move the clock on has exactly the time of a send, and only {one_more} \
                 are one above one: receivers do not add one, or timestamps are taken before the clock is advanced for \
                 the send"
            ));
        }
    }
}
