//! Lines for the charts: how clock, queue and drift go with time, machine by machine.

use clockring::{
    clock::{ClockKind, HybridStamp},
    moment::UnixTime,
};
use serde::Serialize;

use crate::{
    check::Log,
    rundir::{Figures, RunFigures},
    trace::Trace,
};

/// The most points of a line: more than a screen has pixels.
pub(super) const POINTS_MAX: usize = 2_000;

/// The lines of one machine.
#[derive(Default, Serialize)]
pub(super) struct Series {
    /// Seconds since the start of the run.
    pub(super) time: Vec<f64>,
    /// The clock; above the lowest, where it is too large for the numbers of JavaScript. Of a hybrid clock, the
    /// microseconds by which it is ahead of its physical clock.
    pub(super) clock: Vec<i64>,
    /// Messages that waited; of several events that share a point, the most.
    pub(super) queue: Vec<u64>,
    /// The clock's distance behind the fastest machine's.
    pub(super) drift: Vec<i64>,
}

/// The lines of all machines, in ring order.
pub(super) fn all(run: &Trace, figures: &RunFigures) -> Vec<Series> {
    let fastest = figures.fastest.first().and_then(|fastest| run.run.log(*fastest));
    let base = run.clock_base();
    let mut all: Vec<Series> = (0..run.run.ring.get()).map(|_| Series::default()).collect();
    for (log, figures) in run.run.logs.iter().zip(&figures.machines) {
        all[log.machine.index()] = Series::new(log, figures, run.start_ns(), base, fastest);
    }
    all
}

impl Series {
    fn new(log: &Log, figures: &Figures, start_ns: u64, base: u64, fastest: Option<&Log>) -> Self {
        let records = log.records();
        let per_point = records.len().div_ceil(POINTS_MAX).max(1);
        let mut series = Self::default();
        let (mut fastest_row, mut fastest_clock) = (0, 0);
        for (point, records) in records.chunks(per_point).enumerate() {
            let row = point * per_point + records.len() - 1;
            let time_ns = log.records()[row].time_ns;
            if let Some(fastest) = fastest {
                while fastest.records().get(fastest_row).is_some_and(|other| other.time_ns <= time_ns) {
                    fastest_clock = fastest.height(fastest_row);
                    fastest_row += 1;
                }
            }
            series.time.push((time_ns as f64 - start_ns as f64) / 1e9);
            series.clock.push(match log.clock_kind() {
                ClockKind::Lamport | ClockKind::Vector => log.height(row).saturating_sub(base) as i64,
                ClockKind::Hybrid => (HybridStamp(log.height(row)).time_ns().wrapping_sub(time_ns) as i64) / 1000,
            });
            series.queue.push(records.iter().map(|record| record.queue).max().unwrap_or(0));
            series.drift.push(fastest_clock.wrapping_sub(log.height(row)) as i64);
        }
        series.end(log, figures, start_ns);
        series
    }

    /// A last point where the machine ended: more messages may have come after its last tick.
    fn end(&mut self, log: &Log, figures: &Figures, start_ns: u64) {
        let (Some(clock), Some(drift)) = (self.clock.last().copied(), self.drift.last().copied()) else { return };
        let Some(ended_ns) = log.manifest.ended_at.map(UnixTime::ns).filter(|ended_ns| *ended_ns > log.summary.last_ns)
        else {
            return;
        };
        if figures.waiting_at_senders > 0 {
            return;
        }
        self.time.push((ended_ns as f64 - start_ns as f64) / 1e9);
        self.clock.push(clock);
        self.queue.push(figures.waiting);
        self.drift.push(drift);
    }
}
