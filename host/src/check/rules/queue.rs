//! `queue`: the length of the queue fits the messages that arrived and those that were taken.
//!
//! A live machine counts its queue right after it took a message, while others arrive, so the exact length cannot be
//! known from the logs. Two things can be proved: a message waits until it is taken, one at each tick; and a message that
//! has arrived was sent by an event that this event did not cause.

use clockring::event::EventKind;

use super::super::{
    concurrency::first_that_knows,
    findings::Findings,
    happened_before::HappenedBefore,
    messages::Messages,
    run::{Log, Run},
    verdict::Rule,
};
use crate::wording::count;

pub(crate) fn judge(run: &Run, messages: &Messages, order: &HappenedBefore, findings: &mut Findings<'_>) {
    for log in &run.logs {
        nothing_vanishes(log, findings);
        capacity(log, findings);
        left(log, findings);
        if run.missing.is_empty() {
            arrived(run, messages, log, order, findings);
        }
    }
}

fn is_receive(log: &Log, row: usize) -> bool {
    matches!(log.records()[row].kind, EventKind::Receive { .. })
}

/// After an event with messages waiting comes a receive, and it takes one of them.
fn nothing_vanishes(log: &Log, findings: &mut Findings<'_>) {
    for row in 1..log.len() {
        let (before, after) = (log.records()[row - 1], log.records()[row]);
        let missing = log.hole(row).map_or(0, |hole| hole.rows_max);
        let waiting = before.queue.saturating_sub(missing);
        // A restart begins with an empty queue; messages that waited come again.
        if waiting == 0 || log.is_restart(row) {
            continue;
        }
        let (at, previous) = (log.place(row), log.place(row - 1));
        if !is_receive(log, row) {
            findings.add(Rule::Queue, at, Some(previous), || {
                let waiting = before.queue;
                format!(
                    "{at} receives nothing, though {waiting} waited after {previous}: a waiting message comes before \
                     the die"
                )
            });
        } else if after.queue < waiting - 1 {
            findings.add(Rule::Queue, at, Some(previous), || {
                let (waiting, left) = (before.queue, after.queue);
                format!("{waiting} messages waited after {previous} and {at} took one, but only {left} are left: some vanished")
            });
        }
    }
}

/// Every link holds at most its capacity, and one message more is the look-ahead of its receiver.
fn capacity(log: &Log, findings: &mut Findings<'_>) {
    let links = log.manifest.machines.get() as u64 - 1;
    let most = (log.manifest.capacity as u64).saturating_add(1).saturating_mul(links);
    for (row, record) in log.records().iter().enumerate() {
        if record.queue > most {
            let (at, limit) = (log.place(row), log.manifest_place("capacity"));
            findings.add(Rule::Queue, at, Some(limit), || {
                format!("{} messages wait after {at}, but the queues hold at most {most} ({limit})", record.queue)
            });
        }
    }
}

/// Messages that waited after the last event are left at the end.
fn left(log: &Log, findings: &mut Findings<'_>) {
    let (Some(last), Some(left)) = (log.records().last(), &log.manifest.left_in_queue) else { return };
    if !log.has_ended() {
        return;
    }
    let missing = log.hole(log.len()).map_or(0, |hole| hole.rows_max);
    if (left.len() as u64) < last.queue.saturating_sub(missing) {
        let (at, end) = (log.place(log.len() - 1), log.manifest_place("left_in_queue"));
        findings.add(Rule::Queue, at, Some(end), || {
            let (waiting, left) = (count(last.queue, "message"), left.len());
            format!("{waiting} waited after the last event, {at}, but {end} lists {left}: some vanished")
        });
    }
}

/// No more arrived than was sent by events that this one did not cause.
fn arrived(run: &Run, messages: &Messages, log: &Log, order: &HappenedBefore, findings: &mut Findings<'_>) {
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
            let sends = (peer.free..free).filter(|row| peer.log.is_send_to(*row, log.machine));
            peer.sent += sends.count() as u64;
            peer.free = free;
            sent += peer.sent;
        }
        let arrived = received + record.queue;
        let lost = |peer: &Peer<'_>| messages.holes.sent_before(peer.log, peer.free, log);
        if arrived > sent && arrived > peers.iter().map(lost).fold(sent, u64::saturating_add) {
            let at = log.place(row);
            findings.add(Rule::Queue, at, None, || {
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
