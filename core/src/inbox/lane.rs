//! One link's receive queue, and the tickets that order what is in several.

use heapless::spsc::{Consumer, Producer, Queue};
use portable_atomic::{AtomicU32, Ordering};

use super::generic::{self, Draw, Entry, Put, Take};

/// Storage of a lane: room for `SLOTS - 1` messages (the queue tells full from empty by a slot that stays free).
/// `SLOTS` is a power of two.
#[derive(Debug)]
pub struct Lane<T, const SLOTS: usize> {
    queue: Queue<Entry<T>, SLOTS>,
    /// How many entries were put, wrapping around. The queue could tell how many it holds, with a division.
    put: AtomicU32,
}

impl<T, const SLOTS: usize> Lane<T, SLOTS> {
    /// How many messages the lane holds.
    pub const CAPACITY: usize = SLOTS - 1;

    /// An empty lane.
    pub const fn new() -> Self {
        const { assert!(SLOTS >= 2 && SLOTS.is_power_of_two(), "the slots of a lane are a power of two") };
        Self { queue: Queue::new(), put: AtomicU32::new(0) }
    }

    /// The two ends of the lane. All lanes of an inbox must share one counter of tickets.
    pub fn split<'a>(&'a mut self, tickets: &'a Tickets) -> (Sender<'a, T>, Receiver<'a, T>) {
        let taken = self.put.get_mut().wrapping_sub(self.queue.len() as u32);
        let (queue, entries) = self.queue.split();
        let input = LaneInput { queue, put: &self.put, room: 0 };
        (Sender::new(input, tickets), Receiver { queue: entries, put: &self.put, taken })
    }
}

impl<T, const SLOTS: usize> Default for Lane<T, SLOTS> {
    fn default() -> Self {
        Self::new()
    }
}

/// The end of a lane that messages go in at, each with its arrival ticket.
pub type Sender<'a, T> = generic::Sender<LaneInput<'a, T>, &'a Tickets>;

/// The queue's end beneath a lane's sender.
pub struct LaneInput<'a, T> {
    queue: Producer<'a, Entry<T>>,
    put: &'a AtomicU32,
    /// For so many more there is room at least. Nobody else can take it.
    room: usize,
}

/// The end of a lane that messages come out of.
pub struct Receiver<'a, T> {
    queue: Consumer<'a, Entry<T>>,
    put: &'a AtomicU32,
    taken: u32,
}

impl<T> Sender<'_, T> {
    /// An upper bound on the messages in the lane: only this sender adds any.
    pub fn waiting(&self) -> usize {
        if is_lane(self.queue.queue.capacity()) { self.queue.queue.len() } else { 0 }
    }
}

/// The counter of arrivals that the lanes of one inbox share.
#[derive(Debug, Default)]
pub struct Tickets(AtomicU32);

impl Tickets {
    /// No arrival yet.
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// As after `drawn` arrivals: for tests of what happens when tickets wrap around.
    pub const fn starting_at(drawn: u32) -> Self {
        Self(AtomicU32::new(drawn))
    }
}

impl Draw for &Tickets {
    #[inline]
    fn draw(&self) -> u32 {
        // Relaxed is enough: all increments of one atomic have one order, and it agrees with happened-before.
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

impl<T> Put for LaneInput<'_, T> {
    type Item = T;

    #[inline]
    fn has_room(&self) -> bool {
        is_lane(self.queue.capacity()) && (self.room > 0 || self.queue.ready())
    }

    #[inline]
    fn put(&mut self, entry: Entry<T>) -> Result<(), Entry<T>> {
        if !is_lane(self.queue.capacity()) {
            return Err(entry);
        }
        if self.room == 0 {
            self.room = self.queue.capacity().saturating_sub(self.queue.len());
        }
        self.room = self.room.saturating_sub(1);
        self.queue.enqueue(entry)?;
        // Counted after it can be taken, so that what is counted can be taken: a message that waits is never missed.
        self.put.store(self.put.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
        Ok(())
    }
}

/// Always true. The ends of a heapless queue have forgotten its length at compile time, and divide by it; told here
/// that it is a power of two, the compiler masks instead, and leaves out the panic of a division by zero.
#[inline]
const fn is_lane(capacity: usize) -> bool {
    capacity.wrapping_add(1).is_power_of_two()
}

impl<T> Take for Receiver<'_, T> {
    type Item = T;

    #[inline]
    fn take(&mut self) -> Option<Entry<T>> {
        if !is_lane(self.queue.capacity()) {
            return None;
        }
        let entry = self.queue.dequeue()?;
        self.taken = self.taken.wrapping_add(1);
        Some(entry)
    }

    #[inline]
    fn waiting(&self) -> usize {
        // An entry may be taken before it is counted.
        (self.put.load(Ordering::Acquire).wrapping_sub(self.taken) as i32).max(0) as usize
    }
}
