//! The inbox, by one thread: its order, its limits, and what happens between two looks.

use core::cell::RefCell;

use super::{below, random};
use crate::inbox::{
    Inbox, Lane, Tickets,
    generic::{self, Draw, Entry, Put, Take},
};

suite! {
    fn an_empty_inbox_has_nothing() {
        let (tickets, mut lane) = (Tickets::new(), Lane::<u8, 4>::new());
        let mut inbox = Inbox::<_, 1>::new();
        assert!(inbox.pop().is_none() && inbox.is_empty());
        inbox.connect(&mut lane, &tickets).unwrap();
        assert!(inbox.pop().is_none() && inbox.is_empty());
    }

    fn messages_come_out_in_the_order_they_came_in() {
        let tickets = Tickets::new();
        let mut lanes = [const { Lane::<u32, 16>::new() }; 3];
        let mut inbox = Inbox::<_, 3>::new();
        let [a, b, c] = &mut lanes;
        let mut senders = [a, b, c].map(|lane| inbox.connect(lane, &tickets).unwrap());
        let mut expected = heapless::Deque::<u32, 64>::new();
        let chance = &mut random(91);
        for number in 0..5_000 {
            if below(5, chance) < 3 && senders[below(3, chance)].push(number).is_ok() {
                expected.push_back(number).unwrap();
            }
            if below(2, chance) == 0 {
                let oldest = expected.pop_front();
                assert_eq!(inbox.pop_counted(), (oldest, expected.len()));
            }
            assert_eq!((inbox.len(), inbox.is_empty()), (expected.len(), expected.is_empty()));
        }
        while let Some(number) = expected.pop_front() {
            assert_eq!(inbox.pop(), Some(number));
        }
        assert_eq!(inbox.pop(), None);
    }

    fn a_message_that_is_refused_does_not_count_as_an_arrival() {
        // A reader that waits for room tries again and again: it would wear out the tickets.
        struct Full;
        impl Put for Full {
            type Item = u8;

            fn has_room(&self) -> bool {
                false
            }

            fn put(&mut self, entry: Entry<u8>) -> Result<(), Entry<u8>> {
                Err(entry)
            }
        }
        let tickets = Tickets::starting_at(7);
        assert_eq!(generic::Sender::new(Full, &tickets).push(1), Err(1));
        assert_eq!((&tickets).draw(), 7);
    }

    fn a_sender_counts_the_messages_in_its_lane() {
        let (tickets, mut lane) = (Tickets::new(), Lane::<u32, 8>::new());
        let mut inbox = Inbox::<_, 1>::new();
        let mut sender = inbox.connect(&mut lane, &tickets).unwrap();
        let mut waits = 0;
        let chance = &mut random(94);
        for number in 0..2_000 {
            if below(2, chance) == 0 {
                waits += usize::from(sender.push(number).is_ok());
            } else {
                waits -= usize::from(inbox.pop().is_some());
            }
            // A pop takes one message out of the lane, as no other is looked ahead at.
            assert_eq!((sender.waiting(), inbox.len()), (waits, waits));
        }
    }

    fn each_lane_is_first_in_first_out() {
        let tickets = Tickets::new();
        let mut lanes = [const { Lane::<(usize, u32), 8>::new() }; 2];
        let mut inbox = Inbox::<_, 2>::new();
        let [a, b] = &mut lanes;
        let mut senders = [a, b].map(|lane| inbox.connect(lane, &tickets).unwrap());
        let (mut pushed, mut popped) = ([0; 2], [0; 2]);
        let chance = &mut random(92);
        for _ in 0..3_000 {
            let lane = below(2, chance);
            if senders[lane].push((lane, pushed[lane])).is_ok() {
                pushed[lane] += 1;
            }
            if below(2, chance) == 0
                && let Some((lane, number)) = inbox.pop()
            {
                assert_eq!(number, popped[lane]);
                popped[lane] += 1;
            }
        }
        assert_eq!(inbox.len() as u32, pushed[0] + pushed[1] - popped[0] - popped[1]);
    }

    fn full_lane_gives_the_message_back() {
        let (tickets, mut lane) = (Tickets::new(), Lane::<u8, 4>::new());
        let mut inbox = Inbox::<_, 1>::new();
        let mut sender = inbox.connect(&mut lane, &tickets).unwrap();
        for number in 0..3 {
            assert!(sender.has_room());
            assert_eq!(sender.push(number), Ok(()));
        }
        assert_eq!((sender.has_room(), sender.push(99), Lane::<u8, 4>::CAPACITY), (false, Err(99), 3));
        assert_eq!((inbox.pop(), sender.push(3)), (Some(0), Ok(())));
        assert_eq!([(); 4].map(|()| inbox.pop()), [Some(1), Some(2), Some(3), None]);
    }

    fn a_message_given_back_leaves_no_trace() {
        let tickets = Tickets::new();
        let (mut small, mut large) = (Lane::<u8, 2>::new(), Lane::<u8, 8>::new());
        let mut inbox = Inbox::<_, 2>::new();
        let mut full = inbox.connect(&mut small, &tickets).unwrap();
        let mut other = inbox.connect(&mut large, &tickets).unwrap();
        full.push(1).unwrap();
        for number in 2..6 {
            assert_eq!(full.push(100), Err(100));
            other.push(number).unwrap();
        }
        assert_eq!(inbox.len(), 5);
        assert_eq!([(); 6].map(|()| inbox.pop()), [Some(1), Some(2), Some(3), Some(4), Some(5), None]);
    }

    fn a_noisy_peer_takes_nobodys_room_and_nobodys_turn() {
        let tickets = Tickets::new();
        let (mut lane, mut quiet_lane) = (Lane::<&str, 8>::new(), Lane::<&str, 8>::new());
        let mut inbox = Inbox::<_, 2>::new();
        let mut noisy = inbox.connect(&mut lane, &tickets).unwrap();
        let mut quiet = inbox.connect(&mut quiet_lane, &tickets).unwrap();
        for _ in 0..100 {
            while noisy.push("noise").is_ok() {}
            let before = inbox.len();
            quiet.push("word").unwrap();
            for _ in 0..before {
                assert_eq!(inbox.pop(), Some("noise"));
                let _full_or_not = noisy.push("noise");
            }
            assert_eq!(inbox.pop(), Some("word"), "after those that came before it and no others");
        }
    }

    fn order_holds_when_tickets_wrap_around() {
        let tickets = Tickets::starting_at(u32::MAX - 20);
        let (mut left_lane, mut right_lane) = (Lane::<u32, 32>::new(), Lane::<u32, 32>::new());
        let mut inbox = Inbox::<_, 2>::new();
        let mut left = inbox.connect(&mut left_lane, &tickets).unwrap();
        let mut right = inbox.connect(&mut right_lane, &tickets).unwrap();
        for number in 0..40 {
            if number % 3 == 0 { left.push(number).unwrap() } else { right.push(number).unwrap() }
        }
        for number in 0..40 {
            assert_eq!(inbox.pop(), Some(number));
        }
    }

    fn an_inbox_has_no_more_lanes_than_it_was_made_for() {
        let tickets = Tickets::new();
        let (mut first, mut second) = (Lane::<u8, 4>::new(), Lane::<u8, 4>::new());
        let mut inbox = Inbox::<_, 1>::new();
        assert!(inbox.connect(&mut first, &tickets).is_some());
        assert!(inbox.connect(&mut second, &tickets).is_none());
    }

    /// While the inbox looks at its lanes, a message comes in at a lane it has just found empty, and then, caused by
    /// it, one at a lane it has not yet looked at.
    fn an_effect_does_not_overtake_its_cause_while_the_inbox_looks() {
        let (tickets, queues) = (Tickets::new(), [const { RefCell::new(heapless::Deque::new()) }; 2]);
        let interrupt = RefCell::new(Some(|| {
            generic::Sender::new(Probe { queue: &queues[0], after_empty: None }, &tickets).push("cause").unwrap();
            generic::Sender::new(Probe { queue: &queues[1], after_empty: None }, &tickets).push("effect").unwrap();
        }));
        let strike = || {
            if let Some(interrupt) = interrupt.take() {
                interrupt();
            }
        };
        let mut inbox = generic::Inbox::<_, 2>::new();
        assert!(inbox.add(Probe { queue: &queues[0], after_empty: Some(&strike) }).is_ok());
        assert!(inbox.add(Probe { queue: &queues[1], after_empty: None }).is_ok());
        assert_eq!([(); 3].map(|()| inbox.pop()), [Some("cause"), Some("effect"), None]);
    }
}

type Queue = RefCell<heapless::Deque<Entry<&'static str>, 4>>;

/// A lane end that lets a test act right after the lane was found empty.
struct Probe<'a> {
    queue: &'a Queue,
    after_empty: Option<&'a dyn Fn()>,
}

impl Put for Probe<'_> {
    type Item = &'static str;

    fn has_room(&self) -> bool {
        !self.queue.borrow().is_full()
    }

    fn put(&mut self, entry: Entry<&'static str>) -> Result<(), Entry<&'static str>> {
        self.queue.borrow_mut().push_back(entry)
    }
}

impl Take for Probe<'_> {
    type Item = &'static str;

    fn take(&mut self) -> Option<Entry<&'static str>> {
        let entry = self.queue.borrow_mut().pop_front();
        if let (None, Some(act)) = (&entry, self.after_empty) {
            act();
        }
        entry
    }

    fn waiting(&self) -> usize {
        self.queue.borrow().len()
    }
}
