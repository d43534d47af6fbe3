//! Bytes under way from one machine to another.

use std::{
    collections::VecDeque,
    io, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use clockring::moment::Monotonic;

use super::chance::Chance;
use crate::link::Outgoing;

/// Most bytes under way: few, so that senders meet a full link often.
const CAPACITY: usize = 1 << 11;

/// Of a slow wire: most bytes under way, and the time they take.
const SLOW_CAPACITY: usize = 40;
const SLOW_MS: u64 = 150;

/// One direction of one connection.
#[derive(Clone, Debug)]
pub(super) struct Wire(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    now: Monotonic,
    pieces: VecDeque<Piece>,
    bytes: usize,
    broken: bool,
    /// It swallows everything, as a firewall does that forgot the connection.
    silent: bool,
    slow_until: Monotonic,
    /// One of the next bytes is damaged.
    damages: bool,
    /// Bytes sent and received so far.
    sent: u64,
    received: u64,
    /// The number of a damaged byte, of those sent.
    damaged: Option<u64>,
    chance: Chance,
}

#[derive(Debug)]
struct Piece {
    arrival: Monotonic,
    bytes: Vec<u8>,
}

impl Wire {
    pub(super) fn new(chance: Chance) -> Self {
        let inner = Inner {
            now: Monotonic::default(),
            pieces: VecDeque::new(),
            bytes: 0,
            broken: false,
            silent: false,
            slow_until: Monotonic::default(),
            damages: false,
            sent: 0,
            received: 0,
            damaged: None,
            chance,
        };
        Self(Arc::new(Mutex::new(inner)))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time passes.
    pub(super) fn set_time(&self, now: Monotonic) {
        self.inner().now = now;
    }

    /// Breaks it: bytes still under way never arrive, and later ones go nowhere or fail.
    pub(super) fn cut(&self) {
        let mut inner = self.inner();
        let now = inner.now;
        inner.pieces.retain(|piece| piece.arrival <= now);
        inner.broken = true;
    }

    /// Its sender is gone: bytes still under way arrive all the same.
    pub(super) fn end(&self) {
        self.inner().broken = true;
    }

    /// Was it cut, by an end or by the world?
    pub(super) fn is_broken(&self) -> bool {
        self.inner().broken
    }

    /// From now on, nothing arrives, and no end is told.
    pub(super) fn fall_silent(&self) {
        self.inner().silent = true;
    }

    /// Until then, little is under way at a time, and takes long.
    pub(super) fn slow_down(&self, until: Monotonic) {
        self.inner().slow_until = until;
    }

    /// A byte of the next to be sent is damaged on its way.
    pub(super) fn damage(&self) {
        let mut inner = self.inner();
        inner.damages = inner.damaged.is_none();
    }

    /// Is a byte damaged of those received, but for the last `unused`?
    pub(super) fn has_damage_before(&self, unused: usize) -> bool {
        let inner = self.inner();
        inner.damaged.is_some_and(|damaged| damaged < inner.received - unused as u64)
    }

    /// The next bytes that have arrived.
    pub(super) fn receive(&self) -> Option<Vec<u8>> {
        let mut inner = self.inner();
        if inner.pieces.front()?.arrival > inner.now {
            return None;
        }
        let piece = inner.pieces.pop_front()?;
        inner.bytes = inner.bytes.saturating_sub(piece.bytes.len());
        inner.received += piece.bytes.len() as u64;
        Some(piece.bytes)
    }

    /// Gives back bytes received and not used.
    pub(super) fn give_back(&self, bytes: &[u8]) {
        if !bytes.is_empty() {
            let mut inner = self.inner();
            inner.bytes += bytes.len();
            inner.received -= bytes.len() as u64;
            inner.pieces.push_front(Piece { arrival: Monotonic::default(), bytes: bytes.to_vec() });
        }
    }
}

/// The sending half of a wire.
#[derive(Debug)]
pub(super) struct WireOutgoing(pub(super) Wire);

impl Outgoing for WireOutgoing {
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.inner();
        let inner = &mut *inner;
        if inner.broken {
            // An operating system takes bytes for a while that it cannot deliver any more.
            return if inner.chance.once_in(2) { Ok(bytes.len()) } else { Err(io::ErrorKind::ConnectionReset.into()) };
        }
        let is_slow = inner.now < inner.slow_until;
        let capacity = if is_slow { SLOW_CAPACITY } else { CAPACITY };
        let mut count = bytes.len().min(capacity - inner.bytes.min(capacity));
        if inner.chance.once_in(4) {
            count = inner.chance.below(count as u64 + 1) as usize;
        }
        if count == 0 {
            return Ok(0);
        }
        inner.bytes += count;
        if inner.silent {
            return Ok(count);
        }
        let latency_ms = if is_slow {
            SLOW_MS
        } else if inner.chance.once_in(16) {
            inner.chance.below(300)
        } else {
            inner.chance.below(4)
        };
        let last = inner.pieces.back().map_or(Monotonic::default(), |piece| piece.arrival);
        // A nanosecond at least, so that nothing arrives in the turn in which it is sent.
        let arrival = last.max(inner.now.after(Duration::from_millis(latency_ms) + Duration::from_nanos(1)));
        let mut bytes = bytes[..count].to_vec();
        if mem::take(&mut inner.damages) {
            let place = inner.chance.below(count as u64);
            bytes[place as usize] ^= 1 << inner.chance.below(8);
            inner.damaged = Some(inner.sent + place);
        }
        inner.sent += count as u64;
        // Read as it was not written: in pieces.
        let rest = bytes.split_off(inner.chance.below(count as u64 + 1) as usize);
        for bytes in [bytes, rest] {
            inner.pieces.push_back(Piece { arrival, bytes });
        }
        Ok(count)
    }

    fn finish(&mut self) {}

    fn cut(&mut self) {
        self.0.cut();
    }
}
