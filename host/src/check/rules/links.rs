//! What holds for every link: `received-was-sent`, `received-once`, `fifo`, `one-stamp` and `conservation`.
//!
//! A timestamp is unique per sender, so (sender, timestamp) identifies a message, and the n-th message received from
//! a peer is the n-th that the peer sent here. As long as that is so, a cursor per link is all that is needed; what
//! is searched for a message out of place is only built when there is one.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

use clockring::{event::EventKind, ring::MachineId};

use super::super::{
    messages::LinkCount,
    place::Place,
    run::{Log, Run, counts, sequence, show},
    verdict::{Rule, Violations},
};

/// Where a message ended up.
#[derive(Clone, Copy)]
pub(crate) enum Taken {
    /// It was received by this row.
    Received(usize),
    /// It was left in the queue.
    Left,
}

/// All links of a run while they are walked along.
pub(crate) struct Links<'a> {
    machines: usize,
    /// By receiver and then sender in ring order; `None` where one of the two logs is not here.
    links: Vec<Option<Link<'a>>>,
    /// The events of each machine by what identifies a message, made when first asked for.
    events: Vec<OnceCell<HashMap<u64, usize>>>,
}

struct Link<'a> {
    sender: &'a Log,
    receiver: &'a Log,
    /// Rows of the sender before this one are dealt with.
    cursor: usize,
    /// Sends that a later one overtook: the row of the send, and where the later one was taken.
    overtaken: BTreeMap<usize, Taken>,
    /// What identifies the messages that found the lane full, as far as their sends have not been met yet.
    overruns: BTreeSet<u64>,
    /// What is received or left on this link, by what identifies a message; made when first asked for.
    wanted: OnceCell<HashSet<u64>>,
    count: LinkCount,
}

impl<'a> Links<'a> {
    pub(crate) fn new(run: &'a Run) -> Self {
        let links = run.ring.machines().flat_map(|to| {
            run.ring.machines().map(move |from| {
                let (sender, receiver) = (run.log(from)?, run.log(to)?);
                (from != to).then(|| Link::new(sender, receiver))
            })
        });
        let machines = run.ring.get();
        Self { machines, links: links.collect(), events: (0..machines).map(|_| OnceCell::new()).collect() }
    }

    /// The next message from `from` that `receiver` took; returns the row of its send.
    pub(crate) fn take(
        &mut self,
        receiver: &Log,
        from: MachineId,
        stamp: &[u64],
        taken: Taken,
        violations: &mut Violations,
    ) -> Option<usize> {
        let link = self.links[receiver.machine.index() * self.machines + from.index()].as_mut()?;
        match taken {
            Taken::Received(_) => link.count.received += 1,
            Taken::Left => link.count.left += 1,
        }
        let wanted = sequence(stamp, from);
        let next = link.next_send();
        if let Some(row) = next.filter(|row| link.sender.sequence(*row) == wanted) {
            link.count_send();
            return Some(row);
        }
        let events = self.events[from.index()].get_or_init(|| index_of(link.sender));
        link.take_out_of_place(events.get(&wanted).copied(), next, stamp, taken, violations)
    }

    /// What is left when every receiver has taken what it took.
    pub(crate) fn finish(self, violations: &mut Violations) -> Vec<LinkCount> {
        let mut counts: Vec<LinkCount> = self.links.into_iter().flatten().map(|link| link.finish(violations)).collect();
        counts.sort_by_key(|count| (count.from, count.to));
        counts
    }
}

impl<'a> Link<'a> {
    fn new(sender: &'a Log, receiver: &'a Log) -> Self {
        let count =
            LinkCount { from: sender.machine, to: receiver.machine, sent: 0, received: 0, left: 0, overruns: 0 };
        let overruns = overruns(receiver, sender.machine).collect();
        Self { sender, receiver, cursor: 0, overtaken: BTreeMap::new(), overruns, wanted: OnceCell::new(), count }
    }

    /// Moves the cursor to the next send to this receiver, past those that found its lane full.
    fn next_send(&mut self) -> Option<usize> {
        let to = self.receiver.machine;
        loop {
            let rest = &self.sender.records()[self.cursor..];
            self.cursor += rest.iter().position(|record| is_send_to(record.kind, to)).unwrap_or(rest.len());
            if self.cursor == self.sender.len() {
                return None;
            }
            if self.overruns.is_empty() || !self.overruns.remove(&self.sender.sequence(self.cursor)) {
                return Some(self.cursor);
            }
            self.count.overruns += 1;
            self.count_send();
        }
    }

    /// Steps over the send at the cursor.
    fn count_send(&mut self) {
        self.count.sent += 1;
        self.cursor += 1;
    }

