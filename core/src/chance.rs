//! Chance, repeatable: one xorshift stream per machine and purpose, and a fair die.

use rand_core::{Rng, SeedableRng};
use rand_xorshift::XorShiftRng;

use crate::ring::MachineId;

/// What a stream of random numbers is for. Each purpose has a stream of its own, so that fixing a rate by hand does
/// not change the rolls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Purpose {
    /// The die rolled at ticks without a waiting message.
    Rolls,
    /// The rate, where none is given.
    Rate,
    /// The phase of the first tick, where it is random.
    Phase,
    /// What a simulated network does to messages on the link from this machine to another.
    Link(MachineId),
}

impl Purpose {
    const fn number(self) -> u64 {
        match self {
            Self::Rolls => 0,
            Self::Rate => 1,
            Self::Phase => 2,
            Self::Link(to) => 3 + to.index() as u64,
        }
    }
}

/// A stream of random numbers.
pub type Stream = XorShiftRng;

/// The random numbers of one machine for one purpose, derived from the run's seed.
///
/// For one seed, no two machines and no two purposes share a stream: names differ, and what is done to them below
/// can be undone, so the states that start the generators differ.
pub fn stream(seed: u64, machine: MachineId, purpose: Purpose) -> Stream {
    let name = ((machine.index() as u64 + 1) << 8) | purpose.number();
    XorShiftRng::seed_from_u64(mix(seed ^ mix(name)))
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection that spreads every bit over the word.
const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// A fair die with faces 1 to `sides`.
#[derive(Clone, Debug)]
pub struct Die<R> {
    sides: u32,
    /// Draws whose low half is below this would favour some faces: 2³² mod `sides`.
    unfair_below: u32,
    chance: R,
}

impl<R: Rng> Die<R> {
    /// A die of `sides` faces (at least one), rolled by `chance`.
    pub const fn new(sides: u32, chance: R) -> Self {
        let sides = if sides == 0 { 1 } else { sides };
        let unfair_below = match sides.wrapping_neg().checked_rem(sides) {
            Some(remainder) => remainder,
            None => 0,
        };
        Self { sides, unfair_below, chance }
    }

    /// A face from 1 to `sides`, each equally likely (Lemire 2019, "Fast random integer generation in an interval").
    pub fn roll(&mut self) -> u32 {
        loop {
            let product = u64::from(self.chance.next_u32()) * u64::from(self.sides);
            if product as u32 >= self.unfair_below {
                return (product >> 32) as u32 + 1;
            }
        }
    }
}
