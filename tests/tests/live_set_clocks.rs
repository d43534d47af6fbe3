//! Processes whose wall clock somebody sets: before the start, in mid-run, and between two lives.

#![cfg(target_os = "linux")]

use std::path::Path;

use tempfile::tempdir;
use tests::{
    chaos::{ChaosRing, demand_check_and_replay, wait_until},
    program,
    wall_clock::WallClock,
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

const HOUR_S: i64 = 3600;

/// 200 ticks a second for four seconds.
const ARGUMENTS: [&str; 10] = ["--clock", "hybrid", "--rate", "200", "--sides", "3", "--seed", "7", "--for", "4"];

const TICKS: usize = 800;

/// The rows of B so far.
fn rows_of_b(directory: &Path) -> usize {
    program::rows(&directory.join("B.csv"))
}

/// A hybrid ring of three in mid-run, whose B has this wall clock.
fn ring_with(clock: &WallClock, directory: &Path) -> ChaosRing {
    let mut ring = ChaosRing::start_directly(BINARY, directory, 3, &ARGUMENTS);
    ring.kill(1);
    ring.give_wall_clock(1, clock);
    ring.bring_back(1);
    wait_until("B ticks", || rows_of_b(directory) > 100);
    ring
}

/// All have ended well, nothing is lost, and B made no time up.
fn demand_right(ring: &mut ChaosRing, directory: &Path) {
    ring.end_by_themselves();
    demand_check_and_replay(BINARY, directory);
    assert!(rows_of_b(directory) <= TICKS, "{} ticks", rows_of_b(directory));
    for machine in 0..3 {
        let said = ring.what_it_said(machine);
        assert!(!said.contains("ahead of this machine's time"), "a message was refused:\n{said}");
    }
}

#[test]
fn a_hybrid_ring_with_a_wrong_clock_does_not_start_and_says_whose() {
    let (directory, setting) = (tempdir().unwrap(), tempdir().unwrap());
    let Some(clock) = WallClock::new(setting.path()) else { return };
    clock.set(HOUR_S);
    let mut ring = ChaosRing::start_directly(BINARY, directory.path(), 2, &ARGUMENTS);
    ring.kill(1);
    ring.give_wall_clock(1, &clock);
    ring.bring_back(1);
    assert_eq!(ring.status(1).code(), Some(3));
    let said = ring.what_it_said(1);
    // Its greeting may have been under way for two seconds.
    let whose = ["3598.", "3599.", "3600."].map(|seconds| format!("the wall clock of A is at least {seconds}"));
    assert!(whose.iter().any(|whose| said.contains(whose)) && said.contains("s behind that of B"), "{said}");
}

#[test]
fn a_wall_clock_that_is_set_in_mid_run_moves_nothing() {
    for ahead_s in [-HOUR_S, HOUR_S] {
        let (directory, setting) = (tempdir().unwrap(), tempdir().unwrap());
        let Some(clock) = WallClock::new(setting.path()) else { return };
        let mut ring = ring_with(&clock, directory.path());
        clock.set(ahead_s);
        demand_right(&mut ring, directory.path());
    }
}

#[test]
fn a_wall_clock_that_is_an_hour_off_after_a_restart_moves_nothing() {
    for ahead_s in [-HOUR_S, HOUR_S] {
        let (directory, setting) = (tempdir().unwrap(), tempdir().unwrap());
        let Some(clock) = WallClock::new(setting.path()) else { return };
        let mut ring = ring_with(&clock, directory.path());
        ring.kill(1);
        clock.set(ahead_s);
        ring.bring_back(1);
        demand_right(&mut ring, directory.path());
    }
}
