//! The record of a machine's run: written when it starts, completed when it ends.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::Path,
    time::Duration,
};

use clockring::{
    clock::ClockKind,
    moment::UnixTime,
    ring::{MachineId, RingSize},
};
use serde::{Deserialize, Serialize};

use crate::experiment::{Experiment, Pace, PhaseChoice};

/// The manifest of one machine of a run, `A.json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The machine.
    #[serde(with = "names::machine")]
    pub id: MachineId,
    /// Number of machines in the ring.
    #[serde(with = "names::ring_size")]
    pub machines: RingSize,
    /// Ticks per second.
    pub rate: Pace,
    /// Faces of the die.
    pub sides: u32,
    /// The run's seed.
    pub seed: u64,
    /// The choice of the first tick's phase.
    pub phase: PhaseChoice,
    /// The clock kind.
    #[serde(with = "names::clock_kind")]
    pub clock: ClockKind,
    /// Messages that the queue of one link holds.
    pub capacity: usize,
    /// The version of Clockring that wrote the log.
    pub version: String,
    /// The source of the times in the log; system time if absent.
    #[serde(default, skip_serializing_if = "TimeSource::is_system")]
    pub time: TimeSource,
    /// The number the machines of the run agreed on to name it; absent where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u64>,
    /// For how long it was to tick, in seconds; absent if it was to go on until it is stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_s: Option<f64>,
    /// The network, of a simulated run.
    #[serde(flatten)]
    pub network: SimulatedNetwork,
    /// The moment at which the machine started to tick.
    #[serde(rename = "started_ns", with = "names::time")]
    pub started: UnixTime,
    /// The moment of its end; absent if it never ended, because it still runs or was killed.
    #[serde(rename = "ended_ns", default, skip_serializing_if = "Option::is_none", with = "names::time_if_any")]
    pub ended_at: Option<UnixTime>,
    /// Whether a signal, its own or a peer's, ended it, and not the time it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<bool>,
    /// The way it ended: the last thing to be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// Number of ticks it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticks: Option<u64>,
    /// The messages that waited when it ended, oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_in_queue: Option<Vec<LeftInQueue>>,
    /// The messages that found a lane full and were lost, oldest first. Only of a machine that cannot push back: a
    /// board.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overruns: Vec<LeftInQueue>,
    /// The messages that it could not send any more when their receiver, which was away, asked for them, oldest first.
    /// Only of a machine that has no log to read them from: a board.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgotten: Vec<Forgotten>,
    /// Of each peer by its name, the cursor up to which everything it sent is received or left in the queue.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accounted: BTreeMap<String, u64>,
    /// Of each peer by its name, the cursor up to which it said that it has everything.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub delivered: BTreeMap<String, u64>,
    /// The first tick after each restart from the log, in order; empty if the machine never died.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restarts: Vec<u64>,
}

/// The network of a simulated run, in the words of `sim`; empty for a run over a real one.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SimulatedNetwork {
    /// The time that a message takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<String>,
    /// Spells of more latency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bursts: Option<String>,
    /// Spells in which nothing arrives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stalls: Option<String>,
}

/// The ways in which a machine's run ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// After the time it was given, with every message accounted for on both sides.
    Complete,
    /// By a signal, its own or a peer's, with every message accounted for on both sides.
    Interrupted,
    /// With something that is not accounted for, since a peer was not heard of any more.
    Incomplete,
}

impl Ended {
    /// Is every message accounted for?
    pub const fn is_in_good_order(self) -> bool {
        matches!(self, Self::Complete | Self::Interrupted)
    }
}

/// The sources of the times in a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeSource {
    /// System time, as read when the run started, plus monotonic time since.
    #[default]
    System,
    /// Simulated time, from a fixed epoch.
    Virtual,
}

impl TimeSource {
    fn is_system(&self) -> bool {
        *self == Self::System
    }
}

/// A message that its receiver had and did not take: by its sender and timestamp.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LeftInQueue {
    /// Its sender.
    #[serde(with = "names::machine")]
    pub from: MachineId,
    /// The timestamp it carries: a number, or a list of numbers for vector clocks.
    pub stamp: StampJson,
}

/// A message that its sender had let go before its receiver asked for it: by its receiver and timestamp.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Forgotten {
    /// Its receiver.
    #[serde(with = "names::machine")]
    pub to: MachineId,
    /// The timestamp it carries.
    pub stamp: StampJson,
}

/// A timestamp in JSON.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StampJson {
    /// Lamport or hybrid.
    Number(u64),
    /// Vector.
    Counts(Vec<u64>),
}

