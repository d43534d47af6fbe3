//! The rules of a link: `received-was-sent`, `received-once`, `fifo`, `one-stamp` and `conservation`.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet, HashSet},
};

use clockring::{event::EventKind, ring::MachineId};

use super::super::{
    findings::Findings,
    hole::Holes,
    link_count::LinkCount,
    place::Place,
    run::{Log, counts, sequence, show},
    verdict::Rule,
};

/// The end of a message.
#[derive(Clone, Copy)]
pub(crate) enum Taken {
    /// It was received by this row.
    Received(usize),
    /// It was left in the queue.
    Left,
}

/// A link while its messages are walked along.
pub(super) struct Link<'a> {
    pub(super) sender: &'a Log,
    receiver: &'a Log,
    /// Rows of the sender before this one are dealt with.
    cursor: usize,
    /// The row after the last send that was dealt with.
    passed: usize,
    /// The identity of the last message from a row that is missing.
    lost: u64,
    /// The last row that received something on this link.
    received: Option<usize>,
    /// Sends that a later one overtook, by row.
    overtaken: BTreeMap<usize, Overtaken>,
    /// Identities of the messages that found the lane full, as far as their sends have not been met yet.
    overruns: BTreeSet<u64>,
    /// The same of messages that the sender let go before the receiver asked for them.
    forgotten: BTreeSet<u64>,
    /// Identities of the messages that are received or left; made when first asked for.
    wanted: OnceCell<HashSet<u64>>,
    count: LinkCount,
}

/// A message that a later one of its link overtook.
struct Overtaken {
    by: Taken,
    /// The last row that received something on the link before.
    after: Option<usize>,
}

impl<'a> Link<'a> {
    pub(super) fn new(sender: &'a Log, receiver: &'a Log) -> Self {
        let (from, to) = (sender.machine, receiver.machine);
        let count = LinkCount { from, to, sent: 0, received: 0, left: 0, overruns: 0, forgotten: 0 };
        let overruns = overruns(receiver, from).collect();
        let forgotten = forgotten(sender, to).collect();
        Self {
            sender,
            receiver,
            cursor: 0,
            passed: 0,
            lost: 0,
            received: None,
            overtaken: BTreeMap::new(),
            overruns,
            forgotten,
            wanted: OnceCell::new(),
            count,
        }
    }

    /// The next message that the receiver took; returns the row of its send. `event` finds the sender's event with an
    /// identity.
    pub(super) fn take(
        &mut self,
        stamp: &[u64],
        taken: Taken,
        event: impl FnOnce(u64) -> Option<usize>,
        holes: &mut Holes,
        findings: &mut Findings<'_>,
    ) -> Option<usize> {
        let identity = sequence(stamp, self.sender.machine);
        let next = self.next_send();
        let sent = if let Some(row) = next.filter(|row| self.sender.sequence(*row) == identity) {
            self.count_send();
            Some(row)
        } else {
            let found = event(identity);
            if found.is_none() && self.take_from_missing_row(identity, taken, holes) {
                None
            } else {
                self.take_out_of_place(found, next, stamp, taken, holes, findings)
            }
        };
        match taken {
            Taken::Received(row) => {
                self.count.received += 1;
                self.received = Some(row);
            }
            Taken::Left => self.count.left += 1,
        }
        sent
    }

    /// Moves the cursor to the next send to this receiver, past those declared lost.
    fn next_send(&mut self) -> Option<usize> {
        let to = self.receiver.machine;
        loop {
            let mut rest = self.cursor..self.sender.len();
            self.cursor = rest.find(|row| self.sender.is_send_to(*row, to)).unwrap_or(self.sender.len());
            if self.cursor == self.sender.len() {
                return None;
            }
            if self.overruns.is_empty() && self.forgotten.is_empty() {
                return Some(self.cursor);
            }
            let identity = self.sender.sequence(self.cursor);
            if self.overruns.remove(&identity) {
                self.count.overruns += 1;
            } else if self.forgotten.remove(&identity) {
                self.count.forgotten += 1;
            } else {
                return Some(self.cursor);
            }
            self.count_send();
        }
    }

    /// Steps over the send at the cursor.
    fn count_send(&mut self) {
        self.count.sent += 1;
        self.cursor += 1;
        self.passed = self.cursor;
    }

    /// Steps over the sends before a row: they come later, out of order, or never.
    fn skip_to(&mut self, row: usize, taken: Taken) {
        while let Some(skipped) = self.next_send().filter(|skipped| *skipped < row) {
            self.overtaken.insert(skipped, Overtaken { by: taken, after: self.received });
            self.count_send();
        }
    }

    /// Takes a message sent in a missing row, if there is one that can have sent it.
    fn take_from_missing_row(&mut self, identity: u64, taken: Taken, holes: &mut Holes) -> bool {
        if identity <= self.lost {
            return false;
        }
        let Some(row) = holes.sent(self.sender, identity, self.passed) else { return false };
        self.lost = identity;
        self.skip_to(row, taken);
        holes.note_unsent(self.receiver, self.sender, row);
        true
    }

