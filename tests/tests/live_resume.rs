//! Machines that die and go on from their logs: nothing is lost, nothing comes twice, no timestamp is used again.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use tempfile::{TempDir, tempdir};
use tests::{
    chaos::{ChaosRing, wait_until},
    judge,
    program::outcome,
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

fn ring_in(directory: &Path) -> ChaosRing {
    let arguments = ["--rate", "200", "--sides", "4", "--seed", "7", "--for", "forever"];
    let ring = ChaosRing::start(BINARY, directory, 3, &arguments);
    ring.wait_until_it_ticks();
    ring
}

/// A ring whose machine A has been killed, and A's log.
fn ring_without_a() -> (TempDir, ChaosRing, PathBuf) {
    let directory = tempdir().unwrap();
    let mut ring = ring_in(directory.path());
    ring.kill(0);
    let log = directory.path().join("A.csv");
    (directory, ring, log)
}

fn append(log: &Path, bytes: &[u8]) {
    fs::File::options().append(true).open(log).unwrap().write_all(bytes).unwrap();
}

fn wait_until_it_goes_on(ring: &ChaosRing, log: &Path) {
    let before = fs::metadata(log).unwrap().len();
    wait_until("A ticks again", || fs::metadata(log).unwrap().len() > before);
    wait_until("A says so", || ring.what_it_said(0).contains("goes on with tick"));
}

#[test]
fn a_machine_that_was_killed_goes_on_above_its_last_timestamp() {
    let (directory, mut ring, log) = ring_without_a();
    let before = fs::read_to_string(&log).unwrap();
    ring.bring_back(0);
    wait_until_it_goes_on(&ring, &log);
    ring.end();
    assert!(fs::read_to_string(&log).unwrap().starts_with(&before), "no row is taken back");
    judge::demand_complete(directory.path(), 3);
    let restarts = &judge::manifest(directory.path(), 'A')["restarts"];
    assert_eq!(restarts[0].as_u64().unwrap(), before.lines().count() as u64, "the first tick after the death");
}

#[test]
fn all_machines_can_die_at_once_and_go_on() {
    let directory = tempdir().unwrap();
    let mut ring = ring_in(directory.path());
    (0..3).for_each(|machine| assert!(ring.kill(machine)));
    (0..3).rev().for_each(|machine| ring.bring_back(machine));
    wait_until_it_goes_on(&ring, &directory.path().join("A.csv"));
    ring.end();
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn a_log_that_its_machine_cannot_have_written_is_not_gone_on_with() {
    let (_directory, ring, log) = ring_without_a();
    let text = fs::read_to_string(&log).unwrap();
    let last = text.lines().last().unwrap().to_owned();
    let tick: u64 = last.split(',').next().unwrap().parse().unwrap();
    for (row, words) in [
        (format!("{},1,internal,,,999999,0\n", tick + 1), "another event or clock comes here"),
        (format!("{},1,internal,,,1,0\n", tick + 7), "its tick should be"),
        ("nonsense\n".to_owned(), "not a row"),
    ] {
        append(&log, row.as_bytes());
        let (status, _, said) = outcome(ring.command(0));
        assert_eq!(status, 3, "{said}");
        assert!(said.contains(words) && said.contains(&format!("{}", tick + 2)), "«{words}» and the line: {said}");
        fs::write(&log, &text).unwrap();
    }
}

#[test]
fn a_log_that_lost_rows_its_peers_have_messages_of_is_not_gone_on_with() {
    let directory = tempdir().unwrap();
    let mut ring = ring_in(directory.path());
    let received = || {
        let text = fs::read_to_string(directory.path().join("B.csv")).unwrap();
        let whole = text.split_inclusive('\n').filter(|row| row.ends_with('\n'));
        whole.filter_map(|row| row.split_once(",receive,A,")?.1.split(',').next()?.parse::<u64>().ok()).next()
    };
    wait_until("B has a message of A", || received().is_some());
    ring.kill(0);
    // As after a loss of power: the rows from that message on never reached the disk.
    let log = directory.path().join("A.csv");
    let sent = received().unwrap();
    let text = fs::read_to_string(&log).unwrap();
    let clock = |row: &str| row.split(',').nth(5).unwrap().parse::<u64>().unwrap_or(0);
    let mut kept: String = text.lines().take_while(|row| clock(row) < sent).map(|row| format!("{row}\n")).collect();
    kept.push_str("7,17");
    fs::write(&log, &kept).unwrap();
    ring.bring_back(0);
    assert_eq!(ring.status(0).code(), Some(3));
    assert!(ring.what_it_said(0).contains("A.csv has lost rows"), "{}", ring.what_it_said(0));
    assert_eq!(fs::read_to_string(&log).unwrap(), kept, "what is left of it is left alone");
}

#[test]
fn a_log_is_written_by_one_process_at_a_time() {
    let directory = tempdir().unwrap();
    let ring = ring_in(directory.path());
    let mut second = ring.command(0);
    second.args(["--listen", "127.0.0.1:0"]);
    let mut arguments: Vec<_> = second.get_args().map(ToOwned::to_owned).collect();
    let place = arguments.iter().position(|argument| argument == "--listen").unwrap();
    arguments.drain(place..place + 2);
    let mut second = tests::program::clockring(BINARY, &[]);
    second.args(arguments);
    let (status, _, said) = outcome(second);
    assert_eq!(status, 3);
    assert!(said.contains("another process is writing it"), "{said}");
    ring.end();
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn a_machine_that_begins_anew_is_not_taken_for_the_one_that_died() {
    let (directory, mut ring, log) = ring_without_a();
    let kept = directory.path().join("A.kept");
    let manifest = directory.path().join("A.json");
    let kept_manifest = directory.path().join("A.json.kept");
    fs::rename(&log, &kept).unwrap();
    fs::rename(&manifest, &kept_manifest).unwrap();
    let (status, _, said) = outcome(ring.command(0));
    assert_eq!(status, 3);
    assert!(said.contains("the run has begun"), "{said}");
    fs::rename(&kept, &log).unwrap();
    fs::rename(&kept_manifest, &manifest).unwrap();
    ring.bring_back(0);
    wait_until_it_goes_on(&ring, &log);
    ring.end();
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn a_machine_that_has_ended_stays_ended() {
    let directory = tempdir().unwrap();
    let mut ring = ring_in(directory.path());
    ring.signal(0, "TERM");
    (0..3).for_each(|machine| assert!(ring.status(machine).success()));
    let before = fs::read(directory.path().join("A.json")).unwrap();
    let (status, _, said) = outcome(ring.command(0));
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("has ended already"), "{said}");
    assert_eq!(fs::read(directory.path().join("A.json")).unwrap(), before);
}

#[test]
fn a_machine_that_is_told_to_leave_ends_alone_and_the_run_goes_on() {
    let directory = tempdir().unwrap();
    let arguments = ["--rate", "200", "--sides", "4", "--seed", "7", "--for", "forever", "--leave-on-sigterm"];
    let mut ring = ChaosRing::start(BINARY, directory.path(), 3, &arguments);
    ring.wait_until_it_ticks();
    ring.signal(0, "TERM");
    assert_eq!(ring.status(0).code(), Some(143));
    let others = directory.path().join("B.csv");
    let before = fs::metadata(&others).unwrap().len();
    wait_until("B ticks on", || fs::metadata(&others).unwrap().len() > before);
    ring.bring_back(0);
    wait_until_it_goes_on(&ring, &directory.path().join("A.csv"));
    (0..3).for_each(|machine| ring.signal(machine, "INT"));
    (0..3).for_each(|machine| assert!(ring.status(machine).success(), "{}", ring.what_it_said(machine)));
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn ticks_that_were_missed_are_made_up() {
    let directory = tempdir().unwrap();
    let arguments = ["--rate", "100", "--seed", "7", "--for", "2"];
    let mut ring = ChaosRing::start(BINARY, directory.path(), 3, &arguments);
    ring.wait_until_it_ticks();
    ring.kill(1);
    wait_until("the others have gone on", || {
        fs::read_to_string(directory.path().join("A.csv")).unwrap().lines().count() > 120
    });
    ring.bring_back(1);
    (0..3).for_each(|machine| assert!(ring.status(machine).success(), "{}", ring.what_it_said(machine)));
    let logs = judge::demand_complete(directory.path(), 3);
    assert!(logs.values().all(|events| events.len() == 200));
}
