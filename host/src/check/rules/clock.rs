//! `clock-rule`, `clock-condition` and `clock-drift`: the step of a clock at an event, by its kind.
//!
//! The clocks of core are not used here: a checker that shares the code it checks shares its faults.

use clockring::{
    clock::{ClockKind, Hybrid, HybridStamp},
    event::EventKind,
};

use super::super::{
    findings::Findings,
    hole::Traces,
    messages::Messages,
    place::Place,
    run::{EventIndex, Hole, Log, Run, show},
    verdict::Rule,
};

/// Judges every row, and returns how far a hybrid clock was ahead of physical time at most, in nanoseconds.
pub(crate) fn judge(run: &Run, messages: &Messages, findings: &mut Findings<'_>) -> Option<u64> {
    let mut ahead_ns_max = None;
    for log in &run.logs {
        let (mut expected, mut is_given) = (vec![0; log.clocks.width], false);
        for row in 0..log.len() {
            if log.clock_kind() == ClockKind::Lamport && is_lamport(log, row) {
                continue;
            }
            let stamp = log.stamp(row);
            expect(log, row, previous(log, row), &mut expected);
            let clock = log.clock(row);
            if stamp.is_some_and(|stamp| !is_later(clock, stamp)) {
                condition(run, messages, log, row, findings);
            } else if clock != expected && !fits(log, row, messages.holes.before(log, row)) {
                rule(log, row, &expected, findings);
            }
            if log.clock_kind() == ClockKind::Hybrid {
                let ahead_ns = drift(log, row, &mut is_given, findings);
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

/// The clock that an event must have.
pub(crate) fn expected(log: &Log, row: usize) -> Vec<u64> {
    let mut expected = vec![0; log.clocks.width];
    expect(log, row, previous(log, row), &mut expected);
    expected
}

/// The clock before an event, if there is one.
fn previous(log: &Log, row: usize) -> &[u64] {
    row.checked_sub(1).map_or(&[], |before| log.clock(before))
}

/// Sets the clock that an event must have after this one.
fn expect(log: &Log, row: usize, previous: &[u64], expected: &mut [u64]) {
    expected.fill(0);
    raise(expected, previous);
    raise(expected, log.stamp(row).unwrap_or_default());
    if let Some(count) = expected.get_mut(own(log)) {
        *count = count.saturating_add(1);
        if log.clock_kind() == ClockKind::Hybrid {
            *count = (*count).max(physical(log, row));
        }
    }
}

/// The count that is the machine's own.
fn own(log: &Log) -> usize {
    if log.clocks.width == 1 { 0 } else { log.machine.index() }
}

/// The least hybrid clock that is not behind the time of a row.
fn physical(log: &Log, row: usize) -> u64 {
    HybridStamp(log.records()[row].time_ns).time_ns()
}

/// Are rows missing before this one, and can they have led to its clock?
fn fits(log: &Log, row: usize, hole: Option<(&Hole, &Traces)>) -> bool {
    let Some((hole, traces)) = hole else { return false };
    let after = |carried: &[u64], steps: u64| {
        let (mut start, mut clock) = (vec![0; log.clocks.width], vec![0; log.clocks.width]);
        raise(&mut start, previous(log, row));
        raise(&mut start, carried);
        if let Some(count) = start.get_mut(own(log)) {
            *count = count.saturating_add(steps);
        }
        expect(log, row, &start, &mut clock);
        clock
    };
    let mut carried = traces.carried.clone();
    if log.clock_kind() == ClockKind::Hybrid {
        carried.resize(1, 0);
        raise(&mut carried, &[physical(log, row)]);
    }
    let (least, most) = (after(&[], hole.ticks.max(1)), after(&carried, hole.rows_max));
    let bounds = least.iter().zip(&most);
    log.clock(row).iter().zip(bounds).all(|(count, (least, most))| (least..=most).contains(&count))
}

/// Raises each count to that of a timestamp.
fn raise(counts: &mut [u64], stamp: &[u64]) {
    for (count, carried) in counts.iter_mut().zip(stamp) {
        *count = (*count).max(*carried);
    }
}

/// Is a receive with this clock later than a message with this timestamp?
fn is_later(clock: &[u64], stamp: &[u64]) -> bool {
    clock != stamp && clock.iter().zip(stamp).all(|(clock, stamp)| clock >= stamp)
}

fn condition(run: &Run, messages: &Messages, log: &Log, row: usize, findings: &mut Findings<'_>) {
    let at = log.place(row);
    let send = messages.cause(EventIndex { machine: log.machine.index(), row });
    let sender = send.and_then(|send| run.logs.iter().find(|log| log.machine.index() == send.machine).zip(Some(send)));
    let sent = sender.map(|(log, send)| log.place(send.row));
    findings.add(Rule::ClockCondition, at, sent, || {
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

fn rule(log: &Log, row: usize, expected: &[u64], findings: &mut Findings<'_>) {
    let at = log.place(row);
    let before = row.checked_sub(1).map(|row| log.place(row));
    findings.add(Rule::ClockRule, at, before, || {
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

/// The distance of the clock from physical time, ahead of it, in nanoseconds. Messages from further ahead than the clock's bound
/// are refused where they arrive, so it never is; unless the time was set back while the machine was down.
fn drift(log: &Log, row: usize, is_given: &mut bool, findings: &mut Findings<'_>) -> u64 {
    let Some(clock) = log.clock(row).first().copied() else { return 0 };
    let time_ns = log.records()[row].time_ns;
    let ahead_ns = HybridStamp(clock).time_ns().saturating_sub(time_ns);
    let is_too_far = ahead_ns > Hybrid::DRIFT_MAX_NS && log.manifest.restarts.is_empty();
    // A clock that is ahead stays so, until physical time catches up.
    let goes_on = *is_given && previous(log, row).first().and_then(|before| before.checked_add(1)) == Some(clock);
    *is_given = is_too_far && (goes_on || log.is_given(Rule::ClockDrift, row));
    if is_too_far && !*is_given {
        let at = log.place(row);
        findings.add(Rule::ClockDrift, at, None, || {
            let (ahead_ms, max_ms) = (ahead_ns / 1_000_000, Hybrid::DRIFT_MAX_NS / 1_000_000);
            format!(
                "the clock at {at} is {ahead_ms} ms ahead of the time of its row: a message from more than {max_ms} ms \
                 ahead was let in"
            )
        });
    }
    ahead_ns
}
