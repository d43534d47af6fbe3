//! The sends of a run, to find the one a received message is of.

use std::collections::HashMap;

use super::{
    log::{Carried, FileLine, ForeignRun},
    words::{Kind, RawClock},
};

/// The sends of a run, found by what their messages carry.
pub(super) struct Sends {
    pub(super) sends: Vec<Send>,
    by_stamp: HashMap<u64, Vec<usize>>,
    /// By how much a message's timestamp differs from the logged time of its send.
    pub(super) offset: i64,
}

/// A send event.
#[derive(Clone)]
pub(super) struct Send {
    pub(super) machine: usize,
    pub(super) at: FileLine,
    pub(super) clock: u64,
    /// The timestamp that the message carries, if the log tells it.
    stamp: Option<u64>,
    to: Option<Vec<usize>>,
}

impl Send {
    /// Can a message of this send have gone from `from`, if that is known, to `to`?
    pub(super) fn can_reach(&self, from: Option<usize>, to: usize) -> bool {
        self.machine != to
            && from.is_none_or(|from| from == self.machine)
            && self.to.as_ref().is_none_or(|receivers| receivers.contains(&to))
    }
}

impl Sends {
    pub(super) fn of(run: &ForeignRun) -> Self {
        let mut sends = Vec::new();
        for (machine, log) in run.logs.iter().enumerate() {
            // An event of which nothing is known may be a send.
            for event in log.events.iter().filter(|event| event.kind.is_none_or(Kind::is_send)) {
                sends.push(Send {
                    machine,
                    at: event.at.clone(),
                    clock: number(&event.clock),
                    stamp: event.sent_stamp.as_ref().map(number),
                    to: event.to.clone(),
                });
            }
        }
        // Messages should carry the time of their send. If more receives fit another habit, that is how it is.
        let mut chosen = Self::with_offset(sends, 0);
        let mut fitting = chosen.fitting(run);
        for offset in [-1, 1] {
            let other = Self::with_offset(chosen.sends.clone(), offset);
            let fits = other.fitting(run);
            if fits > fitting {
                (chosen, fitting) = (other, fits);
            }
        }
        chosen
    }

    fn with_offset(sends: Vec<Send>, offset: i64) -> Self {
        let mut by_stamp: HashMap<u64, Vec<usize>> = HashMap::new();
        let told = sends.iter().any(|send| send.stamp.is_some());
        let offset = if told { 0 } else { offset };
        for (index, send) in sends.iter().enumerate() {
            let carried = send.stamp.unwrap_or(send.clock.saturating_add_signed(offset));
            by_stamp.entry(carried).or_default().push(index);
        }
        Self { sends, by_stamp, offset }
    }

    /// How many received messages have a send.
    fn fitting(&self, run: &ForeignRun) -> usize {
        let logs = run.logs.iter().enumerate();
        let messages = logs.flat_map(|(machine, log)| {
            log.events.iter().flat_map(move |event| event.messages.iter().map(move |message| (machine, message)))
        });
        messages.filter(|(machine, message)| self.of_message(message, *machine).next().is_some()).count()
    }

    /// The sends that a message can be of.
    pub(super) fn of_message(&self, message: &Carried, to: usize) -> impl Iterator<Item = &Send> {
        let found = stamp(message).and_then(|stamp| self.by_stamp.get(&stamp)).map(Vec::as_slice).unwrap_or_default();
        let from = message.from;
        found.iter().map(|index| &self.sends[*index]).filter(move |send| send.can_reach(from, to))
    }
}

/// A clock that is a number.
pub(super) fn number(clock: &RawClock) -> u64 {
    match clock {
        RawClock::Number(number) => *number,
        RawClock::List(_) | RawClock::Named(_) => 0,
    }
}

/// The timestamp that a message carries.
pub(super) fn stamp(message: &Carried) -> Option<u64> {
    message.stamp.as_ref().map(number)
}
