//! The experiment as data: which settings a sweep goes through, from a file or a command line.

use std::{fmt, str::FromStr, time::Duration};

use clockring::{clock::ClockKind, ring::RingSize};
use serde::{Deserialize, Serialize};

use crate::{
    experiment::{Experiment, Pace, PhaseChoice, SIDES_DEFAULT, SIDES_MAX},
    sim::{Bursts, Latency, Network, Scenario, ScenarioError, Spells},
};

/// A grid of settings: every combination of the lists' values. A list that is not given has its usual value.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grid {
    /// The name of the experiment.
    pub name: Option<String>,
    /// Its subject, in a sentence or two.
    pub about: Option<String>,
    /// The rates of the machines.
    pub rates: Option<Vec<Rates>>,
    /// Number of machines, if the rates leave it open.
    pub machines: Option<Vec<usize>>,
    /// Faces of the die.
    pub sides: Option<Vec<u32>>,
    /// The phases of first ticks.
    pub phase: Option<Vec<PhaseChoice>>,
    /// The time a message takes.
    pub latency: Option<Vec<Latency>>,
    /// Spells of more latency.
    pub bursts: Option<Bursts>,
    /// Spells in which nothing arrives.
    pub stalls: Option<Spells>,
    /// Number of runs of each setting.
    pub runs: Option<u64>,
    /// The seed of the first run of each setting; the next run has the next seed.
    pub seed: Option<u64>,
    /// The time for which each run ticks.
    #[serde(rename = "for", with = "duration")]
    pub duration: Option<Duration>,
}

/// Number of runs of a setting unless told otherwise: enough that its intervals are narrow, in a moment.
const RUNS_DEFAULT: u64 = 400;

/// The seed of the first run unless told otherwise.
const SEED_DEFAULT: u64 = 1;

/// The time for which a run ticks unless told otherwise: the assignment's minute.
const DURATION_DEFAULT: Duration = Duration::from_secs(60);

/// Number of machines if nothing says it.
const MACHINES_DEFAULT: usize = 3;

/// The most settings of a grid; more than a person reads is a slip of the hand.
const SETTINGS_MAX: usize = 100_000;

