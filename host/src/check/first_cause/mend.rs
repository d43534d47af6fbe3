//! A fault of a log, undone.

use std::ops::Range;

use clockring::{
    event::EventKind,
    ring::{MachineId, Peers},
};

use super::super::{
    run::{Hole, Log, Record, Run, counts, sequence},
    verdict::Rule,
};
use crate::rundir::LeftInQueue;

/// A change to the log of a machine that undoes a fault.
#[derive(Debug)]
pub(super) struct Mend {
    pub(super) machine: MachineId,
    pub(super) change: Change,
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    /// The number of the tick of a row is another.
    Tick(usize, u64),
    /// A row is a copy of the one before, and is taken out.
    Copy(usize),
    /// These rows are in the order of their ticks.
    Order(Range<usize>),
    /// These rows are in the order of their times, and numbered anew.
    TimeOrder(Range<usize>),
    /// Rows are missing, and of the lines that are no rows so many stand in their place.
    Missing(Hole, usize),
    /// The time of a row is another.
    Time(usize, u64),
    /// The arrival of the message that a row received is not known.
    Arrival(usize),
    /// The clock of a row is another.
    Clock(usize, Vec<u64>),
    /// The timestamp of the message that a row received is another.
    Stamp(usize, Vec<u64>),
    /// The sender of the message that a row received is another.
    Sender(usize, MachineId),
    /// A send is to other machines.
    Receivers(usize, Peers),
    /// The length of the queue after a row is another.
    Queue(usize, u64),
    /// From a row on, one less waits.
    OneLess(usize),
    /// A message is left in the queue.
    Left(LeftInQueue),
    /// A finding is taken as given.
    Given(Rule, usize),
}

impl Mend {
    /// These changes to a log, each a mend of its own.
    pub(super) fn of(log: &Log, changes: impl IntoIterator<Item = Change>) -> Vec<Self> {
        changes.into_iter().map(|change| Self { machine: log.machine, change }).collect()
    }

    /// Does the log show the fault by itself?
    pub(super) fn is_evident(&self) -> bool {
        match &self.change {
            Change::Tick(..) | Change::Copy(_) | Change::Order(_) => true,
            Change::Missing(hole, _) => hole.ticks > 0,
            _ => false,
        }
    }

    /// Does it explain a line that is no row, and remains so?
    pub(super) fn is_about_a_line(&self) -> bool {
        matches!(self.change, Change::Missing(_, lines) if lines > 0)
    }

    pub(super) fn apply(&self, run: &mut Run) {
        let Some(log) = run.logs.iter_mut().find(|log| log.machine == self.machine) else { return };
        match self.change.clone() {
            Change::Tick(row, tick) => log.records[row].tick = tick,
            Change::Copy(row) => take_out(log, row),
            Change::Order(rows) => sort(log, rows, |record| record.tick),
            Change::TimeOrder(rows) => {
                let ticks: Vec<u64> = log.records.iter().map(|record| record.tick).collect();
                sort(log, rows, |record| record.time_ns);
                log.records.iter_mut().zip(ticks).for_each(|(record, tick)| record.tick = tick);
            }
            Change::Missing(hole, unreadable) => {
                log.supposed.unreadable += unreadable;
                add_hole(log, hole);
            }
            Change::Time(row, time_ns) => log.records[row].time_ns = time_ns,
            Change::Arrival(row) => log.records[row].arrived_ns = None,
            Change::Clock(row, clock) => log.clocks.set(row, &clock),
            Change::Stamp(row, stamp) => log.stamps.set(row, &stamp),
            Change::Sender(row, from) => log.records[row].kind = EventKind::Receive { from, stamp: () },
            Change::Receivers(row, to) => log.records[row].kind = EventKind::Send { to },
            Change::Queue(row, queue) => log.records[row].queue = queue,
            Change::OneLess(row) => {
                log.records.iter_mut().skip(row).for_each(|record| record.queue = record.queue.saturating_sub(1));
            }
            Change::Left(message) => leave(log, message),
            Change::Given(rule, row) => log.supposed.given.push((rule, row)),
        }
    }
}

/// Adds rows that are missing to those that are supposed to be missing at the same place.
fn add_hole(log: &mut Log, hole: Hole) {
    if hole.rows_max == 0 {
        return;
    }
    let holes = &mut log.supposed.holes;
    match holes.binary_search_by_key(&hole.row, |known| known.row) {
        Ok(at) => {
            holes[at].ticks = holes[at].ticks.saturating_add(hole.ticks);
            holes[at].rows_max = holes[at].rows_max.saturating_add(hole.rows_max);
        }
        Err(at) => holes.insert(at, hole),
    }
}

/// Takes out a row that repeats the one before. If it has a number of its own, the ticks after it count one less.
fn take_out(log: &mut Log, row: usize) {
    let before = row.checked_sub(1).map(|before| log.records[before].tick);
    if before.is_some_and(|tick| tick != log.records[row].tick) {
        for record in &mut log.records[row..] {
            record.tick = record.tick.saturating_sub(1);
        }
        log.manifest.ticks = log.manifest.ticks.map(|ticks| ticks.saturating_sub(1));
    }
    let rows: Vec<usize> = (0..log.len()).filter(|kept| *kept != row).collect();
    arrange(log, &rows);
    for hole in log.supposed.holes.iter_mut().filter(|hole| hole.row > row) {
        hole.row -= 1;
    }
    for (_, given) in log.supposed.given.iter_mut().filter(|(_, given)| *given > row) {
        *given -= 1;
    }
}

/// Puts a message among those that are left, before later ones of its sender.
fn leave(log: &mut Log, message: LeftInQueue) {
    let identity = |message: &LeftInQueue| sequence(counts(&message.stamp), message.from);
    let left = log.manifest.left_in_queue.get_or_insert_default();
    let later = left.iter().position(|other| other.from == message.from && identity(other) > identity(&message));
    left.insert(later.unwrap_or(left.len()), message);
}

fn sort(log: &mut Log, rows: Range<usize>, key: impl Fn(&Record) -> u64) {
    let mut order: Vec<usize> = (0..log.len()).collect();
    if let Some(rows) = order.get_mut(rows) {
        rows.sort_by_key(|row| key(&log.records[*row]));
    }
    arrange(log, &order);
}

/// Keeps these rows, in this order; each keeps its line.
fn arrange(log: &mut Log, rows: &[usize]) {
    log.supposed.lines = Some(rows.iter().map(|row| log.line(*row)).collect());
    log.records = rows.iter().map(|row| log.records[*row]).collect();
    log.clocks.counts = rows.iter().flat_map(|row| log.clocks.get(*row)).copied().collect();
    log.stamps.counts = rows.iter().flat_map(|row| log.stamps.get(*row)).copied().collect();
    log.settled = log.settled.min(rows.len());
}
