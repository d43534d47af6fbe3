//! Is a run causally right?
//!
//! [`Run::load`] reads a run directory, and [`judge`] finds the contradictions in it, with place and reason. It
//! believes nothing but rows: happened-before is rebuilt from them ([`HappenedBefore`]), for any clock that the
//! machines kept. It does not know the program that wrote the logs.
//!
//! A rule is broken only where that is certain. A machine that was killed, or still runs, has a log that ends
//! somewhere; the rest is unknown, and the run not finished (`unfinished.rs`). A violation that follows from another is told with it
//! (`first_cause/mod.rs`).
//!
//! | file | rules |
//! |---|---|
//! | `rules/manifest.rs` | `one-run`, `manifest` |
//! | `rules/rows.rs` | `row-format`, `tick-numbering` |
//! | `rules/time.rs` | `time-order`, `rate` |
//! | `rules/clock.rs` | `clock-rule`, `clock-condition`, `clock-drift` |
//! | `rules/vector.rs` | `vector-claims` |
//! | `rules/link.rs` | `received-was-sent`, `received-once`, `fifo`, `one-stamp`, `conservation` |
//! | `rules/arrival.rs` | `arrival` |
//! | `rules/queue.rs` | `queue` |
//!
//! To add a rule: a line in `verdict.rs`, a function in `rules/`, and a canary in `tests/tests/check/canaries.rs`.
//!
//! Logs of other programs are read and judged by [`foreign`](crate::foreign).

mod concurrency;
mod findings;
mod first_cause;
mod happened_before;
mod hole;
mod link_count;
mod load;
mod messages;
mod place;
mod rules;
mod run;
mod unfinished;
mod verdict;

use std::thread;

use clockring::clock::ClockKind;

pub use concurrency::Concurrency;
use findings::{Causes, Findings};
pub use happened_before::HappenedBefore;
pub use link_count::LinkCount;
pub use messages::Messages;
pub use place::{FileKind, Place};
pub use run::{EventIndex, Log, Malformed, Record, Run};
pub use verdict::{Note, Rule, Violation, Violations};

use crate::wording::{count, times};