    /// Is this an event of the sender after the last in its log, which may have had one?
    fn has_lost_its_end(&self, identity: u64) -> bool {
        let last = self.sender.len().checked_sub(1).map_or(0, |last| self.sender.sequence(last));
        !self.sender.has_ended() && identity > last
    }

    /// Is every message accounted for? Of 0.1, only the ends of both machines tell.
    pub(super) fn is_accountable(&self) -> bool {
        let is_accounted = self.receiver.manifest.accounted.contains_key(self.sender.machine.letter_str());
        is_accounted || self.sender.has_ended() && self.receiver.has_ended()
    }

    /// A message that is not the one expected next. `found` is the sender's event with its timestamp.
    fn take_out_of_place(
        &mut self,
        found: Option<usize>,
        next: Option<usize>,
        stamp: &[u64],
        taken: Taken,
        holes: &mut Holes,
        findings: &mut Findings<'_>,
    ) -> Option<usize> {
        let at = self.place(taken);
        let Some(row) = found.filter(|row| self.sender.is_send_to(*row, self.receiver.machine)) else {
            return self.take_unsent(found, next, stamp, taken, holes, findings);
        };
        let sent = self.sender.place(row);
        if row >= self.cursor {
            self.skip_to(row, taken);
            self.count_send();
        } else if let Some(overtaken) = self.overtaken.remove(&row) {
            findings.add(Rule::Fifo, at, Some(sent), || {
                let (from, later) = (self.sender.machine, self.place(overtaken.by));
                format!(
                    "the message at {at}, sent at {sent}, was overtaken: {later} took one that {from} sent after it, \
                     but a link keeps the order"
                )
            });
        } else if self.receiver.is_given(Rule::ReceivedOnce, self.row(taken)) {
            holes.note_unsent(self.receiver, self.sender, 0);
        } else {
            findings.add(Rule::ReceivedOnce, at, Some(sent), || {
                let (to, time) = (self.receiver.machine, show(stamp));
                if self.has_overrun(stamp) {
                    let lost = self.receiver.manifest_place("overruns");
                    return format!(
                        "{at} takes the message with time {time}, sent at {sent}, that {to} says found its lane full \
                         ({lost})"
                    );
                }
                let first = self.first_taken(stamp, taken).map(|first| format!(", first at {first}"));
                format!(
                    "{at} takes the message with time {time}, sent at {sent}, that {to} had taken already{}: it was \
                     delivered twice",
                    first.unwrap_or_default()
                )
            });
        }
        Some(row)
    }

    /// A message that its sender never sent here.
    fn take_unsent(
        &mut self,
        found: Option<usize>,
        next: Option<usize>,
        stamp: &[u64],
        taken: Taken,
        holes: &mut Holes,
        findings: &mut Findings<'_>,
    ) -> Option<usize> {
        let at = self.place(taken);
        let (from, to, time) = (self.sender.machine, self.receiver.machine, show(stamp));
        let carried_to_all = next.filter(|row| {
            let sends_to_all = match self.sender.records()[*row].kind {
                EventKind::Send { to } => to.count() > 1,
                _ => false,
            };
            sends_to_all && !self.is_wanted(self.sender.sequence(*row))
        });
        if let (None, Some(row)) = (found, carried_to_all) {
            let sent = self.sender.place(row);
            findings.add(Rule::OneStamp, at, Some(sent), || {
                let sent_time = show(self.sender.clock(row));
                format!(
                    "{at} takes a message from {from} with time {time}, but the send to all whose turn it is, at {sent}, \
                     has time {sent_time}: a send to all is one event with one timestamp"
                )
            });
            self.count_send();
            return Some(row);
        }
        if let Taken::Received(row) = taken
            && !self.sender.has_ended()
            && row >= self.receiver.settled
        {
            // Both machines go on while their logs are read; the send may have been written since.
            return None;
        }
        if self.receiver.is_given(Rule::ReceivedWasSent, self.row(taken)) {
            holes.note_unsent(self.receiver, self.sender, 0);
            return None;
        }
        let against = found.or(next).map(|row| self.sender.place(row));
        findings.add(Rule::ReceivedWasSent, at, against, || {
            let why = match (found, next) {
                (Some(row), _) => {
                    let (place, kind) = (self.sender.place(row), describe(self.sender.records()[row].kind));
                    format!("the event of {from} with that time, at {place}, is {kind}")
                }
                (None, Some(row)) => {
                    let (place, sent_time) = (self.sender.place(row), show(self.sender.clock(row)));
                    let before = self.sender.sequence(row).checked_sub(1) == Some(sequence(stamp, from));
                    let hint = if before { ": was the timestamp taken before the clock was advanced?" } else { "" };
                    format!(
                        "{from} has no event with that time; the next message it sent {to}, at {place}, has time \
                         {sent_time}{hint}"
                    )
                }
                (None, None) if self.has_lost_its_end(sequence(stamp, from)) => format!(
                    "the log of {from} ends before that time, and tells of no end: its last rows are lost (a loss of power \
                     without --durable?)"
                ),
                (None, None) => format!("{from} has no event with that time, and sent {to} nothing more"),
            };
            format!("{at} takes a message from {from} with time {time} that {from} never sent {to}: {why}")
        });
        None
    }

