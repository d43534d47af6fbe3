//! What one tick costs, and each of its parts, beside the irreducible work.
//!
//! `cargo bench` runs all, `cargo bench -- tick` those whose name contains `tick`.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use bench::mission::Storage;
use clockring::{
    clock::{Lamport, LamportStamp},
    frame::Frame,
    inbox::{Inbox, Lane, Tickets},
    message::Message,
    process::{Process, Turn},
    ring::{MachineId, RingSize},
};
use criterion::{Criterion, criterion_group, criterion_main};

/// How many ticks a machine makes before it looks at its links: what a live machine does when it runs as fast as it
/// can.
const BATCH: usize = 256;

fn ring() -> (RingSize, MachineId, MachineId) {
    let ring = RingSize::new(3).expect("three machines make a ring");
    let [a, b] = [b'A', b'B'].map(|letter| MachineId::from_letter(letter).expect("a letter"));
    (ring, a, b)
}

fn message() -> Message<LamportStamp> {
    let (_, a, b) = ring();
    Message { from: b, to: a, stamp: LamportStamp(1_234_567) }
}

fn floor(criterion: &mut Criterion) {
    criterion.bench_function("floor/max_plus_one", |bencher| {
        let mut clock = 0_u64;
        bencher.iter(|| {
            clock = clock.max(black_box(1_234_567)) + 1;
            clock
        });
    });
}

fn tick(criterion: &mut Criterion) {
    let (ring, a, _) = ring();
    let mut group = criterion.benchmark_group("tick");
    for (name, turn) in [
        ("internal", Turn::Roll(10)),
        ("send_one", Turn::Roll(1)),
        ("send_all", Turn::Roll(3)),
        ("receive", Turn::Deliver(message())),
    ] {
        group.bench_function(name, |bencher| {
            let mut process = Process::<Lamport>::new(a, ring);
            bencher.iter(|| process.step(black_box(turn), 0));
        });
    }
    group.bench_function("mission", |bencher| {
        bencher.iter_custom(|ticks| {
            let mut storage = Box::<Storage>::default();
            let mut mission = storage.mission(7);
            let mut elapsed = Duration::ZERO;
            let mut left = ticks as usize;
            while left > 0 {
                for machine in mission.ids() {
                    let batch = left.min(BATCH);
                    let begin = Instant::now();
                    mission.tick(machine, batch);
                    elapsed += begin.elapsed();
                    black_box(mission.rows(machine));
                    mission.deliver(machine);
                    left -= batch;
                }
            }
            elapsed
        });
    });
    group.finish();
}

fn frame(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame");
    let frame = Frame::Message(message());
    group.bench_function("encode", |bencher| bencher.iter(|| black_box(&frame).encode()));
    let bytes = frame.encode();
    group.bench_function("decode", |bencher| bencher.iter(|| Frame::<LamportStamp>::decode(black_box(&bytes))));
    group.finish();
}

fn inbox(criterion: &mut Criterion) {
    criterion.bench_function("inbox/push_pop", |bencher| {
        let tickets = Tickets::new();
        let (mut lane_b, mut lane_c) = (Lane::<_, 64>::new(), Lane::<_, 64>::new());
        let mut inbox = Inbox::<_, 2>::new();
        let mut from_b = inbox.connect(&mut lane_b, &tickets).expect("room for two lanes");
        let _from_c = inbox.connect(&mut lane_c, &tickets).expect("room for two lanes");
        let message = message();
        bencher.iter(|| {
            from_b.push(black_box(message)).expect("room for one message");
            inbox.pop()
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots();
    targets = floor, tick, frame, inbox
}
criterion_main!(benches);
