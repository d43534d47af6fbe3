//! Runs the machines of a run again, from their seeds and the messages they received, and compares event by event.
//!
//! A process is a function of its rolls and of the messages that are delivered to it: the rolls come from the seed in
//! the manifest, the messages and physical time from the log. So the events of a live machine over real sockets must
//! come out again, exactly.
//!
//! The die is rolled at the ticks that are no receives, and only there.

use std::{fmt, iter};

use clockring::{
    clock::{Clock, ClockKind},
    event::EventKind,
    message::Message,
    process::{Process, Turn},
    ring::RingSize,
};

use crate::{
    experiment::{Experiment, with_clock},
    rundir::{LogError, LogReader, Manifest, Row, RunDirectory, StampText, Torn},
};

/// The result of one machine's replay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replayed {
    /// Rows that came out as the log has them.
    pub rows: u64,
    /// Those of them at which the die was rolled; the others are receives.
    pub rolls: u64,
    /// The first row that came out otherwise, where the replay ends.
    pub difference: Option<Difference>,
    /// A last line of the log that was not written to its end.
    pub torn: Option<Torn>,
}

/// A row that the replay has otherwise than the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Its line in the log.
    pub line: u64,
    /// The row as the log has it.
    pub logged: String,
    /// The row as it came out.
    pub replayed: String,
    /// The kind of difference.
    pub why: Why,
}

/// The kinds of differences between a row and its replay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// Its tick has another number.
    Number,
    /// Its event is another.
    Event {
        /// Faces of the die.
        sides: u32,
        /// The run's seed.
        seed: u64,
        /// The face that the die shows, if it was rolled.
        roll: Option<u32>,
    },
    /// Its clock, of this kind, shows another value.
    Clock(ClockKind),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number => f.write_str("the ticks are numbered otherwise: a row is missing, repeated or out of place"),
            Self::Event { sides, seed, roll } => {
                let face = roll.map(|face| format!("shows {face}")).unwrap_or_default();
                write!(
                    f,
                    "the event differs: the die of {sides} sides and seed {seed} {face} at this tick, unless a message \
                     waited that the log does not have here"
                )
            }
            Self::Clock(kind) => write!(f, "the clock differs: this event moves a {kind} clock otherwise"),
        }
    }
}

/// Runs the machine of a manifest again, from its log in `directory`.
///
/// # Errors
/// If the log cannot be read.
pub fn replay(directory: &RunDirectory, manifest: &Manifest) -> Result<Replayed, LogError> {
    with_clock!(manifest.clock, C => replay_as::<C>(directory, manifest))
}

fn replay_as<C: Clock<Stamp: StampText>>(directory: &RunDirectory, manifest: &Manifest) -> Result<Replayed, LogError> {
    let (id, ring) = (manifest.id, manifest.machines);
    let mut log = LogReader::<C::Stamp>::open(&directory.log(id), id, ring)?;
    let mut process = Process::<C>::new(id, ring);
    let mut die = experiment(manifest).die(id);
    let mut replayed = Replayed { rows: 0, rolls: 0, difference: None, torn: None };
    for row in &mut log {
        let (line, logged) = row?;
        let (turn, roll) = match logged.event.kind {
            EventKind::Receive { from, stamp } => (Turn::Deliver(Message { from, to: id, stamp }), None),
            EventKind::Internal | EventKind::Send { .. } => {
                let roll = die.roll();
                (Turn::of(None, || process.rolled(roll)), Some(roll))
            }
        };
        let event = process.step(turn, logged.time).event;
        // The number of messages that waited depends on the network: it is taken from the log, as the time is.
        let again = Row { tick: replayed.rows + 1, event, ..logged };
        if again != logged {
            replayed.difference = Some(difference(line, &logged, &again, roll, manifest));
            break;
        }
        replayed.rows += 1;
        replayed.rolls += u64::from(roll.is_some());
    }
    replayed.torn = log.torn().cloned();
    Ok(replayed)
}

/// The experiment as far as a replay depends on it.
fn experiment(manifest: &Manifest) -> Experiment {
    Experiment {
        ring: manifest.machines,
        rates: iter::repeat_n(Some(manifest.rate), manifest.machines.get()).collect(),
        sides: manifest.sides,
        seed: manifest.seed,
        phase: manifest.phase,
        clock: manifest.clock,
        duration: None,
    }
}

fn difference<S: StampText>(
    line: u64,
    logged: &Row<S>,
    again: &Row<S>,
    roll: Option<u32>,
    manifest: &Manifest,
) -> Difference {
    let ring = manifest.machines;
    let why = if logged.tick != again.tick {
        Why::Number
    } else if logged.event.kind != again.event.kind {
        Why::Event { sides: manifest.sides, seed: manifest.seed, roll }
    } else {
        Why::Clock(manifest.clock)
    };
    Difference { line, logged: text(logged, ring), replayed: text(again, ring), why }
}

fn text<S: StampText>(row: &Row<S>, ring: RingSize) -> String {
    let mut bytes = Vec::new();
    row.write(ring, &mut bytes);
    String::from_utf8_lossy(&bytes).trim_end().to_owned()
}
