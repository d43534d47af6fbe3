//! The limit of a scalar clock: pairs of events that did not influence each other, although their timestamps
//! are ordered as if one could have caused the other.

use serde::Serialize;

use super::{
    happened_before::HappenedBefore,
    run::{EventIndex, Log, Run},
};

/// Pairs of concurrent events of different machines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Concurrency {
    /// Pairs of events of different machines.
    pub pairs: u64,
    /// Those that are concurrent: neither happened before the other.
    pub concurrent: u64,
    /// Concurrent pairs with different timestamps, so that the clock seems to order them. For vector clocks none: their
    /// order is exactly happened-before.
    pub concurrent_yet_ordered: u64,
}

impl Concurrency {
    /// Counts the pairs. Time and memory grow with the number of events, not with that of pairs: the events of one
    /// machine that are concurrent with an event of another are neighbours, and both ends of their range only move
    /// forward.
    pub fn count(run: &Run, order: &HappenedBefore) -> Self {
        let mut total = Self::default();
        for (index, log) in run.logs.iter().enumerate() {
            for other in &run.logs[index + 1..] {
                total.add_pair(log, other, order);
            }
        }
        total
    }

    fn add_pair(&mut self, log: &Log, other: &Log, order: &HappenedBefore) {
        let (machine, peer) = (log.machine.index(), other.machine.index());
        // All machines of a run keep the same kind of clock.
        let scalar = log.clocks.width == 1;
        let (mut after, mut same) = (0, 0);
        for row in 0..log.len() {
            // The peer's events from `before` up to `after` neither happened before this one nor after it.
            let before = order.known(EventIndex { machine, row }, peer) as usize;
            after = first_that_knows(order, peer, machine, row, after);
            let concurrent = after.saturating_sub(before) as u64;
            self.concurrent += concurrent;
            if !scalar {
                continue;
            }
            let clock = log.clock(row);
            while same < other.len() && other.clock(same) < clock {
                same += 1;
            }
            let equal = (before..after).contains(&same) && other.clock(same) == clock;
            self.concurrent_yet_ordered += concurrent - u64::from(equal);
        }
        self.pairs += log.len() as u64 * other.len() as u64;
    }
}

/// The first event of `peer`, from `from` on, that has event `row` of `machine` in its past.
pub(super) fn first_that_knows(order: &HappenedBefore, peer: usize, machine: usize, row: usize, from: usize) -> usize {
    let rows = order.rows(peer);
    (from..rows).find(|at| order.known(EventIndex { machine: peer, row: *at }, machine) as usize > row).unwrap_or(rows)
}
