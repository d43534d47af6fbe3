//! Hybrid logical clocks (Kulkarni, Demirbas, Madappa, Avva and Leone 2014, "Logical Physical Clocks"): a logical
//! clock that stays close to physical time.

use core::fmt;

use super::{Clock, ClockKind, Refusal};
use crate::{frame, message::Stamp, moment::UnixTime, ring::MachineId};

/// A hybrid logical clock: a cause has a smaller timestamp than its effect, and every timestamp can be read as a
/// time.
///
/// The paper's `l` and `c` share 64 bits as its section 6.2 proposes: the upper 48 are the largest physical time
/// heard of, in units of 2¹⁶ ns (65.5 µs), the lower 16 count events within one unit. A count that overflows carries
/// into the time, so timestamps still rise.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Hybrid(HybridStamp);

/// The value of a [`Hybrid`] clock: nanoseconds since the UNIX epoch, the lower 16 bits a count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HybridStamp(pub u64);

impl HybridStamp {
    const COUNT_BITS: u32 = 16;

    /// The physical part: nanoseconds since the UNIX epoch, to 65.5 µs.
    pub const fn time_ns(self) -> u64 {
        self.0 >> Self::COUNT_BITS << Self::COUNT_BITS
    }

    /// How many events came before within the same unit of physical time.
    pub const fn count(self) -> u16 {
        self.0 as u16
    }
}

impl Hybrid {
    /// How far a timestamp may be ahead of the receiver's physical time: a second, ten times what machines that
    /// keep time over a network differ by, and little enough that a wrong clock is noticed.
    pub const DRIFT_MAX_NS: u64 = 1_000_000_000;

    /// Receives a timestamp, or refuses it and leaves the clock as it was.
    ///
    /// # Errors
    /// [`Refusal::TooFarAhead`] if it is more than [`Hybrid::DRIFT_MAX_NS`] ahead of `now`.
    pub fn try_observe(&mut self, stamp: &HybridStamp, now: UnixTime) -> Result<HybridStamp, Refusal> {
        Self::admit(stamp, now)?;
        Ok(self.observe(stamp, now))
    }

    /// The next timestamp: a count more, or `least` if that is larger. Time and count take one maximum, since the count
    /// is the lower half of the number. `admit` keeps the sum far from wrapping.
    fn rise_to(&mut self, least: u64) -> HybridStamp {
        self.0.0 = self.0.0.wrapping_add(1).max(least);
        self.0
    }
}

impl Clock for Hybrid {
    type Stamp = HybridStamp;
    const KIND: ClockKind = ClockKind::Hybrid;

    fn new(_owner: MachineId) -> Self {
        Self(HybridStamp(0))
    }

    fn value(&self) -> HybridStamp {
        self.0
    }

    fn advance(&mut self, now: UnixTime) -> HybridStamp {
        // If physical time has moved on, l = pt and c = 0; otherwise c + 1.
        self.rise_to(HybridStamp(now.ns()).time_ns())
    }

    fn observe(&mut self, stamp: &HybridStamp, now: UnixTime) -> HybridStamp {
        // What comes from outside is compared first, so that a timestamp waits only for the one before it.
        self.rise_to(stamp.0.wrapping_add(1).max(HybridStamp(now.ns()).time_ns()))
    }

    fn admit(stamp: &HybridStamp, now: UnixTime) -> Result<(), Refusal> {
        match stamp.time_ns().checked_sub(now.ns()) {
            Some(ahead_ns) if ahead_ns > Self::DRIFT_MAX_NS => Err(Refusal::TooFarAhead { ahead_ns }),
            _ => Ok(()),
        }
    }

    fn resume(_owner: MachineId, last: HybridStamp) -> Self {
        Self(last)
    }
}

impl Stamp for HybridStamp {
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

impl fmt::Display for HybridStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
