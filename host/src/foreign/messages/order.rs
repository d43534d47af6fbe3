//! A message is received once, and after those that the same machine sent before it.

use std::collections::HashMap;

use super::{
    super::{
        evidence::sequence,
        law::{Contradiction, ForeignVerdict},
        run::{Carried, Peer, Scalar},
    },
    Judge,
};
use crate::check::Rule;

/// Receives of a machine so far that are told by one word.
#[derive(Default)]
pub(super) struct Received {
    /// The row that took a message first, by its sender and timestamp.
    first: HashMap<(usize, Scalar), usize>,
    /// The row that took a message first, by its id.
    first_by_id: HashMap<u32, usize>,
    /// Per sender, the message with the highest number, and the row that took it.
    last: HashMap<usize, (Scalar, usize)>,
}

impl Judge<'_> {
    /// A message is received once, and after those that the same machine sent before it.
    pub(super) fn order(
        &mut self,
        machine: usize,
        row: usize,
        message: &Carried,
        received: &mut Received,
        verdict: &mut ForeignVerdict,
    ) {
        let (run, log) = (self.run, &self.run.logs[machine]);
        let Peer::Machine(from) = message.from else { return };
        if !self.is_one_run {
            return;
        }
        let Some(number) = sequence(run, log, message) else { return };
        // However a program takes its timestamps, each belongs to one event, and they rise with its clock.
        let events = &run.logs[from].events;
        let sent_at = match self.offsets.sent_at(from, number) {
            Some(sent_at) => vec![sent_at],
            None => beside(number),
        };
        let sends = sent_at.into_iter().flat_map(|sent_at| self.rows.at(from, sent_at));
        let Some(send) = sends.map(|row| &events[row]).find(|send| send.may_reach(machine)) else { return };
        self.compared.once += u64::from(self.logs_sends_once[from]);
        let at = run.at(&log.events[row]);
        let first = *received.first.entry((from, number)).or_insert(row);
        if first != row && log.events[first].clock != log.events[row].clock {
            if self.logs_sends_once[from] {
                let (before, sent) = (run.at(&log.events[first]), run.at(send));
                let contradiction =
                    Contradiction { rule: Rule::ReceivedOnce, at: at.clone(), against: Some(before.clone()) };
                verdict.prove(contradiction, &[], || {
                    format!(
                        "the receive at {at} takes the message with time {number} from {}, sent at {sent}, that {before} \
                         took already",
                        run.logs[from].name
                    )
                });
            }
            return;
        }
        if let Some((last, taken)) = received.last.get(&from).copied() {
            self.compared.order += 1;
            if number < last {
                let before = run.at(&log.events[taken]);
                let contradiction = Contradiction { rule: Rule::Fifo, at: at.clone(), against: Some(before.clone()) };
                verdict.prove(contradiction, &[], || {
                    format!(
                        "the receive at {at} takes a message with time {number}, after {before} took one with time {last} \
                         from the same sender: the link did not keep the order"
                    )
                });
                return;
            }
        }
        received.last.insert(from, (number, row));
    }

    /// A message with an id that one row sends is received once. Another send of it, to pass it on or to repeat it, may be
    /// left out of the logs.
    pub(super) fn once_by_id(
        &mut self,
        machine: usize,
        row: usize,
        received: &mut Received,
        verdict: &mut ForeignVerdict,
    ) {
        let (run, log) = (self.run, &self.run.logs[machine]);
        let Some(id) = log.events[row].id else { return };
        let Some(&[(from, sent)]) = self.sends_by_id.get(&id).map(Vec::as_slice) else { return };
        if from == machine || !self.is_one_run {
            return;
        }
        self.compared.once += 1;
        let first = *received.first_by_id.entry(id).or_insert(row);
        if log.events[first].clock == log.events[row].clock {
            return;
        }
        let [at, before] = [row, first].map(|row| run.at(&log.events[row]));
        let contradiction = Contradiction { rule: Rule::ReceivedOnce, at: at.clone(), against: Some(before.clone()) };
        verdict.if_complete(contradiction, &[Some(&self.once)], || {
            let sent = run.at(&run.logs[from].events[sent]);
            format!("the receive at {at} takes the message sent at {sent} that {before} took already")
        });
    }
}

/// The clocks at and beside a timestamp, one of which is that of its send.
fn beside(stamp: Scalar) -> Vec<Scalar> {
    let number = |by: i64| stamp.number.checked_add_signed(by).map(|number| Scalar { number, ..stamp });
    [0, 1, -1].into_iter().filter_map(number).collect()
}
