//! The verdict on run directories, for programs.

use std::collections::BTreeMap;

use clockring::clock::ClockKind;
use serde::Serialize;

use crate::{
    check::{Concurrency, LinkCount, Log, Note, Place, Rule, Run, Verdict},
    rundir::{Figures, Manifest, RunFigures},
};

/// The document: the report of a single run, or a list of reports.
pub(super) fn document(judged: &[(Run, Verdict)], shown_max: usize) -> String {
    let runs: Vec<Report<'_>> = judged.iter().map(|(run, verdict)| report(run, verdict, shown_max)).collect();
    let text = match &runs[..] {
        [run] => serde_json::to_string_pretty(run),
        _ => serde_json::to_string_pretty(&Reports {
            right: runs.iter().all(|run| run.right),
            finished: runs.iter().all(|run| run.finished),
            runs: &runs,
        }),
    };
    text.unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

/// The report on several runs.
#[derive(Serialize)]
struct Reports<'a> {
    right: bool,
    finished: bool,
    runs: &'a [Report<'a>],
}

/// The report on one run.
#[derive(Serialize)]
struct Report<'a> {
    directory: String,
    /// No rule is broken, so far if the run is not finished.
    right: bool,
    finished: bool,
    unfinished: Vec<NoteJson<'a>>,
    violations_total: u64,
    first_causes_total: u64,
    rules: Vec<RuleJson>,
    violations: Vec<ViolationJson<'a>>,
    notes: Vec<NoteJson<'a>>,
    machines: Vec<MachineJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<&'a [LinkCount]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<Concurrency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hybrid_ahead_ns_max: Option<u64>,
}

#[derive(Serialize)]
struct RuleJson {
    name: &'static str,
    claim: &'static str,
    judged: bool,
    violations: u64,
}

#[derive(Serialize)]
struct ViolationJson<'a> {
    rule: &'static str,
    at: PlaceJson,
    against: Option<PlaceJson>,
    text: &'a str,
    /// The place of its first cause in the list; null if it is one itself.
    follows: Option<usize>,
    /// The count of its consequences, by rule.
    consequences: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct NoteJson<'a> {
    at: Option<PlaceJson>,
    text: &'a str,
}

#[derive(Serialize)]
struct MachineJson<'a> {
    manifest: &'a Manifest,
    summary: serde_json::Value,
    #[serde(flatten)]
    figures: Figures,
}

#[derive(Serialize)]
struct PlaceJson {
    machine: &'static str,
    file: String,
    line: u64,
    row: Option<usize>,
}

fn report<'a>(run: &'a Run, verdict: &'a Verdict, shown_max: usize) -> Report<'a> {
    let place = |at: &Place| PlaceJson {
        machine: at.machine.letter_str(),
        file: run.directory.path().join(at.file_name()).display().to_string(),
        line: at.line,
        row: at.row,
    };
    let note = |note: &'a Note| NoteJson { at: note.at.as_ref().map(place), text: &note.text };
    let violations = &verdict.violations;
    let shown = violations.shown(shown_max);
    let causality = verdict.causality.as_ref();
    let figures = RunFigures::of(run.logs.iter().map(|log| (&log.manifest, &log.summary)));
    Report {
        directory: run.directory.to_string(),
        right: violations.total() == 0,
        finished: verdict.unfinished.is_empty(),
        unfinished: verdict.unfinished.iter().map(note).collect(),
        violations_total: violations.total(),
        first_causes_total: violations.total() - violations.consequences_total(),
        rules: Rule::ALL
            .iter()
            .map(|rule| RuleJson {
                name: rule.name(),
                claim: rule.claim(),
                judged: verdict.unjudged.iter().all(|(unjudged, _)| unjudged != rule),
                violations: violations.count(*rule),
            })
            .collect(),
        violations: shown
            .iter()
            .map(|index| {
                let violation = &violations.kept()[*index];
                ViolationJson {
                    rule: violation.rule.name(),
                    at: place(&violation.at),
                    against: violation.against.as_ref().map(place),
                    text: &violation.text,
                    follows: violation.follows.and_then(|cause| shown.binary_search(&cause).ok()),
                    consequences: violations.consequences(*index).map(|(rule, count)| (rule.name(), count)).collect(),
                }
            })
            .collect(),
        notes: verdict.notes.iter().map(note).collect(),
        machines: run
            .logs
            .iter()
            .zip(figures.machines)
            .map(|(log, figures)| MachineJson { manifest: &log.manifest, summary: summary(log), figures })
            .collect(),
        links: causality.map(|causality| causality.messages.links.as_slice()),
        concurrency: causality.map(|causality| causality.concurrency),
        hybrid_ahead_ns_max: causality.and_then(|causality| causality.ahead_ns_max),
    }
}

/// The sums over a log. A vector stands as it is, not as the one number that it is drawn at, and has no jumps.
fn summary(log: &Log) -> serde_json::Value {
    let mut summary = serde_json::to_value(log.summary).unwrap_or_default();
    if log.clock_kind() == ClockKind::Vector {
        summary["clock"] = log.len().checked_sub(1).map(|last| log.clock(last)).into();
    }
    if log.clock_kind() != ClockKind::Lamport {
        summary["jump_max"] = serde_json::Value::Null;
    }
    summary
}
