//! The figures of a run: every number that people compare, from one place.
//!
//! Tables, pages, JSON and sweeps show these and compute none of their own. One word per thing:
//!
//! | word | meaning |
//! |---|---|
//! | sent by A | messages that A sent; a send to all counts once per receiver |
//! | sent to A | messages that the others sent to A |
//! | received by A | messages that A took from its queue, one per tick |
//! | waiting | messages sent to A that A had not received when it ended; while it runs, those in its queue |
//! | waiting at senders | those of them that found A's queue full |
//! | lost | messages that found the queue of a board full, which cannot push back |
//! | undelivered | messages sent to A that A does not account for: under way while it runs, or after its death |
//!
//! Sent to A = received by A + waiting + lost + undelivered.

use clockring::{
    clock::{ClockKind, HybridStamp},
    moment::UnixTime,
    ring::{MachineId, RingSize},
};
use serde::Serialize;

use super::{Manifest, Summary, stamp::time_and_count};
use crate::experiment::Pace;

/// The figures of the machines of one run.
#[derive(Clone, PartialEq, Debug)]
pub struct RunFigures {
    /// The length of the run in seconds: from the first start to the last end, or the last event where none ended.
    pub length_s: f64,
    /// The machines of the highest rate, in ring order: one, or several that tie. By the rates asked for; by ticks made
    /// where a machine ran as fast as it could. None without an event, or if not all machines are here.
    pub fastest: Vec<MachineId>,
    /// Each machine's, in the order in which they were given.
    pub machines: Vec<Figures>,
}

/// The figures of one machine. `None` where a number is not known or means nothing.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Figures {
    /// Ticks a second, from its first event to its last.
    pub rate_achieved: Option<f64>,
    /// The clock after the last event as people read it; of a vector see [`Figures::events_known`].
    #[serde(skip)]
    pub clock: Option<String>,
    /// By how much a Lamport clock rose per event, from zero.
    pub jump_mean: Option<f64>,
    /// The most by which a Lamport clock rose at an event.
    pub jump_max: Option<u64>,
    /// By how much a Lamport clock is behind that of the first of the fastest machines at the end.
    pub behind: Option<i64>,
    /// Number of events that a vector clock knows of at the end: the sum of its counts.
    pub events_known: Option<u64>,
    /// By how much a hybrid clock was ahead of its physical clock at the last event, in microseconds. It counts in
    /// units of
    /// 65.5 µs, so that it is behind by as much where nothing pushed it ahead.
    pub ahead_us: Option<f64>,
    /// Messages sent by the machine.
    pub sent_by: u64,
    /// Messages sent to it; needs the logs of all others.
    pub sent_to: Option<u64>,
    /// The same, per second of the run.
    pub sent_to_per_s: Option<f64>,
    /// Messages received by it.
    pub received_by: u64,
    /// The share of its ticks that receive, 0 to 1.
    pub receive_share: Option<f64>,
    /// Messages waiting for it.
    pub waiting: u64,
    /// Those of them that wait at their senders, at least: its queue has no room for them.
    pub waiting_at_senders: u64,
    /// The most messages that waited in its queue, after a tick or at the end.
    pub waiting_max: u64,
    /// Messages that found its queue full and were lost.
    pub lost: u64,
    /// Messages sent to it that are neither received, waiting nor lost.
    pub undelivered: Option<u64>,
}

impl RunFigures {
    /// The figures of these machines of a run.
    pub fn of<'a>(machines: impl IntoIterator<Item = (&'a Manifest, &'a Summary)>) -> Self {
        let machines: Vec<(&Manifest, &Summary)> = machines.into_iter().collect();
        let whole = machines.first().is_some_and(|(manifest, _)| manifest.machines.get() == machines.len());
        // One that is not here may be faster.
        let fastest = if whole { fastest(&machines) } else { Vec::new() };
        let length_s = length_s(&machines);
        let first_of = fastest.first().and_then(|first| machines.iter().find(|(manifest, _)| manifest.id == *first));
        let front = first_of.map(|(_, summary)| summary.clock);
        let figures = machines.iter().map(|(manifest, summary)| {
            let sent_to =
                whole.then(|| machines.iter().map(|(_, sender)| sender.destinations[manifest.id.index()]).sum());
            Figures::of(manifest, summary, front, sent_to, length_s)
        });
        Self { length_s, fastest: fastest.clone(), machines: figures.collect() }
    }
}

