//! The machines that the words of events mean.

use super::kinds::{has_word, says_all};

/// The machines of a run, and the words with which its events name them.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// Per machine, what events call it.
    spoken: Vec<Vec<String>>,
    /// The order of the ring, if names are numbers or letters without a gap.
    ring: Option<Vec<usize>>,
    /// Is the numbering of events unclear, so that no word can be trusted?
    pub(super) is_unclear: bool,
}

/// A machine as an event of another names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mention {
    pub(super) by: usize,
    pub(super) is_send: bool,
    pub(super) words: String,
}

/// The machines that a text names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Named {
    /// These, by their places, in ascending order.
    Machines(Vec<usize>),
    /// All but the machine itself.
    All,
    /// A word that is no machine's.
    Stranger,
    /// Nothing.
    Nothing,
}

impl Names {
    /// Machines with these names, from their files, hosts or the keys of their vectors. Where names are numbers, events
    /// may count from 0 and names from 1, or the other way round: `mentions` tell, since no machine sends to itself.
    pub(super) fn new(own: &[String], keys: &[Option<String>], mentions: &[Mention]) -> Self {
        let with_keys = |names: Vec<String>| -> Vec<Vec<String>> {
            let key = |place: usize| keys.get(place).cloned().flatten();
            names
                .into_iter()
                .enumerate()
                .map(|(place, name)| std::iter::once(name).chain(key(place)).collect())
                .collect()
        };
        let ring = ring_order(own);
        let numbers: Option<Vec<u64>> = own.iter().map(|name| name.parse().ok()).collect();
        let Some(numbers) = numbers else {
            return Self { spoken: with_keys(own.to_vec()), ring, is_unclear: false };
        };
        // Sends may say that their own machine is the sender, and not to whom.
        let says_who_sends = |names: &Self| {
            let sends = mentions.iter().filter(|mention| mention.is_send);
            let mut told = sends
                .map(|mention| (mention.by, names.in_text(&mention.words)))
                .filter(|(_, named)| *named != Named::All);
            told.all(|(by, named)| named == Named::Machines(vec![by]))
        };
        let readings = [0, -1, 1].into_iter().filter_map(|by| {
            let shifted = numbers.iter().map(|number| Some(number.checked_add_signed(by)?.to_string()));
            let names =
                Self { spoken: with_keys(shifted.collect::<Option<_>>()?), ring: ring.clone(), is_unclear: false };
            let skips_sends = says_who_sends(&names);
            let mentions = || mentions.iter().filter(|mention| !(skips_sends && mention.is_send));
            let is_itself = |mention: &&Mention| names.in_text(&mention.words) == Named::Machines(vec![mention.by]);
            let itself = mentions().filter(is_itself).count();
            let strangers = mentions().filter(|mention| names.in_text(&mention.words) == Named::Stranger).count();
            Some(((itself, strangers), names))
        });
        let readings: Vec<_> = readings.collect();
        let best = readings.iter().map(|(misfits, _)| *misfits).min();
        let mut best = readings.into_iter().filter(|(misfits, _)| Some(*misfits) == best).map(|(_, names)| names);
        let names = best.next().unwrap_or_else(|| Self { spoken: with_keys(own.to_vec()), ring, is_unclear: false });
        let is_unclear = best.next().is_some() && !mentions.is_empty();
        Self { is_unclear, ..names }
    }

    /// The names by which events call the machines.
    pub(super) fn called(&self) -> impl Iterator<Item = &str> {
        self.spoken.iter().filter_map(|names| names.first()).map(String::as_str)
    }

    /// The number of machines.
    pub(super) fn len(&self) -> usize {
        self.spoken.len()
    }

    /// The machines that a text names.
    pub(super) fn in_text(&self, text: &str) -> Named {
        let text = text.trim();
        if text.is_empty() || text == "-" {
            return Named::Nothing;
        }
        let places = 0..self.spoken.len();
        let is_named = |place: &usize| self.spoken[*place].iter().any(|name| has_word(text, name));
        let named: Vec<usize> = places.clone().filter(is_named).collect();
        if !named.is_empty() {
            // A name that is part of a longer one is not meant: `a` in `node-a`.
            let whole = named.iter().copied().filter(|place| self.spoken[*place].iter().any(|name| name == text));
            let whole: Vec<usize> = whole.collect();
            return Named::Machines(if whole.is_empty() { named } else { whole });
        }
        let first = |place: usize| self.spoken[place].first().map_or("", String::as_str);
        let letters =
            places.clone().all(|place| matches!(first(place).as_bytes(), [letter] if letter.is_ascii_alphabetic()));
        if letters && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            // `CA` for C and A.
            let found: Vec<usize> = places.filter(|place| text.contains(first(*place))).collect();
            if found.len() == text.len() {
                return Named::Machines(found);
            }
        }
        let lower = text.to_lowercase();
        if says_all(&lower) { Named::All } else { Named::Stranger }
    }

    /// The machines that a text of this machine's events names, neighbours in the ring among them (`next`, `previous`).
    pub(super) fn told_by(&self, machine: usize, text: &str) -> Named {
        let words = || text.split(|edge: char| !edge.is_alphanumeric());
        let steps: Vec<i8> = words().filter_map(neighbour).collect();
        if steps.is_empty() {
            return self.in_text(text);
        }
        let others: Vec<&str> = words().filter(|word| neighbour(word).is_none()).collect();
        let mut named = match self.in_text(&others.join(" ")) {
            Named::Machines(named) => named,
            _ => Vec::new(),
        };
        for step in steps {
            let place = self.ring.as_ref().and_then(|ring| {
                let at = ring.iter().position(|place| *place == machine)?;
                ring.get((at + ring.len()).checked_add_signed(isize::from(step))? % ring.len()).copied()
            });
            let Some(place) = place else { return Named::Stranger };
            named.push(place);
        }
        named.sort_unstable();
        named.dedup();
        Named::Machines(named)
    }

    /// Is a text no name of a machine, nor a neighbour of one?
    pub(super) fn is_stranger(&self, text: &str) -> bool {
        self.told_by(0, text) == Named::Stranger
    }

    /// A number to whose end a machine's name is glued, as when `120` is `12` and then machine `0`.
    pub(super) fn split_glued(&self, text: &str) -> Option<(u64, usize)> {
        (0..self.spoken.len()).find_map(|place| {
            let number = text.strip_suffix(self.spoken[place].first()?.as_str())?;
            Some((number.parse().ok()?, place))
        })
    }
}

/// The step in the ring that a word means.
fn neighbour(word: &str) -> Option<i8> {
    match word.to_lowercase().as_str() {
        "next" | "successor" | "right" | "clockwise" => Some(1),
        "previous" | "prev" | "predecessor" | "left" | "counterclockwise" => Some(-1),
        _ => None,
    }
}

/// The machines in the order of a ring: of names that are numbers or letters, each one after the other.
fn ring_order(names: &[String]) -> Option<Vec<usize>> {
    let rank = |name: &String| match (name.parse::<u64>(), name.as_bytes()) {
        (Ok(number), _) => Some(number),
        (_, [letter]) if letter.is_ascii_alphabetic() => Some(u64::from(letter.to_ascii_lowercase())),
        _ => None,
    };
    let ranks: Vec<u64> = names.iter().map(rank).collect::<Option<_>>()?;
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|place| ranks[*place]);
    let starts = |rank: u64| matches!(rank, 0 | 1) || rank == u64::from(b'a');
    let is_whole = order.windows(2).all(|pair| ranks[pair[1]] == ranks[pair[0]] + 1);
    (order.len() > 1 && is_whole && starts(ranks[order[0]])).then_some(order)
}
