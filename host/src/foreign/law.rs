//! The law of judging: a finding needs a certificate.
//!
//! A certificate is the lines that contradict each other, and a `Ground` for every assumption that the contradiction
//! needs. A ground is shown by the log itself or given by the user, and nothing else makes one. A finding that lacks
//! only the assumption that nothing is left out belongs to the second tier: wrong if the logs are complete. A finding
//! that lacks another is not made at all.

use serde::Serialize;

use super::run::FileLine;
use crate::check::{Rule, Violations};

/// Findings in the logs of one run.
#[derive(Clone, Debug, Default)]
pub struct ForeignVerdict {
    /// Contradictions that are proved.
    pub violations: Violations<FileLine>,
    /// Contradictions if no event is left out of the logs, which nothing shows.
    pub if_complete: Violations<FileLine>,
    /// Oddities that break no rule.
    pub remarks: Vec<String>,
    /// The rules that had something to compare.
    pub judged: Vec<Judged>,
    /// The rules that had nothing to compare, each with the reason.
    pub unjudged: Vec<(Rule, String)>,
    /// Per machine, the receives that break the clock condition.
    pub receives: Vec<Judgement>,
    /// Did the user say that the logs are complete?
    is_complete: bool,
}

/// A rule that was judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// The rule.
    pub rule: Rule,
    /// Its meaning for this log.
    pub meaning: &'static str,
    /// The number of events, pairs or messages that were compared.
    pub compared: u64,
    /// One of them, and several.
    pub unit: Unit,
    /// The assumptions, each with the reason to make it.
    pub grounds: Vec<String>,
}

/// The name of things that are counted: of one, and of several.
pub type Unit = (&'static str, &'static str);

pub(super) const EVENT_PAIRS: Unit = ("pair of events", "pairs of events");
pub(super) const RECEIVES: Unit = ("receive", "receives");
pub(super) const MESSAGES: Unit = ("message", "messages");
pub(super) const RECEIVE_PAIRS: Unit = ("pair of receives", "pairs of receives");
pub(super) const CLAIMS: Unit = ("claim", "claims");

impl Judged {
    /// The number of comparisons, as `12 receives`.
    pub fn amount(&self) -> String {
        let (one, several) = self.unit;
        format!("{} {}", self.compared, if self.compared == 1 { one } else { several })
    }
}

/// The receives of a machine under the clock condition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Judgement {
    /// The machine.
    pub machine: String,
    /// Its receives.
    pub receives: u64,
    /// Those that are provably not later than their sends.
    pub wrong: u64,
}

/// A reason to make an assumption: shown by the log, or given by the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Ground(String);

impl Ground {
    /// The log shows it.
    pub(super) fn shown(how: impl Into<String>) -> Self {
        Self(how.into())
    }

    /// The user gave it with an option.
    pub(super) fn given(option: &str) -> Self {
        Self(format!("given by {option}"))
    }

    pub(super) fn text(&self) -> String {
        self.0.clone()
    }
}

/// A contradiction: a rule and its lines.
pub(super) struct Contradiction {
    pub(super) rule: Rule,
    pub(super) at: FileLine,
    pub(super) against: Option<FileLine>,
}

impl ForeignVerdict {
    /// An empty verdict. `is_complete`: the user says that the logs are.
    pub(super) fn new(is_complete: bool) -> Self {
        Self { is_complete, ..Self::default() }
    }

    /// A contradiction with all its assumptions, if any, grounded. An assumption without a ground, `None`, makes it no
    /// finding. Is it one?
    pub(super) fn prove(
        &mut self,
        contradiction: Contradiction,
        needs: &[Option<&Ground>],
        text: impl FnOnce() -> String,
    ) -> bool {
        let is_proved = needs.iter().all(Option::is_some);
        if is_proved {
            let Contradiction { rule, at, against } = contradiction;
            self.violations.add(rule, at, against, text);
        }
        is_proved
    }

    /// A contradiction that also needs that nothing is left out of the logs.
    pub(super) fn if_complete(
        &mut self,
        contradiction: Contradiction,
        needs: &[Option<&Ground>],
        text: impl FnOnce() -> String,
    ) {
        if self.is_complete {
            self.prove(contradiction, needs, text);
        } else if needs.iter().all(Option::is_some) {
            let Contradiction { rule, at, against } = contradiction;
            self.if_complete.add(rule, at, against, text);
        }
    }

    /// Notes that a rule was judged by so many comparisons; without any it was not, for this reason.
    pub(super) fn judged(
        &mut self,
        rule: Rule,
        meaning: &'static str,
        (compared, unit): (u64, Unit),
        grounds: &[Option<&Ground>],
        otherwise: &str,
    ) {
        if compared == 0 {
            self.unjudged.push((rule, otherwise.to_owned()));
        } else {
            let grounds = grounds.iter().flatten().map(|ground| ground.text()).collect();
            self.judged.push(Judged { rule, meaning, compared, unit, grounds });
        }
    }

    pub(super) fn unjudged(&mut self, rule: Rule, reason: &str) {
        self.unjudged.push((rule, reason.to_owned()));
    }

    /// Did the user say that nothing is left out of the logs?
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Did no rule have anything to compare?
    pub fn is_empty(&self) -> bool {
        self.judged.is_empty()
    }

    pub(super) fn sort(&mut self) {
        self.violations.sort();
        self.if_complete.sort();
    }
}
