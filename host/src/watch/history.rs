//! The events of a run seen so far, in order of time, and the moment that is shown.

use std::collections::VecDeque;

use clockring::{
    event::EventKind,
    ring::{MachineId, RingSize},
};

/// The most events that are kept: an hour of three machines at the assignment's rates, some ten megabytes.
const EVENTS_MAX: usize = 50_000;

/// Rates are taken over this long, in nanoseconds: some ticks of a slow machine, and recent.
const WINDOW_NS: u64 = 5_000_000_000;

/// An event as it is shown.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) machine: MachineId,
    pub(super) tick: u64,
    pub(super) time_ns: u64,
    pub(super) kind: EventKind<()>,
    pub(super) clock: String,
    pub(super) queue: u64,
}

/// A machine's recent activity, per second.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Activity {
    pub(super) sends: f64,
    pub(super) receives: f64,
}

#[derive(Debug)]
pub(super) struct History {
    ring: RingSize,
    events: VecDeque<Seen>,
    /// The event that is shown as the last, while the view is paused.
    shown: Option<usize>,
    queue_max: u64,
}

impl History {
    pub(super) fn new(ring: RingSize) -> Self {
        Self { ring, events: VecDeque::new(), shown: None, queue_max: 0 }
    }

    pub(super) fn ring(&self) -> RingSize {
        self.ring
    }

    /// Adds an event in order of time: logs are read one after the other.
    pub(super) fn add(&mut self, seen: Seen) {
        self.queue_max = self.queue_max.max(seen.queue);
        let later = self.events.iter().rev().take_while(|other| other.time_ns > seen.time_ns).count();
        let place = self.events.len() - later;
        self.events.insert(place, seen);
        if let Some(shown) = &mut self.shown {
            *shown += usize::from(place <= *shown);
        }
        if self.events.len() > EVENTS_MAX {
            self.events.pop_front();
            self.shown = self.shown.map(|shown| shown.saturating_sub(1));
        }
    }

    /// The longest queue that was seen.
    pub(super) fn queue_max(&self) -> u64 {
        self.queue_max
    }

    pub(super) fn is_paused(&self) -> bool {
        self.shown.is_some()
    }

    pub(super) fn toggle_pause(&mut self) {
        self.shown = if self.shown.is_some() { None } else { self.events.len().checked_sub(1) };
    }

    /// Moves by some events, and pauses; to the end and beyond it, the view lives again.
    pub(super) fn step(&mut self, events: i64) {
        let Some(last) = self.events.len().checked_sub(1) else { return };
        let shown = self.shown.unwrap_or(last) as i64;
        self.shown = Some(usize::try_from(shown.saturating_add(events)).unwrap_or(0).min(last));
    }

    pub(super) fn go_live(&mut self) {
        self.shown = None;
    }

    /// The events up to the one shown, the latest first.
    pub(super) fn latest(&self) -> impl Iterator<Item = &Seen> {
        let end = self.shown.map_or(self.events.len(), |shown| shown + 1);
        self.events.range(..end).rev()
    }

    /// Number of events kept, and the place of the last one shown, from 1.
    pub(super) fn place(&self) -> (usize, usize) {
        (self.shown.map_or(self.events.len(), |shown| shown + 1), self.events.len())
    }

    /// The last event of a machine up to the one shown.
    pub(super) fn last(&self, machine: MachineId) -> Option<&Seen> {
        self.latest().find(|seen| seen.machine == machine)
    }

    /// A machine's activity in the last seconds up to the event shown.
    pub(super) fn activity(&self, machine: MachineId) -> Activity {
        let Some(now) = self.latest().next() else { return Activity::default() };
        let from_ns = now.time_ns.saturating_sub(WINDOW_NS);
        let recent = || {
            self.latest().take_while(move |seen| seen.time_ns >= from_ns).filter(move |seen| seen.machine == machine)
        };
        let (Some(last), Some(first)) = (recent().next(), recent().last()) else { return Activity::default() };
        let seconds = last.time_ns.saturating_sub(first.time_ns) as f64 / 1e9;
        if seconds <= 0.0 {
            return Activity::default();
        }
        // Rows may have been passed over, where there were too many; ticks are numbered, so the rate is exact.
        let rate = (last.tick - first.tick) as f64 / seconds;
        let share = |count: fn(&Seen) -> usize| recent().map(count).sum::<usize>() as f64 / recent().count() as f64;
        let sends = share(|seen| if let EventKind::Send { to } = seen.kind { to.count() } else { 0 });
        let receives = share(|seen| usize::from(matches!(seen.kind, EventKind::Receive { .. })));
        Activity { sends: rate * sends, receives: rate * receives }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(machine: u8, tick: u64, time_ns: u64) -> Seen {
        let machine = MachineId::from_letter(machine).unwrap();
        Seen { machine, tick, time_ns, kind: EventKind::Internal, clock: tick.to_string(), queue: tick }
    }

    fn shown(history: &History) -> Vec<u64> {
        history.latest().map(|seen| seen.time_ns).collect()
    }

    #[test]
    fn events_are_in_order_of_time_however_they_are_read() {
        let mut history = History::new(RingSize::new(3).unwrap());
        for (machine, times) in [(b'A', [10, 40]), (b'B', [20, 30])] {
            for (tick, time_ns) in (1..).zip(times) {
                history.add(seen(machine, tick, time_ns));
            }
        }
        assert_eq!(shown(&history), [40, 30, 20, 10]);
    }

    #[test]
    fn a_paused_view_stays_where_it_is() {
        let mut history = History::new(RingSize::new(3).unwrap());
        (1..=5).for_each(|tick| history.add(seen(b'A', tick, tick * 10)));
        history.toggle_pause();
        history.step(-2);
        assert_eq!(shown(&history)[0], 30);
        history.add(seen(b'A', 6, 60));
        history.add(seen(b'B', 1, 25));
        assert_eq!(shown(&history)[..2], [30, 25]);
        assert_eq!(history.last(MachineId::from_letter(b'A').unwrap()).unwrap().tick, 3);
        history.step(-100);
        assert_eq!((shown(&history), history.place()), (vec![10], (1, 7)));
        history.go_live();
        assert_eq!(shown(&history)[0], 60);
    }

    #[test]
    fn memory_is_bounded() {
        let mut history = History::new(RingSize::new(3).unwrap());
        (1..=EVENTS_MAX as u64 + 10).for_each(|tick| history.add(seen(b'A', tick, tick)));
        assert_eq!(history.place(), (EVENTS_MAX, EVENTS_MAX));
    }

    #[test]
    fn rates_are_right_even_if_rows_were_passed_over() {
        let mut history = History::new(RingSize::new(3).unwrap());
        for tick in [1, 2, 3, 1001, 1002, 1003] {
            history.add(seen(b'A', tick, tick * 1_000_000));
        }
        let activity = history.activity(MachineId::from_letter(b'A').unwrap());
        assert_eq!(activity, Activity { sends: 0.0, receives: 0.0 });
        let mut sender = seen(b'A', 1004, 1_004_000_000);
        sender.kind = EventKind::Receive { from: MachineId::from_letter(b'B').unwrap(), stamp: () };
        history.add(sender);
        let receives = history.activity(MachineId::from_letter(b'A').unwrap()).receives;
        assert!((receives - 1000.0 / 7.0).abs() < 1.0, "{receives}");
    }
}
