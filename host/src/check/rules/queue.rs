//! `queue`: the length of the queue fits what arrived and what was taken.
//!
//! A live machine counts its queue right after it took a message, while others arrive, so the exact length cannot be
//! known from the logs. What can be proved: what waits stays until it is taken, one at each tick; and what has
//! arrived was sent by events that this event did not cause.

use clockring::{event::EventKind, ring::MachineId};

use super::super::{
    concurrency::first_that_knows,
    happened_before::HappenedBefore,
    run::{Log, Run},
    verdict::{Rule, Violations},
};

pub(crate) fn judge(run: &Run, order: &HappenedBefore, violations: &mut Violations) {
    for log in &run.logs {
        nothing_vanishes(log, violations);
        capacity(log, violations);
        left(log, violations);
        if run.missing.is_empty() {
            arrived(run, log, order, violations);
        }
    }
}

fn is_receive(log: &Log, row: usize) -> bool {
    matches!(log.records()[row].kind, EventKind::Receive { .. })
}

/// After an event with messages waiting comes a receive, and it takes one of them.
fn nothing_vanishes(log: &Log, violations: &mut Violations) {
    for row in 1..log.len() {
        let (before, after) = (log.records()[row - 1], log.records()[row]);
        // A restart begins with an empty queue; what had waited comes again.
        if before.queue == 0 || log.is_restart(row) {
            continue;
        }
        let (at, previous) = (log.place(row), log.place(row - 1));
        if !is_receive(log, row) {
            violations.add(Rule::Queue, at, Some(previous), || {
                let waiting = before.queue;
                format!(
                    "{at} receives nothing, though {waiting} waited after {previous}: a waiting message comes before \
                     the die"
                )
            });
        } else if after.queue < before.queue - 1 {
            violations.add(Rule::Queue, at, Some(previous), || {
                let (waiting, left) = (before.queue, after.queue);
                format!("{waiting} messages waited after {previous} and {at} took one, but only {left} are left: some vanished")
            });
        }
    }
}

/// Every link holds at most its capacity, and one message more is in the hand of who takes from it.
fn capacity(log: &Log, violations: &mut Violations) {
    let links = log.manifest.machines.get() as u64 - 1;
    let most = (log.manifest.capacity as u64).saturating_add(1).saturating_mul(links);
    for (row, record) in log.records().iter().enumerate() {
        if record.queue > most {
            let (at, limit) = (log.place(row), log.manifest_place("capacity"));
            violations.add(Rule::Queue, at, Some(limit), || {
                format!("{} messages wait after {at}, but the queues hold at most {most} ({limit})", record.queue)
            });
        }
    }
}

/// What waited after the last event is left at the end.
fn left(log: &Log, violations: &mut Violations) {
    let (Some(last), Some(left)) = (log.records().last(), &log.manifest.left_in_queue) else { return };
    if (left.len() as u64) < last.queue {
        let (at, end) = (log.place(log.len() - 1), log.manifest_place("left_in_queue"));
        violations.add(Rule::Queue, at, Some(end), || {
            let (waiting, left) = (last.queue, left.len());
            format!("{waiting} messages waited after the last event, {at}, but {end} lists {left}: some vanished")
        });
    }
}

/// No more arrived than was sent by events that this one did not cause.
fn arrived(run: &Run, log: &Log, order: &HappenedBefore, violations: &mut Violations) {
    struct Peer<'a> {
        log: &'a Log,
        /// Events of the peer before this row are not caused by the event at hand.
        free: usize,
        sent: u64,
    }
    let machine = log.machine.index();
    let peers = run.logs.iter().filter(|peer| peer.machine != log.machine);
    let mut peers: Vec<Peer<'_>> = peers.map(|log| Peer { log, free: 0, sent: 0 }).collect();
    let mut received = 0;
    for (row, record) in log.records().iter().enumerate() {
        if row >= log.settled {
            // Peers that still run may have written sends after their logs were read.
            break;
        }
        received += u64::from(is_receive(log, row));
        let mut sent = 0;
        for peer in &mut peers {
            let free = first_that_knows(order, peer.log.machine.index(), machine, row, peer.free);
            let sends =
                peer.log.records()[peer.free..free].iter().filter(|record| is_send_to(record.kind, log.machine));
            peer.sent += sends.count() as u64;
            peer.free = free;
            sent += peer.sent;
        }
        let arrived = received + record.queue;
        if arrived > sent {
            let at = log.place(row);
            violations.add(Rule::Queue, at, None, || {
                let queue = record.queue;
                format!(
                    "up to {at}, {received} messages were received and {queue} wait, which makes {arrived}; but only {sent} \
                     can have been sent to {} by then: the queue's length counts something else",
                    log.machine
                )
            });
        }
    }
}

fn is_send_to(kind: EventKind<()>, machine: MachineId) -> bool {
    matches!(kind, EventKind::Send { to } if to.contains(machine))
}
