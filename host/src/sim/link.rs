//! One simulated link: a lane that knows when each message arrives.

use std::collections::VecDeque;

use clockring::{
    inbox::generic::{Entry, Take},
    machine::Received,
    message::Message,
    moment::{Elapsed, Monotonic},
};

use super::delay::Delay;

/// The link from one machine to another, at its receiving end: first the messages that have arrived and wait, then
/// those that are under way.
pub(super) struct Link<S> {
    delay: Delay,
    messages: VecDeque<InLink<S>>,
    arrived: usize,
    capacity: usize,
}

/// The arrival of a message that is not under way.
pub(super) const NEVER: Elapsed = Elapsed::from_ns(u64::MAX);

/// A message in a link.
struct InLink<S> {
    /// Drawn when it arrives.
    ticket: u32,
    /// The message, as it will have arrived.
    received: Received<S>,
}

impl<S> Link<S> {
    /// A link without messages.
    pub(super) fn new(delay: Delay, capacity: usize) -> Self {
        Self { delay, messages: VecDeque::new(), arrived: 0, capacity }
    }

    /// Starts again, without messages.
    pub(super) fn reset(&mut self, delay: Delay, capacity: usize) {
        (self.delay, self.capacity) = (delay, capacity);
        self.messages.clear();
        self.arrived = 0;
    }

    /// Sends a message. Returns when it arrives.
    #[inline]
    pub(super) fn send(&mut self, sent: Elapsed, message: Message<S>) -> Elapsed {
        let arrival = Elapsed::from_ns(self.delay.arrival_ns(sent.ns()));
        // The receiver's timer began with the run.
        let at = Monotonic::from_ns(arrival.ns());
        self.messages.push_back(InLink { ticket: 0, received: Received { message, at } });
        arrival
    }

    /// The arrival of the next message; [`NEVER`] if none is under way.
    #[inline]
    pub(super) fn next_arrival(&self) -> Elapsed {
        self.messages.get(self.arrived).map_or(NEVER, |next| Elapsed::from_ns(next.received.at.ns()))
    }

    /// Has the lane room for one more?
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.arrived < self.capacity
    }

    /// The next message arrives.
    #[inline]
    pub(super) fn deliver(&mut self, ticket: u32) {
        if let Some(next) = self.messages.get_mut(self.arrived) {
            next.ticket = ticket;
            self.arrived += 1;
        }
    }
}

impl<S> Take for Link<S> {
    type Item = Received<S>;

    #[inline]
    fn take(&mut self) -> Option<Entry<Received<S>>> {
        self.arrived = self.arrived.checked_sub(1)?;
        self.messages.pop_front().map(|oldest| Entry::new(oldest.ticket, oldest.received))
    }

    #[inline]
    fn waiting(&self) -> usize {
        self.arrived
    }
}
