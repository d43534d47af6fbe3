//! Vector clocks (Fidge 1988, Mattern 1989): a counter per machine, and exactly happened-before.

use core::cmp::Ordering;

use super::{COUNT_MAX, Clock, ClockKind, Refusal};
use crate::{
    frame,
    message::Stamp,
    moment::UnixTime,
    ring::{MachineId, RingSize},
};

/// A vector clock of a ring of at most `N` machines: event a happened before event b if, and only if, a's timestamp
/// is smaller. Two timestamps that cannot be compared belong to concurrent events.
///
/// Entry i counts the events of machine i that are known here. `N` is 2 to 26.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Vector<const N: usize> {
    owner: MachineId,
    value: VectorStamp<N>,
}

/// The value of a [`Vector`] clock: how many events of each machine, in ring order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct VectorStamp<const N: usize>(pub [u64; N]);

impl<const N: usize> VectorStamp<N> {
    /// The count of `machine`'s events; 0 for a machine beyond `N`.
    pub fn count(&self, machine: MachineId) -> u64 {
        self.0.get(machine.index()).copied().unwrap_or(0)
    }
}

impl<const N: usize> PartialOrd for VectorStamp<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let (mut less, mut greater) = (false, false);
        for (ours, theirs) in self.0.iter().zip(&other.0) {
            less |= ours < theirs;
            greater |= ours > theirs;
        }
        match (less, greater) {
            (false, false) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Less),
            (false, true) => Some(Ordering::Greater),
            (true, true) => None,
        }
    }
}

impl<const N: usize> Clock for Vector<N>
where
    VectorStamp<N>: Stamp,
{
    type Stamp = VectorStamp<N>;
    const KIND: ClockKind = ClockKind::Vector;

    fn new(owner: MachineId) -> Self {
        Self { owner, value: VectorStamp([0; N]) }
    }

    fn value(&self) -> VectorStamp<N> {
        self.value
    }

    fn advance(&mut self, _now: UnixTime) -> VectorStamp<N> {
        if let Some(own) = self.value.0.get_mut(self.owner.index()) {
            // Cannot wrap: see COUNT_MAX.
            *own = own.wrapping_add(1);
        }
        self.value
    }

    fn observe(&mut self, stamp: &VectorStamp<N>, _now: UnixTime) -> VectorStamp<N> {
        // All counts in one pass: a number that was just stored by itself would be waited for when the whole is read.
        for (index, (ours, theirs)) in self.value.0.iter_mut().zip(&stamp.0).enumerate() {
            let event = u64::from(index == self.owner.index());
            *ours = (*ours).max(*theirs).wrapping_add(event);
        }
        self.value
    }

    fn admit(stamp: &VectorStamp<N>, _now: UnixTime) -> Result<(), Refusal> {
        if stamp.0.iter().any(|count| *count > COUNT_MAX) { Err(Refusal::CountTooLarge) } else { Ok(()) }
    }

    fn resume(owner: MachineId, last: VectorStamp<N>) -> Self {
        Self { owner, value: last }
    }
}

/// The length of a frame depends on `N` in a way that stable Rust cannot say once for all `N`.
macro_rules! stamps_of_rings_of {
    ($($n:literal)*) => {$(
        impl Stamp for VectorStamp<$n> {
            type Frame = [u8; frame::OVERHEAD + 8 * $n];
            const LENGTH: usize = 8 * $n;

            fn sequence(&self, owner: MachineId) -> u64 {
                self.count(owner)
            }

            fn write(&self, bytes: &mut [u8]) {
                for (bytes, count) in bytes.as_chunks_mut().0.iter_mut().zip(&self.0) {
                    *bytes = count.to_be_bytes();
                }
            }

            fn read(bytes: &[u8]) -> Option<Self> {
                let (counts, rest) = bytes.as_chunks();
                let counts: &[[u8; 8]; $n] = counts.try_into().ok()?;
                rest.is_empty().then_some(Self(counts.map(u64::from_be_bytes)))
            }
        }
    )*};
}

stamps_of_rings_of!(2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26);

const _: () = assert!(RingSize::MIN == 2 && RingSize::MAX == 26, "the list above covers every ring");

#[cfg(feature = "defmt")]
impl<const N: usize> defmt::Format for VectorStamp<N> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=[?]}", &self.0[..]);
    }
}

#[cfg(feature = "defmt")]
impl<const N: usize> defmt::Format for Vector<N> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{} {}", self.owner, self.value);
    }
}
