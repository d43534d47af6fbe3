//! What happened, in sentences, with the run's own numbers.

use std::fmt::Write;

use super::series::fastest;
use crate::{check::Log, rundir::Summary, trace::Trace};

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
    let mut logs: Vec<&Log> = run.run.logs.iter().filter(|log| !log.is_empty()).collect();
    logs.sort_by_key(|log| log.len());
    logs.iter().map(|log| about(log, log.machine == fastest)).collect()
}

fn about(log: &Log, fastest: bool) -> String {
    let (id, pace, summary) = (log.machine, Pace::of(log), &log.summary);
    let (rate, arrivals) = (short(pace.rate()), short(pace.arrivals()));
    let mut text = format!("{id} receives {arrivals} messages a second and can take {rate}, one per tick");
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
    let (ticks, clock) = (summary.ticks as f64, summary.clock as f64);
    if clock > 1.2 * ticks {
        let _ = write!(
            text,
            " Every receive lifts its clock above the sender's: after {} ticks of its own it stands at {}, {} to a tick. \
             That is how a slow machine's clock runs away from its own count.",
            summary.ticks,
            summary.clock,
            short(clock / ticks)
        );
    } else if fastest {
        let _ = write!(
            text,
            " It is the fastest, so what it hears is seldom ahead of it: its clock, {} after {} ticks, is nearly its own \
             count, and the others follow it.",
            summary.clock, summary.ticks
        );
    } else {
        let _ = write!(text, " Its clock stands at {} after {} ticks.", summary.clock, summary.ticks);
    }
    text
}

/// Three significant digits, without zeros that say nothing.
pub(super) fn short(number: f64) -> String {
    let digits = (2 - number.abs().max(0.01).log10().floor() as i32).clamp(0, 3) as usize;
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
