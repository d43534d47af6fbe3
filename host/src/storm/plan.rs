//! Everything about a storm that is drawn before it begins.

use std::time::Duration;

use clockring::{clock::ClockKind, ring::RingSize, time::Rate};

use super::{Choices, chance::Chance};
use crate::experiment::{Experiment, Pace, PhaseChoice};

/// The time that machines tick.
const LENGTH: Duration = Duration::from_secs(2);

/// The plan of a storm.
pub(super) struct Plan {
    pub(super) experiment: Experiment,
    /// Something goes wrong about once in so many steps.
    pub(super) trouble_every: u64,
    /// Time passes in steps of this length.
    pub(super) step: Duration,
    /// The time for which things go wrong.
    pub(super) storms_for: Duration,
}

impl Plan {
    /// The plan of a seed, with what was chosen instead of drawn.
    pub(super) fn draw(seed: u64, choices: Choices) -> Self {
        let mut chance = Chance::new(seed, 0);
        let clock = chance.one_of(ClockKind::ALL.as_slice());
        // Large rings are rare, slower, and seen in larger steps: a storm of 26 takes as long as ten of 3.
        let machines = match chance.below(16) {
            0..13 => 2 + chance.below(3),
            13..15 => 5 + chance.below(4),
            _ => 9 + chance.below(18),
        };
        let (clock, ring) = (choices.clock.unwrap_or(clock), choices.machines.unwrap_or(size(machines)));
        let (step_ms, speeds): (u64, &[u32]) = match ring.get() {
            0..=4 => (1, &[5, 20, 100, 400]),
            5..=8 => (2, &[5, 20, 50, 100]),
            _ => (5, &[2, 5, 10]),
        };
        let rates = ring.machines().map(|_| Rate::per_second(chance.one_of(speeds)).map(Pace::Rate));
        let experiment = Experiment {
            ring,
            rates: rates.collect(),
            sides: (ring.get() as u64 + chance.below(6)) as u32,
            seed,
            phase: PhaseChoice::Random,
            clock,
            duration: Some(LENGTH),
        };
        let step = Duration::from_millis(step_ms);
        Self { experiment, trouble_every: chance.one_of(&[10, 30, 100]), step, storms_for: LENGTH + LENGTH / 2 }
    }
}

fn size(machines: u64) -> RingSize {
    RingSize::new(machines as usize).unwrap_or_else(|| unreachable!("2 to 26 is a ring"))
}
