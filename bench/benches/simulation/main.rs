//! The simulator: ticks per second on one core and on all, how it grows, and beside it the same model on a generic
//! discrete-event crate and on SimPy.
//!
//! `cargo bench --bench simulation`. SimPy is looked for by `python3`; without it, that line is left out, and said so.

mod generic;
mod simpy;

use std::{
    alloc::System,
    convert::Infallible,
    env, fs,
    io::{self, Write},
    process::ExitCode,
    sync::Barrier,
    thread,
    time::Duration,
};

use bench::{
    median,
    processor::of_this_thread,
    results::{Results, Wanted},
};
use clockring::{
    clock::{ClockKind, Lamport, LamportStamp},
    message::Message,
    ring::{MachineId, RingSize},
    time::Rate,
};
use host::{
    check::{Run, judge},
    experiment::{Experiment, Pace, PhaseChoice, SIDES_DEFAULT},
    failure::Failure,
    rundir::{Row, RunDirectory, Summary},
    sim::{Network, Recorder, Scenario, Simulator, write_run},
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Ticks per second of every machine.
pub(crate) const RATE: u32 = 6;

/// How often everything is measured; medians count.
const ROUNDS: usize = 5;

/// Ticks of a long run.
const TICKS: u64 = 6_000_000;

fn main() -> ExitCode {
    match all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn all() -> Result<(), Failure> {
    let mut results = Results::new("The simulator");
    let failed = |error: &dyn std::fmt::Display| Failure::run(error.to_string());
    check_one()?;
    speed(&mut results)?;
    cores(&mut results)?;
    growth(&mut results)?;
    results.publish("simulation").map_err(|error| failed(&error))
}

/// A run of aligned machines with the assignment's die, of so many ticks in all.
pub(crate) fn scenario(machines: usize, ticks: u64) -> Result<Scenario, Failure> {
    let impossible = || Failure::usage("a scenario that is not possible");
    let ring = RingSize::new(machines).ok_or_else(impossible)?;
    let rate = Rate::per_second(RATE).ok_or_else(impossible)?;
    let experiment = Experiment {
        ring,
        rates: vec![Some(Pace::Rate(rate)); machines],
        sides: SIDES_DEFAULT.max(machines as u32),
        seed: 7,
        phase: PhaseChoice::Random,
        clock: ClockKind::Lamport,
        duration: Some(Duration::from_secs(ticks / (u64::from(RATE) * machines as u64))),
    };
    Scenario::new(experiment, Network::default()).map_err(|error| Failure::usage(error.to_string()))
}

/// What a sweep keeps of every machine.
#[derive(Default)]
struct Statistics {
    summaries: [Summary; RingSize::MAX],
}

impl Recorder<LamportStamp> for Statistics {
    type Error = Infallible;

    #[inline]
    fn event(&mut self, machine: MachineId, row: &Row<LamportStamp>) -> Result<(), Infallible> {
        self.summaries[machine.index()].add(row);
        Ok(())
    }

    fn left(&mut self, _: MachineId, _: &Message<LamportStamp>) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Statistics {
    fn ticks(&self) -> u64 {
        self.summaries.iter().map(|summary| summary.ticks).sum()
    }
}

/// Nanoseconds of processor time per tick of one run.
fn ns_per_tick(simulator: &mut Simulator<Lamport>, scenario: &Scenario) -> f64 {
    let mut statistics = Statistics::default();
    let began = of_this_thread();
    let Ok(()) = simulator.run(scenario, &mut statistics);
    (of_this_thread() - began).as_nanos() as f64 / statistics.ticks() as f64
}

/// The very scenario that is timed, shorter, passes the checker.
fn check_one() -> Result<(), Failure> {
    let directory = env::temp_dir().join(format!("clockring-bench-{}-simulation", std::process::id()));
    write_run(&scenario(3, 60_000)?, &RunDirectory::at(&directory), true, |_| ())?;
    let violations = judge(&Run::load(&RunDirectory::at(&directory))?).violations.total();
    let _ = fs::remove_dir_all(&directory);
    if violations > 0 {
        return Err(Failure::run(format!("the checker finds {violations} violations in the simulated run")));
    }
    Ok(())
}

fn speed(results: &mut Results) -> Result<(), Failure> {
    let scenario = scenario(3, TICKS)?;
    let mut simulator = Simulator::<Lamport>::new(&scenario);
    let (mut ours, mut generic) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(ns_per_tick(&mut simulator, &scenario));
        generic.push(generic::ns_per_tick(TICKS / 4)?);
    }
    let million = |ns: Vec<f64>| 1e3 / median(ns);
    let ours = ("simulator, three machines, one core", million(ours));
    results.compare("M ticks/s", ours, ("what is wanted", 50.0), Some(Wanted::AtLeast(1.0)));
    results.compare("M ticks/s", ours, ("desque, the same model", million(generic)), Some(Wanted::AtLeast(3.0)));
    match simpy::ns_per_tick() {
        Ok(ns) => results.compare("M ticks/s", ours, ("SimPy, the same model", 1e3 / ns), Some(Wanted::AtLeast(100.0))),
        Err(why) => {
            let _ = writeln!(io::stderr(), "SimPy: NOT RUN: {why}");
        }
    }
    Ok(())
}

/// A simulator on every core. Processor time, not time on the wall: what is asked is whether they get into each
/// other's way, not whether the computer has other things to do.
fn cores(results: &mut Results) -> Result<(), Failure> {
    let scenario = scenario(3, TICKS)?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut alone = Vec::new();
    let mut together = Vec::new();
    for _ in 0..ROUNDS {
        alone.push(ns_per_tick(&mut Simulator::new(&scenario), &scenario));
        let ready = Barrier::new(cores);
        thread::scope(|scope| {
            let threads: Vec<_> = (0..cores)
                .map(|_| {
                    scope.spawn(|| {
                        let mut simulator = Simulator::new(&scenario);
                        ready.wait();
                        ns_per_tick(&mut simulator, &scenario)
                    })
                })
                .collect();
            together.extend(threads.into_iter().filter_map(|thread| thread.join().ok()));
        });
    }
    let speed = |ns: Vec<f64>| 1e3 / median(ns);
    let name = format!("simulator, per core with {cores} at work");
    let alone = ("simulator, one core", speed(alone));
    results.compare("M ticks/s", (&name, speed(together)), alone, Some(Wanted::AtLeast(0.9)));
    Ok(())
}

fn growth(results: &mut Results) -> Result<(), Failure> {
    for machines in [3, 8, 16, 26] {
        let scenario = scenario(machines, TICKS)?;
        let before = Region::new(ALLOCATOR);
        let mut simulator = Simulator::<Lamport>::new(&scenario);
        let bytes = before.change().bytes_allocated as f64 / machines as f64;
        let ns = median((0..ROUNDS).map(|_| ns_per_tick(&mut simulator, &scenario)).collect::<Vec<_>>());
        results.figure(&format!("{machines} machines: a tick"), ns, "ns");
        results.figure(&format!("{machines} machines: memory of a machine"), bytes / 1024.0, "KiB");
    }
    // The assignment's minute: 360 ticks of each machine.
    let mut minute = scenario(3, 3 * 60 * u64::from(RATE))?;
    let mut simulator = Simulator::<Lamport>::new(&minute);
    for runs in [100_u64, 10_000, 1_000_000] {
        let mut statistics = Statistics::default();
        let began = of_this_thread();
        for seed in 0..runs {
            minute.set_seed(seed);
            let Ok(()) = simulator.run(&minute, &mut statistics);
        }
        let ns = (of_this_thread() - began).as_nanos() as f64 / statistics.ticks() as f64;
        results.figure(&format!("{runs} runs of a minute: a tick"), ns, "ns");
    }
    Ok(())
}
