//! Everything about a storm that is drawn before it begins.

use std::time::Duration;

use clockring::{
    clock::ClockKind,
    moment::Monotonic,
    ring::{MachineId, RingSize},
    time::Rate,
};

use super::{Choices, START, chance::Chance, clocks::Clocks};
use crate::experiment::{Experiment, Pace, PhaseChoice};

/// The seconds that machines tick, if they are not told to stop: seldom long enough for one to be far behind the others.
const LENGTHS: [u64; 8] = [2, 2, 2, 2, 2, 2, 2, 6];

/// The plan of a storm.
pub(super) struct Plan {
    pub(super) experiment: Experiment,
    /// Something goes wrong about once in so many steps, while machines tick.
    pub(super) trouble_every: u64,
    /// Time passes in steps of this length.
    pub(super) step: Duration,
    /// The time for which things go wrong once the run has begun: longer than it takes.
    pub(super) storms_for: Duration,
    /// The end of the time in which things go wrong.
    pub(super) calm_from: Monotonic,
    /// The first start of each machine.
    pub(super) starts: Vec<Monotonic>,
    pub(super) clocks: Vec<Clocks>,
    /// Do machines wait for the disk before they say something?
    pub(super) durable: bool,
    /// Do computers lose power?
    pub(super) power_cuts: bool,
    /// Does somebody change the log of a machine that is dead?
    pub(super) tampering: bool,
    /// The stop signals, and to whom.
    pub(super) signals: Vec<(Monotonic, MachineId)>,
    /// A machine that is away from this moment on, until all are started once more.
    pub(super) absence: Option<(Monotonic, MachineId)>,
}

impl Plan {
    /// The plan of a seed, with what was chosen instead of drawn.
    pub(super) fn draw(seed: u64, choices: &Choices) -> Self {
        let mut chance = Chance::new(seed, 0);
        let clock = chance.one_of(&ClockKind::ALL);
        // Large rings are rare, slower, and seen in larger steps: a storm of 26 takes as long as ten of 3.
        let machines = match chance.below(16) {
            0..13 => 2 + chance.below(3),
            13..15 => 5 + chance.below(4),
            _ => 9 + chance.below(18),
        };
        let (clock, ring) = (choices.clock.unwrap_or(clock), choices.machines.unwrap_or(size(machines)));
        let (step_ms, speeds): (u64, &[u32]) = match ring.get() {
            0..=4 => (1, &[1, 5, 20, 100, 400]),
            5..=8 => (2, &[1, 5, 20, 50, 100]),
            _ => (5, &[1, 2, 5, 10]),
        };
        let rates = ring.machines().map(|_| Rate::per_second(chance.one_of(speeds)).map(Pace::Rate)).collect();
        let sides = (ring.get() as u64 + chance.below(6)) as u32;
        // One that has no time of its own is ended by a signal alone.
        let length = Duration::from_secs(chance.one_of(&LENGTHS));
        let storms_for = length + Duration::from_secs(1);
        let duration = (!chance.once_in(6)).then_some(length);
        let phase = PhaseChoice::Random;
        let experiment = Experiment { ring, rates, sides, seed, phase, clock, duration };
        // Most rings gather at once, some over as long as others tick.
        let starts_within_ms = chance.one_of(&[0, 50, 50, 2_000]);
        let mut at = |within_ms: u64| START.after(Duration::from_millis(chance.below(within_ms)));
        let starts = ring.machines().map(|_| at(starts_within_ms)).collect();
        let calm_from = at(starts_within_ms).after(storms_for);
        let moments = [(); 3].map(|()| at(calm_from.since(START).as_millis() as u64));
        let machines: Vec<MachineId> = ring.machines().collect();
        let signals = chance.one_of(&[0, 0, 0, 0, 1, 2]);
        let signals = moments[..signals].iter().map(|at| (*at, chance.one_of(&machines))).collect();
        let clocks = machines.iter().map(|_| Clocks::draw(&mut chance)).collect();
        let [durable, power_cuts, tampering] =
            [[false; 3], [false; 3], [true, true, false], [false, true, false], [false, false, true]]
                [chance.below(5) as usize];
        let absence = chance.once_in(6).then(|| (moments[2], chance.one_of(&machines)));
        Self {
            experiment,
            trouble_every: chance.one_of(&[20, 60, 200]),
            step: Duration::from_millis(step_ms),
            storms_for,
            calm_from,
            starts,
            clocks,
            durable,
            power_cuts,
            tampering,
            signals,
            absence,
        }
    }
}

fn size(machines: u64) -> RingSize {
    RingSize::new(machines as usize).unwrap_or_else(|| unreachable!("2 to 26 is a ring"))
}
