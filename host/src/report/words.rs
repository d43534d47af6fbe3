//! What happened, in sentences, with the run's own numbers.

use std::fmt::Write;

use clockring::event::EventKind;

use super::series::fastest;
use crate::trace::{MachineTrace, Trace, height};

/// What one machine did, as rates.
pub(super) struct Pace {
    /// Seconds from the start of the run to the machine's last event.
    pub(super) seconds: f64,
    pub(super) ticks: usize,
    pub(super) received: usize,
    /// Waiting after the last event.
    pub(super) queue: u64,
    pub(super) queue_max: u64,
    /// Messages sent; one to all counts once per destination.
    pub(super) sent: usize,
    pub(super) clock: u64,
}

impl Pace {
    pub(super) fn of(run: &Trace, machine: &MachineTrace) -> Self {
        let kinds = || machine.rows.iter().map(|row| &row.event.kind);
        let last = machine.rows.last();
        // What came before a machine's first tick came for it as well, so time counts from the run's start.
        let start_ns = machine.manifest.as_ref().map_or(run.start_ns(), |manifest| manifest.started_ns);
        Self {
            seconds: last.map_or(0.0, |row| row.time_ns.saturating_sub(start_ns) as f64 / 1e9),
            ticks: machine.rows.len(),
            received: kinds().filter(|kind| matches!(kind, EventKind::Receive { .. })).count(),
            queue: last.map_or(0, |row| row.queue),
            queue_max: machine.rows.iter().map(|row| row.queue).max().unwrap_or(0),
            sent: kinds().map(|kind| if let EventKind::Send { to } = kind { to.count() } else { 0 }).sum(),
            clock: last.map_or(0, |row| height(&row.event.clock)),
        }
    }

    /// Ticks a second.
    pub(super) fn rate(&self) -> f64 {
        self.ticks as f64 / self.seconds.max(1e-9)
    }

    /// Messages that came for it, a second.
    pub(super) fn arrivals(&self) -> f64 {
        (self.received as f64 + self.queue as f64) / self.seconds.max(1e-9)
    }
}

/// A paragraph for every machine, slowest first.
pub(super) fn explain(run: &Trace) -> Vec<String> {
    let Some(fastest) = fastest(run).map(|machine| machine.id) else { return Vec::new() };
    let mut machines: Vec<(&MachineTrace, Pace)> = run
        .machines
        .iter()
        .filter(|machine| !machine.rows.is_empty())
        .map(|machine| (machine, Pace::of(run, machine)))
        .collect();
    machines.sort_by_key(|(_, pace)| pace.ticks);
    machines.iter().map(|(machine, pace)| about(machine, pace, machine.id == fastest)).collect()
}

fn about(machine: &MachineTrace, pace: &Pace, fastest: bool) -> String {
    let id = machine.id;
    let (rate, arrivals) = (short(pace.rate()), short(pace.arrivals()));
    let mut text = format!("{id} receives {arrivals} messages a second and can take {rate}, one per tick");
    let share = 100.0 * pace.received as f64 / pace.ticks as f64;
    if pace.arrivals() > 1.02 * pace.rate() {
        // Writing to a String does not fail.
        let _ = write!(
            text,
            ": more come than it can take, so its queue grows, to {} waiting at the end. {share:.0} % of its ticks are \
             receives, which leaves it hardly a tick to send anything.",
            pace.queue
        );
    } else if pace.received == 0 {
        text = format!("{id} ticks {rate} times a second and received nothing.");
    } else {
        let _ = write!(
            text,
            ": it keeps up. Its queue held at most {} and {}; {share:.0} % of its ticks are receives.",
            pace.queue_max,
            if pace.queue == 0 { "was empty at the end".to_owned() } else { format!("{} at the end", pace.queue) },
        );
    }
    let (ticks, clock) = (pace.ticks as f64, pace.clock as f64);
    if clock > 1.2 * ticks {
        let _ = write!(
            text,
            " Every receive lifts its clock above the sender's: after {} ticks of its own it stands at {}, {} to a tick. \
             That is how a slow machine's clock runs away from its own count.",
            pace.ticks,
            pace.clock,
            short(clock / ticks)
        );
    } else if fastest {
        let _ = write!(
            text,
            " It is the fastest, so what it hears is seldom ahead of it: its clock, {} after {} ticks, is nearly its own \
             count, and the others follow it.",
            pace.clock, pace.ticks
        );
    } else {
        let _ = write!(text, " Its clock stands at {} after {} ticks.", pace.clock, pace.ticks);
    }
    text
}

/// Three significant digits, without zeros that say nothing.
pub(super) fn short(number: f64) -> String {
    let digits = (2 - number.abs().max(0.01).log10().floor() as i32).clamp(0, 3) as usize;
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
