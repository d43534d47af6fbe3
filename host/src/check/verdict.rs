//! The rules, violations of them, and notes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use super::place::Place;

/// Declares the rules, each with its name and its claim.
macro_rules! rules {
    ($($rule:ident $name:literal $claim:literal)*) => {
        /// A claim that holds in every run.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Rule {
            $(#[doc = $claim] $rule,)*
        }

        impl Rule {
            /// Every rule, in the order in which they are reported.
            pub const ALL: &[Self] = &[$(Self::$rule),*];

            /// The name by which it is reported.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)*
                }
            }

            /// The claim, a sentence.
            pub const fn claim(self) -> &'static str {
                match self {
                    $(Self::$rule => $claim,)*
                }
            }
        }
    };
}

rules! {
    OneRun "one-run" "All manifests tell of the same run."
    Manifest "manifest" "A manifest agrees with its log."
    RowFormat "row-format" "Every line is a row."
    TickNumbering "tick-numbering" "Ticks are numbered from 1, without gaps."
    TimeOrder "time-order" "Time does not go back within a log."
    Rate "rate" "No tick comes before it is due."
    ClockRule "clock-rule" "A clock moves at each event exactly as its kind demands."
    ClockCondition "clock-condition" "A receive is later than its send."
    ClockDrift "clock-drift" "A hybrid clock stays close to physical time."
    VectorClaims "vector-claims" "A vector clock knows exactly the events that happened before."
    ReceivedWasSent "received-was-sent" "What was received was sent."
    ReceivedOnce "received-once" "No message is received twice."
    Fifo "fifo" "Messages of a link are received in the order in which they were sent."
    OneStamp "one-stamp" "A send to all carries the same timestamp to every receiver."
    Conservation "conservation" "Every message sent was received or is left in a queue."
    Arrival "arrival" "A message is taken after it came in, and over a link all came in in order."
    Queue "queue" "The queue's length fits what arrived and what was taken."
}

impl Rule {
    /// The rules that are judged log by log, with its manifest: also where logs are of different runs.
    pub(crate) const OF_SINGLE_LOGS: &[Self] = &[
        Self::OneRun,
        Self::Manifest,
        Self::RowFormat,
        Self::TickNumbering,
        Self::TimeOrder,
        Self::Rate,
        Self::Arrival,
    ];
}

/// A rule that is broken, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation<P = Place> {
    /// The rule.
    pub rule: Rule,
    /// The line that shows it.
    pub at: P,
    /// The line that it contradicts, if there is one.
    pub against: Option<P>,
    /// Its first cause, as an index into [`Violations::kept`]; `None` if it is one itself.
    pub follows: Option<usize>,
    /// A sentence that names both lines and the likely fault.
    pub text: String,
}

/// The violations of a run.
#[derive(Clone, Debug)]
pub struct Violations<P = Place> {
    kept: Vec<Violation<P>>,
    /// Of each rule.
    counts: Vec<u64>,
    /// By the index of a first cause, the count of its consequences of each rule.
    consequences: BTreeMap<usize, Vec<u64>>,
}

impl<P> Default for Violations<P> {
    fn default() -> Self {
        Self { kept: Vec::new(), counts: vec![0; Rule::ALL.len()], consequences: BTreeMap::new() }
    }
}

impl<P> Violations<P> {
    /// The most violations of one rule that are kept one by one; the rest are counted. A log that is wrong in every
    /// row needs no more to say so.
    pub const KEPT_MAX: u64 = 10_000;

    /// Adds one. The sentence is made only if it is kept.
    pub(crate) fn add(&mut self, rule: Rule, at: P, against: Option<P>, text: impl FnOnce() -> String) {
        let count = &mut self.counts[rule as usize];
        *count += 1;
        if *count <= Self::KEPT_MAX {
            self.kept.push(Violation { rule, at, against, follows: None, text: text() });
        }
    }

    /// The count of a rule.
    pub fn count(&self, rule: Rule) -> u64 {
        self.counts[rule as usize]
    }

    /// The count of all.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The count of those that follow from others.
    pub fn consequences_total(&self) -> u64 {
        self.consequences.values().flatten().sum()
    }

    /// The count of a rule, first causes only.
    pub fn first_causes(&self, rule: Rule) -> u64 {
        let following: u64 = self.consequences.values().map(|counts| counts[rule as usize]).sum();
        self.count(rule) - following
    }

    /// Those that are kept. In a run: first causes in causal order, each before its consequences.
    pub fn kept(&self) -> &[Violation<P>] {
        &self.kept
    }

    /// The count of consequences of a first cause, by its index, for each rule that has some.
    pub fn consequences(&self, cause: usize) -> impl Iterator<Item = (Rule, u64)> {
        let counts = self.consequences.get(&cause).map(Vec::as_slice).unwrap_or_default();
        Rule::ALL.iter().copied().zip(counts.iter().copied()).filter(|(_, count)| *count > 0)
    }

    /// The first ones, as indices into those that are kept: of each rule so many first causes, and of each of these so
    /// many consequences of each rule.
    pub fn shown(&self, max: usize) -> Vec<usize> {
        let (mut first, mut counts) = (BTreeSet::new(), BTreeMap::new());
        for (index, violation) in self.kept.iter().enumerate() {
            let count = counts.entry((violation.follows, violation.rule)).or_insert(0);
            *count += 1;
            if *count <= max && violation.follows.is_none_or(|cause| first.contains(&cause)) {
                first.insert(index);
            }
        }
        first.into_iter().collect()
    }

    /// Those of one rule that are kept.
    pub fn of(&self, rule: Rule) -> impl Iterator<Item = &Violation<P>> {
        self.kept.iter().filter(move |violation| violation.rule == rule)
    }

    /// The rules that are broken.
    pub fn rules(&self) -> impl Iterator<Item = Rule> {
        Rule::ALL.iter().copied().filter(|rule| self.count(*rule) > 0)
    }

    /// So many first causes of each rule; those that are kept are added one by one.
    pub(super) fn counted(counts: Vec<u64>) -> Self {
        Self { counts, ..Self::default() }
    }

    /// Adds a first cause that is counted, and its consequences: those that are kept, and how many of each rule there
    /// are.
    pub(super) fn add_cause(&mut self, cause: Violation<P>, following: Vec<Violation<P>>, counts: Vec<u64>) {
        let index = self.kept.len();
        self.kept.push(cause);
        self.kept.extend(following.into_iter().map(|violation| Violation { follows: Some(index), ..violation }));
        for (count, more) in self.counts.iter_mut().zip(&counts) {
            *count += more;
        }
        if counts.iter().any(|count| *count > 0) {
            self.consequences.insert(index, counts);
        }
    }

    pub(crate) fn sort(&mut self) {
        self.kept.sort_by_key(|violation| violation.rule);
    }
}

/// Something a person should know that breaks no rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Its place, if it is at one.
    pub at: Option<Place>,
    /// A sentence.
    pub text: String,
}

impl Note {
    pub(super) fn new(at: impl Into<Option<Place>>, text: impl Display) -> Self {
        Self { at: at.into(), text: text.to_string() }
    }
}
