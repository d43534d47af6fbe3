//! Text to terms: numbers, words, pairs and brackets with terms in them, by the notations of many languages at once.
//!
//! ```text
//! items  = [item] { separator item } [","]        separator = "," | ";" | "|" | "@@" | blanks
//! item   = term [ between term ]                   between   = ":" | "=" | "=>" | "->" | "|->" | ":>" | ":=" | " . "
//! term   = word | quoted | prefix bracket          prefix    = { sigil | word | bracket }, as in `Map(2) {` or `[]int{`
//! ```

use std::borrow::Cow;

use super::{Wrong, number};

/// Brackets and quotes that may be open at once.
pub(super) const DEPTH_MAX: usize = 12;

/// A part of a clock's text.
#[derive(Debug)]
pub(super) enum Term<'a> {
    /// A word without quotes, which may be a number.
    Bare(&'a str),
    /// A keyword, as `:a` in Ruby and Clojure.
    Keyword(&'a str),
    /// A word in quotes.
    Quoted(Cow<'a, str>),
    /// A name and its value.
    Pair(Box<(Term<'a>, Term<'a>)>),
    /// Brackets and the terms in them.
    Group(Group<'a>),
}

/// Brackets and the terms in them.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The word before it: `Map` of `Map(a -> 1)`.
    pub(super) constructor: Option<&'a str>,
    /// The opening bracket; a blank where the whole text is a group without one.
    pub(super) open: char,
    /// The terms.
    pub(super) terms: Vec<Term<'a>>,
    /// Blanks and nothing else stand between two terms somewhere.
    pub(super) has_blanks: bool,
    /// A comma or the like stands between two terms somewhere.
    pub(super) has_commas: bool,
}

/// The terms of a whole text, as a group without brackets.
pub(super) fn parse(text: &str, depth: usize) -> Result<Group<'_>, Wrong> {
    // The way Node prints an object that inherits from none.
    let text = text.strip_prefix("[Object: null prototype]").unwrap_or(text);
    let mut parser = Parser { rest: text };
    let group = parser.group(None, ' ', depth)?;
    if group.terms.is_empty() { Err(Wrong::Empty) } else { Ok(group) }
}

/// The inside of a text that is one quoted text as a whole.
pub(super) fn quoted_whole(text: &str) -> Option<&str> {
    let mut parser = Parser { rest: text };
    let inside = parser.quoted()?.ok()?;
    parser.rest.is_empty().then_some(inside)
}

struct Parser<'a> {
    rest: &'a str,
}

const QUOTES: [char; 3] = ['"', '\'', '`'];
const BETWEEN: [&str; 7] = ["|->", "=>", "->", ":>", ":=", "=", ":"];

fn closing(open: char) -> Option<&'static str> {
    Some(match open {
        '[' => "]",
        '(' => ")",
        '{' => "}",
        '<' => ">",
        _ => return None,
    })
}

