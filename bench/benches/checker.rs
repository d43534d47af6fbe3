//! How fast a run is checked, replayed and drawn, beside a bare pass over its files that parses their numbers.
//!
//! `cargo bench --bench checker`.

use std::{
    env, fs,
    hint::black_box,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use bench::{
    median,
    processor::of_this_process,
    results::{Results, Wanted},
};
use clockring::{clock::ClockKind, ring::RingSize, time::Rate};
use host::{
    check::{Run, judge},
    experiment::{Experiment, Pace, PhaseChoice, SIDES_DEFAULT},
    failure::Failure,
    replay::replay,
    report,
    rundir::{Manifest, RunDirectory},
    sim::{Network, Scenario, write_run},
    trace::Trace,
};

/// Rows of the run that is checked and replayed: some hundred megabytes.
const ROWS: u64 = 3_000_000;

/// Rows of the run that is drawn.
const ROWS_DRAWN: u64 = 100_000;

/// How often everything is measured; medians count.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let directory = env::temp_dir().join(format!("clockring-bench-{}-checker", std::process::id()));
    let outcome = all(&directory);
    let _ = fs::remove_dir_all(&directory);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn all(directory: &Path) -> Result<(), Failure> {
    let (long, short) = (directory.join("long"), directory.join("short"));
    write_run(&scenario(ROWS)?, &RunDirectory::at(&long), true, |_| ())?;
    write_run(&scenario(ROWS_DRAWN)?, &RunDirectory::at(&short), true, |_| ())?;
    let mut took: [Vec<Took>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let [floor, check, replayed, drawn] = &mut took;
        floor.push(timed(|| bare_pass(&long))?);
        check.push(timed(|| check_run(&long))?);
        replayed.push(timed(|| replay_run(&long))?);
        drawn.push(timed(|| draw(&short))?);
    }
    let [floor, check, replayed, drawn] = took;
    let wall = |took: &[Took], rows: u64| rows as f64 / 1e6 / median(took.iter().map(|took| took.wall.as_secs_f64()));
    let cpu = |took: &[Took], rows: u64| rows as f64 / 1e6 / median(took.iter().map(|took| took.cpu.as_secs_f64()));
    let mut results = Results::new("The checker");
    let bare = "bare pass that parses the numbers";
    let third = Some(Wanted::AtLeast(1.0 / 3.0));
    results.compare("M rows/s", ("check", wall(&check, ROWS)), (bare, wall(&floor, ROWS)), third);
    results.compare("M rows/s of a core", ("check", cpu(&check, ROWS)), (bare, cpu(&floor, ROWS)), None);
    results.compare("M rows/s", ("replay", wall(&replayed, ROWS)), (bare, wall(&floor, ROWS)), None);
    results.compare("M rows/s", ("report", wall(&drawn, ROWS_DRAWN)), (bare, wall(&floor, ROWS)), None);
    results.publish("checker").map_err(|error| Failure::run(error.to_string()))
}

struct Took {
    wall: Duration,
    cpu: Duration,
}

fn timed(work: impl FnOnce() -> Result<(), Failure>) -> Result<Took, Failure> {
    let (began, spent) = (Instant::now(), of_this_process());
    work()?;
    Ok(Took { wall: began.elapsed(), cpu: of_this_process() - spent })
}

/// Three machines at 1,000 ticks a second, of so many rows in all.
fn scenario(rows: u64) -> Result<Scenario, Failure> {
    let impossible = || Failure::usage("a scenario that is not possible");
    let experiment = Experiment {
        ring: RingSize::new(3).ok_or_else(impossible)?,
        rates: vec![Some(Pace::Rate(Rate::per_second(1_000).ok_or_else(impossible)?)); 3],
        sides: SIDES_DEFAULT,
        seed: 7,
        phase: PhaseChoice::Random,
        clock: ClockKind::Lamport,
        duration: Some(Duration::from_secs(rows / 3_000)),
    };
    Scenario::new(experiment, Network::default()).map_err(|error| Failure::usage(error.to_string()))
}

fn logs(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let machines = RunDirectory::at(directory).machines().map_err(|error| Failure::run(error.to_string()))?;
    Ok(machines.into_iter().map(|machine| RunDirectory::at(directory).log(machine)).collect())
}

/// Reads every file once and turns every run of digits into a number.
fn bare_pass(directory: &Path) -> Result<(), Failure> {
    for log in logs(directory)? {
        let bytes = fs::read(log).map_err(|error| Failure::run(error.to_string()))?;
        let (mut number, mut sum) = (0_u64, 0_u64);
        for byte in bytes {
            let digit = byte.wrapping_sub(b'0');
            if digit <= 9 {
                number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
            } else {
                sum = sum.wrapping_add(number);
                number = 0;
            }
        }
        black_box(sum);
    }
    Ok(())
}

fn check_run(directory: &Path) -> Result<(), Failure> {
    match judge(&Run::load(&RunDirectory::at(directory))?).violations.total() {
        0 => Ok(()),
        found => Err(Failure::run(format!("the checker finds {found} violations in a simulated run"))),
    }
}

fn replay_run(directory: &Path) -> Result<(), Failure> {
    for machine in RunDirectory::at(directory).machines().map_err(|error| Failure::run(error.to_string()))? {
        let manifest = Manifest::read(&RunDirectory::at(directory).manifest(machine))
            .map_err(|error| Failure::run(error.to_string()))?;
        let replayed =
            replay(&RunDirectory::at(directory), &manifest).map_err(|error| Failure::run(error.to_string()))?;
        if let Some(difference) = replayed.difference {
            return Err(Failure::run(format!("the replay differs: {}", difference.why)));
        }
    }
    Ok(())
}

fn draw(directory: &Path) -> Result<(), Failure> {
    black_box(report::html(&Trace::read(&RunDirectory::at(directory))?));
    Ok(())
}
