//! The faults that a finding can be the sign of.

use std::ops::Range;

use clockring::{
    clock::{ClockKind, HybridStamp},
    event::EventKind,
    ring::MachineId,
};

use super::{
    super::{
        hole::Hole,
        rules::clock,
        run::{Log, Record, Run, counts, sequence, stamp_json},
        verdict::{Rule, Violation},
    },
    mend::{Change, Mend},
};
use crate::rundir::LeftInQueue;

/// The mends that could make a finding go away, the likeliest first.
pub(super) fn mends(run: &Run, finding: &Violation) -> Vec<Mend> {
    let Some(log) = run.log(finding.at.machine) else { return Vec::new() };
    let row = finding.at.row;
    match (finding.rule, row) {
        (Rule::RowFormat, _) => of(log, unreadable(log, finding.at.line)),
        (Rule::TickNumbering, Some(row)) => of(log, numbering(log, row)),
        (Rule::Manifest, _) => of(log, cut(log)),
        (Rule::TimeOrder, Some(row)) => of(log, time_order(log, row)),
        (Rule::ClockRule | Rule::ClockCondition, Some(row)) => of(log, clocks(log, row)),
        (Rule::VectorClaims, Some(row)) if finding.against.is_none() => of(log, clocks(log, row)),
        (Rule::VectorClaims | Rule::OneStamp, Some(row)) => of(log, other_message(run, log, row, finding)),
        (Rule::ReceivedWasSent, row) => unsent(run, log, row, finding),
        (Rule::ReceivedOnce, row) => of(log, taken_twice(run, log, row, finding)),
        (Rule::Conservation, Some(row)) => never_taken(run, log, row, finding),
        (Rule::Queue, Some(row)) => of(log, queue(log, row)),
        (rule @ (Rule::Rate | Rule::ClockDrift), Some(row)) => of(log, vec![Change::Given(rule, row)]),
        _ => Vec::new(),
    }
}

fn of(log: &Log, changes: Vec<Change>) -> Vec<Mend> {
    changes.into_iter().map(|change| Mend { machine: log.machine, change }).collect()
}

/// A line that is no row stands for one. Neighbours of it are mended with the first of them.
fn unreadable(log: &Log, line: u64) -> Vec<Change> {
    let index = |line: u64| log.malformed.binary_search_by_key(&line, |malformed| malformed.line);
    if index(line.saturating_sub(1)).is_ok() {
        return Vec::new();
    }
    let lines = (line..).take_while(|line| index(*line).is_ok()).count();
    let row = log.rows_before(line);
    let before = row.checked_sub(1).map_or(0, |row| log.records()[row].tick);
    let next = match log.records().get(row) {
        Some(record) => record.tick,
        None => log.manifest.ticks.map_or(u64::MAX, |ticks| ticks.saturating_add(1)),
    };
    let missing = next.saturating_sub(before).saturating_sub(1).min(lines as u64);
    vec![Change::Missing(Hole { row, ticks: missing, rows_max: missing }, lines)]
}

/// A tick out of turn: its number is wrong, its row is a copy, the rows are out of order, or some are missing.
fn numbering(log: &Log, row: usize) -> Vec<Change> {
    let records = log.records();
    let before = row.checked_sub(1).map_or(0, |row| records[row].tick);
    let expected = before.saturating_add(1);
    let mut changes = Vec::new();
    let is_right_after = match records.get(row + 1) {
        Some(next) => next.tick == expected.saturating_add(1),
        None => log.manifest.ticks == Some(log.ticks()),
    };
    if is_right_after {
        changes.push(Change::Tick(row, expected));
    }
    if is_copy(log, row) {
        changes.push(Change::Copy(row));
    }
    changes.extend(disorder(log, row, |record| record.tick).map(Change::Order));
    let missing = records[row].tick.saturating_sub(expected);
    if missing > 0 {
        changes.push(Change::Missing(Hole { row, ticks: missing, rows_max: missing }, 0));
    }
    changes
}

/// The rows around this one that are out of order among themselves, though not with those before and after; `None` if
/// there are none, or if rows are missing between them.
fn disorder(log: &Log, row: usize, key: impl Fn(&Record) -> u64) -> Option<Range<usize>> {
    let keys: Vec<u64> = log.records().iter().map(key).collect();
    let mut least_from = keys.clone();
    for row in (1..keys.len()).rev() {
        least_from[row - 1] = least_from[row - 1].min(least_from[row]);
    }
    let (mut start, mut end, mut most) = (0, keys.len(), 0);
    for (at, (key, least)) in keys.iter().zip(&least_from).enumerate() {
        if most <= *least {
            if at > row {
                end = at;
                break;
            }
            start = at;
        }
        most = most.max(*key);
    }
    let is_whole = log.holes().iter().all(|hole| hole.row <= start || hole.row >= end);
    (is_whole && is_one_disorder(&keys[start..end])).then_some(start..end)
}

