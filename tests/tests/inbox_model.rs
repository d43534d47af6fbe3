//! The inbox under loom, which runs every interleaving of a few threads with every result the memory model allows.
//!
//! The inbox and the sender are the real ones; beneath them are a queue and a counter whose atomics loom controls. The
//! queue is the algorithm of `heapless::spsc`: two indices, each published by the side that moves it.
//!
//! loom 0.7.2 remembers one last access per atomic. A thread that loads an atomic before it stores to it hides the
//! loads of others, and then loom explores a single execution, all green. So each side of the queue keeps its own index
//! beside the one it publishes, and every model asserts how many executions there were.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, atomic::AtomicUsize},
};

use clockring::inbox::generic::{self, Draw, Entry, Inbox, Put, Take};
use loom::{
    cell::UnsafeCell,
    sync::atomic::{AtomicU32, AtomicUsize as Index, Ordering},
    thread,
};

type Sender = generic::Sender<Writer, Counter>;
type Scenario = fn([Sender; 2], Inbox<Reader, 2>);

/// Two threads push one message each while the inbox is popped.
fn two_senders([mut b, mut c]: [Sender; 2], mut inbox: Inbox<Reader, 2>) {
    let threads = [thread::spawn(move || b.push(10).unwrap()), thread::spawn(move || c.push(20).unwrap())];
    let mut popped = Vec::new();
    popped.extend(inbox.pop());
    for thread in threads {
        thread.join().unwrap();
    }
    popped.extend(std::iter::from_fn(|| inbox.pop()));
    popped.sort();
    assert_eq!(popped, [10, 20], "nothing lost, nothing twice");
}

/// One thread pushes a cause to one lane and then an effect to another, while the inbox is popped.
fn cause_and_effect([mut b, mut c]: [Sender; 2], mut inbox: Inbox<Reader, 2>) {
    let thread = thread::spawn(move || {
        b.push(1).unwrap();
        c.push(2).unwrap();
    });
    let mut popped = Vec::new();
    popped.extend(inbox.pop());
    popped.extend(inbox.pop());
    thread.join().unwrap();
    popped.extend(std::iter::from_fn(|| inbox.pop()));
    assert_eq!(popped, [1, 2], "in order");
}

/// A lane has room for two; the third message comes back unless one was popped meanwhile.
fn full_lane([mut b, _c]: [Sender; 2], mut inbox: Inbox<Reader, 2>) {
    let thread = thread::spawn(move || {
        let mut refused = Vec::new();
        for message in 1..=3 {
            refused.extend(b.push(message).err());
        }
        refused
    });
    let mut seen = Vec::new();
    seen.extend(inbox.pop());
    let refused = thread.join().unwrap();
    seen.extend(std::iter::from_fn(|| inbox.pop()));
    assert!(seen.is_sorted());
    seen.extend(refused);
    assert_eq!(seen, [1, 2, 3], "each popped or given back");
}

#[test]
fn two_senders_lose_nothing() {
    every_interleaving(Faults::default(), two_senders, 350);
}

#[test]
fn an_effect_never_overtakes_its_cause() {
    every_interleaving(Faults::default(), cause_and_effect, 160);
}

#[test]
fn a_full_lane_loses_nothing() {
    every_interleaving(Faults::default(), full_lane, 40);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn the_model_catches_a_queue_that_publishes_too_weakly() {
    every_interleaving(Faults { weak_publish: true, ..Faults::default() }, two_senders, 1);
}

#[test]
#[should_panic(expected = "in order")]
fn the_model_catches_tickets_that_are_drawn_in_the_wrong_order() {
    every_interleaving(Faults { falling_tickets: true, ..Faults::default() }, cause_and_effect, 1);
}

/// Runs a scenario in every interleaving, of which there must be at least `executions_min`.
fn every_interleaving(faults: Faults, scenario: Scenario, executions_min: usize) {
    let executions = Arc::new(AtomicUsize::new(0));
    let counter = executions.clone();
    loom::model(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        let tickets = Counter { drawn: Rc::new(AtomicU32::new(1_000)), faults };
        let mut inbox = Inbox::new();
        let lanes = [(); 2].map(|()| {
            let queue = Rc::new(Queue::new(faults));
            assert!(inbox.add(Reader { queue: queue.clone(), head: 0 }).is_ok());
            Sender::new(Writer { queue, tail: 0 }, tickets.clone())
        });
        scenario(lanes, inbox);
    });
    let executions = executions.load(Ordering::Relaxed);
    assert!(executions >= executions_min, "loom ran {executions} executions only");
}

/// Planted bugs, which show that the model can fail.
#[derive(Clone, Copy, Default)]
struct Faults {
    /// The queue's writer publishes an entry with `Relaxed`.
    weak_publish: bool,
    /// Later tickets are smaller.
    falling_tickets: bool,
}

/// Draws tickets as `Tickets` does.
#[derive(Clone)]
struct Counter {
    drawn: Rc<AtomicU32>,
    faults: Faults,
}

impl Draw for Counter {
    fn draw(&self) -> u32 {
        if self.faults.falling_tickets {
            self.drawn.fetch_sub(1, Ordering::Relaxed)
        } else {
            self.drawn.fetch_add(1, Ordering::Relaxed)
        }
    }
}

/// Room for two entries: three slots, of which one stays free.
const SLOTS: usize = 3;

struct Queue {
    head: Index,
    tail: Index,
    slots: [Slot; SLOTS],
    faults: Faults,
}

/// loom follows who touches the slot, and when, through `access`; the value lies beside it.
struct Slot {
    access: UnsafeCell<()>,
    value: RefCell<Option<Entry<u32>>>,
}

impl Queue {
    fn new(faults: Faults) -> Self {
        let slot = |_| Slot { access: UnsafeCell::new(()), value: RefCell::new(None) };
        Self { head: Index::new(0), tail: Index::new(0), slots: std::array::from_fn(slot), faults }
    }
}

struct Writer {
    queue: Rc<Queue>,
    tail: usize,
}

struct Reader {
    queue: Rc<Queue>,
    head: usize,
}

impl Put for Writer {
    type Item = u32;

    fn has_room(&self) -> bool {
        (self.tail + 1) % SLOTS != self.queue.head.load(Ordering::Acquire)
    }

    fn put(&mut self, entry: Entry<u32>) -> Result<(), Entry<u32>> {
        if !self.has_room() {
            return Err(entry);
        }
        let slot = &self.queue.slots[self.tail];
        slot.access.with_mut(|_| slot.value.replace(Some(entry)));
        self.tail = (self.tail + 1) % SLOTS;
        let publish = if self.queue.faults.weak_publish { Ordering::Relaxed } else { Ordering::Release };
        self.queue.tail.store(self.tail, publish);
        Ok(())
    }
}

impl Take for Reader {
    type Item = u32;

    fn take(&mut self) -> Option<Entry<u32>> {
        if self.head == self.queue.tail.load(Ordering::Acquire) {
            return None;
        }
        let slot = &self.queue.slots[self.head];
        let entry = slot.access.with_mut(|_| slot.value.take());
        self.head = (self.head + 1) % SLOTS;
        self.queue.head.store(self.head, Ordering::Release);
        entry
    }

    fn waiting(&self) -> usize {
        (self.queue.tail.load(Ordering::Acquire) + SLOTS - self.head) % SLOTS
    }
}
