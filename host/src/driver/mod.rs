//! The machine of core on a computer, without sockets, threads or a clock: its log, its manifest, its die and its
//! schedule.
//!
//! Live machines and storms are drivers that share all of this. A turn of the loop is in each of them.

pub(crate) mod accounting;
pub(crate) mod course;
pub(crate) mod peer;
pub(crate) mod resume;

use clockring::{
    clock::Clock,
    machine::{Machine, Sent, Settings},
    moment::Monotonic,
    ring::RingSize,
};

use crate::failure::Failure;

/// The machine of core, as a computer has it.
pub(crate) type Core<C> = Machine<C, Vec<Option<Sent<<C as Clock>::Stamp>>>, { RingSize::MAX - 1 }>;

/// A machine of core, with room for as many peers as there can be. Its outbox keeps `recent_max` send events.
///
/// # Errors
/// If it is not in its ring.
pub(crate) fn new_core<C: Clock>(settings: Settings, recent_max: usize, now: Monotonic) -> Result<Core<C>, Failure> {
    Core::new(settings, vec![None; recent_max], now)
        .ok_or_else(|| Failure::usage(format!("{} is not in a ring of {}", settings.id, settings.ring.get())))
}
