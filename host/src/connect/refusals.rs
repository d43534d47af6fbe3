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
        self.count_at(Instant::now(), address, why);
    }

    fn count_at(&self, now: Instant, address: SocketAddr, why: Refusal) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn refusals_of_one_kind_are_told_of_ever_more_seldom_and_counted() {
        let (sender, events) = channel();
        let (refusals, start) = (Refusals::new(sender), Instant::now());
        let refuse_at = |half_seconds: u32, why| {
            refusals.count_at(start + PAUSE_MIN / 2 * half_seconds, "10.0.0.9:1".parse().unwrap(), why);
            events.try_recv().ok().map(|event| match event {
                RingEvent::Refused { who, why, unreported } => (who.to_string(), why.to_string(), unreported),
                other => panic!("{other:?}"),
            })
        };
        let said = |why: Refusal, unreported| Some(("10.0.0.9:1".to_owned(), why.to_string(), unreported));
        assert_eq!(refuse_at(0, Refusal::Silent), said(Refusal::Silent, 0));
        assert_eq!([refuse_at(0, Refusal::Silent), refuse_at(1, Refusal::Silent)], [None, None]);
        assert_eq!(refuse_at(1, Refusal::Crowded), said(Refusal::Crowded, 0), "another kind");
        assert_eq!(refuse_at(2, Refusal::Silent), said(Refusal::Silent, 2));
        assert_eq!(refuse_at(5, Refusal::Silent), None, "the pause is doubled");
        assert_eq!(refuse_at(6, Refusal::Silent), said(Refusal::Silent, 1));
    }
}
