//! A machine that is away for as long as it takes the others to tick as often as in an hour at 6 ticks a second, and
//! then comes back. The others have long forgotten what they sent, and read it from their logs.
//!
//! `cargo test --release -p tests --test absence -- --nocapture` prints how long it takes to catch up.

use std::{fs, path::Path, time::Instant};

use tempfile::tempdir;
use tests::{
    chaos::{ChaosRing, demand_check_and_replay, wait_until},
    judge,
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

/// Ticks of an hour at 6 a second.
const HOUR: usize = 6 * 3600;

/// The rows of a log that are whole.
fn rows(directory: &Path, machine: char) -> Vec<String> {
    let text = fs::read_to_string(directory.join(format!("{machine}.csv"))).unwrap_or_default();
    let whole = text.split_inclusive('\n').skip(1).filter(|row| row.ends_with('\n'));
    whole.map(|row| row.trim_end().to_owned()).collect()
}

/// The timestamps of what a machine has sent to A.
fn sent_to_a(directory: &Path, machine: char) -> Vec<u64> {
    let rows = rows(directory, machine);
    let columns = rows.iter().map(|row| row.split(',').collect::<Vec<_>>());
    columns.filter(|row| row[2] == "send" && row[3].contains('A')).map(|row| row[5].parse().unwrap()).collect()
}

/// Has A received what this machine sent it with this timestamp?
fn a_has(directory: &Path, from: char, stamp: u64) -> bool {
    let wanted = format!(",receive,{from},{stamp},");
    rows(directory, 'A').iter().rev().any(|row| row.contains(&wanted))
}

/// A ring of three whose A was killed once all had ticked. Three sides: whoever has nothing to receive sends.
fn ring_without_a(path: &Path) -> ChaosRing {
    let arguments = ["--rate", "3000", "--sides", "3", "--seed", "7", "--for", "forever", "--quiet"];
    let mut ring = ChaosRing::start_directly(BINARY, path, 3, &arguments);
    ring.wait_until_it_ticks();
    ring.kill(0);
    ring
}

/// Waits until B and C have made the ticks of an hour from here on: seven seconds.
fn wait_for_an_hour(path: &Path) {
    let machines = ['B', 'C'];
    let before = machines.map(|machine| rows(path, machine).len());
    wait_until("an hour's ticks are made", || {
        machines.iter().zip(&before).all(|(machine, before)| rows(path, *machine).len() > before + HOUR)
    });
}

#[test]
fn who_waits_for_one_peer_and_has_another_that_was_away_for_an_hour_goes_on_with_both() {
    let directory = tempdir().unwrap();
    let path = directory.path();
    let mut ring = ring_without_a(path);
    wait_for_an_hour(path);
    ring.kill(1);
    ring.kill(2);
    // B gathers, as C is away, while A asks for what B does not hold in memory.
    let missed = *sent_to_a(path, 'B').last().unwrap();
    ring.bring_back(0);
    ring.bring_back(1);
    wait_until("A has what it missed", || a_has(path, 'B', missed));
    // A stop that comes while C is still starting kills it.
    let before = rows(path, 'C').len();
    ring.bring_back(2);
    wait_until("C goes on", || rows(path, 'C').len() > before);
    ring.end();
    judge::demand_complete(path, 3);
    demand_check_and_replay(BINARY, path);
}

#[test]
fn an_hour_away_is_caught_up_from_the_logs_before_anything_else_happens() {
    let directory = tempdir().unwrap();
    let path = directory.path();
    let mut ring = ring_without_a(path);
    let ticks_before = ['A', 'B', 'C'].map(|machine| rows(path, machine).len());
    let sent_before = ['B', 'C'].map(|machine| sent_to_a(path, machine).len());
    wait_for_an_hour(path);

    let missed = ['B', 'C'].map(|machine| sent_to_a(path, machine));
    let came_back = Instant::now();
    ring.bring_back(0);
    for (machine, missed) in ['B', 'C'].iter().zip(&missed) {
        wait_until("A has what it missed", || a_has(path, *machine, *missed.last().unwrap()));
    }
    let took = came_back.elapsed();
    ring.end();
    let logs = judge::demand_complete(path, 3);
    demand_check_and_replay(BINARY, path);

    let count: usize = missed.iter().zip(sent_before).map(|(sent, before)| sent.len() - before).sum();
    println!("{count} messages missed by A in {HOUR} ticks; it had received all of them {took:?} after its start");
    // Late ticks are made up, and what was missed is what they are for.
    let mut after = logs[&'A'][ticks_before[0]..].iter();
    let first = after.position(|event| event.kind != "receive").unwrap();
    assert!(first >= count, "of {count} missed messages, {first} were received before anything else happened");
}
