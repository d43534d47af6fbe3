//! What the checker says of the run, each finding with its place in the diagram.

use maud::{Markup, html};
use serde::Serialize;

use crate::trace::Place;

/// What was found wrong with a run.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// How many there are.
    pub total: u64,
    /// The findings that are told one by one.
    pub list: Vec<Finding>,
}

/// A rule that is broken, and where.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The name of the rule.
    pub rule: String,
    /// The line that shows it, as `A.csv:20`.
    pub at: String,
    /// The event on that line.
    pub place: Option<Place>,
    /// What is wrong, in a sentence.
    pub text: String,
}

/// A finding as the diagram marks it.
#[derive(Serialize)]
pub(super) struct Mark<'a> {
    machine: usize,
    index: usize,
    name: String,
    text: &'a str,
}

/// The most findings that are listed: a log that is wrong in every row needs no more to say so.
const LISTED_MAX: usize = 200;

impl Findings {
    /// The findings that have a place among the drawn events, as `index` tells.
    pub(super) fn marks(&self, index: impl Fn(Place) -> Option<usize>) -> Vec<Mark<'_>> {
        let listed = self.list.iter().take(LISTED_MAX).enumerate();
        listed
            .filter_map(|(number, finding)| {
                let place = finding.place?;
                Some(Mark { machine: place.machine, index: index(place)?, name: name(number), text: &finding.text })
            })
            .collect()
    }
}

pub(super) fn section(findings: &Findings, problems: &[String]) -> Markup {
    html! {
        section #verdict {
            @if findings.total == 0 {
                p.good { b { "✓ Every log is causally right." } " No rule is broken." }
            } @else {
                p.bad {
                    b { "✗ " (findings.total) @if findings.total == 1 { " finding" } @else { " findings" } "." }
                    " Each is marked in the diagram."
                }
                ol.findings {
                    @for (number, finding) in findings.list.iter().take(LISTED_MAX).enumerate() {
                        li {
                            a href="#diagram" data-finding=(name(number)) { (name(number)) ", " (finding.at) }
                            " " b { (finding.rule) } ": " (finding.text)
                        }
                    }
                }
                @if findings.total > LISTED_MAX as u64 {
                    p { "These are the first " (LISTED_MAX) ". " code { "clockring check" } " lists all." }
                }
            }
            @if !problems.is_empty() {
                p { "What could not be read:" }
                ul { @for problem in problems { li { (problem) } } }
            }
        }
    }
}

/// The name of a finding in the list and in the diagram.
fn name(number: usize) -> String {
    format!("V{}", number + 1)
}
