//! The clocks of other crates, and our hybrid clock beside them at the same source of physical time.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bench::cases::ring;
use clockring::{
    clock::{Clock, Hybrid, HybridStamp},
    moment::UnixTime,
};
use criterion::Criterion;
use hlc_gen::HlcGenerator;
use host::system_time;
use uhlc::{HLC, HLCBuilder, ID, NTP64, Timestamp};
use vclock::VClock;
use vec_clock::VecClock;

use crate::cpu_time::CpuTime;

pub(crate) fn all(criterion: &mut Criterion<CpuTime>) {
    lamport(criterion);
    vector(criterion);
    hybrid(criterion);
}

fn lamport(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("lamport");
    group.bench_function("advance/lamport", |bencher| {
        let clock = lamport::Clock::new();
        bencher.iter(|| clock.increment());
    });
    // A receive is an event of its own, which this crate leaves to the caller to count.
    group.bench_function("observe/lamport", |bencher| {
        let clock = lamport::Clock::new();
        bencher.iter(|| {
            clock.witness(black_box(1_234_567));
            clock.increment()
        });
    });
    group.finish();
}

fn vector(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("vector");
    group.bench_function("advance/vec_clock", |bencher| {
        let mut clock: VecClock<u64> = vec_clock::new(vec![0; 3], 0).expect("an index within three");
        bencher.iter(|| black_box(clock.time().as_slice())[0]);
    });
    group.bench_function("advance/vclock", |bencher| {
        let mut clock: VClock<usize, u64> = VClock::new(0);
        bencher.iter(|| clock.incr(black_box(&0)));
    });
    group.bench_function("observe/vec_clock", |bencher| {
        let mut clock: VecClock<u64> = vec_clock::new(vec![0; 3], 0).expect("an index within three");
        bencher
            .iter(|| black_box(clock.time_by(black_box(&[0, 500, 700])).expect("a stamp that can be").as_slice())[0]);
    });
    group.bench_function("observe/vclock", |bencher| {
        let mut clock: VClock<usize, u64> = VClock::new(0);
        let mut other = VClock::new(1);
        other.incr(&1);
        other.incr(&2);
        bencher.iter(|| {
            clock.merge(black_box(&other));
            clock.incr(&0);
        });
    });
    group.finish();
}

/// A time that somebody else keeps up to date: what a machine reads that asks its system once per batch.
static CACHED_NS: AtomicU64 = AtomicU64::new(1_800_000_000_000_000_000);

fn cached() -> UnixTime {
    UnixTime::from_ns(CACHED_NS.load(Ordering::Relaxed))
}

fn cached_ntp64() -> NTP64 {
    NTP64(cached().ns())
}

fn hybrid(criterion: &mut Criterion<CpuTime>) {
    let (_, a, _) = ring();
    let mut group = criterion.benchmark_group("hybrid");
    /// A source of physical time by name, as both clocks want it.
    type TimeSource = (&'static str, fn() -> UnixTime, fn() -> NTP64);
    let sources: [TimeSource; 2] =
        [("cached", cached, cached_ntp64), ("system", system_time::now, uhlc::system_time_clock)];
    for (source, now, ntp64) in sources {
        group.bench_function(format!("advance/{source}/ours"), |bencher| {
            let mut clock = Hybrid::new(a);
            bencher.iter(|| clock.advance(now()));
        });
        group.bench_function(format!("advance/{source}/uhlc"), |bencher| {
            let clock = uhlc(ntp64);
            bencher.iter(|| clock.new_timestamp());
        });
        group.bench_function(format!("observe/{source}/ours"), |bencher| {
            let mut clock = Hybrid::new(a);
            let stamp = HybridStamp(now().ns());
            bencher.iter(|| clock.try_observe(black_box(&stamp), now()));
        });
        group.bench_function(format!("observe/{source}/uhlc"), |bencher| {
            let clock = uhlc(ntp64);
            let stamp = Timestamp::new(ntp64(), ID::rand());
            bencher.iter(|| clock.update_with_timestamp(black_box(&stamp)));
        });
        // A receive is an event with a timestamp of its own. Ours comes with observing; here it takes a second call.
        group.bench_function(format!("receive/{source}/uhlc"), |bencher| {
            let clock = uhlc(ntp64);
            let stamp = Timestamp::new(ntp64(), ID::rand());
            bencher.iter(|| {
                let admitted = clock.update_with_timestamp(black_box(&stamp));
                (admitted, clock.new_timestamp())
            });
        });
    }
    group.bench_function("advance/system/hlc-gen", |bencher| {
        let clock = HlcGenerator::<hlc_gen::source::UtcClock>::new(1000);
        bencher.iter(|| clock.next_timestamp());
    });
    group.finish();
}

fn uhlc(clock: fn() -> NTP64) -> HLC {
    HLCBuilder::new().with_id(ID::rand()).with_clock(clock).with_max_delta(Duration::from_secs(1)).build()
}
