//! Lines for the charts: how clock, queue and drift go with time, machine by machine.

use serde::Serialize;

use crate::trace::{MachineTrace, Trace, height};

/// The most points of a line: more than a screen has pixels.
pub(super) const POINTS_MAX: usize = 2_000;

/// The lines of one machine.
#[derive(Clone, Serialize)]
pub(super) struct Series {
    /// Seconds since the start of the run.
    pub(super) time: Vec<f64>,
    /// The clock.
    pub(super) clock: Vec<u64>,
    /// Messages that waited; of several events that share a point, the most.
    pub(super) queue: Vec<u64>,
    /// How far the clock was behind the fastest machine's.
    pub(super) drift: Vec<i64>,
}

/// The lines of all machines, in ring order.
pub(super) fn all(run: &Trace) -> Vec<Series> {
    let fastest = fastest(run);
    run.machines.iter().map(|machine| Series::new(machine, run.start_ns(), fastest)).collect()
}

/// The machine that made the most ticks.
pub(super) fn fastest(run: &Trace) -> Option<&MachineTrace> {
    run.machines.iter().rev().max_by_key(|machine| machine.rows.len()).filter(|machine| !machine.rows.is_empty())
}

impl Series {
    fn new(machine: &MachineTrace, start_ns: u64, fastest: Option<&MachineTrace>) -> Self {
        let rows = &machine.rows;
        let per_point = rows.len().div_ceil(POINTS_MAX).max(1);
        let mut series = Self { time: Vec::new(), clock: Vec::new(), queue: Vec::new(), drift: Vec::new() };
        let mut fastest = fastest.map(|fastest| fastest.rows.iter().peekable());
        let mut fastest_clock = 0;
        for point in rows.chunks(per_point) {
            let Some(row) = point.last() else { continue };
            if let Some(fastest) = &mut fastest {
                while let Some(other) = fastest.next_if(|other| other.time_ns <= row.time_ns) {
                    fastest_clock = height(&other.event.clock);
                }
            }
            let clock = height(&row.event.clock);
            series.time.push((row.time_ns as f64 - start_ns as f64) / 1e9);
            series.clock.push(clock);
            series.queue.push(point.iter().map(|row| row.queue).max().unwrap_or(0));
            series.drift.push(fastest_clock.wrapping_sub(clock) as i64);
        }
        series
    }
}