    pub(super) fn finish(mut self, holes: &mut Holes, findings: &mut Findings<'_>) -> LinkCount {
        let to = self.receiver.machine;
        for (row, overtaken) in &self.overtaken {
            if holes.received(self.receiver, overtaken.after, self.row(overtaken.by), self.sender.clock(*row)) {
                continue;
            }
            let (sent, later) = (self.sender.place(*row), self.place(overtaken.by));
            findings.add(Rule::Conservation, sent, Some(later), || {
                format!("the message sent at {sent} never reached {to}, though {later} took one that was sent after it: it was lost")
            });
        }
        let accountable = self.is_accountable();
        while let Some(row) = self.next_send() {
            self.count_send();
            let clock = self.sender.clock(row);
            if !accountable {
                holes.may_have_received(self.receiver, self.received, clock);
            } else if !holes.received(self.receiver, self.received, self.receiver.len(), clock) {
                let (sent, end) = (self.sender.place(row), self.receiver.manifest_place("left_in_queue"));
                findings.add(Rule::Conservation, sent, Some(end), || {
                    format!(
                        "the message sent at {sent} to {to} was neither received nor left in {to}'s queue ({end}): it \
                         was lost"
                    )
                });
            }
        }
        let (overruns, forgotten) = (self.receiver.manifest_place("overruns"), self.sender.manifest_place("forgotten"));
        let listed = self.overruns.iter().map(|identity| (identity, overruns));
        for (identity, at) in listed.chain(self.forgotten.iter().map(|identity| (identity, forgotten))) {
            let from = self.sender.machine;
            findings.add(Rule::ReceivedWasSent, at, None, || {
                format!("{at} lists a message from {from} with time {identity} that {from} never sent {to}")
            });
        }
        self.count
    }

    /// Is the message with this stamp said to have found the lane full?
    fn has_overrun(&self, stamp: &[u64]) -> bool {
        let from = self.sender.machine;
        overruns(self.receiver, from).any(|lost| lost == sequence(stamp, from))
    }

    /// The row of the receiver; the number of its rows for a message that is left.
    fn row(&self, taken: Taken) -> usize {
        match taken {
            Taken::Received(row) => row,
            Taken::Left => self.receiver.len(),
        }
    }

    fn place(&self, taken: Taken) -> Place {
        match taken {
            Taken::Received(row) => self.receiver.place(row),
            Taken::Left => self.receiver.manifest_place("left_in_queue"),
        }
    }

    /// Is a message with this identity received or left somewhere on this link?
    fn is_wanted(&self, identity: u64) -> bool {
        let wanted = self.wanted.get_or_init(|| {
            let from = self.sender.machine;
            let received = (0..self.receiver.len()).filter(|row| self.receiver.is_receive_from(*row, from));
            let left = self.receiver.left().iter().filter(|left| left.from == from);
            let received = received.map(|row| sequence(self.receiver.stamps.get(row), from));
            received.chain(left.map(|left| sequence(counts(&left.stamp), from))).collect()
        });
        wanted.contains(&identity)
    }

    /// The first row that received the message with this stamp, if it is before `taken`.
    fn first_taken(&self, stamp: &[u64], taken: Taken) -> Option<Place> {
        let from = self.sender.machine;
        let end = self.row(taken);
        let identity = sequence(stamp, from);
        let is_it = |row: &usize| {
            self.receiver.is_receive_from(*row, from) && sequence(self.receiver.stamps.get(*row), from) == identity
        };
        (0..end).find(is_it).map(|row| self.receiver.place(row))
    }
}

/// Identities of the messages from this sender that found the receiver's lane full, as it says itself.
fn overruns(receiver: &Log, from: MachineId) -> impl Iterator<Item = u64> {
    let overruns = receiver.manifest.overruns.iter().filter(move |lost| lost.from == from);
    overruns.map(move |lost| sequence(counts(&lost.stamp), from))
}

/// Identities of the messages to this receiver that went beyond the sender's memory, as it says itself.
fn forgotten(sender: &Log, to: MachineId) -> impl Iterator<Item = u64> {
    let forgotten = sender.manifest.forgotten.iter().filter(move |lost| lost.to == to);
    forgotten.map(|lost| sequence(counts(&lost.stamp), sender.machine))
}

fn describe(kind: EventKind<()>) -> String {
    match kind {
        EventKind::Internal => "internal".to_owned(),
        EventKind::Receive { .. } => "a receive".to_owned(),
        EventKind::Send { to } => {
            let to: Vec<&str> = to.into_iter().map(MachineId::letter_str).collect();
            format!("a send to {} only", to.join(" and "))
        }
    }
}
