//! The inbox under real threads: nothing lost, nothing twice, nothing out of order.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use clockring::inbox::{Inbox, Lane, Tickets};

const SENDERS: usize = 3;
const MESSAGES: u64 = 200_000;

/// What a sender pushes: who it is, how many it has pushed before, and how many pushes, of all senders, it knew to be
/// finished when it began this one.
#[derive(Clone, Copy)]
struct Numbered {
    sender: usize,
    count: u64,
    finished_before: u64,
}

/// Pushes from three threads and gives every message, in the order it is popped, to `see`.
fn run(mut see: impl FnMut(Numbered)) {
    let tickets = Tickets::new();
    let finished = AtomicU64::new(0);
    let mut lanes: [Lane<Numbered, 64>; SENDERS] = Default::default();
    let mut inbox = Inbox::<_, SENDERS>::new();
    let senders: Vec<_> = lanes.iter_mut().map(|lane| inbox.connect(lane, &tickets).unwrap()).collect();

    thread::scope(|scope| {
        for (sender, mut lane) in senders.into_iter().enumerate() {
            let finished = &finished;
            scope.spawn(move || {
                for count in 0..MESSAGES {
                    let mut message = Numbered { sender, count, finished_before: finished.load(Ordering::SeqCst) };
                    while let Err(back) = lane.push(message) {
                        message = back;
                        thread::yield_now();
                    }
                    finished.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let mut popped = 0;
        while popped < SENDERS as u64 * MESSAGES {
            let waits = !inbox.is_empty();
            match inbox.pop() {
                Some(message) => {
                    popped += 1;
                    see(message);
                }
                None => {
                    assert!(!waits, "what waits can be popped, also while more comes in");
                    thread::yield_now();
                }
            }
        }
        assert!(inbox.pop().is_none());
    });
}

#[test]
fn no_message_is_lost_and_each_lane_is_first_in_first_out() {
    let mut expected = [0; SENDERS];
    run(|message| {
        assert_eq!(message.count, expected[message.sender]);
        expected[message.sender] += 1;
    });
    assert_eq!(expected, [MESSAGES; SENDERS]);
}

/// A message whose sender had seen k pushes finished cannot come out before k messages are out: those k, which
/// happened before it, all have smaller tickets.
#[test]
fn what_was_pushed_before_comes_out_before() {
    let mut popped = 0;
    run(|message| {
        assert!(message.finished_before <= popped, "{} of {} overtook", message.count, message.sender);
        popped += 1;
    });
}

#[test]
fn what_is_said_to_wait_can_be_popped() {
    let tickets = Tickets::new();
    let mut lane = Lane::<u64, 64>::new();
    let mut inbox = Inbox::<_, 1>::new();
    let mut sender = inbox.connect(&mut lane, &tickets).unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            for count in 0..MESSAGES {
                while sender.push(count).is_err() {
                    thread::yield_now();
                }
            }
        });
        let (mut popped, mut missed) = (0, 0);
        while popped < MESSAGES {
            // A tick that finds nothing after a row that said something waits would break the model.
            let waiting = !inbox.is_empty();
            match inbox.pop() {
                Some(_) => popped += 1,
                None => missed += u64::from(waiting),
            }
        }
        assert_eq!(missed, 0, "pops that found nothing although something waited");
    });
}
