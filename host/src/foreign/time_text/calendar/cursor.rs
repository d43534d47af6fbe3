//! The rest of a text, and the pieces that dates are made of.

use std::ops::RangeInclusive;

#[derive(Clone)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.trim_start().is_empty()
    }

    /// Takes blanks, also those that do not break a line.
    pub(super) fn blanks(&mut self) -> bool {
        let rest = self.rest.trim_start();
        let has_some = rest.len() < self.rest.len();
        self.rest = rest;
        has_some
    }

    pub(super) fn take(&mut self, character: char) -> bool {
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(super) fn any_of(&mut self, characters: &str) -> Option<char> {
        let next = self.rest.chars().next().filter(|next| characters.contains(*next))?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    /// ASCII letters, as many as there are.
    pub(super) fn word(&mut self) -> &'a str {
        let end = self.rest.bytes().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// A number of so many digits, neither more nor less. At most nine are asked for.
    pub(super) fn number(&mut self, digits: RangeInclusive<usize>) -> Option<u32> {
        let end = self.rest.bytes().take(10).take_while(u8::is_ascii_digit).count();
        if !digits.contains(&end) {
            return None;
        }
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number.parse().ok()
    }

    /// A fraction of a second in nanoseconds, and the value of its last digit. More than nine digits are cut off.
    pub(super) fn fraction(&mut self) -> Option<(i32, u64)> {
        let digits = self.rest.strip_prefix(['.', ',', ':'])?;
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 || (self.rest.starts_with(':') && count != 3) {
            return None;
        }
        self.rest = &digits[count..];
        let kept = &digits[..count.min(9)];
        let step = 10_u64.pow(9 - u32::try_from(kept.len()).ok()?);
        let ns = kept.parse::<u64>().ok()? * step;
        Some((i32::try_from(ns).ok()?, step))
    }

    /// Whether `AM` or `PM` follows, and it is the second: the second half of the day.
    pub(super) fn half(&mut self) -> Option<bool> {
        let mut after = self.clone();
        after.blanks();
        let is_afternoon = after.any_of("AaPp").map(|letter| letter.eq_ignore_ascii_case(&'p'))?;
        let has_dots = after.take('.');
        after.any_of("Mm")?;
        if has_dots {
            after.take('.');
        }
        let is_whole = !after.rest.starts_with(|next: char| next.is_alphanumeric());
        is_whole.then(|| *self = after)?;
        Some(is_afternoon)
    }

    /// Takes the characters between a date and its time of day.
    pub(super) fn between(&mut self) -> Option<()> {
        if self.any_of("Tt_:-").is_some() {
            return Some(());
        }
        let has_comma = self.take(',');
        let has_blanks = self.blanks();
        if let Some(rest) = self.rest.strip_prefix("at ") {
            self.rest = rest;
        }
        (has_comma || has_blanks).then_some(())
    }

    /// Takes a text up to and with its end, if it starts and ends so.
    pub(super) fn enclosed(&mut self, open: char, close: char) -> bool {
        let rest = self.rest.strip_prefix(open).and_then(|inside| inside.split_once(close)).map(|(_, rest)| rest);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }
}
