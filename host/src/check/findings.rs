//! Collects the findings of a pass over a run.

use std::collections::{HashMap, HashSet};

use super::{
    place::{FileKind, Place},
    verdict::{Rule, Violation, Violations},
};

/// The findings of one pass over a run, each with its first cause as far as it is known.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    causes: &'a Causes,
    kept_max: u64,
    /// Of all findings, also those that are only counted.
    keys: Vec<Key>,
    first: Group,
    following: HashMap<Key, Group>,
}

/// Identifies a finding, also in a log that was mended: rows move there, lines do not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Key(u64);

/// The first cause of each finding that follows from another.
#[derive(Default, Debug)]
pub(crate) struct Causes {
    follows: HashMap<Key, Key>,
    first: HashSet<Key>,
}

/// Findings with a count for each rule.
#[derive(Debug)]
struct Group {
    kept: Vec<Violation>,
    counts: Vec<u64>,
}

impl Key {
    /// The key of a finding, by its rule, its place, and the file of the place that it contradicts.
    pub(crate) fn new(rule: Rule, at: &Place, against: Option<&Place>) -> Self {
        let file = |place: &Place| ((place.machine.index() as u64) << 1) | u64::from(place.file == FileKind::Manifest);
        let against = against.map_or(0, |place| 1 + file(place));
        let line = at.line.min(u64::from(u32::MAX));
        Self(((rule as u64) << 56) | (against << 44) | (file(at) << 32) | line)
    }

    /// The rule and the place alone.
    pub(crate) fn place(self) -> u64 {
        self.0 & !(0xfff << 44)
    }

    /// The key of a finding.
    pub(crate) fn of(violation: &Violation) -> Self {
        Self::new(violation.rule, &violation.at, violation.against.as_ref())
    }
}

impl Causes {
    /// Adds a finding that follows from another.
    pub(crate) fn add(&mut self, finding: Key, cause: Key) {
        self.follows.insert(finding, cause);
        self.first.insert(cause);
    }
}

impl Group {
    fn new() -> Self {
        Self { kept: Vec::new(), counts: vec![0; Rule::ALL.len()] }
    }

    fn append(&mut self, other: Self) {
        self.kept.extend(other.kept);
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
    }
}

impl<'a> Findings<'a> {
    /// No findings yet. Of each rule, so many are kept one by one.
    pub(crate) fn new(causes: &'a Causes, kept_max: u64) -> Self {
        Self { causes, kept_max, keys: Vec::new(), first: Group::new(), following: HashMap::new() }
    }

    /// A collection of its own for a part of the pass.
    pub(crate) fn part(&self) -> Self {
        Self::new(self.causes, self.kept_max)
    }

    /// Adds the findings of a part, which are of other rules.
    pub(crate) fn append(&mut self, part: Self) {
        self.keys.extend(part.keys);
        self.first.append(part.first);
        for (cause, group) in part.following {
            self.following.entry(cause).or_insert_with(Group::new).append(group);
        }
    }

    /// Adds one. The sentence is made only if it is kept.
    pub(crate) fn add(&mut self, rule: Rule, at: Place, against: Option<Place>, text: impl FnOnce() -> String) {
        let key = Key::new(rule, &at, against.as_ref());
        self.keys.push(key);
        let group = match self.causes.follows.get(&key) {
            Some(cause) => self.following.entry(*cause).or_insert_with(Group::new),
            None => &mut self.first,
        };
        let count = &mut group.counts[rule as usize];
        *count += 1;
        if *count <= self.kept_max || self.causes.first.contains(&key) {
            group.kept.push(Violation { rule, at, against, follows: None, text: text() });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The count of a rule, first causes only.
    pub(crate) fn count(&self, rule: Rule) -> u64 {
        self.first.counts[rule as usize]
    }

    /// The first causes that are kept.
    pub(crate) fn first(&self) -> &[Violation] {
        &self.first.kept
    }

    /// The keys of all findings, in order and each once.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let mut keys = self.keys.clone();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The verdict's violations: first causes in this order, each before its consequences.
    pub(crate) fn into_violations<K: Ord>(mut self, order: impl Fn(&Violation) -> K) -> Violations {
        self.first.kept.sort_by_cached_key(&order);
        let mut violations = Violations::counted(self.first.counts);
        for cause in self.first.kept {
            let following = self.following.remove(&Key::of(&cause));
            let Group { mut kept, counts } = following.unwrap_or_else(Group::new);
            kept.sort_by_cached_key(&order);
            violations.add_cause(cause, kept, counts);
        }
        violations
    }
}
