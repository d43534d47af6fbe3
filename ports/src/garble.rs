//! A wire that garbles: some bytes are lost or changed.

use std::sync::{Arc, Mutex, PoisonError};

use clockring::chance::Stream;
use rand_core::Rng;

/// The damage of one wire: about one byte in so many suffers. All connections of the wire share it, so that one that is
/// made again does not suffer at the same places again.
#[derive(Clone)]
pub(crate) struct Garbler(Arc<Mutex<State>>);

struct State {
    one_in: u32,
    chance: Stream,
    suffered: Suffered,
}

/// How many bytes suffered so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Suffered {
    /// That never came.
    pub(crate) lost: u64,
    /// That came with another value.
    pub(crate) changed: u64,
}

impl Garbler {
    /// About one byte in `one_in` suffers.
    pub(crate) fn new(one_in: u32, chance: Stream) -> Self {
        Self(Arc::new(Mutex::new(State { one_in, chance, suffered: Suffered::default() })))
    }

    /// How many bytes suffered so far.
    pub(crate) fn suffered(&self) -> Suffered {
        self.state().suffered
    }

    /// Adds to `to` what becomes of these bytes.
    pub(crate) fn garble(&self, bytes: &[u8], to: &mut Vec<u8>) {
        let state = &mut *self.state();
        for byte in bytes {
            let number = state.chance.next_u32();
            if !number.is_multiple_of(state.one_in) {
                to.push(*byte);
            } else if number >> 31 == 0 {
                state.suffered.lost += 1;
            } else {
                state.suffered.changed += 1;
                to.push(*byte ^ 1 << (number >> 28 & 7));
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use clockring::{
        chance::{Purpose, stream},
        ring::MachineId,
    };

    use super::*;

    #[test]
    fn about_one_byte_in_so_many_suffers_and_is_counted() {
        let garbler = Garbler::new(100, stream(1, MachineId::from_index(0).unwrap(), Purpose::Rate));
        let (bytes, mut came) = ([7; 100_000], Vec::new());
        garbler.garble(&bytes, &mut came);
        let Suffered { lost, changed } = garbler.suffered();
        assert_eq!(came.len() as u64, bytes.len() as u64 - lost);
        assert_eq!(came.iter().filter(|byte| **byte != 7).count() as u64, changed);
        assert!((400..600).contains(&lost) && (400..600).contains(&changed), "{lost} lost, {changed} changed");
    }
}
