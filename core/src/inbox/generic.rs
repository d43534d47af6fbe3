//! The inbox and the sender over any queue: the seam for queues other than a lane's.
//!
//! A simulation has queues that know when each message arrives; a model checker has queues and a counter whose threads it
//! controls. The order of arrival is decided here for all of them.

pub use super::lane::LaneInput;

/// The receiving side of up to `LANES` queues.
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

    /// Adds a lane's receiver.
    ///
    /// # Errors
    /// Gives the receiver back if the inbox has `LANES` already.
    pub fn add(&mut self, queue: Q) -> Result<(), Q> {
        self.lanes.push(Merged { queue, look_ahead: None }).map_err(|merged| merged.queue)
    }

    /// The receiver of the lane that was added at this place, from 0.
    pub fn lane_mut(&mut self, place: usize) -> Option<&mut Q> {
        self.lanes.get_mut(place).map(|lane| &mut lane.queue)
    }

    /// The receivers of all lanes, in the order they were added.
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

/// Pushes one link's messages, each with its arrival ticket.
pub struct Sender<P, D> {
    pub(super) queue: P,
    tickets: D,
}

impl<P: Put, D: Draw> Sender<P, D> {
    /// The sender of a queue that belongs to an inbox whose queues all draw from `tickets`.
    pub const fn new(queue: P, tickets: D) -> Self {
        Self { queue, tickets }
    }

    /// Adds a message as the newest of all lanes.
    ///
    /// # Errors
    /// Gives the message back if the lane is full.
    #[inline]
    pub fn push(&mut self, item: P::Item) -> Result<(), P::Item> {
        if !self.queue.has_room() {
            return Err(item);
        }
        let ticket = self.tickets.draw();
        self.queue.put(Entry { ticket, item }).map_err(|entry| entry.item)
    }

    /// Is there room for one more? Only this sender can take it.
    pub fn has_room(&self) -> bool {
        self.queue.has_room()
    }
}

/// A message with its arrival ticket.
#[derive(Clone, Copy, Debug)]
pub struct Entry<T> {
    ticket: u32,
    item: T,
}

impl<T> Entry<T> {
    /// A message that arrived with this ticket, for queues that are filled without a [`Sender`].
    pub const fn new(ticket: u32, item: T) -> Self {
        Self { ticket, item }
    }
}

/// The producer's end of a single-producer single-consumer queue.
pub trait Put {
    /// What is pushed.
    type Item;

    /// Is there room for one more?
    fn has_room(&self) -> bool;

    /// Adds an entry.
    ///
    /// # Errors
    /// Gives it back if there is no room.
    fn put(&mut self, entry: Entry<Self::Item>) -> Result<(), Entry<Self::Item>>;
}

/// The consumer's end of a single-producer single-consumer queue.
pub trait Take {
    /// What is popped.
    type Item;

    /// The oldest entry.
    fn take(&mut self) -> Option<Entry<Self::Item>>;

    /// How many entries wait.
    fn waiting(&self) -> usize;
}

/// A source of rising tickets, shared between threads.
pub trait Draw {
    /// The next ticket. If one draw happened before another, its ticket is smaller, up to wrapping around.
    fn draw(&self) -> u32;
}

/// Tickets wrap around: one is before another if it is less than half the range behind. Lanes are far shorter than
/// that, and what is not in a lane has no ticket.
const fn is_before(ticket: u32, other: u32) -> bool {
    (ticket.wrapping_sub(other) as i32) < 0
}
