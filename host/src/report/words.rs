//! What happened, in sentences, with the run's own numbers.

use std::fmt::Write;

use clockring::clock::ClockKind;

use super::{ages::Ages, series::fastest, table::expectations};
use crate::{
    check::Log,
    rundir::Summary,
    theory::Expectation,
    trace::Trace,
    wording::{seconds, short},
};

/// What one machine did, as rates.
pub(super) struct Pace {
    /// Seconds from the start of the run to the machine's last event.
    pub(super) seconds: f64,
    summary: Summary,
}

impl Pace {
    pub(super) fn of(log: &Log) -> Self {
        let summary = log.summary;
        // What came before a machine's first tick came for it as well, so time counts from its start.
        Self { seconds: summary.last_ns.saturating_sub(log.manifest.started_ns) as f64 / 1e9, summary }
    }

    /// Ticks a second.
    pub(super) fn rate(&self) -> f64 {
        self.summary.ticks as f64 / self.seconds.max(1e-9)
    }

    /// Messages that came for it, a second.
    pub(super) fn arrivals(&self) -> f64 {
        (self.summary.received as f64 + self.summary.queue as f64) / self.seconds.max(1e-9)
    }
}

/// A paragraph for every machine, slowest first.
pub(super) fn explain(run: &Trace) -> Vec<String> {
    let Some(fastest) = fastest(run).map(|log| log.machine) else { return Vec::new() };
    let expectations = expectations(run);
    let mut logs: Vec<(usize, &Log)> = run.run.logs.iter().enumerate().filter(|(_, log)| !log.is_empty()).collect();
    logs.sort_by_key(|(_, log)| log.len());
    let slowest = logs[0].1.machine;
    let about = |(index, log): &(usize, &Log)| {
        let mut text = flow(log, expectations.get(*index));
        if log.clock_kind() == ClockKind::Lamport {
            text.push_str(&clock(run, log, log.machine == slowest, log.machine == fastest));
        }
        text
    };
    logs.iter().map(about).collect()
}

/// What comes for a machine, and what it can take.
fn flow(log: &Log, expectation: Option<&Expectation>) -> String {
    let (id, pace, summary) = (log.machine, Pace::of(log), &log.summary);
    let (rate, arrivals) = (short(pace.rate()), short(pace.arrivals()));
    let theory = expectation.map(|machine| format!(" (theory: {})", short(machine.arrivals))).unwrap_or_default();
    let mut text = format!("{id} receives {arrivals} messages a second{theory} and can take {rate}, one per tick");
    let share = 100.0 * summary.received as f64 / summary.ticks as f64;
    if pace.arrivals() > 1.02 * pace.rate() {
        // Writing to a String does not fail.
        let _ = write!(
            text,
            ": more come than it can take, so its queue grows, to {} waiting at the end. {share:.0} % of its ticks are \
             receives, which leaves it hardly a tick to send anything.",
            summary.queue
        );
    } else if summary.received == 0 {
        text = format!("{id} ticks {rate} times a second and received nothing.");
    } else {
        let queue = match (summary.queue_max, summary.queue) {
            (0, _) => "was empty after every tick".to_owned(),
            (most, 0) => format!("held at most {most}, and none at the end"),
            (most, end) => format!("held at most {most}, and {end} at the end"),
        };
        let _ = write!(text, ": it keeps up. Its queue {queue}; {share:.0} % of its ticks are receives.");
    }
    text
}

/// What becomes of its clock.
fn clock(run: &Trace, log: &Log, slowest: bool, fastest: bool) -> String {
    let (ticks, clock) = (log.summary.ticks, log.summary.clock);
    let per_tick = clock as f64 / ticks as f64;
    if per_tick > 1.2 {
        let moral = if slowest { " That is how a slow machine's clock runs away from its own count." } else { "" };
        format!(
            " Every receive lifts its clock above the timestamp of the message{}. After {ticks} ticks of its own it stands \
             at {clock}, {} to a tick.{moral}",
            Ages::of(run, log).map(age).unwrap_or_default(),
            short(per_tick)
        )
    } else if fastest {
        format!(
            " It is the fastest, so what it hears is seldom ahead of it: its clock, {clock} after {ticks} ticks, is nearly \
             its own count, and the others follow it."
        )
    } else {
        format!(" Its clock stands at {clock} after {ticks} ticks.")
    }
}

/// Old as the messages were, in a clause.
fn age(ages: Ages) -> String {
    let (median, largest, risen) = (seconds(ages.median_s), seconds(ages.largest_s), ages.risen_median);
    match ages.messages {
        1 => format!(
            ", which is old by then: the one that it received had been sent {largest} before, and its sender's clock had \
             risen by {risen} since"
        ),
        _ => format!(
            ", which is old by then: the median message had been sent {median} before it was received, the oldest \
             {largest}, and in the median the sender's clock had risen by {risen} since"
        ),
    }
}