impl<'a> Parser<'a> {
    fn skip_blanks(&mut self) -> bool {
        let trimmed = self.rest.trim_start();
        let skipped = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        skipped
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The terms up to the closing bracket; of a blank as `open`, up to the end.
    fn group(&mut self, constructor: Option<&'a str>, open: char, depth: usize) -> Result<Group<'a>, Wrong> {
        let depth = depth.checked_sub(1).ok_or(Wrong::TooDeep)?;
        // OCaml's and F#'s arrays: `[|1; 0; 4|]`.
        let close = if open == '[' && self.take("|") { "|]" } else { closing(open).unwrap_or_default() };
        let mut group = Group { constructor, open, terms: Vec::new(), has_blanks: false, has_commas: false };
        let mut is_after_comma = true;
        loop {
            let is_after_blank = self.skip_blanks();
            if !close.is_empty() && self.take(close) {
                return Ok(group);
            }
            if self.rest.is_empty() {
                return if close.is_empty() { Ok(group) } else { Err(Wrong::Unclosed(open)) };
            }
            if !group.terms.is_empty() && !is_after_comma {
                let is_comma = self.take("@@") || [",", ";", "|"].iter().any(|comma| self.take(comma));
                if is_comma {
                    is_after_comma = true;
                    let is_last = self.rest.trim_start().is_empty() || self.rest.trim_start().starts_with(close);
                    group.has_commas |= close.is_empty() || !is_last;
                    continue;
                }
                if !is_after_blank {
                    return Err(self.unread());
                }
                group.has_blanks = true;
            }
            group.terms.push(self.item(depth)?);
            is_after_comma = false;
        }
    }

    /// A term, or a pair of two.
    fn item(&mut self, depth: usize) -> Result<Term<'a>, Wrong> {
        if let Some(key) = self.key_with_colon()? {
            self.skip_blanks();
            return Ok(Term::Pair(Box::new((Term::Bare(key), self.term(depth)?))));
        }
        let term = self.term(depth)?;
        let after = self.rest;
        let is_keyword = |rest: &str| rest.strip_prefix(':').is_some_and(|name| name.starts_with(char::is_alphabetic));
        if self.skip_blanks() && is_keyword(self.rest) {
            // The next term: `{:a 1 :b 2}`.
            self.rest = after;
            return Ok(term);
        }
        let is_pair = BETWEEN.iter().any(|between| self.take(between)) || self.take(". ");
        if is_pair {
            self.skip_blanks();
            return Ok(Term::Pair(Box::new((term, self.term(depth)?))));
        }
        self.rest = after;
        Ok(term)
    }

    /// A bare name that a colon ends: the last one of the word, since names hold some too (`localhost:7101:3`).
    fn key_with_colon(&mut self) -> Result<Option<&'a str>, Wrong> {
        let word = bare(self.rest);
        let after = self.rest[word.len()..].trim_start();
        let is_key_of_other = ["|->", "=", "->", ":>", ":="].iter().any(|between| after.starts_with(between));
        let Some(colon) = word.rfind(':').filter(|colon| *colon > 0 && !is_key_of_other) else { return Ok(None) };
        let (key, value) = (&word[..colon], &self.rest[colon + 1..]);
        if key.ends_with(':') {
            // A path such as `std::map`.
            return Ok(None);
        }
        if number::parse(key).is_some_and(|time| time.is_ok()) && value.starts_with(|first: char| first.is_alphabetic())
        {
            // A time and its process.
            return Ok(None);
        }
        if let Some((_, port)) = key.rsplit_once(':') {
            let is_port =
                port.len() >= 3 || port.starts_with(char::is_alphabetic) || key.starts_with(char::is_alphabetic);
            if !is_port {
                return Err(Wrong::Date);
            }
        }
        self.rest = value;
        Ok(Some(key))
    }

    /// A word, or a group with all that stands before its bracket.
    fn term(&mut self, depth: usize) -> Result<Term<'a>, Wrong> {
        if self.rest.starts_with(':') && self.rest[1..].starts_with(QUOTES) {
            // Ruby: `:"node-1"`.
            self.rest = &self.rest[1..];
        }
        if let Some(quoted) = self.quoted() {
            return Ok(Term::Quoted(unescaped(quoted?)));
        }
        let start = self.rest;
        self.rest = self.rest.trim_start_matches(['%', '#', '&', '*', '@', '$']);
        let mut constructor = None;
        let mut group: Option<Group<'a>> = None;
        loop {
            let word = bare(self.rest);
            if !word.is_empty() {
                let after = &self.rest[word.len()..];
                let opens = after.trim_start_matches(' ').starts_with(|open| closing(open).is_some());
                // `17 [..]` and `a [..]` in a list are two terms.
                let is_name = is_constructor(word) && (after.len() == after.trim_start().len() || group.is_none());
                if !opens || !is_name {
                    return self.word(start, word, group, depth);
                }
                self.rest = after.trim_start_matches(' ');
                constructor = Some(word);
            }
            let Some(open) = self.rest.chars().next().filter(|open| closing(*open).is_some()) else {
                return group.map(Term::Group).ok_or_else(|| self.unread());
            };
            if group.as_ref().is_some_and(|group| !group.is_type()) {
                return Err(self.unread());
            }
            self.rest = &self.rest[open.len_utf8()..];
            let inside = self.group(constructor, open, depth)?;
            let blanks = self.rest.len() - self.rest.trim_start_matches(' ').len();
            let next = &self.rest[blanks..];
            let is_apart = match next.chars().next() {
                Some('{') => constructor.is_some(),
                _ => constructor.is_some_and(|word| word.starts_with(char::is_uppercase)),
            };
            let goes_on = next.starts_with(|open| closing(open).is_some()) && (blanks == 0 || is_apart);
            let names =
                blanks == 0 && is_constructor(bare(next)) && next[bare(next).len()..].starts_with(['{', '[', '(']);
            if !(inside.is_type() && (goes_on || names)) {
                return Ok(Term::Group(inside));
            }
            self.rest = next;
            group = Some(inside);
        }
    }

    /// A word that opens no bracket. Signs before it belong to it.
    fn word(
        &mut self,
        start: &'a str,
        word: &'a str,
        group: Option<Group<'a>>,
        depth: usize,
    ) -> Result<Term<'a>, Wrong> {
        if group.is_some() {
            return Err(self.unread());
        }
        let after = &self.rest[word.len()..];
        if applies(word) && after.starts_with(' ') {
            // Haskell: `LamportClock 17`, `Just 17`.
            self.rest = after.trim_start();
            let inside = self.term(depth.checked_sub(1).ok_or(Wrong::TooDeep)?)?;
            let terms = vec![inside];
            let constructor = Some(word);
            return Ok(Term::Group(Group { constructor, open: '(', terms, has_blanks: false, has_commas: false }));
        }
        let whole = &start[..start.len() - after.len()];
        self.rest = after;
        Ok(whole.strip_prefix(':').map_or(Term::Bare(whole), Term::Keyword))
    }

    /// A quoted text, if one begins here, without its quotes: they may be escaped (JSON in JSON) or doubled (CSV).
    fn quoted(&mut self) -> Option<Result<&'a str, Wrong>> {
        let slashes = self.rest.len() - self.rest.trim_start_matches('\\').len();
        let quote = self.rest[slashes..].chars().next().filter(|quote| QUOTES.contains(quote))?;
        let doubled = slashes == 0 && quote == '"' && self.rest[1..].starts_with('"');
        if doubled && !self.rest[2..].starts_with(|first: char| first.is_alphanumeric()) {
            self.rest = &self.rest[2..];
            return Some(Ok(""));
        }
        let delimiter = &self.rest[..slashes + 1 + usize::from(doubled)];
        let inside = &self.rest[delimiter.len()..];
        let mut from = 0;
        while let Some(found) = inside[from..].find(delimiter) {
            let end = from + found;
            let after = &inside[end + delimiter.len()..];
            if delimiter.len() > 1 {
                self.rest = after;
                return Some(Ok(&inside[..end]));
            }
            let escapes = inside[..end].len() - inside[..end].trim_end_matches('\\').len();
            if escapes % 2 == 1 {
                from = end + 1;
            } else if quote == '"' && after.starts_with('"') {
                from = end + 2;
            } else {
                self.rest = after;
                return Some(Ok(&inside[..end]));
            }
        }
        Some(Err(Wrong::Unclosed(quote)))
    }

    fn unread(&self) -> Wrong {
        if self.rest.is_empty() { Wrong::Mixture } else { Wrong::Unread(self.rest.chars().take(40).collect()) }
    }
}

