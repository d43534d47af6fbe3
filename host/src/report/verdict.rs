//! The checker's verdict on the run, each violation with its place in the diagram.

use maud::{Markup, html};
use serde::Serialize;

use crate::{
    check::{EventIndex, FileKind, Note, Place, Violation},
    trace::Trace,
    wording::{count, times},
};

/// A violation as the diagram marks it.
#[derive(Serialize)]
pub(super) struct Mark<'a> {
    machine: usize,
    index: usize,
    name: String,
    text: &'a str,
}

/// The most violations that are listed: a log that is wrong in every row needs no more to say so.
const LISTED_MAX: usize = 200;

/// The violations that are listed, each with a name: first causes before consequences, and of every rule the first, so
/// that no rule hides another.
fn listed(run: &Trace) -> impl Iterator<Item = (String, &Violation)> {
    let violations = &run.verdict.violations;
    let mut listed = violations.shown(LISTED_MAX / violations.rules().count().max(1));
    listed.sort_by_key(|index| violations.kept()[*index].follows.is_some());
    let listed = listed.into_iter().take(LISTED_MAX).map(|index| &violations.kept()[index]);
    listed.enumerate().map(|(number, violation)| (format!("V{}", number + 1), violation))
}

/// The events that the listed violations are at.
pub(super) fn events(run: &Trace) -> Vec<EventIndex> {
    listed(run).filter_map(|(_, violation)| event(&violation.at)).collect()
}

/// The listed violations that have a place among the drawn events, as `index` tells.
pub(super) fn marks(run: &Trace, index: impl Fn(EventIndex) -> Option<usize>) -> Vec<Mark<'_>> {
    listed(run)
        .filter_map(|(name, violation)| {
            let event = event(&violation.at)?;
            Some(Mark { machine: event.machine, index: index(event)?, name, text: &violation.text })
        })
        .collect()
}

fn event(place: &Place) -> Option<EventIndex> {
    let row = place.row.filter(|_| place.file == FileKind::Log)?;
    Some(EventIndex { machine: place.machine.index(), row })
}

pub(super) fn section(run: &Trace) -> Markup {
    let total = run.verdict.violations.total();
    let is_one_run = run.verdict.causality.is_some();
    let unfinished = run.verdict.unfinished.as_slice();
    html! {
        section #verdict {
            @if !run.run.missing.is_empty() && is_one_run {
                p.bad {
                    b { "? Not judged." } " A run is judged by all of its logs, and these are missing: "
                    @for machine in &run.run.missing { code { (run.run.directory.log(*machine).display()) } " " }
                }
            } @else if total == 0 && run.is_empty() {
                p.muted { "There is no event, and so nothing to judge." }
            } @else if total == 0 && !unfinished.is_empty() {
                p { b { "Right so far, not finished." } " No rule is broken by what is here." }
                (notes(unfinished))
                p.muted {
                    "If none of its machines still runs, this goes on with it: " code { (run.run.directory.command_to_go_on()) }
                }
            } @else if total == 0 {
                p.good { b { "✓ Every log is causally right." } " No rule is broken." }
            } @else {
                (broken(run, total))
                @if !unfinished.is_empty() { p.muted { "The run is not finished:" } (notes(unfinished)) }
            }
            @if !run.verdict.notes.is_empty() { (notes(&run.verdict.notes)) }
        }
    }
}

fn notes(notes: &[Note]) -> Markup {
    html! {
        ul.muted {
            @for note in notes { li { @if let Some(at) = note.at { code { (at) } " " } (note.text) } }
        }
    }
}

fn broken(run: &Trace, total: u64) -> Markup {
    let violations = &run.verdict.violations;
    let following = violations.consequences_total();
    html! {
        p.bad {
            b { "✗ These logs cannot all be true: " (count(total, "violation")) "." }
            @if following > 0 { " " (following) " of them follow from the others." }
            @if total == 1 { " It is" } @else { " Each is" } " marked in the diagram."
        }
        ul {
            @for rule in violations.rules() {
                li { b { (rule.name()) } ", broken " (times(violations.count(rule))) ": " (rule.claim()) }
            }
        }
        ol.findings {
            @for (name, violation) in listed(run) {
                li {
                    @if event(&violation.at).is_some() { a href="#diagram" data-finding=(name) { (name) } } @else { (name) }
                    " " b { (violation.rule.name()) } ": " (violation.text)
                }
            }
        }
        @if total > listed(run).count() as u64 {
            p { "These are the first of each rule. " code { "clockring check --all" } " shows the others." }
        }
    }
}
