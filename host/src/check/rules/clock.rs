//! `clock-rule`, `clock-condition` and `clock-drift`: what a clock may do at an event, by its kind.
//!
//! The clocks of core are not used here: a checker that shares the code it checks shares its faults.

use clockring::{
    clock::{ClockKind, Hybrid, HybridStamp},
    event::EventKind,
};

use super::super::{
    happened_before::EventIndex,
    messages::Messages,
    place::Place,
    run::{Log, Run, show},
    verdict::{Rule, Violations},
};

/// Judges every row, and returns how far a hybrid clock was ahead of physical time at most, in nanoseconds.
pub(crate) fn judge(run: &Run, messages: &Messages, violations: &mut Violations) -> Option<u64> {
    let mut ahead_ns_max = None;
    for log in &run.logs {
        let mut expected = vec![0; log.clocks.width];
        for row in 0..log.len() {
            if log.clock_kind() == ClockKind::Lamport && is_lamport(log, row) {
                continue;
            }
            let stamp = log.stamp(row);
            expect(log, row, stamp, &mut expected);
            let clock = log.clock(row);
            if stamp.is_some_and(|stamp| !is_later(clock, stamp)) {
                condition(run, messages, log, row, violations);
            } else if clock != expected {
                rule(log, row, &expected, violations);
            }
            if log.clock_kind() == ClockKind::Hybrid {
                let ahead_ns = drift(log, row, violations);
                ahead_ns_max = ahead_ns_max.max(Some(ahead_ns));
            }
        }
    }
    ahead_ns_max
}

/// Does a Lamport clock move as it must? Nearly always, so this is asked first. (The stamp of an event that is no
/// receive is kept as 0, which is below every clock.)
#[inline]
fn is_lamport(log: &Log, row: usize) -> bool {
    let (clocks, stamps) = (&log.clocks.counts, &log.stamps.counts);
    let previous = row.checked_sub(1).map_or(0, |row| clocks[row]);
    previous.max(stamps[row]).checked_add(1) == Some(clocks[row])
}

/// What the clock must be after an event.
fn expect(log: &Log, row: usize, stamp: Option<&[u64]>, expected: &mut [u64]) {
    match row.checked_sub(1) {
        Some(before) => expected.copy_from_slice(log.clock(before)),
        None => expected.fill(0),
    }
    for (count, carried) in expected.iter_mut().zip(stamp.unwrap_or_default()) {
        *count = (*count).max(*carried);
    }
    let own = if expected.len() == 1 { 0 } else { log.machine.index() };
    if let Some(count) = expected.get_mut(own) {
        *count = count.saturating_add(1);
        if log.clock_kind() == ClockKind::Hybrid {
            *count = (*count).max(HybridStamp(log.records()[row].time_ns).time_ns());
        }
    }
}

/// Is a receive with this clock later than a message with this timestamp?
fn is_later(clock: &[u64], stamp: &[u64]) -> bool {
    clock != stamp && clock.iter().zip(stamp).all(|(clock, stamp)| clock >= stamp)
}

fn condition(run: &Run, messages: &Messages, log: &Log, row: usize, violations: &mut Violations) {
    let at = log.place(row);
    let send = messages.cause(EventIndex { machine: log.machine.index(), row });
    let sender = send.and_then(|send| run.logs.iter().find(|log| log.machine.index() == send.machine).zip(Some(send)));
    let sent = sender.map(|(log, send)| log.place(send.row));
    violations.add(Rule::ClockCondition, at, sent, || {
        let (clock, stamp) = (log.clock(row), log.stamp(row).unwrap_or_default());
        let sent = match sender {
            Some((log, send)) => {
                format!("the message was sent at {} at time {}", log.place(send.row), show(log.clock(send.row)))
            }
            None => format!("its message carries time {}", show(stamp)),
        };
        let why = if clock == stamp {
            "the receiver did not add one"
        } else {
            "the receiver did not take over the message's time"
        };
        format!("the receive at {at} has time {}, but {sent}: {why}", show(clock))
    });
}

fn rule(log: &Log, row: usize, expected: &[u64], violations: &mut Violations) {
    let at = log.place(row);
    let before = row.checked_sub(1).map(|row| log.place(row));
    violations.add(Rule::ClockRule, at, before, || {
        let start: &[u64] = &vec![0; expected.len()];
        let previous = row.checked_sub(1).map_or(start, |row| log.clock(row));
        let clock = log.clock(row);
        let from = from_time(before, previous);
        let (kind, stamp) = match log.records()[row].kind {
            EventKind::Internal => ("internal event", None),
            EventKind::Send { .. } => ("send", None),
            EventKind::Receive { .. } => ("receive", log.stamp(row)),
        };
        let carried = stamp.map(|stamp| format!(" and the message's {}", show(stamp))).unwrap_or_default();
        let why = if !is_later(clock, previous) {
            "a clock must rise at every event"
        } else if !is_later(clock, expected) {
            "it fell short"
        } else if stamp.is_none() && log.clock_kind() != ClockKind::Hybrid {
            "it moved further than one event: was a message merged when it arrived, and not when it was taken?"
        } else {
            "it was advanced too far"
        };
        let (clock, expected) = (show(clock), show(expected));
        format!("the {kind} at {at} has time {clock}, but after {from}{carried} it must be {expected}: {why}")
    });
}

fn from_time(before: Option<Place>, previous: &[u64]) -> String {
    match before {
        Some(before) => format!("time {} at {before}", show(previous)),
        None => "time 0 at the start".to_owned(),
    }
}

/// How far the clock is ahead of physical time, in nanoseconds. Messages from further ahead than the clock's bound
/// are refused where they arrive, so it never is; unless the time was set back while the machine was down.
fn drift(log: &Log, row: usize, violations: &mut Violations) -> u64 {
    let Some(clock) = log.clock(row).first().copied() else { return 0 };
    let time_ns = log.records()[row].time_ns;
    let ahead_ns = HybridStamp(clock).time_ns().saturating_sub(time_ns);
    if ahead_ns > Hybrid::DRIFT_MAX_NS && log.manifest.restarts.is_empty() {
        let at = log.place(row);
        violations.add(Rule::ClockDrift, at, None, || {
            let (ahead_ms, max_ms) = (ahead_ns / 1_000_000, Hybrid::DRIFT_MAX_NS / 1_000_000);
            format!(
                "the clock at {at} is {ahead_ms} ms ahead of the time of its row: a message from more than {max_ms} ms \
                 ahead was let in"
            )
        });
    }
    ahead_ns
}
