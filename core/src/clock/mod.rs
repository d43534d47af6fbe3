//! Logical clocks: the trait, and one file for each kind.
//!
//! | kind | timestamp | what its order tells |
//! |---|---|---|
//! | [`Lamport`] | one number | a cause has a smaller timestamp than its effect |
//! | [`Vector`] | a number per machine | exactly which events could have caused which |
//! | [`Hybrid`] | one number, close to physical time | as Lamport, and readable as a time |
//!
//! To add a kind: a new file with a type that implements [`Clock`], a line in [`ClockKind`], and a line in the
//! suite's list of kinds, which puts it under the clock laws. Host runs it from a line in `with_clock`, and says what its
//! values are where the compiler asks.

mod hybrid;
mod lamport;
mod vector;

use core::fmt;

pub use hybrid::{Hybrid, HybridStamp};
pub use lamport::{Lamport, LamportStamp};
pub use vector::{Vector, VectorStamp};

use crate::{message::Stamp, moment::UnixTime, ring::MachineId};

/// A logical clock. Its two verbs are the implementation rules of Lamport 1978, "Time, Clocks, and the Ordering of
/// Events in a Distributed System": [`advance`](Clock::advance) is IR1, [`observe`](Clock::observe) is IR2.
///
/// `now` is physical time; clocks that do not use it ignore it.
pub trait Clock {
    /// The timestamps that this clock gives.
    type Stamp: Stamp;

    /// Which kind this is, as named in handshakes and manifests.
    const KIND: ClockKind;

    /// The clock of `owner` before its first event.
    fn new(owner: MachineId) -> Self;

    /// The clock's value: the timestamp of the last event, or the value before any event.
    fn value(&self) -> Self::Stamp;

    /// IR1: an internal or a send event happens. Returns its timestamp, which is later than every one before.
    fn advance(&mut self, now: UnixTime) -> Self::Stamp;

    /// IR2: a message with timestamp `stamp` is received. Returns the timestamp of the receive event, which is later
    /// than `stamp` and later than every timestamp of this clock before.
    fn observe(&mut self, stamp: &Self::Stamp, now: UnixTime) -> Self::Stamp;

    /// May a message with this timestamp come in at all? Asked where messages arrive, before they wait in a queue,
    /// so that one faulty peer cannot push everybody's clock beyond its range.
    ///
    /// # Errors
    /// What is wrong with the timestamp.
    fn admit(stamp: &Self::Stamp, now: UnixTime) -> Result<(), Refusal>;

    /// A clock of `owner` that goes on after `last`, the timestamp of an event before: what a restart needs.
    fn resume(owner: MachineId, last: Self::Stamp) -> Self;
}

/// The kinds of clock that can be chosen at run time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ClockKind {
    /// [`Lamport`].
    Lamport,
    /// [`Vector`].
    Vector,
    /// [`Hybrid`].
    Hybrid,
}

impl ClockKind {
    /// Every kind, in the order of the module's table.
    pub const ALL: [Self; 3] = [Self::Lamport, Self::Vector, Self::Hybrid];

    /// The name on command lines and in manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lamport => "lamport",
            Self::Vector => "vector",
            Self::Hybrid => "hybrid",
        }
    }

    /// The letter on the wire.
    pub const fn letter(self) -> u8 {
        match self {
            Self::Lamport => b'L',
            Self::Vector => b'V',
            Self::Hybrid => b'H',
        }
    }
}

impl fmt::Display for ClockKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The largest count a logical clock accepts from a peer: half of its range.
///
/// At an event per nanosecond it takes 292 years to get there, so a larger one is a fault or an attack; and the half
/// above it is the room in which `+ 1` needs no check.
pub const COUNT_MAX: u64 = u64::MAX / 2;

/// Why a timestamp is not accepted from a peer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Refusal {
    /// A count above [`COUNT_MAX`].
    CountTooLarge,
    /// A hybrid timestamp is this far ahead of the receiver's physical time.
    TooFarAhead {
        /// By how much, in nanoseconds.
        ahead_ns: u64,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CountTooLarge => write!(f, "its timestamp is above {COUNT_MAX}, which no honest clock reaches"),
            Self::TooFarAhead { ahead_ns } => {
                write!(f, "its timestamp is {} ms ahead of this machine's time", ahead_ns / 1_000_000)
            }
        }
    }
}

impl core::error::Error for Refusal {}
