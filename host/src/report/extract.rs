//! Which events of a long run the diagram shows: all of a run of ordinary length; of a longer one its beginning, its end
//! and what surrounds each finding.

use std::ops::Range;

use serde::Serialize;

use crate::trace::{Place, Trace, height};

/// The most events that a report embeds: about 2 MB, and what opens in a browser within two seconds.
pub(super) const EVENTS_MAX: usize = 120_000;

/// Around a finding, this many events before it and as many after it.
const AROUND: usize = 500;

/// The most findings whose surroundings are kept.
const FINDINGS_MAX: usize = 40;

/// The rows that are kept, per machine.
pub(super) struct Extract {
    kept: Vec<Vec<Range<usize>>>,
    /// What was left out between them.
    pub(super) gaps: Vec<Gap>,
}

/// Events that were left out.
#[derive(Serialize)]
pub(super) struct Gap {
    /// Seconds since the start at the last event before and the first after.
    from: f64,
    to: f64,
    clock_from: u64,
    clock_to: u64,
    events: usize,
}

impl Extract {
    /// All of the run if it has at most `events_max` events.
    pub(super) fn new(run: &Trace, findings: &[Place], events_max: usize) -> Self {
        let total = run.len();
        if total <= events_max {
            let kept = run.machines.iter().map(|machine| std::iter::once(0..machine.rows.len()).collect()).collect();
            return Self { kept, gaps: Vec::new() };
        }
        let order = run.causality().order;
        // Cuts of the causal order are consistent: a message is torn from its send only at the edges.
        let mut parts = vec![0..events_max * 6 / 10, total - events_max * 3 / 10..total];
        parts.extend(
            order
                .iter()
                .enumerate()
                .filter(|(_, place)| findings.contains(place))
                .take(FINDINGS_MAX)
                .map(|(position, _)| position.saturating_sub(AROUND)..(position + AROUND).min(total)),
        );
        let parts = merged(parts);
        let mut kept: Vec<Vec<Range<usize>>> = vec![Vec::new(); run.machines.len()];
        for place in parts.iter().flat_map(|part| &order[part.clone()]) {
            match kept[place.machine].last_mut() {
                Some(range) if range.end == place.row => range.end += 1,
                _ => kept[place.machine].push(place.row..place.row + 1),
            }
        }
        let start_ns = run.start_ns();
        let seconds = |place: &Place| (run.row(*place).time_ns as f64 - start_ns as f64) / 1e9;
        let clock = |place: &Place| height(&run.row(*place).event.clock);
        let gaps = parts.windows(2).map(|pair| {
            let (before, after) = (&order[pair[0].end - 1], &order[pair[1].start]);
            Gap {
                from: seconds(before),
                to: seconds(after),
                clock_from: clock(before),
                clock_to: clock(after),
                events: pair[1].start - pair[0].end,
            }
        });
        Self { gaps: gaps.collect(), kept }
    }

    /// The rows of a machine that are kept, in order.
    pub(super) fn rows(&self, machine: usize) -> impl Iterator<Item = usize> {
        self.kept[machine].iter().cloned().flatten()
    }

    /// Where a row is among those that are kept.
    pub(super) fn index(&self, machine: usize, row: usize) -> Option<usize> {
        let mut before = 0;
        for range in &self.kept[machine] {
            if range.contains(&row) {
                return Some(before + row - range.start);
            }
            before += range.len();
        }
        None
    }

    /// How many events are left out.
    pub(super) fn left_out(&self) -> usize {
        self.gaps.iter().map(|gap| gap.events).sum()
    }
}

/// The same positions as ranges in order that neither overlap nor touch.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}
