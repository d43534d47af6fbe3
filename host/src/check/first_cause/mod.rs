//! First causes, and the findings that follow from each.
//!
//! A finding follows from another if it is gone once the fault that the other shows is mended. A fault is mended in a
//! copy of the run: rows are put in order, a value is corrected, missing rows are supposed. Then every rule judges the
//! copy. A mend counts only if nothing new is wrong with the copy, so it never hides an independent fault: the finding
//! of that one is still there.
//!
//! The violations remain as they are; each only learns its first cause.

mod mend;
mod messages;
mod rows;
mod suggest;

use std::collections::HashSet;

use super::{
    findings::{Causes, Findings, Key},
    judge_by_rules,
    run::{Log, Run},
    verdict::{Rule, Violation},
};
use mend::Mend;

/// The most mends that are tried. A log that needs more is wrong throughout, and its findings are told one by one.
const TRIED_MAX: u64 = 200;

/// So many are tried however long the logs are.
const TRIED_MIN: u64 = 10;

/// The most events that are judged again for the mends beyond these: about a second.
const EVENTS_MAX: u64 = 10_000_000;

/// The order in which findings are mended, by their rules: damage that a log shows by itself first, then a wrong value,
/// then a contradiction between two logs.
const ORDER: [&[Rule]; 13] = [
    &[Rule::RowFormat],
    &[Rule::TickNumbering],
    &[Rule::Manifest],
    &[Rule::TimeOrder],
    &[Rule::Arrival],
    &[Rule::ClockRule, Rule::ClockCondition],
    &[Rule::VectorClaims],
    &[Rule::ReceivedWasSent, Rule::OneStamp],
    &[Rule::ReceivedOnce],
    &[Rule::Conservation],
    &[Rule::Rate],
    &[Rule::Queue],
    &[Rule::ClockDrift],
];

/// A run in which some faults are mended, and the findings that remain.
struct Mended {
    run: Run,
    keys: Vec<Key>,
    first: Vec<Violation>,
}

/// Finds the first causes among the findings of a run that is wrong.
pub(super) fn find(run: &Run) -> Causes {
    let mut causes = Causes::default();
    let events = run.logs.iter().map(Log::len).sum::<usize>() as u64;
    let mut tries = (EVENTS_MAX / events.max(1)).clamp(TRIED_MIN, TRIED_MAX);
    let mut mended = Mended::judged(run.clone());
    let (mut done, mut tried) = (HashSet::new(), HashSet::new());
    while let Some(finding) = mended.next(|key| !done.contains(&key) && !tried.contains(&key)) {
        let (cause, mends) = (Key::of(&finding), suggest::mends(&mended.run, &finding));
        let Some(rest) = tries.checked_sub(mends.len() as u64) else { break };
        tries = rest;
        tried.insert(cause);
        let Some(best) = mended.best(&mends, cause) else { continue };
        for finding in mended.gone_from(&best).filter(|finding| *finding != cause) {
            causes.add(finding, cause);
        }
        mended = best;
        done.insert(cause);
        // With less that is wrong, a mend that failed may do.
        tried.clear();
    }
    causes
}

impl Mended {
    fn judged(run: Run) -> Self {
        let causes = Causes::default();
        let mut findings = Findings::new(&causes, TRIED_MAX);
        judge_by_rules(&run, false, &mut findings, &mut Vec::new());
        let mut first = findings.first().to_vec();
        first.sort_by_key(|finding| finding.at);
        Self { keys: findings.keys(), first, run }
    }

    /// The finding to be mended next, of those that are not excluded.
    fn next(&self, is_open: impl Fn(Key) -> bool) -> Option<Violation> {
        let is_next = |rules: &[Rule], finding: &Violation| rules.contains(&finding.rule) && is_open(Key::of(finding));
        ORDER.iter().find_map(|rules| self.first.iter().find(|finding| is_next(rules, finding))).cloned()
    }

    /// Of the mends that explain a cause, the one that leaves the fewest findings.
    fn best(&self, mends: &[Mend], cause: Key) -> Option<Self> {
        let trial = |mend: &Mend| {
            let mut run = self.run.clone();
            mend.apply(&mut run);
            Some(Self::judged(run)).filter(|trial| trial.explains(self, cause, mend))
        };
        mends.iter().filter_map(trial).min_by_key(|trial| trial.keys.len())
    }

    fn finds(&self, key: Key) -> bool {
        self.keys.binary_search(&key).is_ok()
    }

    /// Is the cause gone and nothing new wrong, and is something gone with it? A fault that is evident needs no
    /// consequences.
    fn explains(&self, before: &Self, cause: Key, mend: &Mend) -> bool {
        let cause_is_gone = mend.is_about_a_line() || !self.finds(cause);
        // One fault can hide another at the same place, which the file that it contradicts tells from it.
        let places: HashSet<u64> = before.keys.iter().map(|key| key.place()).collect();
        let nothing_is_new = self.keys.iter().all(|key| places.contains(&key.place()));
        let others_are_gone = || before.gone_from(self).any(|finding| finding != cause);
        cause_is_gone && nothing_is_new && (mend.is_evident() || others_are_gone())
    }

    /// The findings that are gone from a mended run, and not merely others at the same place.
    fn gone_from<'a>(&'a self, mended: &'a Self) -> impl Iterator<Item = Key> + 'a {
        let new: HashSet<u64> = mended.keys.iter().filter(|key| !self.finds(**key)).map(|key| key.place()).collect();
        self.keys.iter().copied().filter(move |key| !mended.finds(*key) && !new.contains(&key.place()))
    }
}