/// The checker's verdict.
#[derive(Debug)]
pub struct Verdict {
    /// Contradictions: first causes with their consequences.
    pub violations: Violations,
    /// Who lacks what, if the run is not finished.
    pub unfinished: Vec<Note>,
    /// Remarks on things that break no rule.
    pub notes: Vec<Note>,
    /// Rules that this run gives no occasion to judge, each with the reason.
    pub unjudged: Vec<(Rule, &'static str)>,
    /// Everything that was rebuilt from the rows; `None` if the logs are of different runs.
    pub causality: Option<Causality>,
}

/// The causality of all rows of all machines.
#[derive(Debug)]
pub struct Causality {
    /// Receives paired with their sends, and the count of messages per link.
    pub messages: Messages,
    /// Happened-before, rebuilt.
    pub order: HappenedBefore,
    /// The count of concurrent pairs of events, and of those that the clock orders all the same.
    pub concurrency: Concurrency,
    /// The most that a hybrid clock was ahead of physical time, in nanoseconds; `None` for other clocks.
    pub ahead_ns_max: Option<u64>,
}

/// Judges a run by every rule.
pub fn judge(run: &Run) -> Verdict {
    let (mut notes, none) = (Vec::new(), Causes::default());
    let mut findings = Findings::new(&none, Violations::<Place>::KEPT_MAX);
    let causality = judge_by_rules(run, true, &mut findings, &mut notes);
    let causes;
    if !findings.is_empty() {
        causes = first_cause::find(run);
        findings = Findings::new(&causes, Violations::<Place>::KEPT_MAX);
        judge_by_rules(run, false, &mut findings, &mut Vec::new());
    }
    let violations = findings.into_violations(|violation| (depth(run, causality.as_ref(), violation), violation.rule));
    note_ends(run, &mut notes);
    let links = causality.as_ref().map_or(&[][..], |causality| &causality.messages.links);
    let unfinished = unfinished::unfinished(run, links);
    Verdict { violations, unfinished, notes, unjudged: unjudged(run, causality.is_some()), causality }
}

/// Judges by every rule. Pairs of events are counted only if asked for: they are most of the work.
fn judge_by_rules(
    run: &Run,
    counts_pairs: bool,
    findings: &mut Findings<'_>,
    notes: &mut Vec<Note>,
) -> Option<Causality> {
    rules::manifest::judge(run, findings, notes);
    rules::rows::judge(run, findings);
    rules::time::judge(run, findings);
    rules::arrival::judge(run, findings, notes);
    (findings.count(Rule::OneRun) == 0).then(|| judge_together(run, counts_pairs, findings))
}

/// Judges by the rules that take the logs of all machines.
fn judge_together(run: &Run, counts_pairs: bool, findings: &mut Findings<'_>) -> Causality {
    let messages = Messages::matched(run, findings);
    let order = HappenedBefore::new(run, &messages);
    // Independent of each other, and each of them goes over all events.
    let mut of_queues = findings.part();
    let (ahead_ns_max, concurrency) = thread::scope(|scope| {
        let queues = scope.spawn(|| rules::queue::judge(run, &messages, &order, &mut of_queues));
        let concurrency = counts_pairs.then(|| scope.spawn(|| Concurrency::count(run, &order)));
        let ahead_ns_max = rules::clock::judge(run, &messages, findings);
        rules::vector::judge(run, &messages, &order, findings);
        joined(queues);
        (ahead_ns_max, concurrency.map(joined).unwrap_or_default())
    });
    findings.append(of_queues);
    Causality { messages, order, concurrency, ahead_ns_max }
}

/// The result of a thread; a panic in it goes on here.
fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The count of events that happened before the place of a violation: it rises along every chain of causes.
fn depth(run: &Run, causality: Option<&Causality>, violation: &Violation) -> u64 {
    let at = violation.at;
    let Some((causality, log)) = causality.zip(run.log(at.machine)) else { return 0 };
    let rows = match (at.file, at.row) {
        (FileKind::Log, Some(row)) => row + 1,
        (FileKind::Log, None) => log.rows_before(at.line),
        (FileKind::Manifest, _) if log.is_at_its_end(at) => log.len(),
        (FileKind::Manifest, _) => 0,
    };
    let last = rows.checked_sub(1).map(|row| EventIndex { machine: at.machine.index(), row });
    last.map_or(0, |event| causality.order.clock(event).iter().map(|count| u64::from(*count)).sum())
}

/// Notes the ends that are not those of a machine in good health.
fn note_ends(run: &Run, notes: &mut Vec<Note>) {
    for log in &run.logs {
        let machine = log.machine;
        if let Some(torn) = &log.torn {
            notes.push(Note::new(
                log.line_place(torn.line),
                format!(
                    "a torn line of {}: {machine} died while it wrote it; it is not counted",
                    count(torn.bytes, "byte")
                ),
            ));
        }
        let lost = [
            ("overruns", log.manifest.overruns.len(), "cannot push back", "found its lanes full"),
            (
                "forgotten",
                log.manifest.forgotten.len(),
                "has no log to send from again",
                "to a peer that was away went beyond its memory",
            ),
        ];
        for (field, lost, reason, fate) in lost.into_iter().filter(|(_, lost, ..)| *lost > 0) {
            let (messages, were) = (count(lost as u64, "message"), if lost == 1 { "was" } else { "were" });
            notes.push(Note::new(
                log.manifest_place(field),
                format!("{machine} {reason}: {messages} {fate}, and {were} lost"),
            ));
        }
        if !log.manifest.restarts.is_empty() {
            let restarts = log.manifest.restarts.len();
            notes.push(Note::new(
                log.manifest_place("restarts"),
                format!("{machine} was restarted {} and resumed from its log", times(restarts as u64)),
            ));
        }
    }
}

fn unjudged(run: &Run, is_one_run: bool) -> Vec<(Rule, &'static str)> {
    let has = |kind| run.logs.iter().any(|log| log.clock_kind() == kind);
    let mut unjudged = Vec::new();
    if !is_one_run {
        let others = Rule::ALL.iter().filter(|rule| !Rule::OF_SINGLE_LOGS.contains(rule));
        unjudged.extend(others.map(|rule| (*rule, "the logs are of different runs")));
        return unjudged;
    }
    if !has(ClockKind::Hybrid) {
        unjudged.push((Rule::ClockDrift, "no hybrid clock"));
    }
    if !run.logs.iter().flat_map(Log::records).any(|record| record.arrived_ns.is_some()) {
        unjudged.push((Rule::Arrival, "no log tells when a message came in"));
    }
    if !has(ClockKind::Vector) {
        unjudged.push((Rule::VectorClaims, "no vector clock"));
    }
    unjudged
}
