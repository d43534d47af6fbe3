//! What has been sent lately, so that a link that was away can go on where it was.
//!
//! The log is the outbox: a machine's sends, in order, are the `send` rows of its log. Recent ones are kept here too,
//! in a ring of fixed size; whoever is further behind reads the log.

use std::collections::VecDeque;

use clockring::{
    cursor::Cursor,
    event::{Event, EventKind},
    message::Stamp,
    ring::{MachineId, Peers},
};

/// How many send events are kept. At 6 ticks a second that is a quarter of an hour, at a million a second 8 ms: longer
/// than a turn of the tick loop, which is what it must bridge for links that are up.
pub(crate) const RECENT_MAX: usize = 8192;

const _: () = assert!(RECENT_MAX >= super::ticking::BATCH_MAX, "the sends of a turn are kept");

/// The recent send events of one machine, oldest first.
#[derive(Debug)]
pub(crate) struct Outbox<S> {
    machine: MachineId,
    recent_max: usize,
    recent: VecDeque<(S, Peers)>,
    /// Every send event up to here has been let go, and is only in the log.
    forgotten: Cursor,
    latest: Cursor,
}

impl<S: Stamp> Outbox<S> {
    /// The outbox of a machine that has sent nothing. It keeps this many send events, at least those of one turn.
    pub(crate) fn new(machine: MachineId, recent_max: usize) -> Self {
        let recent = VecDeque::with_capacity(recent_max);
        Self { machine, recent_max, recent, forgotten: Cursor::START, latest: Cursor::START }
    }

    /// Adds an event, if it is a send.
    #[inline]
    pub(crate) fn add(&mut self, event: &Event<S>) {
        let EventKind::Send { to } = event.kind else { return };
        if self.recent.len() == self.recent_max
            && let Some((stamp, _)) = self.recent.pop_front()
        {
            self.forgotten = Cursor::after(&stamp, self.machine);
        }
        self.recent.push_back((event.clock, to));
        self.latest = Cursor::after(&event.clock, self.machine);
    }

    /// The last send event.
    pub(crate) fn latest(&self) -> Cursor {
        self.latest
    }

    /// The send events after `cursor`; `None` if some of them are only in the log.
    pub(crate) fn after(&self, cursor: Cursor) -> Option<impl Iterator<Item = &(S, Peers)>> {
        if cursor.to_u64() < self.forgotten.to_u64() {
            return None;
        }
        let first = self.recent.partition_point(|(stamp, _)| cursor.has(stamp, self.machine));
        Some(self.recent.range(first..))
    }
}
