//! What a simulated network does to messages: latency, bursts of more latency, stalls.

use std::{fmt, str::FromStr, time::Duration};

use clockring::chance::Stream;
use rand_core::Rng;
use serde::{Deserialize, Serialize};

use crate::duration::{duration_text, parse_duration};

/// How every link of a simulated ring carries messages. Each link has its own chance, derived from the run's seed.
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
    /// About what a message takes between two processes of one computer, or two computers of one room.
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
    /// How long each lasts.
    pub length: Duration,
    /// How long it stays well between two, on average; at least [`Spells::EVERY_MIN`].
    pub every: Duration,
}

impl Spells {
    /// Trouble more often than every millisecond is no spell but a property of the link, which is what latency says.
    pub const EVERY_MIN: Duration = Duration::from_millis(1);
}

/// One link's delays, from message to message.
#[derive(Clone, Debug)]
pub(super) struct Delay {
    latency: LatencyNs,
    bursts: Option<(u64, Timetable)>,
    stalls: Option<Timetable>,
    chance: Stream,
    last_arrival_ns: u64,
}

impl Delay {
    /// The delays of a link on which nothing has been sent.
    pub(super) fn new(network: &Network, mut chance: Stream) -> Self {
        let bursts = network.bursts.map(|bursts| (ns(bursts.extra), Timetable::new(bursts.spells, &mut chance)));
        let stalls = network.stalls.map(|spells| Timetable::new(spells, &mut chance));
        Self { latency: network.latency.into(), bursts, stalls, chance, last_arrival_ns: 0 }
    }

    /// When the message arrives that is sent now. Times of sending never go back.
    #[inline]
    pub(super) fn arrival_ns(&mut self, sent_ns: u64) -> u64 {
        let mut latency_ns = match self.latency {
            LatencyNs::Fixed(latency_ns) => latency_ns,
            LatencyNs::Uniform { from_ns, choices } => {
                from_ns + ((u128::from(choices) * u128::from(self.chance.next_u64())) >> 64) as u64
            }
            LatencyNs::Exponential { mean_ns } => exponential_ns(mean_ns, &mut self.chance),
        };
        if let Some((extra_ns, timetable)) = &mut self.bursts
            && timetable.end_of_spell_at(sent_ns, &mut self.chance).is_some()
        {
            latency_ns += *extra_ns;
        }
        let mut arrival_ns = self.last_arrival_ns.max(sent_ns + latency_ns.max(1));
        if let Some(timetable) = &mut self.stalls
            && let Some(end_ns) = timetable.end_of_spell_at(arrival_ns, &mut self.chance)
        {
            arrival_ns = end_ns;
        }
        self.last_arrival_ns = arrival_ns;
        arrival_ns
    }
}

/// [`Latency`], ready to be computed with.
#[derive(Clone, Copy, Debug)]
enum LatencyNs {
    Fixed(u64),
    Uniform { from_ns: u64, choices: u64 },
    Exponential { mean_ns: u64 },
}

impl From<Latency> for LatencyNs {
    fn from(latency: Latency) -> Self {
        match latency {
            Latency::Fixed(latency) => Self::Fixed(ns(latency)),
            Latency::Uniform(from, to) => Self::Uniform { from_ns: ns(from), choices: ns(to) - ns(from) + 1 },
            Latency::Exponential(mean) => Self::Exponential { mean_ns: ns(mean) },
        }
    }
}

/// The spells of one link as time goes on.
#[derive(Clone, Copy, Debug)]
struct Timetable {
    spells: Spells,
    start_ns: u64,
}

impl Timetable {
    fn new(spells: Spells, chance: &mut Stream) -> Self {
        Self { spells, start_ns: exponential_ns(ns(spells.every), chance) }
    }

    /// If a spell is on at this time: when it ends. Times asked for never go back.
    fn end_of_spell_at(&mut self, time_ns: u64, chance: &mut Stream) -> Option<u64> {
        loop {
            let end_ns = self.start_ns + ns(self.spells.length);
            if time_ns < end_ns {
                return (time_ns >= self.start_ns).then_some(end_ns);
            }
            self.start_ns = end_ns + exponential_ns(ns(self.spells.every), chance);
        }
    }
}

/// An exponentially distributed time, by inversion. `libm` rather than the platform's logarithm, so that the same seed
/// gives the same run everywhere.
fn exponential_ns(mean_ns: u64, chance: &mut Stream) -> u64 {
    const PARTS: f64 = (1_u64 << 53) as f64;
    let uniform = ((chance.next_u64() >> 11) + 1) as f64 / PARTS;
    (-libm::log(uniform) * mean_ns as f64) as u64
}

/// No duration of ours is near the 584 years that 64 bits hold.
fn ns(duration: Duration) -> u64 {
    duration.as_secs() * 1_000_000_000 + u64::from(duration.subsec_nanos())
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

/// What is text on the command line is text in files.
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
