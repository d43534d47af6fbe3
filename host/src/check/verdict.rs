//! What the checker says: rules, violations of them, and notes.

use std::fmt::Display;

use super::place::Place;

/// Declares the rules, each with its name and what it demands.
macro_rules! rules {
    ($($rule:ident $name:literal $claim:literal)*) => {
        /// What must hold in every run.
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

            /// What it demands, in a sentence.
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
    Queue "queue" "The queue's length fits what arrived and what was taken."
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
    /// A sentence that names both and says what must have gone wrong.
    pub text: String,
}

/// Violations as they are found.
#[derive(Clone, Debug)]
pub struct Violations<P = Place> {
    kept: Vec<Violation<P>>,
    counts: Vec<u64>,
}

impl<P> Default for Violations<P> {
    fn default() -> Self {
        Self { kept: Vec::new(), counts: vec![0; Rule::ALL.len()] }
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
            self.kept.push(Violation { rule, at, against, text: text() });
        }
    }

    /// How many there are of a rule.
    pub fn count(&self, rule: Rule) -> u64 {
        self.counts[rule as usize]
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Those that are kept, grouped by rule in the order of [`Rule::ALL`].
    pub fn kept(&self) -> &[Violation<P>] {
        &self.kept
    }

    /// Those of one rule that are kept.
    pub fn of(&self, rule: Rule) -> impl Iterator<Item = &Violation<P>> {
        self.kept.iter().filter(move |violation| violation.rule == rule)
    }

    /// The rules that are broken.
    pub fn rules(&self) -> impl Iterator<Item = Rule> {
        Rule::ALL.iter().copied().filter(|rule| self.count(*rule) > 0)
    }

    /// Adds what was found apart, of other rules.
    pub(super) fn append(&mut self, other: Self) {
        self.kept.extend(other.kept);
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
    }

    pub(crate) fn sort(&mut self) {
        self.kept.sort_by_key(|violation| violation.rule);
    }
}

/// Something a person should know that breaks no rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Where, if it is at one place.
    pub at: Option<Place>,
    /// A sentence.
    pub text: String,
}

impl Note {
    pub(super) fn new(at: impl Into<Option<Place>>, text: impl Display) -> Self {
        Self { at: at.into(), text: text.to_string() }
    }
}
