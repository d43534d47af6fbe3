//! The lane of one link on a computer: of a fixed size, and filled no further than the machine was told.

use std::sync::atomic::{AtomicUsize, Ordering};

use clockring::{inbox::Sender, machine::Received};

use crate::experiment::LANE_CAPACITY;

/// The end of a peer's lane that its messages go in at.
pub struct PeerLane<'lane, S> {
    sender: Sender<'lane, Received<S>>,
    capacity: &'lane AtomicUsize,
}

impl<'lane, S> PeerLane<'lane, S> {
    /// A lane that holds this many messages at the moment, at most [`LANE_CAPACITY`].
    pub fn new(sender: Sender<'lane, Received<S>>, capacity: &'lane AtomicUsize) -> Self {
        Self { sender, capacity }
    }

    /// Adds a message.
    ///
    /// # Errors
    /// Gives the message back if the lane is full.
    pub fn push(&mut self, message: Received<S>) -> Result<(), Received<S>> {
        // At its full size the lane itself refuses, for less.
        let capacity = self.capacity.load(Ordering::Relaxed);
        if capacity < LANE_CAPACITY && self.sender.waiting() >= capacity {
            return Err(message);
        }
        self.sender.push(message)
    }
}