impl Grid {
    /// This grid, with its open settings taken from another.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            name: self.name.or(other.name),
            about: self.about.or(other.about),
            rates: self.rates.or(other.rates),
            machines: self.machines.or(other.machines),
            sides: self.sides.or(other.sides),
            phase: self.phase.or(other.phase),
            latency: self.latency.or(other.latency),
            bursts: self.bursts.or(other.bursts),
            stalls: self.stalls.or(other.stalls),
            runs: self.runs.or(other.runs),
            seed: self.seed.or(other.seed),
            duration: self.duration.or(other.duration),
        }
    }

    /// Every combination, in the order of the lists: rates change slowest, then machines, sides, phase, latency.
    ///
    /// # Errors
    /// The first value that is not possible.
    pub(super) fn scenarios(&self) -> Result<Vec<Scenario>, Impossible> {
        let rates = listed("rates", &self.rates, || Rates(Vec::new()))?;
        let sides = listed("sides", &self.sides, || SIDES_DEFAULT)?;
        let phases = listed("phase", &self.phase, PhaseChoice::default)?;
        let latencies = listed("latency", &self.latency, Latency::default)?;
        if self.duration.is_some_and(|duration| duration.is_zero()) {
            return Err(Impossible::new("for", "a run takes more than no time"));
        }
        let mut settings = Vec::new();
        for rates in &rates {
            for ring in self.rings(rates)? {
                for sides in &sides {
                    for phase in &phases {
                        for latency in &latencies {
                            let experiment = self.experiment(rates, ring, *sides, *phase)?;
                            let network = Network { latency: *latency, bursts: self.bursts, stalls: self.stalls };
                            settings.push(Scenario::new(experiment, network).map_err(Impossible::from)?);
                        }
                    }
                }
            }
        }
        if settings.len() > SETTINGS_MAX {
            let found = settings.len();
            return Err(Impossible::new("rates", format!("the grid has {found} settings: {SETTINGS_MAX} at most")));
        }
        Ok(settings)
    }

    /// The number of runs of each.
    ///
    /// # Errors
    /// If there are to be none.
    pub(super) fn runs(&self) -> Result<u64, Impossible> {
        match self.runs.unwrap_or(RUNS_DEFAULT) {
            0 => Err(Impossible::new("runs", "0 runs show nothing: give at least 1")),
            runs => Ok(runs),
        }
    }

    /// The sizes of ring that go with these rates.
    fn rings(&self, rates: &Rates) -> Result<Vec<RingSize>, Impossible> {
        let default = if rates.0.len() > 1 { rates.0.len() } else { MACHINES_DEFAULT };
        let sizes = listed("machines", &self.machines, || default)?;
        let ring = |machines: &usize| {
            if rates.0.len() > 1 && rates.0.len() != *machines {
                let problem = format!("{rates} are {} rates, which do not fit {machines} machines", rates.0.len());
                return Err(Impossible::new("rates", problem));
            }
            RingSize::new(*machines).ok_or_else(|| {
                let key = if rates.0.len() > 1 { "rates" } else { "machines" };
                Impossible::new(key, format!("a ring of {machines} is not possible: it has 2 to {}", RingSize::MAX))
            })
        };
        sizes.iter().map(ring).collect()
    }

    fn experiment(
        &self,
        rates: &Rates,
        ring: RingSize,
        sides: u32,
        phase: PhaseChoice,
    ) -> Result<Experiment, Impossible> {
        if (sides as usize) < ring.get() || sides > SIDES_MAX {
            let problem = format!(
                "a die of {sides} sides is not possible for {} machines: it has {0} to {SIDES_MAX}",
                ring.get()
            );
            return Err(Impossible::new("sides", problem));
        }
        let rates = match rates.0[..] {
            [] => vec![None; ring.get()],
            [of_all] => vec![Some(of_all); ring.get()],
            _ => rates.0.iter().copied().map(Some).collect(),
        };
        Ok(Experiment {
            ring,
            rates,
            sides,
            seed: self.seed.unwrap_or(SEED_DEFAULT),
            phase,
            clock: ClockKind::Lamport,
            duration: Some(self.duration.unwrap_or(DURATION_DEFAULT)),
        })
    }
}

/// The values of a list; one usual value if it is not given.
fn listed<T: Clone>(key: &'static str, list: &Option<Vec<T>>, usual: impl FnOnce() -> T) -> Result<Vec<T>, Impossible> {
    match list {
        None => Ok(vec![usual()]),
        Some(list) if list.is_empty() => Err(Impossible::new(key, "the list is empty: leave it out, or give a value")),
        Some(list) => Ok(list.clone()),
    }
}

/// The rates of one setting: of each machine in ring order, one for all of them, or none: drawn, anew for every run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rates(Vec<Pace>);

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("drawn");
        }
        f.write_str(&self.0.iter().map(Pace::to_string).collect::<Vec<_>>().join("/"))
    }
}

impl FromStr for Rates {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "drawn" {
            return Ok(Self(Vec::new()));
        }
        let rates = text.split([',', '/']).map(|rate| rate.parse().map_err(|error| format!("`{rate}`: {error}")));
        rates.collect::<Result<_, _>>().map(Self)
    }
}

/// A value of a grid that cannot be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Impossible {
    /// The name of the list.
    pub key: &'static str,
    problem: String,
}

impl Impossible {
    fn new(key: &'static str, problem: impl Into<String>) -> Self {
        Self { key, problem: problem.into() }
    }
}

impl From<ScenarioError> for Impossible {
    fn from(error: ScenarioError) -> Self {
        let key = match error {
            ScenarioError::Endless => "for",
            ScenarioError::NoRate(_) => "rates",
        };
        Self::new(key, error.to_string())
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.problem)
    }
}

impl std::error::Error for Impossible {}

/// A length of time: a number of seconds, or text with a unit.
mod duration {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::duration::{duration_text, parse_duration};

    pub(super) fn serialize<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        duration.map(duration_text).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Seconds(f64),
            Text(String),
        }
        let text = match Option::deserialize(from)? {
            None => return Ok(None),
            Some(Either::Seconds(seconds)) => seconds.to_string(),
            Some(Either::Text(text)) => text,
        };
        parse_duration(&text).map(Some).map_err(D::Error::custom)
    }
}
