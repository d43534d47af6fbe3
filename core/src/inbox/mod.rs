//! The inbox: one bounded queue per link, and messages out in arrival order.
//!
//! Each link pushes into its own *lane*, a single-producer single-consumer queue, from its own thread or interrupt
//! handler. At push a message draws an *arrival ticket* from a counter that all lanes share. The consumer keeps one
//! message of *look-ahead* per lane and hands out the one with the smallest ticket.
//!
//! - If `push(m1)` happened before `push(m2)`, `m1` is popped first.
//! - Each lane is first in, first out.
//! - Nobody waits: no lock, and no loop that depends on another thread's progress.
//! - A full lane gives the message back; one busy peer cannot take another's room.
//!
//! Cost: a push is one atomic increment and one queue push; a pop looks once at every lane whose look-ahead is empty,
//! and again only if one was found empty before another was not. Atomics: 32-bit loads and stores, and one 32-bit
//! increment; on targets without compare-and-swap turn on the feature `critical-section`.
//!
//! ```
//! use clockring::inbox::{Inbox, Lane, Tickets};
//!
//! let tickets = Tickets::new();
//! let (mut lane_b, mut lane_c) = (Lane::<&str, 8>::new(), Lane::<&str, 8>::new());
//! let mut inbox = Inbox::<_, 2>::new();
//! let mut from_b = inbox.connect(&mut lane_b, &tickets).unwrap();
//! let mut from_c = inbox.connect(&mut lane_c, &tickets).unwrap();
//!
//! from_c.push("first").unwrap();
//! from_b.push("second").unwrap();
//! assert_eq!((inbox.len(), inbox.pop(), inbox.pop(), inbox.pop()), (2, Some("first"), Some("second"), None));
//! ```

pub mod generic;
mod lane;

pub use lane::{Lane, Receiver, Sender, Tickets};

/// The receiving side of up to `LANES` lanes, whose methods are those of [`generic::Inbox`].
pub type Inbox<'a, T, const LANES: usize> = generic::Inbox<Receiver<'a, T>, LANES>;

impl<'a, T, const LANES: usize> Inbox<'a, T, LANES> {
    /// Adds a lane's receiver, and returns its sender, for the link's reader. `None` if the inbox has
    /// `LANES` lanes already. All lanes of an inbox must share one counter of tickets.
    pub fn connect<const SLOTS: usize>(
        &mut self,
        lane: &'a mut Lane<T, SLOTS>,
        tickets: &'a Tickets,
    ) -> Option<Sender<'a, T>> {
        let (sender, receiver) = lane.split(tickets);
        self.add(receiver).ok()?;
        Some(sender)
    }
}
