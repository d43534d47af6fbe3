//! `time-order` and `rate`: physical time in the log, and the earliest time of a tick.

use super::super::{
    findings::Findings,
    run::{Log, Run},
    verdict::Rule,
};
use crate::experiment::{Experiment, Pace, PhaseChoice};

pub(crate) fn judge(run: &Run, findings: &mut Findings<'_>) {
    for log in &run.logs {
        order(log, findings);
        rate(log, findings);
    }
}

fn order(log: &Log, findings: &mut Findings<'_>) {
    for row in 1..log.len() {
        let (before_ns, time_ns) = (log.records()[row - 1].time_ns, log.records()[row].time_ns);
        // A machine counts on from the system time it starts with; at a restart that may have been set back.
        if time_ns < before_ns && !log.is_restart(row) && !log.is_given(Rule::TimeOrder, row) {
            let (at, previous) = (log.place(row), log.place(row - 1));
            findings.add(Rule::TimeOrder, at, Some(previous), || {
                let back_ns = before_ns - time_ns;
                format!("{at} is {back_ns} ns earlier than {previous}, the row before it: rows are out of order, or the time was set back")
            });
        }
    }
}

/// The most that a tick may seem to be early: the time between reading a clock and noting it.
const EARLY_NS_MAX: u64 = 50_000_000;

/// The most that a machine's own timer may be too fast: a part in this many. A crystal is a hundred times better.
const TIMER_ERROR_PART: u64 = 100;

/// A late tick is made up, so ticks may come in quick succession; but none may come before it is due.
fn rate(log: &Log, findings: &mut Findings<'_>) {
    let manifest = &log.manifest;
    let (Pace::Rate(_), true) = (manifest.rate, manifest.restarts.is_empty()) else { return };
    let experiment = Experiment {
        ring: manifest.machines,
        rates: vec![Some(manifest.rate); manifest.machines.get()],
        sides: manifest.sides,
        seed: manifest.seed,
        phase: manifest.phase,
        clock: manifest.clock,
        duration: None,
    };
    let Some(mut schedule) = experiment.schedule(log.machine) else { return };
    let mut is_given = false;
    for (row, record) in log.records().iter().enumerate() {
        let due_ns = schedule.due().ns();
        schedule.advance();
        let elapsed_ns = record.time_ns.saturating_sub(manifest.started.ns());
        let early_ns = due_ns.saturating_sub(elapsed_ns);
        if record.tick != row as u64 + 1 {
            // Which tick this is cannot be told.
            return;
        }
        let is_early = early_ns > EARLY_NS_MAX + due_ns / TIMER_ERROR_PART;
        // A timer that is ahead stays so, until ticks come late.
        is_given = is_early && (is_given || log.is_given(Rule::Rate, row) || log.is_given(Rule::TimeOrder, row));
        if is_early && !is_given {
            let (at, started) = (log.place(row), log.manifest_place("rate"));
            findings.add(Rule::Rate, at, Some(started), || {
                let (tick, rate) = (record.tick, manifest.rate);
                let phase = match manifest.phase {
                    PhaseChoice::Aligned => "",
                    PhaseChoice::Random => " with its phase",
                };
                format!(
                    "tick {tick}, at {at}, came {} ms after the start, but at {rate} ticks a second{phase} ({started}) it \
                     is due after {} ms: the machine ran too fast",
                    elapsed_ns / 1_000_000,
                    due_ns / 1_000_000
                )
            });
        }
    }
}
