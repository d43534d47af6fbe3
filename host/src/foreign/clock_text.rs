//! A clock's value as the text of a log: one grammar for all the ways in which programs print it.
//!
//! A text that merely holds digits is no clock: it is understood as a whole, or refused with the reason.

mod hybrid;
mod meaning;
mod names;
mod number;
mod terms;

use std::fmt;

/// A clock's value as its text shows it. Its place among the logs of a run may show more: a list of two numbers can be a
/// vector of two machines, or a time with the number of its process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClockText {
    /// One number: `17`, `17.0`, `LamportClock(17)`.
    Number(u64),
    /// A hybrid clock: physical time, in the unit that was printed (nanoseconds if it was a date), and a count.
    Hybrid {
        /// The physical part.
        wall: u64,
        /// The logical part.
        count: u64,
    },
    /// A time with its process, as in Lamport's total order: `(3, 'n1')`, `3@n1`.
    Stamped {
        /// The time.
        time: u64,
        /// The process, as it is printed.
        process: String,
    },
    /// Two or more numbers in some order: `[1, 0, 4]`.
    List(Vec<u64>),
    /// Numbers by name, sorted by name, no name twice: `{"a": 1}`. One pair without brackets, `n1:3`, is of this kind too.
    Named(Vec<(String, u64)>),
}

/// Reads a clock's value.
///
/// # Errors
/// If the text as a whole is not understood.
pub fn parse(text: &str) -> Result<ClockText, NotAClock> {
    let text = text.trim();
    if let Some(number) = number::plain(text) {
        return Ok(ClockText::Number(number));
    }
    if let Some(list) = number::plain_list(text) {
        return Ok(ClockText::List(list));
    }
    whole(text, terms::DEPTH_MAX).map_err(NotAClock)
}

/// Reads a text without blanks around it. `depth` is the number of quotes and brackets that may still open.
fn whole(text: &str, depth: usize) -> Result<ClockText, Wrong> {
    if let Some(hybrid) = hybrid::parse(text) {
        return hybrid;
    }
    if let Some((inside, depth)) = terms::quoted_whole(text).zip(depth.checked_sub(1)) {
        return whole(inside.trim(), depth);
    }
    meaning::of_top(&terms::parse(text, depth)?)
}

/// The reason why a text is no clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotAClock(Wrong);

/// The part of a text that makes it no clock.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Wrong {
    Empty,
    Negative,
    Fraction,
    TooLarge,
    Date,
    Unclosed(char),
    TooDeep,
    /// Something other than a number where one must be.
    NoNumber(String),
    NoName,
    Twice(String),
    Unread(String),
    /// Its parts are understood, but make no clock together.
    Mixture,
}

impl fmt::Display for NotAClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Wrong::Empty => f.write_str("it is empty"),
            Wrong::Negative => f.write_str("a logical clock is never negative"),
            Wrong::Fraction => f.write_str("a logical clock has no fraction"),
            Wrong::TooLarge => write!(f, "a count is larger than {}", u64::MAX),
            Wrong::Date => f.write_str("a date is no logical clock"),
            Wrong::Unclosed(open) => write!(f, "`{open}` is not closed"),
            Wrong::TooDeep => f.write_str("its brackets are nested too deeply"),
            Wrong::NoNumber(text) => write!(f, "`{text}` is not a number"),
            Wrong::NoName => f.write_str("a count has an empty name"),
            Wrong::Twice(name) => write!(f, "`{name}` is counted twice"),
            Wrong::Unread(text) => write!(f, "it is not clear up to `{text}`"),
            Wrong::Mixture => f.write_str("its numbers and names make no clock"),
        }?;
        f.write_str(
            "; understood are a number (`17`), a list (`[1, 0, 4]`), counts by name (`{\"a\": 1, \"b\": 2}`), a time with \
             its process (`(3, 'n1')`) and a hybrid clock (`{wall: 1700000000000, count: 2}`)",
        )
    }
}

impl std::error::Error for NotAClock {}
