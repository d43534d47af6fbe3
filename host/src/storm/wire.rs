//! Bytes under way from one machine to another.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use clockring::moment::Monotonic;

use super::chance::Chance;
use crate::link::Outgoing;

/// Most bytes under way: few, so that senders meet a full link often.
const CAPACITY: usize = 1 << 11;

/// One direction of one connection.
#[derive(Clone, Debug)]
pub(super) struct Wire(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    now: Monotonic,
    pieces: VecDeque<Piece>,
    bytes: usize,
    broken: bool,
    chance: Chance,
}

#[derive(Debug)]
struct Piece {
    arrival: Monotonic,
    bytes: Vec<u8>,
}

impl Wire {
    pub(super) fn new(chance: Chance) -> Self {
        let inner = Inner { now: Monotonic::default(), pieces: VecDeque::new(), bytes: 0, broken: false, chance };
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

    /// Was it cut, by an end or by the world?
    pub(super) fn is_broken(&self) -> bool {
        self.inner().broken
    }

    /// The next bytes that have arrived.
    pub(super) fn receive(&self) -> Option<Vec<u8>> {
        let mut inner = self.inner();
        if inner.pieces.front()?.arrival > inner.now {
            return None;
        }
        let piece = inner.pieces.pop_front()?;
        inner.bytes = inner.bytes.saturating_sub(piece.bytes.len());
        Some(piece.bytes)
    }

    /// Gives back bytes received and not used.
    pub(super) fn give_back(&self, bytes: &[u8]) {
        if !bytes.is_empty() {
            let mut inner = self.inner();
            inner.bytes += bytes.len();
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
        let mut count = bytes.len().min(CAPACITY - inner.bytes.min(CAPACITY));
        if inner.chance.once_in(4) {
            count = inner.chance.below(count as u64 + 1) as usize;
        }
        if count == 0 {
            return Ok(0);
        }
        let latency_ms = if inner.chance.once_in(16) { inner.chance.below(300) } else { inner.chance.below(4) };
        let last = inner.pieces.back().map_or(Monotonic::default(), |piece| piece.arrival);
        // A nanosecond at least, so that nothing arrives in the turn in which it is sent.
        let arrival = last.max(inner.now.after(Duration::from_millis(latency_ms) + Duration::from_nanos(1)));
        // Read as it was not written: in pieces.
        let cut = inner.chance.below(count as u64 + 1) as usize;
        for bytes in [&bytes[..cut], &bytes[cut..count]] {
            inner.pieces.push_back(Piece { arrival, bytes: bytes.to_vec() });
        }
        inner.bytes += count;
        Ok(count)
    }

    fn finish(&mut self) {}

    fn cut(&mut self) {
        self.0.cut();
    }
}
