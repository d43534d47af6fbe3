//! Kinds of events, and the words that programs print for them.

use std::{collections::HashMap, str::FromStr};

use super::pattern::{Group, Match, Pattern};

/// The three kinds of event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An event that concerns no other machine.
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

    /// Are these two different kinds, so that rows of them cannot be one event?
    pub(super) fn differs(self, other: Self) -> bool {
        self != other && !(self.is_send() && other.is_send())
    }
}

/// A word for a kind of event, given by the user: `receive=Received`.
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

/// Stems of English words for kinds; the first in a text counts.
const STEMS: [(&str, Kind); 16] = [
    ("receiv", Kind::Receive),
    ("recv", Kind::Receive),
    ("rcv", Kind::Receive),
    ("deliver", Kind::Receive),
    ("got", Kind::Receive),
    ("incoming", Kind::Receive),
    ("sent", Kind::Send),
    ("send", Kind::Send),
    ("snd", Kind::Send),
    ("broadcast", Kind::SendAll),
    ("multicast", Kind::SendAll),
    ("unicast", Kind::Send),
    ("outgoing", Kind::Send),
    ("internal", Kind::Internal),
    ("intern", Kind::Internal),
    ("nothing", Kind::Internal),
];

/// Whole words that programs print for a kind, and that may mean something else as well: they count only where a log
/// leaves no other reading.
const AMBIGUOUS: [(&str, Kind); 39] = [
    ("->", Kind::Send),
    ("→", Kind::Send),
    ("transmit", Kind::Send),
    ("transmitted", Kind::Send),
    ("<-", Kind::Receive),
    ("←", Kind::Receive),
    ("s", Kind::Send),
    ("tx", Kind::Send),
    ("out", Kind::Send),
    ("publish", Kind::Send),
    ("published", Kind::Send),
    ("enqueue", Kind::Send),
    ("enqueued", Kind::Send),
    ("emit", Kind::Send),
    ("post", Kind::Send),
    ("put", Kind::Send),
    ("write", Kind::Send),
    ("r", Kind::Receive),
    ("rx", Kind::Receive),
    ("in", Kind::Receive),
    ("consume", Kind::Receive),
    ("consumed", Kind::Receive),
    ("dequeue", Kind::Receive),
    ("dequeued", Kind::Receive),
    ("process", Kind::Receive),
    ("processed", Kind::Receive),
    ("take", Kind::Receive),
    ("get", Kind::Receive),
    ("read", Kind::Receive),
    ("i", Kind::Internal),
    ("l", Kind::Internal),
    ("e", Kind::Internal),
    ("int", Kind::Internal),
    ("local", Kind::Internal),
    ("compute", Kind::Internal),
    ("step", Kind::Internal),
    ("tick", Kind::Internal),
    ("idle", Kind::Internal),
    ("none", Kind::Internal),
];

/// Words for a send to all others.
const ALL: [&str; 7] = ["all", "both", "double", "everyone", "everybody", "broadcast", "others"];

/// A kind of event, as a word tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Told {
    pub(super) kind: Kind,
    /// The number of the word. Events of one kind that are told by different words are different steps, as the arrival
    /// of a message and its delivery.
    pub(super) word: u8,
}

/// The words of one run, each with its kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    kinds: HashMap<String, Option<Told>>,
    /// Words without a kind, with the number of events that have them, most frequent first.
    pub(super) unknown: Vec<(String, u64)>,
}

/// Evidence of a run beside the words themselves.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    /// The clocks are vectors by name, as applications keep them about anything: common words are kinds only if every
    /// event of the run is described by one, and by nothing else.
    pub(super) is_application: bool,
    /// Messages are named by peers, timestamps or ids.
    pub(super) names_messages: bool,
}

