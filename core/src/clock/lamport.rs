//! Lamport's clock (Lamport 1978): one counter.

use core::fmt;

use super::{COUNT_MAX, Clock, ClockKind, Refusal};
use crate::{frame, message::Stamp, moment::UnixTime, ring::MachineId};

/// Lamport's logical clock: if event a happened before event b, then a's timestamp is smaller.
///
/// ```
/// use clockring::{clock::{Clock, Lamport}, moment::UnixTime, ring::MachineId};
///
/// let (a, b) = (MachineId::from_letter(b'A').unwrap(), MachineId::from_letter(b'B').unwrap());
/// let (mut sender, mut receiver) = (Lamport::new(a), Lamport::new(b));
/// let sent = sender.advance(UnixTime::EPOCH);
/// assert!(receiver.observe(&sent, UnixTime::EPOCH) > sent);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Lamport(LamportStamp);

/// The value of a [`Lamport`] clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LamportStamp(pub u64);

impl Clock for Lamport {
    type Stamp = LamportStamp;
    const KIND: ClockKind = ClockKind::Lamport;

    fn new(_owner: MachineId) -> Self {
        Self(LamportStamp(0))
    }

    fn value(&self) -> LamportStamp {
        self.0
    }

    fn advance(&mut self, _now: UnixTime) -> LamportStamp {
        // Cannot wrap: see COUNT_MAX.
        self.0.0 = self.0.0.wrapping_add(1);
        self.0
    }

    fn observe(&mut self, stamp: &LamportStamp, now: UnixTime) -> LamportStamp {
        self.0 = self.0.max(*stamp);
        self.advance(now)
    }

    fn admit(stamp: &LamportStamp, _now: UnixTime) -> Result<(), Refusal> {
        if stamp.0 > COUNT_MAX { Err(Refusal::CountTooLarge) } else { Ok(()) }
    }

    fn resume(_owner: MachineId, last: LamportStamp) -> Self {
        Self(last)
    }
}

impl Stamp for LamportStamp {
    type Frame = [u8; frame::OVERHEAD + 8];
    const LENGTH: usize = 8;

    fn sequence(&self, _owner: MachineId) -> u64 {
        self.0
    }

    fn write(&self, bytes: &mut [u8]) {
        if let Ok(bytes) = <&mut [u8; 8]>::try_from(bytes) {
            *bytes = self.0.to_be_bytes();
        }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(u64::from_be_bytes(bytes)))
    }
}

impl fmt::Display for LamportStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
