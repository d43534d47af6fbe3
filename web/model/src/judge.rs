//! Which rules an event breaks, by the names that `clockring check` has for them. A test compares the two.

use clockring::event::EventKind;

use crate::model::Seen;

/// A clock moves at each event exactly as Lamport's rules demand.
pub const CLOCK_RULE: u32 = 1;
/// A receive is later than its send.
pub const CLOCK_CONDITION: u32 = 2;
/// What was received was sent: a message carries the timestamp of its send event.
pub const RECEIVED_WAS_SENT: u32 = 4;

/// The rules that an event breaks, as bits.
pub fn broken(seen: &Seen) -> u32 {
    let mut broken = 0;
    let expected = match seen.kind {
        EventKind::Internal | EventKind::Send { .. } => seen.before.0 + 1,
        EventKind::Receive { stamp, .. } => seen.before.max(stamp).0 + 1,
    };
    if seen.clock.0 != expected {
        broken |= CLOCK_RULE;
    }
    if let (Some(origin), EventKind::Receive { stamp, .. }) = (seen.origin, seen.kind) {
        if seen.clock <= origin.clock {
            broken |= CLOCK_CONDITION;
        }
        if stamp != origin.clock {
            broken |= RECEIVED_WAS_SENT;
        }
    }
    broken
}