    /// A message that is not the one expected next. `found` is the sender's event with its timestamp.
    fn take_out_of_place(
        &mut self,
        found: Option<usize>,
        next: Option<usize>,
        stamp: &[u64],
        taken: Taken,
        violations: &mut Violations,
    ) -> Option<usize> {
        let at = self.place(taken);
        let Some(row) = found.filter(|row| is_send_to(self.sender.records()[*row].kind, self.receiver.machine)) else {
            return self.take_unsent(found, next, stamp, taken, violations);
        };
        let sent = self.sender.place(row);
        if row >= self.cursor {
            // Messages before it were skipped: they come later, out of order, or never.
            while let Some(skipped) = self.next_send().filter(|skipped| *skipped < row) {
                self.overtaken.insert(skipped, taken);
                self.count_send();
            }
            self.count_send();
        } else if let Some(overtaker) = self.overtaken.remove(&row) {
            violations.add(Rule::Fifo, at, Some(sent), || {
                let (from, later) = (self.sender.machine, self.place(overtaker));
                format!(
                    "the message at {at}, sent at {sent}, was overtaken: {later} took one that {from} sent after it, \
                     but a link keeps the order"
                )
            });
        } else {
            violations.add(Rule::ReceivedOnce, at, Some(sent), || {
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
        violations: &mut Violations,
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
            violations.add(Rule::OneStamp, at, Some(sent), || {
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
        let against = found.or(next).map(|row| self.sender.place(row));
        violations.add(Rule::ReceivedWasSent, at, against, || {
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
                (None, None) => format!("{from} has no event with that time, and sent {to} nothing more"),
            };
            format!("{at} takes a message from {from} with time {time} that {from} never sent {to}: {why}")
        });
        None
    }

    fn finish(mut self, violations: &mut Violations) -> LinkCount {
        let to = self.receiver.machine;
        for (row, overtaker) in &self.overtaken {
            let (sent, later) = (self.sender.place(*row), self.place(*overtaker));
            violations.add(Rule::Conservation, sent, Some(later), || {
                format!("the message sent at {sent} never reached {to}, though {later} took one that was sent after it: it was lost")
            });
        }
        let accountable = self.sender.has_ended() && self.receiver.has_ended();
        while let Some(row) = self.next_send() {
            self.count_send();
            if accountable {
                let (sent, end) = (self.sender.place(row), self.receiver.manifest_place("left_in_queue"));
                violations.add(Rule::Conservation, sent, Some(end), || {
                    format!(
                        "the message sent at {sent} to {to} was neither received nor left in {to}'s queue ({end}): it \
                         was lost"
                    )
                });
            }
        }
        for identity in &self.overruns {
            let (from, at) = (self.sender.machine, self.receiver.manifest_place("overruns"));
            violations.add(Rule::ReceivedWasSent, at, None, || {
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
            let received = (0..self.receiver.len()).filter(|row| is_receive_from(self.receiver, *row, from));
            let left = self.receiver.left().iter().filter(|left| left.from == from);
            let received = received.map(|row| sequence(self.receiver.stamps.get(row), from));
            received.chain(left.map(|left| sequence(counts(&left.stamp), from))).collect()
        });
        wanted.contains(&identity)
    }

    /// The first row that received the message with this stamp, if it is before `taken`.
    fn first_taken(&self, stamp: &[u64], taken: Taken) -> Option<Place> {
        let from = self.sender.machine;
        let end = match taken {
            Taken::Received(row) => row,
            Taken::Left => self.receiver.len(),
        };
        let identity = sequence(stamp, from);
        let is_it = |row: &usize| {
            is_receive_from(self.receiver, *row, from) && sequence(self.receiver.stamps.get(*row), from) == identity
        };
        (0..end).find(is_it).map(|row| self.receiver.place(row))
    }
}

fn index_of(log: &Log) -> HashMap<u64, usize> {
    let mut events = HashMap::with_capacity(log.len());
    for row in 0..log.len() {
        let first = *events.entry(log.sequence(row)).or_insert(row);
        // Only in a log whose clock stands still: the one that sends is meant.
        if first != row && !matches!(log.records()[first].kind, EventKind::Send { .. }) {
            events.insert(log.sequence(row), row);
        }
    }
    events
}

/// What identifies the messages from this sender that the receiver says found its lane full.
fn overruns(receiver: &Log, from: MachineId) -> impl Iterator<Item = u64> {
    let overruns = receiver.manifest.overruns.iter().filter(move |lost| lost.from == from);
    overruns.map(move |lost| sequence(counts(&lost.stamp), from))
}

fn is_send_to(kind: EventKind<()>, machine: MachineId) -> bool {
    matches!(kind, EventKind::Send { to } if to.contains(machine))
}

fn is_receive_from(log: &Log, row: usize, machine: MachineId) -> bool {
    matches!(log.records()[row].kind, EventKind::Receive { from, .. } if from == machine)
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
