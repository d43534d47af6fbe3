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
//! and again only if one was found empty before another was not. Atomics: 32-bit loads and stores, and one 32-bit increment; on targets
//! without compare-and-swap turn on the feature `critical-section`.
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

mod lane;

pub use lane::{Draw, Entry, Lane, LaneInput, LaneOutput, LaneSender, Put, Take, Tickets};

/// The receiving side of up to `LANES` lanes.
///
/// `Q` is the lane's output; outside of the tests that model threads it is always a [`LaneOutput`].
pub struct Inbox<Q: Take, const LANES: usize> {
    lanes: heapless::Vec<Merged<Q>, LANES>,
}

/// One lane as the consumer sees it.
struct Merged<Q: Take> {
    queue: Q,
    look_ahead: Option<Entry<Q::Item>>,
}

impl<Q: Take> Merged<Q> {
    #[inline]
    fn waiting(&self) -> usize {
        self.queue.waiting() + usize::from(self.look_ahead.is_some())
    }
}

/// What one look at all lanes shows.
struct Look {
    /// The lane whose look-ahead has the smallest ticket.
    oldest: Option<usize>,
    /// How many messages wait in all lanes, if that was asked for.
    waiting: usize,
    /// Is it certain that no message that waits was pushed before that one?
    sure: bool,
}

impl<Q: Take, const LANES: usize> Inbox<Q, LANES> {
    /// An inbox without lanes.
    pub const fn new() -> Self {
        Self { lanes: heapless::Vec::new() }
    }

    /// Adds the output of a lane.
    ///
    /// # Errors
    /// Gives the lane back if the inbox has `LANES` already.
    pub fn add(&mut self, queue: Q) -> Result<(), Q> {
        self.lanes.push(Merged { queue, look_ahead: None }).map_err(|merged| merged.queue)
    }

    /// The output of the lane that was added at this place, from 0.
    pub fn lane_mut(&mut self, place: usize) -> Option<&mut Q> {
        self.lanes.get_mut(place).map(|lane| &mut lane.queue)
    }

    /// The outputs of all lanes, in the order they were added.
    pub fn lanes_mut(&mut self) -> impl Iterator<Item = &mut Q> {
        self.lanes.iter_mut().map(|lane| &mut lane.queue)
    }

    /// The oldest message that waits, in arrival order.
    #[inline]
    pub fn pop(&mut self) -> Option<Q::Item> {
        self.take_oldest::<false>().0
    }

    /// The oldest message that waits, and how many wait after it, for one look at every lane.
    #[inline]
    pub fn pop_counted(&mut self) -> (Option<Q::Item>, usize) {
        self.take_oldest::<true>()
    }

    /// How many messages wait.
    pub fn len(&self) -> usize {
        self.lanes.iter().map(Merged::waiting).sum()
    }

    /// Does no message wait?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn take_oldest<const COUNTED: bool>(&mut self) -> (Option<Q::Item>, usize) {
        loop {
            let Look { oldest, waiting, sure } = self.look::<COUNTED>();
            if sure {
                let lane = oldest.and_then(|oldest| self.lanes.get_mut(oldest));
                let taken = lane.and_then(|lane| lane.look_ahead.take());
                let waiting = waiting.saturating_sub(usize::from(taken.is_some()));
                return (taken.map(|entry| entry.item), waiting);
            }
        }
    }

    /// Fills every empty look-ahead that its lane can fill, and finds the lane whose look-ahead has the smallest ticket.
    ///
    /// Not sure if, after a lane was found empty, another gave something: the two may have been pushed to in that order
    /// in between. The next look sees the first of them. Such a look fills a look-ahead, so there are at most `LANES`.
    #[inline]
    fn look<const COUNTED: bool>(&mut self) -> Look {
        let (mut oldest, mut waiting, mut sure, mut found_empty) = (None, 0, true, false);
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            if lane.look_ahead.is_none() {
                match lane.queue.take() {
                    Some(entry) => {
                        lane.look_ahead = Some(entry);
                        sure &= !found_empty;
                    }
                    None => found_empty = true,
                }
            }
            if COUNTED {
                waiting += lane.waiting();
            }
            if let Some(entry) = &lane.look_ahead
                && oldest.is_none_or(|(_, smallest)| is_before(entry.ticket, smallest))
            {
                oldest = Some((index, entry.ticket));
            }
        }
        Look { oldest: oldest.map(|(index, _)| index), waiting, sure }
    }
}

impl<Q: Take, const LANES: usize> Default for Inbox<Q, LANES> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, T, const LANES: usize> Inbox<LaneOutput<'a, T>, LANES> {
    /// Connects a lane to this inbox and returns its other end, for the link's reader. `None` if the inbox has
    /// `LANES` lanes already. All lanes of an inbox must share one counter of tickets.
    pub fn connect<const SLOTS: usize>(
        &mut self,
        lane: &'a mut Lane<T, SLOTS>,
        tickets: &'a Tickets,
    ) -> Option<LaneSender<LaneInput<'a, T>, &'a Tickets>> {
        let (input, output) = lane.split();
        self.add(output).ok()?;
        Some(LaneSender::new(input, tickets))
    }
}

/// Tickets wrap around: one is before another if it is less than half the range behind. Lanes are far shorter than
/// that, and what is not in a lane has no ticket.
const fn is_before(ticket: u32, other: u32) -> bool {
    (ticket.wrapping_sub(other) as i32) < 0
}