/// Does one row that is moved, or one pair that is exchanged, put all in order?
fn is_one_disorder(keys: &[u64]) -> bool {
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    let displaced = keys.iter().zip(&sorted).filter(|(key, sorted)| key != sorted).count();
    let is_moved = keys.split_first().is_some_and(|(_, rest)| rest.is_sorted())
        || keys.split_last().is_some_and(|(_, rest)| rest.is_sorted());
    displaced > 0 && (displaced == 2 || is_moved)
}

/// Does a row repeat the one before, but for the number of its tick?
fn is_copy(log: &Log, row: usize) -> bool {
    let Some(before) = row.checked_sub(1) else { return false };
    let (one, other) = (log.records()[before], log.records()[row]);
    (one.time_ns, one.kind, one.queue) == (other.time_ns, other.kind, other.queue)
        && log.clock(before) == log.clock(row)
        && log.stamp(before) == log.stamp(row)
}

/// A log with fewer rows than its manifest counts lost its end.
fn cut(log: &Log) -> Vec<Change> {
    let missing = log.manifest.ticks.unwrap_or(0).saturating_sub(log.ticks());
    if missing == 0 {
        return Vec::new();
    }
    vec![Change::Missing(Hole { row: log.len(), ticks: missing, rows_max: missing }, 0)]
}

/// A clock that does not follow: its row is a copy, its value is wrong, or rows before it are missing and the ticks
/// were numbered anew.
fn clocks(log: &Log, row: usize) -> Vec<Change> {
    let mut changes = Vec::new();
    if is_copy(log, row) {
        changes.push(Change::Copy(row));
    }
    let expected = clock::expected(log, row);
    let jump = sequence(log.clock(row), log.machine).saturating_sub(sequence(&expected, log.machine));
    changes.push(Change::Clock(row, expected));
    if jump > 0 && log.hole(row).is_none() {
        changes.push(Change::Missing(Hole { row, ticks: 0, rows_max: jump }, 0));
    }
    changes
}

/// Time that goes back: the time of the row before is wrong or that of this one, the rows are out of order, or the time
/// was set back.
fn time_order(log: &Log, row: usize) -> Vec<Change> {
    let Some(before) = row.checked_sub(1) else { return Vec::new() };
    let mut changes: Vec<Change> = [before, row].map(|row| Change::Time(row, least_time(log, row))).into();
    changes.extend(disorder(log, row, |record| record.time_ns).map(Change::TimeOrder));
    changes.push(Change::Given(Rule::TimeOrder, row));
    changes
}

/// The least time that a row can have: that of the row before, or, of a hybrid clock, the time it shows.
fn least_time(log: &Log, row: usize) -> u64 {
    let before = row.checked_sub(1).map_or(0, |before| log.records()[before].time_ns);
    match log.clock_kind() {
        ClockKind::Hybrid => before.max(HybridStamp(log.height(row)).time_ns()),
        ClockKind::Lamport | ClockKind::Vector => before,
    }
}

/// A message that cannot be the one that a row received: its timestamp is wrong, or its sender.
fn other_message(run: &Run, receiver: &Log, row: usize, finding: &Violation) -> Vec<Change> {
    let Some(EventKind::Receive { from, .. }) = receiver.records().get(row).map(|record| record.kind) else {
        return Vec::new();
    };
    let named = finding.against.and_then(|place| Some((run.log(place.machine)?, place.row?)));
    let named = named.filter(|(sender, _)| sender.machine == from);
    let next = |sender: &'_ Log| next_message(sender, receiver, row);
    let next_of_it = run.log(from).and_then(|sender| Some((sender, next(sender)?)));
    let stamps = next_of_it.into_iter().chain(named);
    let mut changes: Vec<Change> =
        stamps.map(|(sender, sent)| Change::Stamp(row, sender.clock(sent).to_vec())).collect();
    let others = run.logs.iter().filter(|sender| sender.machine != from && sender.machine != receiver.machine);
    let others =
        others.filter(|sender| next(sender).is_some_and(|sent| receiver.stamp(row) == Some(sender.clock(sent))));
    changes.extend(others.map(|sender| Change::Sender(row, sender.machine)));
    changes
}

/// A message that was taken twice: one of the two was another, or it was delivered twice.
fn taken_twice(run: &Run, receiver: &Log, row: Option<usize>, finding: &Violation) -> Vec<Change> {
    let sent = finding.against.and_then(|place| Some((run.log(place.machine)?, place.row?)));
    let is_first = |row: &usize| {
        sent.is_some_and(|(sender, sent)| {
            receiver.is_receive_from(*row, sender.machine)
                && sequence(receiver.stamps.get(*row), sender.machine) == sender.sequence(sent)
        })
    };
    let first = (0..receiver.len()).find(is_first);
    let mut changes: Vec<Change> =
        first.into_iter().chain(row).flat_map(|row| other_message(run, receiver, row, finding)).collect();
    changes.extend(row.map(|row| Change::Given(Rule::ReceivedOnce, row)));
    changes
}