impl Group<'_> {
    /// Is it the type or the length of the group after it, as in `Map(2) {`, `map[string]int{` or `Dict{String, Int64}(`?
    fn is_type(&self) -> bool {
        let is_word = |term: &Term<'_>| match term {
            Term::Bare(word) => number::parse(word).is_none(),
            Term::Group(group) => group.is_type(),
            _ => false,
        };
        let is_length = matches!(self.terms[..], [Term::Bare(word)] if number::plain(word).is_some());
        is_length || self.terms.iter().all(is_word)
    }
}

/// The characters up to a blank, a bracket, a quote or a separator.
fn bare(text: &str) -> &str {
    let ends = |(at, character): (usize, char)| {
        let next = text[at + character.len_utf8()..].chars().next();
        let is_end = match character {
            '[' | ']' | '(' | ')' | '{' | '}' | '<' | '>' | ',' | ';' | '|' | '=' | '"' | '\'' | '`' | '\\' => true,
            '-' => next == Some('>'),
            ':' => matches!(next, Some('>' | '=')),
            '@' => next == Some('@'),
            _ => character.is_whitespace(),
        };
        is_end.then_some(at)
    };
    &text[..text.char_indices().find_map(ends).unwrap_or(text.len())]
}

/// Can a word stand before a bracket: a name or a path, as `vec!`, `main.Clock` or `std::map`?
fn is_constructor(word: &str) -> bool {
    let is_right =
        |character: char| character.is_alphanumeric() || matches!(character, '_' | '.' | ':' | '!' | '/' | '*');
    word.starts_with(|first: char| first.is_alphabetic() || first == '_') && word.chars().all(is_right)
}

/// Is a word a constructor of Haskell's that takes its value after a blank?
fn applies(word: &str) -> bool {
    let is_type = word.starts_with(|first: char| first.is_uppercase()) && is_constructor(word);
    let lower = word.to_lowercase();
    is_type && ["just", "some", "clock", "time", "stamp", "lamport"].iter().any(|part| lower.contains(part))
}

/// The text of a name in JSON.
fn unescaped(quoted: &str) -> Cow<'_, str> {
    let text = quoted.contains('\\').then(|| serde_json::from_str::<String>(&format!("\"{quoted}\"")).ok());
    text.flatten().map_or(Cow::Borrowed(quoted), Cow::Owned)
}
