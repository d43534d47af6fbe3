//! Rows that a log lacks, as a [mend](super::first_cause) supposes, and the traces they left in other logs.

use std::collections::BTreeSet;

use super::run::{Hole, Log, Run};

/// Evidence of the rows in a hole: each message stands for a row.
#[derive(Clone, Default, Debug)]
pub(crate) struct Traces {
    /// Identities of messages that were sent by these rows.
    sent: BTreeSet<u64>,
    /// Messages that were received by them.
    received: u64,
    /// For each count of a timestamp, the largest that these messages can have carried.
    pub(crate) carried: Vec<u64>,
}

/// The traces of every hole of a run. Each hole explains as many rows as it can have held, and no more.
#[derive(Debug)]
pub(crate) struct Holes {
    /// Per machine of the ring, for each hole of its log.
    traces: Vec<Vec<Traces>>,
    /// Per receiver: messages without a send that were sent all the same, each with its sender and the row that its
    /// send came before. In order once all are noted.
    unsent: Vec<Vec<(usize, usize)>>,
}

impl Traces {
    fn room(&self, hole: &Hole) -> u64 {
        hole.rows_max.saturating_sub(self.received.saturating_add(self.sent.len() as u64))
    }

    fn carry(&mut self, stamp: &[u64]) {
        self.carried.resize(self.carried.len().max(stamp.len()), 0);
        for (most, count) in self.carried.iter_mut().zip(stamp) {
            *most = (*most).max(*count);
        }
    }
}

impl Holes {
    pub(crate) fn new(run: &Run) -> Self {
        let mut traces = vec![Vec::new(); run.ring.get()];
        for log in &run.logs {
            traces[log.machine.index()] = vec![Traces::default(); log.holes().len()];
        }
        Self { traces, unsent: vec![Vec::new(); run.ring.get()] }
    }

    /// The traces of the rows missing before `row`.
    pub(crate) fn before<'a>(&'a self, log: &'a Log, row: usize) -> Option<(&'a Hole, &'a Traces)> {
        let traces = &self.traces[log.machine.index()];
        log.holes().iter().zip(traces).find(|(hole, _)| hole.row == row)
    }

    /// Can the message with this identity, which no event of `sender` has, be from a row that it lacks? It then is, and
    /// the row after that is returned. Sends of the sender before row `passed` came before it.
    pub(crate) fn sent(&mut self, sender: &Log, identity: u64, passed: usize) -> Option<usize> {
        let traces = self.traces[sender.machine.index()].iter_mut();
        let fits = |hole: &Hole| {
            let after = hole.row.checked_sub(1).map_or(0, |last| sender.sequence(last));
            let before = if hole.row == sender.len() { u64::MAX } else { sender.sequence(hole.row) };
            (after..before).contains(&identity)
        };
        let (hole, traces) = sender.holes().iter().zip(traces).find(|(hole, _)| fits(hole))?;
        let is_explained = hole.row >= passed && (traces.sent.contains(&identity) || traces.room(hole) > 0);
        is_explained.then(|| {
            traces.sent.insert(identity);
            hole.row
        })
    }

    /// Can a message have been received by a row that `receiver` lacks, after row `after` and not after row `until`?
    /// It then is.
    pub(crate) fn received(&mut self, receiver: &Log, after: Option<usize>, until: usize, stamp: &[u64]) -> bool {
        let traces = self.traces[receiver.machine.index()].iter_mut();
        let within = |hole: &Hole| {
            after.is_none_or(|after| after < hole.row) && hole.row <= until && hole.can_receive(receiver, stamp)
        };
        let fitting = receiver.holes().iter().zip(traces).find(|(hole, traces)| within(hole) && traces.room(hole) > 0);
        let Some((_, traces)) = fitting else { return false };
        traces.received += 1;
        traces.carry(stamp);
        true
    }

    /// A message under way at the end of a log that is open: rows that `receiver` lacks may have received it.
    pub(crate) fn may_have_received(&mut self, receiver: &Log, after: Option<usize>, stamp: &[u64]) {
        let traces = self.traces[receiver.machine.index()].iter_mut();
        for (hole, traces) in receiver.holes().iter().zip(traces) {
            let is_after = after.is_none_or(|after| after < hole.row);
            if is_after && hole.can_receive(receiver, stamp) && traces.room(hole) > 0 {
                traces.carry(stamp);
            }
        }
    }

    /// Notes a message to `receiver` that has no send in the log of `sender`, though it came before `row`.
    pub(crate) fn note_unsent(&mut self, receiver: &Log, sender: &Log, row: usize) {
        self.unsent[receiver.machine.index()].push((sender.machine.index(), row));
    }

    /// Puts the messages in order, after the last is noted.
    pub(crate) fn sort(&mut self) {
        self.unsent.iter_mut().for_each(|unsent| unsent.sort_unstable());
    }

    /// Messages to `receiver` that rows missing before `row` of `sender` have sent; if the receiver's log is open, also
    /// those that they may have sent.
    pub(crate) fn sent_before(&self, sender: &Log, row: usize, receiver: &Log) -> u64 {
        let (from, to) = (sender.machine.index(), receiver.machine.index());
        let unsent = &self.unsent[to];
        let before = |message: (usize, usize)| unsent.partition_point(|other| *other < message);
        let sent = (before((from, row + 1)) - before((from, 0))) as u64;
        if receiver.has_ended() {
            return sent;
        }
        let holes = sender.holes().iter().zip(&self.traces[from]).filter(|(hole, _)| hole.row <= row);
        holes.fold(sent, |sum, (hole, traces)| sum.saturating_add(traces.room(hole)))
    }
}
