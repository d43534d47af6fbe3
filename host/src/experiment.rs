//! An experiment, on sockets or in virtual time: the number of machines, their rates, the die.

use std::{fmt, str::FromStr, time::Duration};

use clockring::{
    chance::{Die, Purpose, Stream, stream},
    clock::{ClockKind, Vector},
    ring::{MachineId, RingSize},
    time::{Phase, Rate, RateError, Schedule},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The settings that all machines of a run share.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Experiment {
    /// Number of machines.
    pub ring: RingSize,
    /// The rate of each machine, in ring order. `None`: drawn from the seed.
    pub rates: Vec<Option<Pace>>,
    /// Faces of the die, at least one per machine.
    pub sides: u32,
    /// The source of all chance.
    pub seed: u64,
    /// The phase of the first tick.
    pub phase: PhaseChoice,
    /// Which clock the machines keep.
    pub clock: ClockKind,
    /// The time for which the machines tick; `None`: until they are told to stop.
    pub duration: Option<Duration>,
}

/// The vector clock of a computer: with an entry for every machine of the largest ring.
pub type RingVector = Vector<{ RingSize::MAX }>;

/// Evaluates an expression with the clock of a kind as a type: the one place besides core that a new kind is added to.
macro_rules! with_clock {
    ($kind:expr, $clock:ident => $value:expr) => {
        match $kind {
            clockring::clock::ClockKind::Lamport => {
                type $clock = clockring::clock::Lamport;
                $value
            }
            clockring::clock::ClockKind::Vector => {
                type $clock = $crate::experiment::RingVector;
                $value
            }
            clockring::clock::ClockKind::Hybrid => {
                type $clock = clockring::clock::Hybrid;
                $value
            }
        }
    };
}
pub(crate) use with_clock;

/// The number of faces of the die unless told otherwise: the assignment's.
pub const SIDES_DEFAULT: u32 = 10;

/// The most faces a die may have: beyond a million, an experiment has no messages to speak of.
pub const SIDES_MAX: u32 = 1_000_000;

/// Messages that the queue of one link holds on a computer; more wait in the network.
///
/// At rates 1, 6, 6 and four sides the slow machine's queue passes 300 in two minutes, half of it from each peer; this
/// holds the queue of most of an hour.
pub const LANE_CAPACITY: usize = 4095;

/// The slowest and the fastest whole rate that is drawn where none is given: the assignment's "between 1 and 6".
const DRAWN_RATE_MAX: u32 = 6;

impl Experiment {
    /// The pace of a machine: as given, or a whole rate drawn uniformly from 1 to 6 ticks per second.
    pub fn pace(&self, machine: MachineId) -> Pace {
        self.rates.get(machine.index()).copied().flatten().unwrap_or_else(|| {
            let drawn = Die::new(DRAWN_RATE_MAX, stream(self.seed, machine, Purpose::Rate)).roll();
            Pace::Rate(Rate::per_second(drawn).unwrap_or(Rate::MAX))
        })
    }

    /// The phase of a machine's first tick.
    pub fn phase(&self, machine: MachineId) -> Phase {
        match self.phase {
            PhaseChoice::Aligned => Phase::ALIGNED,
            PhaseChoice::Random => Phase::draw(&mut stream(self.seed, machine, Purpose::Phase)),
        }
    }

    /// The schedule of a machine's ticks; `None` if it runs as fast as it can.
    pub fn schedule(&self, machine: MachineId) -> Option<Schedule> {
        match self.pace(machine) {
            Pace::Rate(rate) => Some(Schedule::new(rate, self.phase(machine))),
            Pace::Max => None,
        }
    }

    /// The die of a machine.
    pub fn die(&self, machine: MachineId) -> Die<Stream> {
        Die::new(self.sides, stream(self.seed, machine, Purpose::Rolls))
    }
}

/// The pace of a machine's ticks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// At a rate, each tick at its deadline.
    Rate(Rate),
    /// As fast as it can.
    Max,
}

impl Pace {
    /// Ticks per second; `None` for as fast as it can.
    pub fn per_second(self) -> Option<f64> {
        match self {
            Self::Rate(rate) => Some(rate.millionths() as f64 / 1e6),
            Self::Max => None,
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(rate) => f.pad(&rate.to_string()),
            Self::Max => f.pad("max"),
        }
    }
}

impl FromStr for Pace {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        if text == "max" { Ok(Self::Max) } else { text.parse().map(Self::Rate) }
    }
}

impl Serialize for Pace {
    /// A number, or `"max"`.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Max => to.serialize_str("max"),
            Self::Rate(rate) if rate.millionths() % 1_000_000 == 0 => to.serialize_u64(rate.millionths() / 1_000_000),
            // At most 12 significant digits: a double holds them, and is written as it was typed.
            Self::Rate(rate) => to.serialize_f64(rate.millionths() as f64 / 1e6),
        }
    }
}

impl<'de> Deserialize<'de> for Pace {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // Not an untagged enum: where any crate turns on serde_json's `arbitrary_precision`, those read no fractions.
        let text = match serde_json::Value::deserialize(from)? {
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::String(word) => word,
            _ => return Err(de::Error::custom("a rate is a number, or \"max\"")),
        };
        text.parse().map_err(|error| de::Error::custom(format!("rate {text}: {error}")))
    }
}

/// The choice of the phase of a machine's first tick.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum PhaseChoice {
    /// One whole period after the start, on every machine.
    #[default]
    Aligned,
    /// Drawn from the seed, a fraction of a period in (0, 1].
    Random,
}

impl PhaseChoice {
    /// The name on command lines and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aligned => "aligned",
            Self::Random => "random",
        }
    }
}
