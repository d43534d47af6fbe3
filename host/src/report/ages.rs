//! Ages of messages at their receive: how long ago each was sent, and by how much its sender's clock had risen since.

use crate::{
    check::{EventIndex, Log},
    trace::Trace,
};

/// The ages of the messages that one machine received.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Ages {
    /// The messages with their send in a log.
    pub(super) messages: usize,
    /// Seconds from send to receive: the median and the largest.
    pub(super) median_s: f64,
    pub(super) largest_s: f64,
    /// By how much the sender's clock had risen above the timestamp, in the median.
    pub(super) risen_median: u64,
}

impl Ages {
    /// `None` if no received message has its send in a log, or if the system times of the logs contradict each other: a
    /// message that is received before it is sent shows that two computers' clocks disagree.
    pub(super) fn of(run: &Trace, receiver: &Log) -> Option<Self> {
        let machine = receiver.machine.index();
        let sends = (0..receiver.len()).filter_map(|row| Some((row, run.send_of(EventIndex { machine, row })?)));
        let (mut ages_ns, mut risen) = (Vec::new(), Vec::new());
        for (row, send) in sends {
            let sender = run.log(send.machine)?;
            let received_ns = receiver.records()[row].time_ns;
            ages_ns.push(received_ns.checked_sub(sender.records()[send.row].time_ns)?);
            let since = sender.records().partition_point(|record| record.time_ns <= received_ns);
            let then = since.saturating_sub(1).max(send.row);
            risen.push(sender.height(then).saturating_sub(sender.height(send.row)));
        }
        ages_ns.sort_unstable();
        risen.sort_unstable();
        Some(Self {
            messages: ages_ns.len(),
            median_s: *ages_ns.get(ages_ns.len() / 2)? as f64 / 1e9,
            largest_s: *ages_ns.last()? as f64 / 1e9,
            risen_median: *risen.get(risen.len() / 2)?,
        })
    }
}