impl Figures {
    fn of(manifest: &Manifest, summary: &Summary, front: Option<u64>, sent_to: Option<u64>, length_s: f64) -> Self {
        let has = |kind| manifest.clock == kind && summary.ticks > 0;
        let lamport = manifest.clock == ClockKind::Lamport;
        let left = manifest.left_in_queue.as_ref().map(|all| {
            let mut left = Left::default();
            all.iter().for_each(|message| left.add(message.from, summary.queue));
            left
        });
        let waiting = left.map_or(summary.queue, |left| left.messages);
        let waiting_at_senders = left.map_or(0, |left| left.at_senders(manifest.capacity, summary.last_from));
        let lost = manifest.overruns.len() as u64;
        // A broken log may claim any length of its queue.
        let accounted = summary.received.saturating_add(waiting).saturating_add(lost);
        let ahead_ns = || i128::from(HybridStamp(summary.clock).time_ns()) - i128::from(summary.last_ns);
        Self {
            rate_achieved: summary.rate(),
            clock: match manifest.clock {
                ClockKind::Lamport => Some(summary.clock.to_string()),
                ClockKind::Vector => None,
                ClockKind::Hybrid => (summary.ticks > 0).then(|| time_and_count(HybridStamp(summary.clock))),
            },
            jump_mean: summary.jump_mean().filter(|_| lamport),
            jump_max: lamport.then_some(summary.jump_max),
            behind: front.filter(|_| lamport).map(|front| front.wrapping_sub(summary.clock) as i64),
            events_known: has(ClockKind::Vector).then_some(summary.clock),
            ahead_us: has(ClockKind::Hybrid).then(|| ahead_ns() as f64 / 1e3),
            sent_by: summary.sent,
            sent_to,
            sent_to_per_s: sent_to.filter(|_| length_s > 0.0).map(|sent_to| sent_to as f64 / length_s),
            received_by: summary.received,
            receive_share: summary.receive_share(),
            waiting,
            waiting_at_senders,
            waiting_max: left.map_or(summary.queue_max, |left| left.most_in_queue(manifest.capacity, summary)),
            lost,
            undelivered: sent_to.map(|sent_to| sent_to.saturating_sub(accounted)),
        }
    }
}

/// The messages that are left when a machine has ended, in order of arrival: those in its queue, and those that found
/// no room there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Left {
    /// All of them.
    pub(crate) messages: u64,
    by_sender: [u64; RingSize::MAX],
    in_queue: [u64; RingSize::MAX],
}

impl Left {
    /// Adds the next message, of this sender. `queue` is the number that waited after the last event.
    pub(crate) fn add(&mut self, from: MachineId, queue: u64) {
        self.in_queue[from.index()] += u64::from(self.messages < queue);
        self.by_sender[from.index()] += 1;
        self.messages += 1;
    }

    /// The most that waited in the queue, after an event or at the end. If some found no room at the end, the number in
    /// the queue then is not known, and it had been as full before.
    pub(crate) fn most_in_queue(&self, capacity: usize, summary: &Summary) -> u64 {
        match self.at_senders(capacity, summary.last_from) {
            0 => summary.queue_max.max(self.messages),
            _ => summary.queue_max,
        }
    }

    /// A lower bound on those that wait at their senders: on the links that have filled their part of the queue. It
    /// holds `capacity` of each, and one more that is looked at next. (The last event may just have taken one.) On
    /// other links, messages that came later were under way.
    pub(crate) fn at_senders(&self, capacity: usize, last_from: Option<MachineId>) -> u64 {
        let capacity = capacity as u64;
        let links = self.by_sender.iter().zip(&self.in_queue).enumerate();
        let full = links.filter(|(from, (_, in_queue))| {
            let just_taken = last_from.is_some_and(|last| last.index() == *from);
            **in_queue + u64::from(just_taken) >= capacity
        });
        full.map(|(_, (all, _))| all.saturating_sub(capacity.saturating_add(1))).sum()
    }
}

fn fastest(machines: &[(&Manifest, &Summary)]) -> Vec<MachineId> {
    let all_paced = machines.iter().all(|(manifest, _)| matches!(manifest.rate, Pace::Rate(_)));
    let speed = |(manifest, summary): &(&Manifest, &Summary)| match manifest.rate {
        Pace::Rate(rate) if all_paced => rate.millionths(),
        _ => summary.ticks,
    };
    let running = || machines.iter().filter(|(_, summary)| summary.ticks > 0);
    let Some(most) = running().map(speed).max() else { return Vec::new() };
    running().filter(|machine| speed(machine) == most).map(|(manifest, _)| manifest.id).collect()
}

fn length_s(machines: &[(&Manifest, &Summary)]) -> f64 {
    let ticked = |summary: &Summary| summary.ticks > 0;
    let starts = machines.iter().map(|(manifest, summary)| {
        if ticked(summary) { manifest.started.ns().min(summary.first_ns) } else { manifest.started.ns() }
    });
    let ends =
        machines.iter().map(|(manifest, summary)| manifest.ended_at.map_or(0, UnixTime::ns).max(summary.last_ns));
    let (start, end) = (starts.min().unwrap_or(0), ends.max().unwrap_or(0));
    end.saturating_sub(start) as f64 / 1e9
}
