//! Links and peers that stall, vanish and come back: the others tick on, a person hears of it, and nothing is lost.

use std::{fs, path::Path};

use tempfile::tempdir;
use tests::{
    chaos::{ChaosRing, wait_until},
    judge,
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

fn ring_in(directory: &Path, arguments: &[&str]) -> ChaosRing {
    let always = ["--seed", "7", "--for", "forever"];
    let ring = ChaosRing::start(BINARY, directory, 3, &[&always[..], arguments].concat());
    ring.wait_until_it_ticks();
    ring
}

fn wait_until_it_says(ring: &ChaosRing, machine: usize, words: &str) {
    wait_until(words, || ring.what_it_said(machine).contains(words));
}

fn rows(directory: &Path, log: &str) -> usize {
    fs::read_to_string(directory.join(log)).unwrap().lines().count()
}

#[test]
fn a_peer_that_is_stopped_is_missed_and_then_found_again() {
    let directory = tempdir().unwrap();
    let ring = ring_in(directory.path(), &["--rate", "100"]);
    ring.freeze(0);
    for other in [1, 2] {
        wait_until_it_says(&ring, other, "the link to A is down: nothing was heard for 5 s");
    }
    let before = rows(directory.path(), "B.csv");
    wait_until("the others tick on", || rows(directory.path(), "B.csv") > before + 50);
    ring.thaw(0);
    for other in [1, 2] {
        wait_until_it_says(&ring, other, "the link to A is up again after");
    }
    ring.end();
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn a_pulled_cable_is_noticed_from_both_ends_and_put_back_without_loss() {
    let directory = tempdir().unwrap();
    let ring = ring_in(directory.path(), &["--rate", "100"]);
    ring.pull_cable(0, true);
    wait_until_it_says(&ring, 0, "the link to B is down: nothing was heard for 5 s");
    wait_until_it_says(&ring, 1, "the link to A is down: nothing was heard for 5 s");
    ring.pull_cable(0, false);
    wait_until_it_says(&ring, 0, "the link to B is up again after");
    wait_until_it_says(&ring, 1, "the link to A is up again after");
    ring.end();
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn a_peer_that_dies_while_its_lane_is_full_can_come_back() {
    let directory = tempdir().unwrap();
    // A takes a message a second; the others send it more than its lanes hold in less than one.
    let arguments = ["--rates", "1,20000,20000", "--sides", "3", "--seed", "7", "--for", "forever"];
    let mut ring = ChaosRing::start_directly(BINARY, directory.path(), 3, &arguments);
    let full = |log: &str| {
        let text = fs::read_to_string(directory.path().join(log)).unwrap_or_default();
        text.lines().last().and_then(|line| line.split(',').nth(6)?.parse().ok()).unwrap_or(0) > 8000
    };
    wait_until("A's lanes are full", || full("A.csv"));
    ring.kill(1);
    ring.bring_back(1);
    wait_until_it_says(&ring, 0, "the link to B is up again");
    ring.end();
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn a_link_that_flaps_is_told_of_sparingly() {
    let directory = tempdir().unwrap();
    let ring = ring_in(directory.path(), &["--rate", "200"]);
    for _ in 0..40 {
        let before = rows(directory.path(), "C.csv");
        ring.cut(0);
        wait_until("C ticks", || rows(directory.path(), "C.csv") > before + 4);
    }
    let told = ring.what_it_said(1).matches("is down").count();
    assert!((1..20).contains(&told), "{}", ring.what_it_said(1));
    ring.end();
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn a_stop_is_heard_by_a_machine_that_has_no_room_for_what_comes_before_it() {
    let directory = tempdir().unwrap();
    // Two sides: A sends at every tick; B takes a message every quarter of an hour, and has room for one.
    let arguments = ["--rates", "max,0.001", "--sides", "2", "--seed", "7", "--for", "forever", "--capacity", "1"];
    let mut ring = ChaosRing::start_directly(BINARY, directory.path(), 2, &arguments);
    // More than the network holds.
    let log = directory.path().join("A.csv");
    wait_until("A has sent a lot", || fs::metadata(&log).is_ok_and(|log| log.len() > 30 << 20));
    ring.signal(0, "INT");
    for machine in [1, 0] {
        assert!(ring.status(machine).success(), "{}", ring.what_it_said(machine));
    }
    judge::demand_complete(directory.path(), 2);
}