/// The send whose message comes next at a row of the receiver, after the last that was received before.
fn next_message(sender: &Log, receiver: &Log, row: usize) -> Option<usize> {
    let is_from = |row: &usize| matches!(receiver.records()[*row].kind, EventKind::Receive { from, .. } if from == sender.machine);
    let last = (0..row).rev().find(is_from).map_or(0, |row| sequence(receiver.stamps.get(row), sender.machine));
    let is_next = |row: &usize| sender.is_send_to(*row, receiver.machine) && sender.sequence(*row) > last;
    (0..sender.len()).find(is_next)
}

/// A message without a send: the send is there but to others, the message was another, the sender lost the row or its
/// end, or it was sent for reasons unknown.
fn unsent(run: &Run, receiver: &Log, row: Option<usize>, finding: &Violation) -> Vec<Mend> {
    let other = row.map(|row| other_message(run, receiver, row, finding)).unwrap_or_default();
    let mut mends = of(receiver, other);
    for (sender, identity) in unsent_messages(run, receiver, row) {
        let after = (0..sender.len()).find(|row| sender.sequence(*row) >= identity).unwrap_or(sender.len());
        let rows_max = if after < sender.len() || sender.has_ended() { 1 } else { u64::MAX };
        if after < sender.len() && sender.sequence(after) == identity {
            mends.extend(of(sender, receivers(run, sender, after, receiver.machine)));
        } else if sender.hole(after).is_none() {
            mends.extend(of(sender, vec![Change::Missing(Hole { row: after, ticks: 0, rows_max }, 0)]));
        }
    }
    mends.extend(of(receiver, row.map(|row| Change::Given(Rule::ReceivedWasSent, row)).into_iter().collect()));
    mends
}

/// The sender and the identity of the message that a row received; without a row, of the messages left without a send.
fn unsent_messages<'a>(run: &'a Run, receiver: &Log, row: Option<usize>) -> Vec<(&'a Log, u64)> {
    let is_unsent = |(sender, identity): &(&Log, u64)| {
        !(0..sender.len()).any(|row| sender.is_send_to(row, receiver.machine) && sender.sequence(row) == *identity)
    };
    match row.map(|row| (receiver.records()[row].kind, receiver.stamps.get(row))) {
        Some((EventKind::Receive { from, .. }, stamp)) => {
            run.log(from).map(|sender| (sender, sequence(stamp, from))).into_iter().collect()
        }
        Some(_) => Vec::new(),
        None => {
            let left = receiver.left().iter();
            let left = left.filter_map(|left| Some((run.log(left.from)?, sequence(counts(&left.stamp), left.from))));
            left.filter(is_unsent).take(LEFT_MAX).collect()
        }
    }
}

/// The most messages left without a send that are looked at.
const LEFT_MAX: usize = 10;

/// A send to this receiver alone, or to all.
fn receivers(run: &Run, sender: &Log, sent: usize, receiver: MachineId) -> Vec<Change> {
    if !matches!(sender.records()[sent].kind, EventKind::Send { .. }) {
        return Vec::new();
    }
    let alone = run.ring.peer(sender.machine, run.ring.distance(sender.machine, receiver));
    let choices = alone.into_iter().chain([run.ring.others(sender.machine)]);
    choices.map(|to| Change::Receivers(sent, to)).collect()
}

/// A message that was not taken: the one taken in its place has a wrong timestamp, or the list of those left lacks it.
fn never_taken(run: &Run, sender: &Log, row: usize, finding: &Violation) -> Vec<Mend> {
    let Some(place) = finding.against else { return Vec::new() };
    let Some(receiver) = run.log(place.machine) else { return Vec::new() };
    let clock = sender.clock(row);
    let change = match place.row {
        Some(taken) => Change::Stamp(taken, clock.to_vec()),
        None => Change::Left(LeftInQueue { from: sender.machine, stamp: stamp_json(clock) }),
    };
    of(receiver, vec![change])
}

/// A length of the queue that does not follow: it is wrong, that of the row before is, a row between them is missing,
/// or the machine counts one too many from there on.
fn queue(log: &Log, row: usize) -> Vec<Change> {
    let mut changes = vec![Change::Queue(row, least_queue(log, row))];
    if let Some(before) = row.checked_sub(1) {
        changes.push(Change::Queue(before, least_queue(log, before)));
        changes.push(Change::OneLess(before));
    }
    if log.hole(row).is_none() {
        changes.push(Change::Missing(Hole { row, ticks: 0, rows_max: 1 }, 0));
    }
    changes.push(Change::OneLess(row));
    changes
}

/// The least length of the queue that the row before leaves.
fn least_queue(log: &Log, row: usize) -> u64 {
    let before = row.checked_sub(1).filter(|_| !log.is_restart(row)).map_or(0, |before| log.records()[before].queue);
    match log.records()[row].kind {
        EventKind::Receive { .. } => before.saturating_sub(1),
        EventKind::Internal | EventKind::Send { .. } => before,
    }
}