impl Vocabulary {
    /// Gives each word its kind. `counts` holds the words of a run, in lower case, with the number of events.
    pub(super) fn new(given: &[Word], counts: &HashMap<String, u64>, context: Context) -> Self {
        let mut given: Vec<&Word> = given.iter().collect();
        // `DOUBLE SEND` before `SEND`.
        given.sort_by_key(|word| usize::MAX - word.word.len());
        let told = |text: &str| {
            let exact = given.iter().position(|word| word.word == text);
            let place = exact.or_else(|| given.iter().position(|word| has_word(text, &word.word)))?;
            Some(Told { kind: given[place].kind, word: number(STEMS.len() + place) })
        };
        let mut kinds: HashMap<String, Option<Told>> =
            counts.keys().map(|text| (text.clone(), told(text).or_else(|| by_stem(text)))).collect();
        resolve_ambiguous(&mut kinds, context);
        let is_clear = kinds.iter().all(|(text, kind)| kind.is_some() && tells_only_a_kind(text));
        if context.is_application && !is_clear {
            kinds.iter_mut().for_each(|(text, kind)| *kind = told(text));
        }
        let unknown = kinds.iter().filter(|(_, kind)| kind.is_none());
        let mut unknown: Vec<(String, u64)> = unknown.map(|(text, _)| (text.clone(), counts[text])).collect();
        unknown.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        Self { kinds, unknown }
    }

    /// The kind of event for a word, in lower case.
    pub(super) fn kind(&self, word: &str) -> Option<Told> {
        self.kinds.get(word).copied().flatten()
    }
}

/// Takes the ambiguous words for kinds, where the run leaves no other reading: every word that is left is one of them,
/// no two words mean one kind of exchange (a message that is enqueued and then dequeued), there are sends and receives,
/// and internal events or named messages beside them.
fn resolve_ambiguous(kinds: &mut HashMap<String, Option<Told>>, context: Context) {
    let meaning = |text: &str| {
        let kind = AMBIGUOUS.iter().find(|(word, _)| *word == text).map(|(_, kind)| *kind);
        kind.map(|kind| Told { kind, word: u8::MAX })
    };
    let ambiguous = || kinds.iter().filter(|(_, kind)| kind.is_none()).map(|(text, _)| meaning(text));
    let count = |of: fn(Kind) -> bool| ambiguous().flatten().filter(|told| of(told.kind)).count();
    let is_clear = |of: fn(Kind) -> bool| kinds.values().flatten().any(|told| of(told.kind));
    let exchange: [fn(Kind) -> bool; 2] = [Kind::is_send, |kind| kind == Kind::Receive];
    let one_word_each = exchange.iter().all(|of| match is_clear(*of) {
        true => count(*of) == 0,
        false => count(*of) == 1,
    });
    let is_internal: fn(Kind) -> bool = |kind| kind == Kind::Internal;
    let is_told = context.names_messages || is_clear(is_internal) || count(is_internal) > 0;
    if one_word_each && is_told && ambiguous().all(|kind| kind.is_some()) {
        for (text, kind) in kinds.iter_mut().filter(|(_, kind)| kind.is_none()) {
            *kind = meaning(text);
        }
    }
}

/// Does a text say nothing but a kind of event, as `double send` does?
fn tells_only_a_kind(text: &str) -> bool {
    let mut words = text.split(|edge: char| !edge.is_alphabetic()).filter(|word| !word.is_empty());
    words.all(|word| {
        let is_stem = STEMS.iter().any(|(stem, _)| word.starts_with(stem));
        is_stem
            || ALL.contains(&word)
            || matches!(
                word,
                "a" | "event" | "from" | "message" | "messages" | "the" | "to" | "process" | "machine" | "node"
            )
            || AMBIGUOUS.iter().any(|(known, _)| *known == word)
    })
}

/// The kind of a text, in lower case, by the stem of a common word.
pub(super) fn common(text: &str) -> Option<Kind> {
    by_stem(text).map(|told| told.kind)
}

