//! What machines send each other: a timestamp, from one machine to another.

use core::{fmt::Debug, hash::Hash};

use crate::ring::MachineId;

/// A message: the timestamp of its send event, from its sender to one receiver.
///
/// A timestamp is unique per sender, so `(from, stamp)` identifies the message; there is no other number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Message<S> {
    /// The sender.
    pub from: MachineId,
    /// The receiver.
    pub to: MachineId,
    /// The sender's clock after the send event.
    pub stamp: S,
}

/// A timestamp: the value of a logical clock at an event.
///
/// `PartialOrd` is the order the clock kind claims: total for Lamport and hybrid clocks, happened-before for vectors.
pub trait Stamp: Copy + Eq + PartialOrd + Hash + Debug {
    /// The bytes of a whole wire frame with this timestamp: `[u8; frame::OVERHEAD + Self::LENGTH]`.
    type Frame: ByteArray;

    /// How many bytes the timestamp takes on the wire, at least 8.
    const LENGTH: usize;

    /// The place of an event of `owner` with this timestamp among the owner's events: a number that rises from each
    /// event to the next. Links count with it.
    fn sequence(&self, owner: MachineId) -> u64;

    /// Writes the timestamp, big-endian, to exactly [`Stamp::LENGTH`] bytes.
    fn write(&self, bytes: &mut [u8]);

    /// Reads what [`Stamp::write`] wrote; `None` if the length is another.
    fn read(bytes: &[u8]) -> Option<Self>;
}

/// A fixed number of bytes, known to the compiler.
pub trait ByteArray: AsRef<[u8]> + AsMut<[u8]> + Copy + Debug + Send {
    /// All zeros.
    const ZERO: Self;
}

impl<const N: usize> ByteArray for [u8; N] {
    const ZERO: Self = [0; N];
}
