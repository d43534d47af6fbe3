//! Everything that is left to chance in a storm.

use clockring::{
    chance::{Purpose, Stream, stream},
    ring::MachineId,
};
use rand_core::Rng;

/// A stream of random numbers.
#[derive(Debug)]
pub(super) struct Chance(Stream);

impl Chance {
    /// The chance of a seed. No machine of the run has this stream: its seed is another.
    pub(super) fn new(seed: u64, salt: u64) -> Self {
        let machine = MachineId::from_index(0).unwrap_or_else(|| unreachable!("A is a machine"));
        Self(stream(!seed ^ salt << 40, machine, Purpose::Rolls))
    }

    /// A number from 0 to `below` - 1; 0 if there is none. The bias of the division does not matter here.
    pub(super) fn below(&mut self, below: u64) -> u64 {
        self.0.next_u64().checked_rem(below).unwrap_or(0)
    }

    /// True once in so many times.
    pub(super) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}