fn by_stem(text: &str) -> Option<Told> {
    let found = STEMS.iter().enumerate().filter_map(|(place, (stem, _))| Some((word_start(text, stem)?, place)));
    let (_, place) = found.min_by_key(|(at, _)| *at)?;
    let kind = STEMS[place].1;
    let kind = if kind == Kind::Send && says_all(text) { Kind::SendAll } else { kind };
    Some(Told { kind, word: number(place) })
}

/// A word's number from its place; the last ones share one.
fn number(place: usize) -> u8 {
    place.try_into().unwrap_or(u8::MAX)
}

/// The start of the first word with this stem. `RBDeliver` is no word that starts with `deliver`.
fn word_start(text: &str, stem: &str) -> Option<usize> {
    let starts_word = |at: usize| !text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
    text.match_indices(stem).map(|(at, _)| at).find(|at| starts_word(*at))
}

/// Does a text, in lower case, say that something goes to all others?
pub(super) fn says_all(text: &str) -> bool {
    ALL.iter().any(|word| has_word(text, word))
}

/// Is `word` in `text`, as a whole word or as the number of one, as `1` in `vm1`?
pub(super) fn has_word(text: &str, word: &str) -> bool {
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            let joins = |character: Option<char>, edge: Option<char>| {
                let (Some(character), Some(edge)) = (character, edge) else { return false };
                (character.is_ascii_digit() && edge.is_ascii_digit())
                    || (character.is_alphabetic() && edge.is_alphabetic())
            };
            let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
            let is_apart = !joins(before, word.chars().next()) && !joins(after, word.chars().next_back());
            let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
            is_apart && !(is_number && (is_in_address(text, at, word.len()) || is_in_identifier(text, at, word.len())))
        })
}

/// Is a number a part of a long identifier of hexadecimal digits, as `21` in `2eecadb5-dba0-4ee5-a21a-4e8b72ce6aca`?
fn is_in_identifier(text: &str, at: usize, length: usize) -> bool {
    const IDENTIFIER_MIN: usize = 16;
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b'-';
    let before = text.as_bytes()[..at].iter().rev().take_while(is_part).count();
    let after = text.as_bytes()[at + length..].iter().take_while(is_part).count();
    before + length + after >= IDENTIFIER_MIN
}

/// Is a number a part of a dotted one, or followed by a port, as `1` in `127.0.0.1:5002`?
fn is_in_address(text: &str, at: usize, length: usize) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let (before, after) = (&text.as_bytes()[..at], &text.as_bytes()[at + length..]);
    let dotted = before.last() == Some(&b'.') && is_digit(before.iter().nth_back(1));
    dotted || (matches!(after.first(), Some(b'.' | b':')) && is_digit(after.get(1)))
}

/// The kind of event by groups of their own; `None` if the pattern has none of these groups. A group counts if it
/// matched a text that does not say no.
pub(super) fn kind_by_group(pattern: &Pattern, text: &str, found: &Match) -> Option<Option<Kind>> {
    const KINDS: [(Group, Kind); 3] =
        [(Group::Send, Kind::Send), (Group::Receive, Kind::Receive), (Group::Internal, Kind::Internal)];
    if KINDS.iter().all(|(group, _)| !pattern.has(*group)) {
        return None;
    }
    let says = |group: Group| {
        let text = found.group(text, group).unwrap_or_default().to_lowercase();
        !matches!(text.as_str(), "" | "0" | "false" | "no" | "n" | "f" | "-" | "none" | "null")
    };
    let mut told = KINDS.iter().filter(|(group, _)| says(*group)).map(|(_, kind)| *kind);
    let first = told.next();
    let is_only_one = told.next().is_none();
    match first {
        None if found.start(Group::Event).is_some() => None,
        None => Some((!pattern.has(Group::Internal)).then_some(Kind::Internal)),
        Some(kind) => Some(Some(kind).filter(|_| is_only_one)),
    }
}
