//! The timestamps in a row: of one message, or of several that were written together.

use super::{
    super::{
        clock_text,
        clocks::Value,
        names::Named,
        pattern::{Group, Match},
        run::{Carried, ForeignClock, ForeignEvent, ForeignLog, Peer, Several, Stamp},
    },
    Reader, no_clock,
};
use crate::failure::Failure;

impl Reader<'_> {
    pub(super) fn value(&self, part: u32, found: &Match, text: &str) -> Result<Option<Value>, Failure> {
        let parsed =
            clock_text::parse(text).map_err(|error| no_clock(self.parts, part, found, Group::Stamp, text, error))?;
        Ok(self.clocks.value(parsed))
    }

    /// Adds the message with a receive's timestamp to the event: one, or several that were written together.
    pub(super) fn carried(
        &self,
        part: u32,
        found: &Match,
        text: &str,
        event: &mut ForeignEvent,
        (machine, log): (usize, &mut ForeignLog),
    ) -> Result<(), Failure> {
        let from = event.message.from;
        let peer = found.group(&self.parts[part as usize].source.text, Group::Peer).unwrap_or_default();
        if let Some(messages) = self.each_named(peer, text).or_else(|| self.glued(text, from, machine)) {
            event.message = messages.first().copied().unwrap_or_default();
            event.several = Some(Box::new(Several { messages, is_a_guess: false }));
            return Ok(());
        }
        if let Some(stamps) = self.numbers(text) {
            // All but the last may have the name of a machine without a log at their end.
            let carried = |from, stamp: &u64| Carried { from, stamp: Some(Stamp::Scalar((*stamp).into())) };
            let messages = stamps.iter().map(|stamp| carried(from, stamp)).collect();
            event.message = stamps.last().map_or_else(Carried::default, |last| carried(Peer::Untold, last));
            event.several = Some(Box::new(Several { messages, is_a_guess: true }));
            return Ok(());
        }
        match self.value(part, found, text)? {
            Some(Value::Scalar(stamp, process)) => {
                // The process in a timestamp is that in the sender's own clocks.
                let is_of = |own: &Option<String>| own.is_some() && *own == process;
                let sender = self.clocks.processes.iter().position(is_of).map(Peer::Machine);
                let from = sender.filter(|_| from == Peer::Untold).unwrap_or(from);
                event.message = Carried { from, stamp: Some(Stamp::Scalar(stamp)) };
            }
            Some(Value::Vector(vector)) => {
                let place = log.stamps.len() / log.width.max(1);
                log.stamps.extend(vector);
                event.message.stamp = Some(Stamp::Vector(u32::try_from(place).unwrap_or(u32::MAX)));
            }
            None => {}
        }
        // Numbers that follow the timestamp can be more messages.
        let source = &self.parts[part as usize].source.text;
        let run = found.start(Group::Stamp).map(|start| digits_and_spaces(&source[start..])).unwrap_or_default();
        if run.len() > text.len() {
            let messages = self.glued(run, from, machine);
            event.several = messages.map(|messages| Box::new(Several { messages, is_a_guess: true }));
        }
        Ok(())
    }

    /// Several timestamps in one text, each with the sender at its place among several.
    fn each_named(&self, peer: &str, text: &str) -> Option<Vec<Carried>> {
        let from = |sender: &str| match self.names.in_text(sender) {
            Named::Machines(named) if named.len() == 1 && !self.names.is_unclear => Peer::Machine(named[0]),
            _ => Peer::Untold,
        };
        let stamps = self.numbers(text)?;
        let words: Vec<&str> = peer.split([' ', ',', ';', '+', '&']).filter(|word| !word.is_empty()).collect();
        // `machine 2 and machine 1` are two senders.
        let machines: Vec<&str> = words.iter().copied().filter(|word| from(word) != Peer::Untold).collect();
        let senders = [words, machines].into_iter().find(|senders| senders.len() == stamps.len())?;
        let carried =
            |(sender, stamp): (&str, u64)| Carried { from: from(sender), stamp: Some(Stamp::Scalar(stamp.into())) };
        Some(senders.into_iter().zip(stamps).map(carried).collect())
    }

    /// Several timestamps in one text, where the name of a message's sender is glued to the timestamp before it: `0 120 13`,
    /// after its first word, is 12 from machine 0, and 13 from the machine glued to the 12.
    fn glued(&self, text: &str, from: Peer, machine: usize) -> Option<Vec<Carried>> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let [stamps @ .., last] = &words[..] else { return None };
        if self.clocks.kind != ForeignClock::Number || stamps.is_empty() || !matches!(from, Peer::Machine(_)) {
            return None;
        }
        let carried = |from: Peer, stamp: u64| Carried { from, stamp: Some(Stamp::Scalar(stamp.into())) };
        let mut messages = Vec::new();
        let mut sender = from;
        for stamp in stamps {
            // No machine receives from itself.
            let (stamp, next) = self.names.split_glued(stamp).filter(|(_, next)| *next != machine)?;
            messages.push(carried(sender, stamp));
            sender = Peer::Machine(next);
        }
        messages.push(carried(sender, last.parse().ok()?));
        Some(messages)
    }

    /// Several numbers with blanks between them.
    fn numbers(&self, text: &str) -> Option<Vec<u64>> {
        let mut words = text.split_ascii_whitespace().peekable();
        words.peek().filter(|word| self.clocks.kind == ForeignClock::Number && word.len() < text.len())?;
        words.map(|word| word.parse().ok()).collect()
    }
}

/// The digits, and spaces between them, at the start of a text.
fn digits_and_spaces(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != ' ').unwrap_or(text.len());
    text[..end].trim_end()
}
