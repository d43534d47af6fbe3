//! How late ticks come, beside a bare loop that sleeps until absolute deadlines at the same time.
//!
//! `cargo bench --bench timer`. For each rate two machines tick as processes, and a thread of this process sleeps until
//! the deadlines of a third.

use std::{
    env,
    error::Error,
    fs,
    io::{self, Write},
    path::Path,
    process::{Command, ExitCode},
    thread,
    time::{Duration, Instant},
};

use bench::{
    processor,
    results::{Results, Wanted},
};
use clockring::{
    clock::LamportStamp,
    time::{Phase, Rate, Schedule},
};
use hdrhistogram::Histogram;
use host::{
    check::{Run, judge},
    rundir::{LogReader, Manifest, RunDirectory},
};
use nix::{
    sys::time::TimeSpec,
    time::{ClockId, ClockNanosleepFlags, clock_gettime, clock_nanosleep},
};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Ticks per second, and for how many seconds: long enough that p99 is more than the two worst.
const RATES: [(u32, u32); 4] = [(6, 120), (100, 20), (1_000, 10), (10_000, 10)];

/// How many machines tick.
const MACHINES: u32 = 2;

fn main() -> ExitCode {
    if matches!(env::args().nth(1).as_deref(), Some("ring" | "--id")) {
        return host::cli::main();
    }
    match all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn all() -> Outcome<()> {
    let mut results = Results::new("Timers");
    for (rate, seconds) in RATES {
        let _ = writeln!(io::stderr(), "{rate} ticks a second, for {seconds} s");
        let bare = thread::spawn(move || sleeping_loop(rate, seconds));
        let ours = machines(rate, seconds)?;
        let bare = bare.join().map_err(|_| "the sleeping loop panicked")??;
        tell(rate, &ours, &bare, &mut results);
    }
    Ok(results.publish("timer")?)
}

/// How a machine, or a loop, kept time.
struct Kept {
    late_ns: Histogram<u64>,
    /// The share of one core that it took.
    core: f64,
}

fn tell(rate: u32, ours: &Kept, bare: &Kept, results: &mut Results) {
    let late_us = |kept: &Kept, share| kept.late_ns.value_at_quantile(share) as f64 / 1e3;
    for (share, name, limit) in [(0.5, "p50", None), (0.99, "p99", Some(Wanted::AtMost(1.1))), (1.0, "most", None)] {
        let wanted = limit.filter(|_| rate <= 1_000);
        let name = format!("{rate}/s: ticks late, {name}");
        results.compare("us", (&name, late_us(ours, share)), ("bare loop", late_us(bare, share)), wanted);
    }
    let core = |kept: &Kept| kept.core * 100.0;
    let name = format!("{rate}/s: processor, a machine");
    results.compare("% of a core", (&name, core(ours)), ("bare loop", core(bare)), None);
    if rate == 6 {
        results.compare("% of a core", (&name, core(ours)), ("what is wanted", 0.5), Some(Wanted::AtMost(1.0)));
    }
}

/// Runs the machines and reads from their logs how late each tick was.
fn machines(rate: u32, seconds: u32) -> Outcome<Kept> {
    let directory = env::temp_dir().join(format!("clockring-bench-{}-timer", std::process::id()));
    let rates = vec![rate.to_string(); MACHINES as usize].join(",");
    let mut ring = Command::new(env::current_exe()?);
    ring.args(["ring", "--quiet", "--base-port", "0", "--seed", "7", "--rates", &rates, "--for", &seconds.to_string()]);
    let before = processor::of_children();
    let status = ring.arg("--log-dir").arg(&directory).status()?;
    let spent = processor::of_children() - before;
    if !status.success() {
        return Err("the ring failed".into());
    }
    let mut late_ns = Histogram::new(3)?;
    for machine in RunDirectory::at(&directory).machines()? {
        let manifest = Manifest::read(&RunDirectory::at(&directory).manifest(machine))?;
        add_lateness(&directory, &manifest, rate, seconds, &mut late_ns)?;
    }
    let violations = judge(&Run::load(&RunDirectory::at(&directory))?).violations.total();
    if violations > 0 {
        return Err(format!("the checker finds {violations} violations in {}", directory.display()).into());
    }
    fs::remove_dir_all(&directory)?;
    Ok(Kept { late_ns, core: spent.as_secs_f64() / f64::from(seconds * MACHINES) })
}

fn add_lateness(
    directory: &Path,
    manifest: &Manifest,
    rate: u32,
    seconds: u32,
    late_ns: &mut Histogram<u64>,
) -> Outcome<()> {
    let mut schedule = schedule(rate)?;
    let mut ticks = 0;
    for row in
        LogReader::<LamportStamp>::open(&RunDirectory::at(directory).log(manifest.id), manifest.id, manifest.machines)?
    {
        let (_, row) = row?;
        late_ns.record(row.time.ns().saturating_sub(manifest.started.at(schedule.due()).ns()))?;
        schedule.advance();
        ticks += 1;
    }
    let wanted = rate * seconds;
    if ticks != wanted {
        return Err(format!("machine {} made {ticks} ticks, not {wanted}", manifest.id).into());
    }
    Ok(())
}

fn schedule(rate: u32) -> Outcome<Schedule> {
    Ok(Schedule::new(Rate::per_second(rate).ok_or("a rate that is possible")?, Phase::ALIGNED))
}

/// Sleeps until every deadline, and does nothing else.
fn sleeping_loop(rate: u32, seconds: u32) -> Outcome<Kept> {
    let mut schedule = schedule(rate)?;
    let mut late_ns = Histogram::new(3)?;
    let start = Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC)?);
    let (began, spent) = (Instant::now(), processor::of_this_thread());
    for _ in 0..rate * seconds {
        let due = start + Duration::from_nanos(schedule.due().ns());
        schedule.advance();
        while clock_nanosleep(ClockId::CLOCK_MONOTONIC, ClockNanosleepFlags::TIMER_ABSTIME, &TimeSpec::from(due))
            .is_err()
        {}
        let late = Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC)?).saturating_sub(due);
        late_ns.record(u64::try_from(late.as_nanos())?)?;
    }
    let core = (processor::of_this_thread() - spent).as_secs_f64() / began.elapsed().as_secs_f64();
    Ok(Kept { late_ns, core })
}
