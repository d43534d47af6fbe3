//! What one tick costs, and each of its parts, beside the irreducible work and beside what people would use instead.
//!
//! `cargo bench` runs all and ends with a table; `cargo bench -- tick` runs what has `tick` in its name.

mod clocks;
mod cpu_time;
mod floor;
mod queues;
mod ratios;
mod tick;

use std::{io, process::ExitCode, time::SystemTime};

use bench::results::target_directory;
use criterion::Criterion;

use self::cpu_time::CpuTime;

fn main() -> ExitCode {
    let began = SystemTime::now();
    let estimates = target_directory().join("criterion");
    let mut criterion = Criterion::default()
        .with_measurement(CpuTime)
        .output_directory(&estimates)
        .warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_secs(1))
        .without_plots()
        .configure_from_args();
    floor::all(&mut criterion);
    tick::all(&mut criterion);
    clocks::all(&mut criterion);
    queues::all(&mut criterion);
    criterion.final_summary();
    match ratios::publish(&estimates, began) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("cannot write the results: {error}\n"));
            ExitCode::FAILURE
        }
    }
}
