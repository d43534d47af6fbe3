//! One simulated link: a lane that knows when each message arrives.

use std::collections::VecDeque;

use clockring::{
    inbox::{Entry, Take},
    machine::Received,
    message::Message,
    moment::Monotonic,
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
    pub(super) fn send(&mut self, sent_ns: u64, message: Message<S>) -> u64 {
        let arrival_ns = self.delay.arrival_ns(sent_ns);
        self.messages
            .push_back(InLink { ticket: 0, received: Received { message, at: Monotonic::from_ns(arrival_ns) } });
        arrival_ns
    }

    /// The arrival of the next message; `u64::MAX` if none is under way.
    #[inline]
    pub(super) fn next_arrival_ns(&self) -> u64 {
        self.messages.get(self.arrived).map_or(u64::MAX, |next| next.received.at.ns())
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
