//! The words of a line before its first `key=value`, which may tell the time and the event.

use super::super::{kinds::common, pattern::Group, time_text::TimeReader};
use super::fields::Row;

/// The words before the first pair of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Lead {
    /// The number of those that are a time.
    time_words: usize,
}

/// A time has no more words than this: `Tue Mar  7 20:38:18 UTC 2023`.
const TIME_WORDS_MAX: usize = 6;

impl Lead {
    /// The meaning of these words in all rows; `None` if they do not tell the kind of most events.
    pub(super) fn of(rows: &[Row<'_>], has_time: bool) -> Option<Self> {
        let reader = TimeReader::default();
        let is_time = |count: &usize| {
            let of = |row: &Row<'_>| split(row.line, *count).is_some_and(|(time, _)| reader.read(time).is_some());
            rows.iter().all(of)
        };
        let time_words = (1..=TIME_WORDS_MAX).rev().filter(|_| has_time).find(is_time).unwrap_or(0);
        let lead = Self { time_words };
        let tells = |row: &&Row<'_>| lead.event(row.line).is_some_and(|event| common(&event.to_lowercase()).is_some());
        (rows.iter().filter(tells).count() * 2 > rows.len()).then_some(lead)
    }

    fn event<'a>(&self, line: &'a str) -> Option<&'a str> {
        split(line, self.time_words).map(|(_, event)| event)
    }

    /// The groups of a line, with their texts.
    pub(super) fn expected<'a>(&self, line: &'a str) -> impl Iterator<Item = (Group, &'a str)> {
        let (time, event) = split(line, self.time_words).unwrap_or_default();
        let time = (self.time_words > 0).then_some((Group::Time, time));
        time.into_iter().chain([(Group::Event, event)])
    }

    /// The start of a pattern.
    pub(super) fn pattern(&self) -> String {
        let time = match self.time_words {
            0 => String::new(),
            1 => "(?<time>\\S+) +".to_owned(),
            more => format!("(?<time>\\S+(?: +\\S+){{{}}}) +", more - 1),
        };
        format!("^{time}(?<event>[^=]+) ")
    }
}

/// The first words of a line, and the others before its first pair.
fn split(line: &str, words: usize) -> Option<(&str, &str)> {
    let lead = line.split_once('=')?.0;
    let lead = &lead[..lead.rfind(' ')?];
    let mut end = 0;
    for _ in 0..words {
        let start = end + lead[end..].find(|character: char| character != ' ')?;
        end = start + lead[start..].find(' ')?;
    }
    let event = lead[end..].trim();
    (!event.is_empty()).then_some((&lead[..end], event))
}
