//! Notices to the user of refused connections: each kind once, and then ever more seldom.

use std::{
    collections::HashMap,
    fmt,
    net::SocketAddr,
    sync::{Mutex, PoisonError, mpsc::Sender},
    time::{Duration, Instant},
};

use super::RingEvent;
use crate::link::{Address, Refusal};

/// Pause after a notice before the next of its kind. Each time, it is doubled.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// Number of kinds kept apart: more than there are reasons, so that only an attack fills it.
const KINDS_MAX: usize = 64;

/// The other side of a refused connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OtherSide {
    /// A process that has called, from this address.
    Caller(SocketAddr),
    /// A process that was called, at this address.
    Listener(Address),
}

impl fmt::Display for OtherSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caller(address) => address.fmt(f),
            Self::Listener(address) => write!(f, "what listens at {address}"),
        }
    }
}

/// Counts refusals, and tells of some.
#[derive(Debug)]
pub(super) struct Refusals {
    events: Sender<RingEvent>,
    /// By sentence: a kind is what reads the same, and errors of the system cannot be compared otherwise.
    kinds: Mutex<HashMap<String, Kind>>,
}

#[derive(Debug)]
struct Kind {
    told_at: Instant,
    pause: Duration,
    untold: u64,
}

impl Refusals {
    pub(super) fn new(events: Sender<RingEvent>) -> Self {
        Self { events, kinds: Mutex::default() }
    }

    /// A connection from this address was refused.
    pub(super) fn count(&self, address: SocketAddr, why: Refusal) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let mut unreported = 0;
        let sentence = why.to_string();
        match kinds.get_mut(&sentence) {
            Some(kind) if now - kind.told_at < kind.pause => {
                kind.untold += 1;
                return;
            }
            Some(kind) => {
                unreported = kind.untold;
                *kind = Kind { told_at: now, pause: (kind.pause * 2).min(PAUSE_MAX), untold: 0 };
            }
            None => {
                if kinds.len() >= KINDS_MAX {
                    kinds.clear();
                }
                kinds.insert(sentence, Kind { told_at: now, pause: PAUSE_MIN, untold: 0 });
            }
        }
        let _ = self.events.send(RingEvent::Refused { who: OtherSide::Caller(address), why, unreported });
    }
}
