//! Faults between two logs: messages without a send, without a receive, or with two.

use clockring::{event::EventKind, ring::MachineId};

use super::{
    super::{
        run::{Hole, Log, Run, counts, sequence, stamp_json},
        verdict::{Rule, Violation},
    },
    mend::{Change, Mend},
};
use crate::rundir::LeftInQueue;

/// A message that cannot be the one that a row received: its timestamp is wrong, or its sender.
pub(super) fn other_message(run: &Run, receiver: &Log, row: usize, finding: &Violation) -> Vec<Change> {
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
pub(super) fn taken_twice(run: &Run, receiver: &Log, row: Option<usize>, finding: &Violation) -> Vec<Change> {
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

/// The send of the message that comes next at a row of the receiver, after the last that was received before.
fn next_message(sender: &Log, receiver: &Log, row: usize) -> Option<usize> {
    let is_from_it = |row: &usize| receiver.is_receive_from(*row, sender.machine);
    let last = (0..row).rev().find(is_from_it).map_or(0, |row| sequence(receiver.stamps.get(row), sender.machine));
    let is_next = |row: &usize| sender.is_send_to(*row, receiver.machine) && sender.sequence(*row) > last;
    (0..sender.len()).find(is_next)
}

/// A message without a send: the send is there but to others, the message was another, the sender lost the row or its
/// end, or it was sent for reasons unknown.
pub(super) fn unsent(run: &Run, receiver: &Log, row: Option<usize>, finding: &Violation) -> Vec<Mend> {
    let other = row.map(|row| other_message(run, receiver, row, finding)).unwrap_or_default();
    let mut mends = Mend::of(receiver, other);
    for (sender, identity) in unsent_messages(run, receiver, row) {
        let after = (0..sender.len()).find(|row| sender.sequence(*row) >= identity).unwrap_or(sender.len());
        let rows_max = if after < sender.len() || sender.has_ended() { 1 } else { u64::MAX };
        if after < sender.len() && sender.sequence(after) == identity {
            mends.extend(Mend::of(sender, receivers(run, sender, after, receiver.machine)));
        } else if sender.hole(after).is_none() {
            mends.extend(Mend::of(sender, [Change::Missing(Hole { row: after, ticks: 0, rows_max }, 0)]));
        }
    }
    mends.extend(Mend::of(receiver, row.map(|row| Change::Given(Rule::ReceivedWasSent, row))));
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
pub(super) fn never_taken(run: &Run, sender: &Log, row: usize, finding: &Violation) -> Vec<Mend> {
    let Some(place) = finding.against else { return Vec::new() };
    let Some(receiver) = run.log(place.machine) else { return Vec::new() };
    let clock = sender.clock(row);
    let change = match place.row {
        Some(taken) => Change::Stamp(taken, clock.to_vec()),
        None => Change::Left(LeftInQueue { from: sender.machine, stamp: stamp_json(clock) }),
    };
    Mend::of(receiver, [change])
}
