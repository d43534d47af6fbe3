//! Full queues, found in the logs: those that held as many messages of one link as they can.
//!
//! Messages are received in the order in which they came, so those that wait after an event are the next that the machine
//! received, or that it left in its queue. That tells their senders.

use clockring::{event::EventKind, ring::MachineId};

use crate::{check::Log, trace::Trace};

/// A queue that was full.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Full {
    /// Seconds since the start of the run when it was so first.
    pub(super) first_s: f64,
    /// The senders that filled their part of it, in ring order.
    pub(super) senders: Vec<MachineId>,
}

impl Full {
    /// `None` if the queue was never full, or if that is not known: a machine that was restarted began with an
    /// empty queue.
    pub(super) fn of(run: &Trace, log: &Log) -> Option<Self> {
        let capacity = log.manifest.capacity;
        if !log.manifest.restarts.is_empty() {
            return None;
        }
        let received = log.records().iter().filter_map(|record| match record.kind {
            EventKind::Receive { from, .. } => Some(from.index()),
            EventKind::Internal | EventKind::Send { .. } => None,
        });
        let came: Vec<usize> = received.chain(log.left().iter().map(|left| left.from.index())).collect();
        let machines = run.run.ring.get();
        let (mut waiting, mut was_full) = (vec![0; machines], vec![false; machines]);
        let (mut taken, mut counted) = (0, 0);
        let mut first_ns = None;
        for record in log.records() {
            let is_receive = matches!(record.kind, EventKind::Receive { .. });
            let waits = usize::try_from(record.queue).unwrap_or(usize::MAX);
            // The message that this event takes was there before it, and those that wait after it came by then.
            let there = (taken + usize::from(is_receive)).saturating_add(waits);
            while let Some(from) = came.get(counted).filter(|_| counted < there) {
                counted += 1;
                let Some(count) = waiting.get_mut(*from) else { continue };
                *count += 1;
                if *count >= capacity {
                    was_full[*from] = true;
                    first_ns = first_ns.or(Some(record.time_ns));
                }
            }
            if let EventKind::Receive { from, .. } = record.kind {
                taken += 1;
                if let Some(count) = waiting.get_mut(from.index()) {
                    *count = usize::saturating_sub(*count, 1);
                }
            }
        }
        let first_s = first_ns?.saturating_sub(run.start_ns()) as f64 / 1e9;
        let senders = run.machines().filter(|machine| was_full[machine.index()]);
        Some(Self { first_s, senders: senders.collect() })
    }
}

/// The length of a queue that is full of messages of every link, if one was ever full and all are of one size.
pub(super) fn line(run: &Trace) -> Option<u64> {
    let capacity = run.manifests().next()?.capacity;
    let links = run.run.ring.get() as u64 - 1;
    let same = run.manifests().all(|manifest| manifest.capacity == capacity);
    let full = same && run.run.logs.iter().any(|log| Full::of(run, log).is_some());
    full.then(|| (capacity as u64).saturating_mul(links))
}
