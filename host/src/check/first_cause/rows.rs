//! Faults within a log: rows, ticks, times, clocks and queues.

use std::ops::Range;

use clockring::{
    clock::{ClockKind, HybridStamp},
    event::EventKind,
};

use super::{
    super::{
        rules::clock,
        run::{Hole, Log, Record, sequence},
        verdict::Rule,
    },
    mend::Change,
};

/// A line that is no row stands for one. Neighbours of it are mended with the first of them.
pub(super) fn unreadable(log: &Log, line: u64) -> Vec<Change> {
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
pub(super) fn numbering(log: &Log, row: usize) -> Vec<Change> {
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
    Record { tick: other.tick, ..one } == other
        && log.clock(before) == log.clock(row)
        && log.stamp(before) == log.stamp(row)
}

/// A log with fewer rows than its manifest counts lost its end.
pub(super) fn cut(log: &Log) -> Vec<Change> {
    let missing = log.manifest.ticks.unwrap_or(0).saturating_sub(log.ticks());
    if missing == 0 {
        return Vec::new();
    }
    vec![Change::Missing(Hole { row: log.len(), ticks: missing, rows_max: missing }, 0)]
}

/// A clock that does not follow: its row is a copy, its value is wrong, or rows before it are missing and the ticks
/// were numbered anew.
pub(super) fn clocks(log: &Log, row: usize) -> Vec<Change> {
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
pub(super) fn time_order(log: &Log, row: usize) -> Vec<Change> {
    let Some(before) = row.checked_sub(1) else { return Vec::new() };
    let mut changes: Vec<Change> = [before, row].map(|row| Change::Time(row, least_time(log, row))).into();
    changes.extend(disorder(log, row, |record| record.time_ns).map(Change::TimeOrder));
    changes.push(Change::Given(Rule::TimeOrder, row));
    changes
}

/// An arrival that does not fit: it is wrong, or that of the message before over the same link is, or the time of its row.
pub(super) fn arrival(log: &Log, row: usize, against: Option<usize>) -> Vec<Change> {
    let mut changes: Vec<Change> = against.into_iter().chain([row]).map(Change::Arrival).collect();
    changes.push(Change::Time(row, least_time(log, row)));
    changes
}

/// The least time that a row can have: that of the row before, of the message that it received, or, of a hybrid clock, the
/// time it shows.
fn least_time(log: &Log, row: usize) -> u64 {
    let before = row.checked_sub(1).map_or(0, |before| log.records()[before].time_ns);
    let before = before.max(log.records()[row].arrived_ns.unwrap_or(0));
    match log.clock_kind() {
        ClockKind::Hybrid => before.max(HybridStamp(log.height(row)).time_ns()),
        ClockKind::Lamport | ClockKind::Vector => before,
    }
}

/// A length of the queue that does not follow: it is wrong, that of the row before is, a row between them is missing,
/// or the machine counts one too many from there on.
pub(super) fn queue(log: &Log, row: usize) -> Vec<Change> {
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
