//! Which machine wrote a file, and which one a word names.

use super::words::has_word;

/// Names for files, taken from what tells their names apart: `vm0_rate_3.log` and `vm1_rate_6.log` are `0` and `1`.
/// `mentioned` are words that events use for machines: a choice that explains them is preferred.
pub(super) fn of_files(stems: &[String], mentioned: &[String]) -> Vec<String> {
    let tokens: Vec<Vec<&str>> = stems.iter().map(|stem| tokens(stem)).collect();
    let columns = tokens.iter().map(Vec::len).min().unwrap_or(0);
    let candidates = (0..columns).flat_map(|column| {
        // From the front and from the back, in case names differ in length.
        let front: Vec<&str> = tokens.iter().map(|tokens| tokens[column]).collect();
        let back: Vec<&str> = tokens.iter().map(|tokens| tokens[tokens.len() - 1 - column]).collect();
        [front, back]
    });
    let distinct = |names: &Vec<&str>| (1..names.len()).all(|index| !names[..index].contains(&names[index]));
    let rank = |names: &Vec<&str>| {
        let explained = mentioned.iter().filter(|word| names.iter().any(|name| name == word)).count();
        let numbers: Option<Vec<u64>> = names.iter().map(|name| name.parse().ok()).collect();
        let small = numbers.is_some_and(|numbers| numbers.iter().all(|number| *number <= stems.len() as u64));
        let letters = names.iter().all(|name| name.len() == 1);
        (explained, small, letters)
    };
    let mut best: Option<Vec<&str>> = None;
    for names in candidates.filter(distinct) {
        if best.as_ref().is_none_or(|best| rank(&names) > rank(best)) {
            best = Some(names);
        }
    }
    match best {
        Some(names) if stems.len() > 1 => names.into_iter().map(str::to_owned).collect(),
        // Nothing tells them apart.
        _ => (0..stems.len()).map(|place| place.to_string()).collect(),
    }
}

/// Runs of digits and runs of letters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let class = |character: char| (character.is_ascii_digit(), character.is_alphabetic());
        let end = rest.find(|character| class(character) != class(first)).unwrap_or(rest.len());
        if first.is_alphanumeric() {
            tokens.push(&rest[..end]);
        }
        rest = &rest[end..];
    }
    tokens
}

/// The machines that a run has, and how its events name them.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// What each machine is called in events.
    spoken: Vec<String>,
}

impl Names {
    /// Machines whose files or hosts are called so. `mentioned` are the words with which a machine (by its place)
    /// names others in its receives: if the machines' own names cannot be meant, but names counted from 0 or from 1
    /// can, then these are.
    pub(super) fn new(own: &[String], mentioned: &[(usize, String)]) -> Self {
        let as_they_are = Self { spoken: own.to_vec() };
        let numbers: Option<Vec<u64>> = own.iter().map(|name| name.parse().ok()).collect();
        let Some(numbers) = numbers else { return as_they_are };
        let shifted = |by: i64| {
            let spoken: Option<Vec<String>> =
                numbers.iter().map(|number| Some(number.checked_add_signed(by)?.to_string())).collect();
            spoken.map(|spoken| Self { spoken })
        };
        // A machine that receives from itself, or from nobody, is misnamed.
        let misfits = |names: &Self| {
            mentioned
                .iter()
                .filter(|(machine, word)| {
                    let found = names.in_text(word);
                    found.is_empty() || found == [*machine]
                })
                .count()
        };
        let others = [shifted(-1), shifted(1)].into_iter().flatten();
        std::iter::once(as_they_are).chain(others).min_by_key(misfits).unwrap_or(Self { spoken: own.to_vec() })
    }

    /// How many machines there are.
    pub(super) fn len(&self) -> usize {
        self.spoken.len()
    }

    /// The machines that a text names, by their places, in ascending order.
    pub(super) fn in_text(&self, text: &str) -> Vec<usize> {
        let places = 0..self.spoken.len();
        let named: Vec<usize> = places.clone().filter(|place| has_word(text, &self.spoken[*place])).collect();
        let letters = self.spoken.iter().all(|name| name.len() == 1 && name.as_bytes()[0].is_ascii_alphabetic());
        if named.is_empty() && letters && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            // `CA` for C and A.
            let found: Vec<usize> = places.filter(|place| text.contains(&self.spoken[*place])).collect();
            return if found.len() == text.len() { found } else { Vec::new() };
        }
        named
    }

    /// A number to whose end a machine's name is glued, as when `120` is `12` and then machine `0`.
    pub(super) fn split_glued(&self, text: &str) -> Option<(u64, usize)> {
        (0..self.spoken.len()).find_map(|place| {
            let number = text.strip_suffix(&self.spoken[place])?;
            Some((number.parse().ok()?, place))
        })
    }
}
