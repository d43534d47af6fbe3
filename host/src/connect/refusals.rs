//! Notices to the user of refused connections: each kind once, and then ever more seldom.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError, mpsc::Sender},
    time::{Duration, Instant},
};

use super::RingEvent;

/// Pause after a notice before the next of its kind. Each time, it is doubled.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// Number of kinds kept apart: more than there are reasons, so that only an attack fills it.
const KINDS_MAX: usize = 64;

/// Counts refusals, and tells of some.
#[derive(Debug)]
pub(super) struct Refusals {
    events: Sender<RingEvent>,
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
    pub(super) fn count(&self, address: SocketAddr, why: String) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let mut more = String::new();
        match kinds.get_mut(&why) {
            Some(kind) if now - kind.told_at < kind.pause => {
                kind.untold += 1;
                return;
            }
            Some(kind) => {
                if kind.untold > 0 {
                    more = format!(" ({} more like it since the last notice)", kind.untold);
                }
                *kind = Kind { told_at: now, pause: (kind.pause * 2).min(PAUSE_MAX), untold: 0 };
            }
            None => {
                if kinds.len() >= KINDS_MAX {
                    kinds.clear();
                }
                kinds.insert(why.clone(), Kind { told_at: now, pause: PAUSE_MIN, untold: 0 });
            }
        }
        let _ = self.events.send(RingEvent::Refused { who: address.to_string(), why: why + &more });
    }
}
