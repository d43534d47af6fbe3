//! One tick: each kind of event, the model's own mix, and its parts.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use bench::mission::{BATCH, Storage};
use clockring::{
    clock::{Lamport, LamportStamp},
    frame::Frame,
    inbox::{Inbox, Lane, Tickets},
    message::Message,
    process::{Process, Turn},
    ring::{MachineId, RingSize},
};
use criterion::Criterion;
use host::rundir::Row;

use crate::cpu_time::CpuTime;

pub(crate) fn all(criterion: &mut Criterion<CpuTime>) {
    tick(criterion);
    row(criterion);
    frame(criterion);
    inbox(criterion);
}

pub(crate) fn ring() -> (RingSize, MachineId, MachineId) {
    let ring = RingSize::new(3).expect("three machines make a ring");
    let [a, b] = [b'A', b'B'].map(|letter| MachineId::from_letter(letter).expect("a letter"));
    (ring, a, b)
}

pub(crate) fn message() -> Message<LamportStamp> {
    let (_, a, b) = ring();
    Message { from: b, to: a, stamp: LamportStamp(1_234_567) }
}

fn tick(criterion: &mut Criterion<CpuTime>) {
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
    group.bench_function("mission", |bencher| bencher.iter_custom(mission));
    group.finish();
}

/// Three machines in turns. Only their ticks are timed, batch by batch, and the median batch counts: a batch takes some
/// microseconds, so that most of them are whole however busy the computer is.
fn mission(ticks: u64) -> Duration {
    let mut storage = Box::<Storage>::default();
    let mut mission = storage.mission(7);
    let batches = (ticks as usize).div_ceil(BATCH);
    let mut times: Vec<Duration> = mission
        .ids()
        .collect::<Vec<_>>()
        .into_iter()
        .cycle()
        .take(batches)
        .map(|machine| {
            let began = Instant::now();
            mission.tick(machine, BATCH);
            let time = began.elapsed();
            black_box(mission.rows(machine));
            mission.deliver(machine);
            time
        })
        .collect();
    let (_, median, _) = times.select_nth_unstable(batches / 2);
    median.mul_f64(ticks as f64 / BATCH as f64)
}

fn row(criterion: &mut Criterion<CpuTime>) {
    let (ring, ..) = ring();
    let mut group = criterion.benchmark_group("row");
    group.bench_function("as_text", |bencher| {
        let mut storage = Box::<Storage>::default();
        let mut mission = storage.mission(7);
        let machine = mission.ids().next().expect("a machine");
        let mut rows: Vec<Row<LamportStamp>> = Vec::new();
        for machine in mission.ids().collect::<Vec<_>>().into_iter().cycle().take(30) {
            mission.tick(machine, BATCH);
            mission.deliver(machine);
        }
        rows.extend(mission.rows(machine).iter().map(|row| Row { time_ns: 1_800_000_000_000_000_000, ..*row }));
        let mut text = Vec::with_capacity(1 << 16);
        let mut rows = rows.iter().cycle();
        bencher.iter(|| {
            if text.len() > 1 << 15 {
                text.clear();
            }
            if let Some(row) = rows.next() {
                row.write(ring, &mut text);
            }
        });
    });
    group.finish();
}

fn frame(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("frame");
    let frame = Frame::Message(message());
    group.bench_function("encode", |bencher| bencher.iter(|| black_box(&frame).encode()));
    let bytes = frame.encode();
    group.bench_function("decode", |bencher| bencher.iter(|| Frame::<LamportStamp>::decode(black_box(&bytes))));
    group.finish();
}

fn inbox(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("inbox");
    group.bench_function("push_pop", |bencher| {
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
    group.finish();
}
