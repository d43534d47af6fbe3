//! One tick of the model's own mix, and each step of the hot path by itself.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use bench::{
    cases::{self, Meter},
    mission::{BATCH, Storage},
};
use clockring::ring::MachineId;
use criterion::Criterion;

use crate::cpu_time::CpuTime;

pub(crate) fn all(criterion: &mut Criterion<CpuTime>) {
    criterion.benchmark_group("tick").bench_function("mission", |bencher| bencher.iter_custom(mission));
    cases::all(&mut Timed(criterion));
}

struct Timed<'a>(&'a mut Criterion<CpuTime>);

impl Meter for Timed<'_> {
    fn case<R>(&mut self, name: &str, mut work: impl FnMut() -> R) {
        let (group, name) = name.split_once('/').expect("a group and a name");
        self.0.benchmark_group(group).bench_function(name, |bencher| bencher.iter(&mut work));
    }
}

/// Three machines in turns. Only their ticks are timed, batch by batch, and the median batch counts: a batch takes some
/// microseconds, so that most of them are whole however busy the computer is.
fn mission(ticks: u64) -> Duration {
    let mut storage = Box::<Storage>::default();
    let mut mission = storage.mission(7);
    let ids: Vec<MachineId> = mission.ids().collect();
    let batches = (ticks as usize).div_ceil(BATCH);
    let timed = |machine: &MachineId| {
        let began = Instant::now();
        mission.tick(*machine, BATCH);
        let time = began.elapsed();
        black_box(mission.rows(*machine));
        mission.deliver(*machine);
        time
    };
    let mut times: Vec<Duration> = ids.iter().cycle().take(batches).map(timed).collect();
    let (_, median, _) = times.select_nth_unstable(batches / 2);
    median.mul_f64(ticks as f64 / BATCH as f64)
}
