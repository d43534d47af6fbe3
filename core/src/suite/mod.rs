//! The tests of this library, as functions that run on every target.
//!
//! With `cargo test` each is a `#[test]`. Where there is no test harness, turn on the feature `suite` and call
//! [`tests`]: the same functions under the same names. A test that fails panics. None needs more than 8 KiB of stack,
//! an allocator, or the time of day; `ports/` has runners for bare metal and WebAssembly.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, clippy::indexing_slicing)]

use core::fmt::{Display, Write};

use rand_core::{Rng, SeedableRng};
use rand_xorshift::XorShiftRng;

use crate::ring::{MachineId, RingSize};

/// A test: its name, as `cargo test` prints it, and the function, which panics if the test fails.
pub type Test = (&'static str, fn());

/// Every test of this library.
pub fn tests() -> impl Iterator<Item = Test> {
    SUBJECTS.iter().copied().flatten().map(|(name, test)| (name.trim_start_matches("clockring::"), *test))
}

/// Defines tests and lists them for [`tests`], so that none can be left out.
macro_rules! suite {
    ($($(#[$attribute:meta])* fn $name:ident() $body:block)*) => {
        $($(#[$attribute])* #[cfg_attr(test, test)] fn $name() $body)*

        pub(super) const TESTS: &[super::Test] = &[$((concat!(module_path!(), "::", stringify!($name)), $name)),*];
    };
}

macro_rules! subjects {
    ($($subject:ident)*) => {
        $(mod $subject;)*
        const SUBJECTS: &[&[Test]] = &[$($subject::TESTS),*];
    };
}

subjects! { ring time chance laws lamport vector hybrid process frame assembler cursor handshake inbox intake outbox machine settling executions model }

pub use executions::{Violation, explore};

/// The machine of this name.
fn machine(letter: char) -> MachineId {
    MachineId::from_letter(letter as u8).unwrap()
}

/// The ring of this many machines.
fn ring(machines: usize) -> RingSize {
    RingSize::new(machines).unwrap()
}

/// Every size that a ring can have.
fn sizes() -> impl Iterator<Item = RingSize> {
    (RingSize::MIN..=RingSize::MAX).map(ring)
}

/// Repeatable random input; each test names a seed of its own.
fn random(seed: u64) -> XorShiftRng {
    XorShiftRng::seed_from_u64(seed)
}

/// What a value looks like to people.
fn text(value: impl Display) -> heapless::String<120> {
    let mut text = heapless::String::new();
    write!(text, "{value}").unwrap();
    text
}

/// A random number below `limit`. The bias of the division does not matter here.
fn below(limit: usize, chance: &mut impl Rng) -> usize {
    chance.next_u32() as usize % limit
}
