//! The events of a run that the diagram shows: all of a run of ordinary length; of a longer one its beginning, its end
//! and the surroundings of each finding.

use std::{collections::HashSet, ops::Range};

use serde::Serialize;

use crate::{check::EventIndex, trace::Trace};

/// The most events that a report embeds: about 2 MB, which a browser opens within two seconds.
pub(super) const EVENTS_MAX: usize = 120_000;

/// Around a finding, this many events before it and as many after it.
const AROUND: usize = 500;

/// The most findings kept with their surroundings.
const FINDINGS_MAX: usize = 40;

/// The rows that are kept, per machine.
pub(super) struct Extract {
    kept: Vec<Vec<Range<usize>>>,
    /// The events left out between them.
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
    pub(super) fn new(run: &Trace, findings: &[EventIndex], events_max: usize) -> Self {
        let (machines, total) = (run.run.ring.get(), run.len());
        if total <= events_max {
            let kept = (0..machines).map(|machine| std::iter::once(0..run.records(machine).len()).collect()).collect();
            return Self { kept, gaps: Vec::new() };
        }
        let order = run.causal_order();
        let findings: HashSet<&EventIndex> = findings.iter().collect();
        // Cuts of the causal order are consistent: a message is torn from its send only at the edges.
        let mut parts = vec![0..events_max * 6 / 10, total - events_max * 3 / 10..total];
        parts.extend(
            order
                .iter()
                .enumerate()
                .filter(|(_, event)| findings.contains(event))
                .take(FINDINGS_MAX)
                .map(|(position, _)| position.saturating_sub(AROUND)..(position + AROUND).min(total)),
        );
        let parts = merged(parts);
        let mut kept: Vec<Vec<Range<usize>>> = vec![Vec::new(); machines];
        for event in parts.iter().flat_map(|part| &order[part.clone()]) {
            match kept[event.machine].last_mut() {
                Some(range) if range.end == event.row => range.end += 1,
                _ => kept[event.machine].push(event.row..event.row + 1),
            }
        }
        let start_ns = run.start_ns();
        let seconds = |event: &EventIndex| (run.record(*event).time_ns as f64 - start_ns as f64) / 1e9;
        let clock = |event: &EventIndex| run.height(*event);
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

    /// The index of an event among those of its machine that are kept.
    pub(super) fn index(&self, event: EventIndex) -> Option<usize> {
        let mut before = 0;
        for range in &self.kept[event.machine] {
            if range.contains(&event.row) {
                return Some(before + event.row - range.start);
            }
            before += range.len();
        }
        None
    }

    /// Number of events left out.
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
