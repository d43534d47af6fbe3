//! Our inbox beside other bounded queues: a push and a pop in one thread, and two producers with a thread each.

use std::{
    collections::VecDeque,
    hint::black_box,
    sync::{Barrier, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use bench::cases::message;
use clockring::{
    clock::LamportStamp,
    inbox::{Inbox, Lane, Tickets},
    message::Message,
};
use criterion::Criterion;

use crate::cpu_time::CpuTime;

type Stamped = Message<LamportStamp>;

/// Messages that wait at most: as in a live machine's lane.
const CAPACITY: usize = 4096;

pub(crate) fn all(criterion: &mut Criterion<CpuTime>) {
    alone(criterion);
    two_producers(criterion);
}

fn alone(criterion: &mut Criterion<CpuTime>) {
    let message = || message(black_box(1_234_567));
    let mut group = criterion.benchmark_group("queue");
    group.bench_function("alone/crossbeam", |bencher| {
        let (sender, receiver) = crossbeam_channel::bounded(CAPACITY);
        bencher.iter(|| {
            sender.try_send(message()).expect("room for one message");
            receiver.try_recv()
        });
    });
    group.bench_function("alone/mpsc", |bencher| {
        let (sender, receiver) = mpsc::sync_channel(CAPACITY);
        bencher.iter(|| {
            sender.try_send(message()).expect("room for one message");
            receiver.try_recv()
        });
    });
    group.bench_function("alone/mutex_vecdeque", |bencher| {
        let queue = Mutex::new(VecDeque::with_capacity(CAPACITY));
        bencher.iter(|| {
            queue.lock().expect("no thread panics").push_back(message());
            queue.lock().expect("no thread panics").pop_front()
        });
    });
    group.bench_function("alone/mutex_heapless", |bencher| {
        let queue = Box::new(Mutex::new(heapless::Deque::<_, CAPACITY>::new()));
        bencher.iter(|| {
            queue.lock().expect("no thread panics").push_back(message()).expect("room for one message");
            queue.lock().expect("no thread panics").pop_front()
        });
    });
    group.finish();
}

fn two_producers(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("queue");
    group.bench_function("two_producers/ours", |bencher| {
        bencher.iter_custom(|messages| {
            let tickets = Tickets::new();
            let mut lanes = [(); 2].map(|()| Box::new(Lane::<_, CAPACITY>::new()));
            let mut inbox = Inbox::<_, 2>::new();
            let pushes = lanes.each_mut().map(|lane| {
                let mut lane = inbox.connect(lane, &tickets).expect("room for two lanes");
                move |message: Stamped| lane.push(message).is_ok()
            });
            race(messages, pushes, || inbox.pop())
        });
    });
    group.bench_function("two_producers/crossbeam", |bencher| {
        bencher.iter_custom(|messages| {
            let (sender, receiver) = crossbeam_channel::bounded(2 * CAPACITY);
            let pushes = [sender.clone(), sender].map(|sender| move |message| sender.try_send(message).is_ok());
            race(messages, pushes, || receiver.try_recv().ok())
        });
    });
    group.bench_function("two_producers/mpsc", |bencher| {
        bencher.iter_custom(|messages| {
            let (sender, receiver) = mpsc::sync_channel(2 * CAPACITY);
            let pushes = [sender.clone(), sender].map(|sender| move |message| sender.try_send(message).is_ok());
            race(messages, pushes, || receiver.try_recv().ok())
        });
    });
    group.bench_function("two_producers/mutex_vecdeque", |bencher| {
        bencher.iter_custom(|messages| {
            let queue = Mutex::new(VecDeque::with_capacity(2 * CAPACITY));
            let push = |message| {
                let mut queue = queue.lock().expect("no thread panics");
                let room = queue.len() < 2 * CAPACITY;
                if room {
                    queue.push_back(message);
                }
                room
            };
            race(messages, [push, push], || queue.lock().expect("no thread panics").pop_front())
        });
    });
    group.bench_function("two_producers/mutex_heapless", |bencher| {
        bencher.iter_custom(|messages| {
            let queue = Box::new(Mutex::new(heapless::Deque::<_, { 2 * CAPACITY }>::new()));
            let push = |message| queue.lock().expect("no thread panics").push_back(message).is_ok();
            race(messages, [push, push], || queue.lock().expect("no thread panics").pop_front())
        });
    });
    group.finish();
}

/// Two threads push `messages` in all, this one pops them. Whoever cannot go on lets another thread run.
fn race(
    messages: u64,
    pushes: [impl FnMut(Stamped) -> bool + Send; 2],
    mut pop: impl FnMut() -> Option<Stamped>,
) -> Duration {
    let ready = Barrier::new(3);
    let share = messages.div_ceil(2);
    let message = message(1_234_567);
    thread::scope(|scope| {
        for mut push in pushes {
            let ready = &ready;
            scope.spawn(move || {
                ready.wait();
                for _ in 0..share {
                    while !push(message) {
                        thread::yield_now();
                    }
                }
            });
        }
        ready.wait();
        let began = Instant::now();
        for _ in 0..2 * share {
            while black_box(pop()).is_none() {
                thread::yield_now();
            }
        }
        began.elapsed()
    })
}
