//! The summary of a log: the numbers that people compare.

use clockring::{
    clock::Clock,
    event::EventKind,
    ring::{MachineId, RingSize},
};

use super::{LogError, LogReader, Manifest, RunDirectory, row::Row, stamp::StampText};
use crate::experiment::with_clock;

/// Sums over the rows of one log, kept row by row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Summary {
    /// Number of ticks, and of events.
    pub ticks: u64,
    /// System time of the first event, in UNIX nanoseconds.
    pub first_ns: u64,
    /// System time of the last event.
    pub last_ns: u64,
    /// The clock after the last event, as one number ([`StampText::height`]).
    pub clock: u64,
    /// The largest jump: by how much the clock rose at one event.
    pub jump_max: u64,
    /// Messages that waited after the last event.
    pub queue: u64,
    /// The most messages that waited after an event.
    pub queue_max: u64,
    /// Messages sent; a send to all counts once per destination.
    pub sent: u64,
    /// Messages sent to each machine of the largest ring, in ring order.
    #[serde(skip)]
    pub destinations: [u64; RingSize::MAX],
    /// Messages received.
    pub received: u64,
    /// Internal events.
    pub internal: u64,
    /// The sender of the message that the last event received, if it is a receive.
    #[serde(skip)]
    pub last_from: Option<MachineId>,
}

impl Summary {
    /// Reads the log that belongs to a manifest.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn read(directory: &RunDirectory, manifest: &Manifest) -> Result<Self, LogError> {
        with_clock!(manifest.clock, C => Self::read_log::<<C as Clock>::Stamp>(directory, manifest))
    }

    fn read_log<S: StampText>(directory: &RunDirectory, manifest: &Manifest) -> Result<Self, LogError> {
        let mut summary = Self::default();
        for row in LogReader::<S>::open(&directory.log(manifest.id), manifest.id, manifest.machines)? {
            summary.add(&row?.1);
        }
        Ok(summary)
    }

    /// Adds the next row.
    pub fn add<S: StampText>(&mut self, row: &Row<S>) {
        let clock = row.event.clock.height();
        if self.ticks == 0 {
            self.first_ns = row.time.ns();
        }
        self.jump_max = self.jump_max.max(clock.saturating_sub(self.clock));
        self.ticks += 1;
        self.last_ns = row.time.ns();
        self.clock = clock;
        self.queue = row.queue;
        self.queue_max = self.queue_max.max(row.queue);
        match row.event.kind {
            EventKind::Internal => self.internal += 1,
            EventKind::Send { to } => {
                self.sent += to.count() as u64;
                to.into_iter().for_each(|peer| self.destinations[peer.index()] += 1);
            }
            EventKind::Receive { .. } => self.received += 1,
        }
        self.last_from = match row.event.kind {
            EventKind::Receive { from, .. } => Some(from),
            EventKind::Internal | EventKind::Send { .. } => None,
        };
    }

    /// The mean clock jump: by how much the clock rose per event. `None` without events.
    ///
    /// Clocks start from zero, and the first event counts as every other, so the jumps add up to the clock. Of a
    /// Lamport clock: a vector has no one number to jump by, and a hybrid clock rises by the time that passes.
    pub fn jump_mean(&self) -> Option<f64> {
        (self.ticks > 0).then(|| self.clock as f64 / self.ticks as f64)
    }

    /// The share of events that are receives, 0 to 1. `None` without events.
    pub fn receive_share(&self) -> Option<f64> {
        (self.ticks > 0).then(|| self.received as f64 / self.ticks as f64)
    }

    /// The rate achieved, in ticks per second, from the first event to the last. `None` with fewer than two events or
    /// without time between them.
    pub fn rate(&self) -> Option<f64> {
        let steps = self.ticks.checked_sub(1).filter(|steps| *steps > 0)?;
        let elapsed_ns = self.last_ns.checked_sub(self.first_ns).filter(|elapsed_ns| *elapsed_ns > 0)?;
        Some(steps as f64 * 1e9 / elapsed_ns as f64)
    }
}
