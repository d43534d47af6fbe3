//! What other people's words mean: kinds of event, clocks, times.

use std::{collections::BTreeMap, str::FromStr};

/// The three kinds of event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Something that concerns nobody else.
    Internal,
    /// To one machine or several.
    Send,
    /// To all the other machines.
    SendAll,
    /// Of one message, or of several that were taken together.
    Receive,
}

impl Kind {
    /// Is it a send?
    pub fn is_send(self) -> bool {
        matches!(self, Self::Send | Self::SendAll)
    }
}

/// Words for kinds of event: those that were given, and those that people commonly use.
#[derive(Clone, Debug)]
pub struct Words {
    given: Vec<(String, Kind)>,
    stems: &'static [(&'static str, Kind)],
}

/// A word for a kind of event: `receive=Received`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    kind: Kind,
    word: String,
}

impl FromStr for Word {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, word) = text.split_once('=').ok_or("give a kind and a word, as in receive=Received")?;
        let kind = match kind.trim().to_ascii_lowercase().as_str() {
            "internal" => Kind::Internal,
            "send" => Kind::Send,
            "send-all" => Kind::SendAll,
            "receive" => Kind::Receive,
            other => return Err(format!("`{other}` is no kind of event: use receive, send, send-all or internal")),
        };
        let word = word.trim().to_lowercase();
        if word.is_empty() { Err("the word is empty".to_owned()) } else { Ok(Self { kind, word }) }
    }
}

/// Word stems that tell a kind, in English; the first in a text counts.
const STEMS: [(&str, Kind); 14] = [
    ("receiv", Kind::Receive),
    ("recv", Kind::Receive),
    ("rcv", Kind::Receive),
    ("deliver", Kind::Receive),
    ("got", Kind::Receive),
    ("incoming", Kind::Receive),
    ("sent", Kind::Send),
    ("send", Kind::Send),
    ("broadcast", Kind::SendAll),
    ("multicast", Kind::SendAll),
    ("outgoing", Kind::Send),
    ("internal", Kind::Internal),
    ("intern", Kind::Internal),
    ("nothing", Kind::Internal),
];

/// Words that tell that a send goes to all others.
const ALL: [&str; 7] = ["all", "both", "double", "everyone", "everybody", "broadcast", "others"];

impl Words {
    /// Common words and these.
    pub fn new(given: &[Word]) -> Self {
        let mut given: Vec<(String, Kind)> = given.iter().map(|word| (word.word.clone(), word.kind)).collect();
        // `DOUBLE SEND` before `SEND`.
        given.sort_by_key(|(word, _)| usize::MAX - word.len());
        Self { given, stems: &STEMS }
    }

    /// Only these words, where common ones would be guesses.
    pub(super) fn given_only(&self) -> Self {
        Self { given: self.given.clone(), stems: &[] }
    }

    /// The kind of event that a text tells; `None` if it tells none.
    pub fn kind(&self, text: &str) -> Option<Kind> {
        let text = text.trim().to_lowercase();
        let exact = self.given.iter().find(|(word, _)| *word == text);
        let given = exact.or_else(|| self.given.iter().find(|(word, _)| has_word(&text, word)));
        if let Some((_, kind)) = given {
            return Some(*kind);
        }
        let found = self.stems.iter().filter_map(|(stem, kind)| Some((word_start(&text, stem)?, *kind)));
        let (_, kind) = found.min_by_key(|(at, _)| *at)?;
        Some(if kind == Kind::Send && says_all(&text) { Kind::SendAll } else { kind })
    }
}

/// Where a word of the text starts with this stem. `RBDeliver` is not taken for a word that starts with `deliver`.
fn word_start(text: &str, stem: &str) -> Option<usize> {
    let starts_word = |at: usize| !text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
    text.match_indices(stem).map(|(at, _)| at).find(|at| starts_word(*at))
}

/// Does a text say that something goes to all others?
pub(super) fn says_all(text: &str) -> bool {
    let text = text.to_lowercase();
    ALL.iter().any(|word| has_word(&text, word))
}

/// Is `word` in `text`, as a whole word or as the number of one, as `1` in `vm1`?
pub(super) fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let joins = |character: Option<char>, edge: Option<char>| {
            let (Some(character), Some(edge)) = (character, edge) else { return false };
            (character.is_ascii_digit() && edge.is_ascii_digit()) || (character.is_alphabetic() && edge.is_alphabetic())
        };
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        !joins(before, word.chars().next()) && !joins(after, word.chars().next_back())
    })
}

/// A clock's value as a log has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RawClock {
    /// One number.
    Number(u64),
    /// A number per machine, in some order.
    List(Vec<u64>),
    /// A number per machine, by name.
    Named(BTreeMap<String, u64>),
}

impl RawClock {
    /// The count of a machine, in a vector by names.
    pub(super) fn of(&self, machine: &str) -> u64 {
        match self {
            Self::Named(named) => named.get(machine).copied().unwrap_or(0),
            Self::Number(_) | Self::List(_) => 0,
        }
    }

    /// Reads `17`, `17.0`, `1,0,4`, `[1, 0, 4]` or `{"A": 1, "C": 4}`; `None` if it is nothing like that.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.starts_with('{') {
            return serde_json::from_str(text).ok().map(Self::Named);
        }
        let whole = text.parse::<f64>().ok().filter(|number| number.fract() == 0.0 && (0.0..1e15).contains(number));
        if let Some(number) = whole {
            return Some(Self::Number(number as u64));
        }
        let numbers = numbers(text)?;
        match numbers[..] {
            [] => None,
            [number] => Some(Self::Number(number)),
            _ => Some(Self::List(numbers)),
        }
    }
}

/// The runs of digits in a text, as numbers; `None` if one is too large.
pub(super) fn numbers(text: &str) -> Option<Vec<u64>> {
    let runs = text.split(|character: char| !character.is_ascii_digit()).filter(|run| !run.is_empty());
    runs.map(|run| run.parse().ok()).collect()
}

/// A time in seconds, from a number in seconds, milliseconds, microseconds or nanoseconds, or from the clock time at
/// the end of a date (`2023-03-07 20:38:18,148`); `None` if it is neither. Good for differences within a day.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        // A UNIX time tells its unit by its size.
        let unit = [(1e17, 1e9), (1e14, 1e6), (1e11, 1e3)].into_iter().find(|(least, _)| number >= *least);
        return Some(number / unit.map_or(1.0, |(_, unit)| unit));
    }
    let parts: Vec<&str> =
        text.split(|character: char| !character.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let [.., hours, minutes, last, fraction] = parts[..] else { return None };
    let time = |hours: &str, minutes: &str, seconds: f64| {
        Some(hours.parse::<f64>().ok()? * 3600.0 + minutes.parse::<f64>().ok()? * 60.0 + seconds)
    };
    // With or without a fraction of a second after the seconds.
    if text.ends_with(&format!("{last}.{fraction}")) || text.ends_with(&format!("{last},{fraction}")) {
        time(hours, minutes, format!("{last}.{fraction}").parse().ok()?)
    } else {
        time(minutes, last, fraction.parse().ok()?)
    }
}
