//! The settings of a board, given at its start: over semihosting, as the arguments of a program.

use clockring::{moment::Elapsed, ring::MachineId, time::Rate};
use semihosting::experimental::env;

/// The part of an experiment that one machine has to know.
pub struct Config {
    /// Its name.
    pub id: MachineId,
    /// Its rate.
    pub rate: Rate,
    /// The faces of its die.
    pub sides: u32,
    /// The run's seed.
    pub seed: u64,
    /// The time for which it ticks.
    pub duration: Elapsed,
    /// Tells this machine from another of the same name, for the length of a run.
    pub instance: u64,
}

impl Config {
    /// `LETTER RATE SIDES SEED DURATION_NS INSTANCE`; `None` if something is missing or out of range.
    pub fn from_arguments() -> Option<Self> {
        let arguments = env::args::<256>().ok()?;
        let mut words = &arguments;
        let mut word = || words.next()?.ok();
        Some(Self {
            id: MachineId::from_letter(*word()?.as_bytes().first()?)?,
            rate: word()?.parse().ok()?,
            sides: word()?.parse().ok()?,
            seed: word()?.parse().ok()?,
            duration: Elapsed::from_ns(word()?.parse().ok()?),
            instance: word()?.parse().ok()?,
        })
    }
}