impl Manifest {
    /// The manifest of a machine of this experiment that starts now: by system time, and not ended.
    pub fn of(id: MachineId, experiment: &Experiment, capacity: usize, started: UnixTime) -> Self {
        Self {
            id,
            machines: experiment.ring,
            rate: experiment.pace(id),
            sides: experiment.sides,
            seed: experiment.seed,
            phase: experiment.phase,
            clock: experiment.clock,
            capacity,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            time: TimeSource::System,
            run: None,
            for_s: experiment.duration.map(|duration| duration.as_secs_f64()),
            network: SimulatedNetwork::default(),
            started,
            ended_at: None,
            stopped: None,
            ended: None,
            ticks: None,
            left_in_queue: None,
            overruns: Vec::new(),
            forgotten: Vec::new(),
            accounted: BTreeMap::new(),
            delivered: BTreeMap::new(),
            restarts: Vec::new(),
        }
    }

    /// The experiment that this machine took part in, as far as it knows it: the rates of the others are not here.
    pub fn experiment(&self, duration: Option<Duration>) -> Experiment {
        let mut rates = vec![None; self.machines.get()];
        if let Some(rate) = rates.get_mut(self.id.index()) {
            *rate = Some(self.rate);
        }
        Experiment {
            ring: self.machines,
            rates,
            sides: self.sides,
            seed: self.seed,
            phase: self.phase,
            clock: self.clock,
            duration,
        }
    }

    /// Writes the manifest: to a file beside it first, so that no reader ever sees half of one.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        self.replace(path, |_| Ok(()))
    }

    /// Writes the manifest and waits until it is on the disk, to survive a loss of power.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_durably(&self, path: &Path) -> io::Result<()> {
        self.replace(path, File::sync_all)?;
        // The new name is in the directory, and is on the disk when that is.
        path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    }

    fn replace(&self, path: &Path, finish: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
        let unfinished = path.with_extension("json.new");
        let text = self.to_text()?;
        let mut file = File::create(&unfinished)?;
        file.write_all(text.as_bytes())?;
        finish(&file)?;
        fs::rename(unfinished, path)
    }

    /// Reads a manifest. An empty one, as a loss of power may leave it, counts as not found.
    ///
    /// # Errors
    /// If it cannot be read, or is no manifest; the message says where, but not in which file.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read(path)?;
        if text.iter().all(|byte| *byte == 0) {
            return Err(io::Error::new(io::ErrorKind::NotFound, "it is empty"));
        }
        Ok(Self::parse(&text)?)
    }

    /// The manifest that this text is.
    ///
    /// # Errors
    /// The fault in the text, and its place.
    pub fn parse(text: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(text)
    }

    /// The manifest as text.
    ///
    /// # Errors
    /// None that is known: every manifest can be written.
    pub fn to_text(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// The types of core in a manifest: by name, or as a number.
pub(crate) mod names {
    /// A type of core as another type, or not at all.
    macro_rules! as_name {
        ($module:ident, $type:ty, $repr:ty, $to:expr, $from:expr, $expected:literal) => {
            pub(crate) mod $module {
                use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

                pub(crate) fn serialize<S: Serializer>(value: &$type, to: S) -> Result<S::Ok, S::Error> {
                    ($to)(*value).serialize(to)
                }

                pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                    let repr = <$repr>::deserialize(from)?;
                    ($from)(&repr).ok_or_else(|| D::Error::custom(format!("{repr:?} is not {}", $expected)))
                }
            }
        };
    }

    as_name!(
        machine,
        clockring::ring::MachineId,
        String,
        |machine: clockring::ring::MachineId| machine.letter_str(),
        |name: &String| match name.as_bytes() {
            [letter] => clockring::ring::MachineId::from_letter(*letter),
            _ => None,
        },
        "a machine, \"A\" to \"Z\""
    );
    as_name!(
        ring_size,
        clockring::ring::RingSize,
        usize,
        |size: clockring::ring::RingSize| size.get(),
        |size: &usize| clockring::ring::RingSize::new(*size),
        "a number of machines, 2 to 26"
    );
    as_name!(
        clock_kind,
        clockring::clock::ClockKind,
        String,
        |kind: clockring::clock::ClockKind| kind.name(),
        |name: &String| clockring::clock::ClockKind::ALL.into_iter().find(|kind| kind.name() == name),
        "a clock kind"
    );
    as_name!(
        time,
        clockring::moment::UnixTime,
        u64,
        |time: clockring::moment::UnixTime| time.ns(),
        |ns: &u64| Some(clockring::moment::UnixTime::from_ns(*ns)),
        "a number of nanoseconds"
    );
    as_name!(
        time_if_any,
        Option<clockring::moment::UnixTime>,
        Option<u64>,
        |time: Option<clockring::moment::UnixTime>| time.map(clockring::moment::UnixTime::ns),
        |ns: &Option<u64>| Some(ns.map(clockring::moment::UnixTime::from_ns)),
        "a number of nanoseconds"
    );
}
