//! A ring at full speed for a while: neither memory nor open files grow.
//!
//! `SOAK=60 cargo test --release -p tests --test soak -- --nocapture` runs for a minute, and writes some gigabytes of
//! logs; without it the run is short.

#![cfg(target_os = "linux")]

use std::{fs, thread, time::Duration};

use tempfile::tempdir;
use tests::chaos::ChaosRing;

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

/// Resident memory in KiB, and how many files are open.
fn usage(process: u32) -> (u64, usize) {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process that lives");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("its memory");
    let memory = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number");
    (memory, fs::read_dir(format!("/proc/{process}/fd")).expect("its files").count())
}

#[test]
fn at_full_speed_neither_memory_nor_open_files_grow() {
    let seconds: u64 = std::env::var("SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let directory = tempdir().unwrap();
    let arguments = ["--rate", "max", "--seed", "7", "--for", "forever", "--quiet"];
    let ring = ChaosRing::start(BINARY, directory.path(), 3, &arguments);
    ring.wait_until_it_ticks();
    // What is made once is made by now: the lanes have been full, a link has been broken and made again.
    thread::sleep(Duration::from_secs(1));
    ring.cut(0);
    thread::sleep(Duration::from_secs(1));
    let before: Vec<_> = (0..3).map(|machine| usage(ring.process(machine))).collect();
    for second in 0..seconds {
        if second % 2 == 1 {
            ring.cut(second as usize % 3);
        }
        thread::sleep(Duration::from_secs(1));
    }
    let after: Vec<_> = (0..3).map(|machine| usage(ring.process(machine))).collect();
    println!("(memory in KiB, open files) before {before:?}, after {seconds} s {after:?}");
    for (before, after) in before.into_iter().zip(after) {
        assert!(after.0 < before.0 + 4096, "memory: {} KiB, then {} KiB", before.0, after.0);
        assert!(after.1 <= before.1 + 2, "open files: {}, then {}", before.1, after.1);
    }
}
