//! The simulated network's effects on messages: latency, bursts of more latency, stalls.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::duration::{duration_text, parse_duration};

/// The delays on every link of a simulated ring. Each link has its own chance, derived from the run's seed.
///
/// A link is first in, first out, as TCP is: a message that would overtake the one before it arrives with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Network {
    /// The time a message takes.
    pub latency: Latency,
    /// Stretches of time in which messages that are sent take longer.
    pub bursts: Option<Bursts>,
    /// Stretches of time in which nothing arrives; at the end, all of it does.
    pub stalls: Option<Spells>,
}

impl Network {
    /// Does every message take the same time?
    pub(super) fn is_constant(&self) -> bool {
        matches!(self, Self { latency: Latency::Fixed(_), bursts: None, stalls: None })
    }
}

/// The time a message takes from its send event until it waits at its receiver. At least a nanosecond: nothing is
/// received in the instant it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Latency {
    /// Always the same.
    Fixed(Duration),
    /// Anything in this range, equally likely.
    Uniform(Duration, Duration),
    /// Exponentially distributed with this mean.
    Exponential(Duration),
}

impl Default for Latency {
    /// About the latency between two processes of one computer, or two computers of one room.
    fn default() -> Self {
        Self::Fixed(Duration::from_micros(200))
    }
}

/// Times at which latency is higher.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bursts {
    /// By how much.
    pub extra: Duration,
    /// When.
    pub spells: Spells,
}

/// Spells of trouble on a link: each lasts `length`; the good time before each is exponentially distributed with mean
/// `every`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Spells {
    /// The length of each.
    pub length: Duration,
    /// The time between two, on average; at least [`Spells::EVERY_MIN`].
    pub every: Duration,
}

impl Spells {
    /// Trouble more often than every millisecond is no spell but a property of the link: latency.
    pub const EVERY_MIN: Duration = Duration::from_millis(1);
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(latency) => f.write_str(&duration_text(*latency)),
            Self::Uniform(from, to) => write!(f, "uniform:{}..{}", duration_text(*from), duration_text(*to)),
            Self::Exponential(mean) => write!(f, "exp:{}", duration_text(*mean)),
        }
    }
}

impl FromStr for Latency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None | Some(("fixed", _)) => parse_duration(text.strip_prefix("fixed:").unwrap_or(text)).map(Self::Fixed),
            Some(("exp", mean)) => parse_duration(mean).map(Self::Exponential),
            Some(("uniform", range)) => {
                let (from, to) = range.split_once("..").ok_or("give a range such as uniform:1ms..5ms")?;
                let (from, to) = (parse_duration(from)?, parse_duration(to)?);
                if from > to { Err("the range ends before it begins".to_owned()) } else { Ok(Self::Uniform(from, to)) }
            }
            Some((other, _)) => {
                Err(format!("`{other}` is no kind of latency: use 0.2ms, uniform:1ms..5ms or exp:50ms"))
            }
        }
    }
}

impl fmt::Display for Bursts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", duration_text(self.extra), self.spells)
    }
}

impl FromStr for Bursts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (extra, spells) =
            text.split_once(':').ok_or("give bursts such as 100ms:2s/30s: more latency, for, every")?;
        Ok(Self { extra: parse_duration(extra)?, spells: spells.parse()? })
    }
}

impl fmt::Display for Spells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", duration_text(self.length), duration_text(self.every))
    }
}

impl FromStr for Spells {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (length, every) = text.split_once('/').ok_or("give a length and how often, such as 2s/30s")?;
        let spells = Self { length: parse_duration(length)?, every: parse_duration(every)? };
        if spells.length.is_zero() || spells.every < Self::EVERY_MIN {
            return Err(format!(
                "each lasts more than no time, and they are {} apart or more",
                duration_text(Self::EVERY_MIN)
            ));
        }
        Ok(spells)
    }
}

/// Text on the command line is text in files.
macro_rules! text_in_files {
    ($($type:ty),*) => {$(
        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }

        impl TryFrom<String> for $type {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse().map_err(|error| format!("{text}: {error}"))
            }
        }
    )*};
}

text_in_files!(Latency, Bursts, Spells);
