//! The irreducible work: what any implementation of the model has to do.

use std::hint::black_box;

use bench::mission::BATCH;
use clockring::{clock::LamportStamp, inbox::generic::Entry, message::Message};
use criterion::Criterion;
use host::{rundir::Row, system_time};
use rand_core::{Rng, SeedableRng};
use rand_xorshift::XorShiftRng;

use crate::cpu_time::CpuTime;

/// A message with its arrival ticket takes as much memory as this.
const MESSAGE_WORDS: usize = size_of::<Entry<Message<LamportStamp>>>().div_ceil(8);

/// The record of an event takes as much memory as this.
const ROW_WORDS: usize = size_of::<Row<LamportStamp>>().div_ceil(8);

pub(crate) fn all(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("floor");
    group.bench_function("max_plus_one", |bencher| {
        let mut clock = 0_u64;
        bencher.iter(|| {
            clock = clock.max(black_box(1_234_567)) + 1;
            clock
        });
    });
    group.bench_function("plus_one", |bencher| {
        let mut clock = 0_u64;
        bencher.iter(|| {
            clock = black_box(clock) + 1;
            clock
        });
    });
    group.bench_function("xorshift_draw", |bencher| {
        let mut chance = XorShiftRng::seed_from_u64(7);
        bencher.iter(|| chance.next_u32());
    });
    group.bench_function("move_message", |bencher| {
        let mut memory = [[0_u64; MESSAGE_WORDS]; BATCH];
        let mut place = 0;
        bencher.iter(|| {
            memory[place as usize % BATCH] = [place; MESSAGE_WORDS];
            place += 1;
            black_box(&mut memory);
            memory[(place as usize + BATCH / 2) % BATCH].iter().fold(0, |word, next| word ^ next)
        });
    });
    group.bench_function("store_row", |bencher| {
        let mut rows = Vec::with_capacity(BATCH);
        let mut place = 0;
        bencher.iter(|| {
            if rows.len() == BATCH {
                black_box(&rows);
                rows.clear();
            }
            rows.push([place; ROW_WORDS]);
            place += 1;
        });
    });
    group.bench_function("copy_frame", |bencher| {
        let mut memory = [[0_u64; 2]; BATCH];
        let mut place = 0;
        bencher.iter(|| {
            memory[place as usize % BATCH] = [place; 2];
            place += 1;
            black_box(&mut memory);
            let [header, stamp] = memory[(place as usize + BATCH / 2) % BATCH];
            header ^ stamp
        });
    });
    group.bench_function("system_time", |bencher| bencher.iter(system_time::now));
    group.finish();
}
