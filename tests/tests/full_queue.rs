//! A queue that is full: nothing is lost, and everything that tells of the run says so.

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use tests::{judge, program::outcome};

fn clockring(arguments: &[&str]) -> Command {
    tests::program::clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs a command with these arguments, separated by spaces, into a directory of its own; its output.
fn run(arguments: &str) -> (TempDir, String) {
    let directory = tempdir().unwrap();
    let arguments: Vec<&str> = arguments.split(' ').chain(["--log-dir", text(directory.path())]).collect();
    let (status, shown, said) = outcome(clockring(&arguments));
    assert_eq!(status, 0, "{said}");
    (directory, shown)
}

fn page(directory: &Path) -> String {
    let (status, _, said) = outcome(clockring(&["report", text(directory)]));
    assert_eq!(status, 0, "{said}");
    fs::read_to_string(directory.join("report.html")).unwrap()
}

/// The figures of machine A in `check --json`, which finds nothing wrong.
fn figures(directory: &Path) -> Value {
    let (status, shown, said) = outcome(clockring(&["check", "--json", text(directory)]));
    assert_eq!(status, 0, "{said}");
    let report: Value = serde_json::from_str(&shown).unwrap();
    report["machines"][0].clone()
}

/// A sound run of three with this capacity, of which A's queue is full of messages from both others at the end.
fn demand_full(directory: &Path, capacity: u64) {
    let logs = judge::demand_complete(directory, 3);
    let manifest = judge::manifest(directory, 'A');
    assert_eq!(manifest["capacity"].as_u64(), Some(capacity));
    let longest = logs[&'A'].iter().map(|event| event.queue).max().unwrap();
    assert!(longest <= 2 * (capacity + 1), "{longest} waited in a queue for twice {capacity}");
    assert!(longest + 1 >= 2 * capacity, "{longest} waited: it was never full");
    let left = manifest["left_in_queue"].as_array().unwrap();
    let of = |name: &str| left.iter().filter(|message| message["from"] == name).count() as u64;
    let at_senders = of("B").saturating_sub(capacity + 1) + of("C").saturating_sub(capacity + 1);
    assert!(at_senders > 0, "no message waits at its sender: {left:?}");

    let figures = figures(directory);
    assert_eq!(figures["waiting_at_senders"].as_u64(), Some(at_senders));
    assert_eq!(figures["waiting"].as_u64(), Some(left.len() as u64));
    assert!(figures["waiting_max"].as_u64().unwrap() <= 2 * (capacity + 1), "the queue never held more: {figures}");
    let (status, shown, _) = outcome(clockring(&["replay", text(directory)]));
    assert!(status == 0 && shown.contains("reproduced exactly"), "{shown}");

    let page = page(directory);
    let sentence = format!(
        "Its queue holds {capacity} message{} of each link, and was full of messages from B and C for the first time after",
        if capacity == 1 { "" } else { "s" }
    );
    assert!(page.contains(&sentence), "{sentence}");
    let waiting = format!(
        " At the end {} messages were waiting, {at_senders} of them at senders, since its queue had no room;",
        left.len()
    );
    assert!(page.contains(&waiting), "{waiting}");
    assert!(page.contains(&format!("id=\"chart-queue\" data-full=\"{}\"", 2 * capacity)), "a line in the chart");
    assert!(page.contains(&format!(" --capacity {capacity}")), "the same again is with the same queue");
    let pictures = directory.join("pictures");
    assert_eq!(outcome(clockring(&["report", text(directory), "--svg", text(&pictures)])).0, 0);
    assert!(fs::read_to_string(pictures.join("queue.svg")).unwrap().contains(&format!("full: {}", 2 * capacity)));
}

#[test]
fn a_simulated_queue_that_is_full_loses_nothing_and_is_named() {
    for capacity in [1, 2, 20] {
        let (directory, shown) = run(&format!("sim --rates 1,30,30 --sides 4 --seed 3 --for 30 --capacity {capacity}"));
        demand_full(directory.path(), capacity);
        let at_senders = figures(directory.path())["waiting_at_senders"].to_string();
        assert!(shown.contains(" at senders ") && shown.contains(&format!(" {at_senders} |")), "{shown}");
    }
}

#[test]
fn a_live_queue_that_is_full_loses_nothing_and_is_named() {
    for capacity in [2, 9] {
        let (directory, _) = run(&format!(
            "ring --rates 4,200,200 --sides 3 --seed 3 --for 3 --base-port 0 --quiet --capacity {capacity}"
        ));
        demand_full(directory.path(), capacity);
    }
}

#[test]
fn a_queue_with_room_is_not_called_full() {
    for arguments in [
        "sim --rates 1,6,6 --seed 7",
        // Many messages are under way, and none of them waits for room.
        "sim --rates 20,20,20 --seed 7 --latency 5s --for 10 --capacity 8",
    ] {
        let (directory, shown) = run(arguments);
        let figures = figures(directory.path());
        assert_eq!(figures["waiting_at_senders"].as_u64(), Some(0), "{arguments}");
        assert!(figures["waiting"].as_u64() > Some(20), "{arguments}: {figures}");
        let page = page(directory.path());
        assert!(
            !page.contains("was full") && !page.contains("data-full") && !shown.contains("at senders"),
            "{arguments}"
        );
    }
}

#[test]
fn a_capacity_that_cannot_be_is_refused() {
    let directory = tempdir().unwrap();
    let run = directory.path().join("run");
    for command in ["sim", "ring"] {
        for capacity in ["0", "4096", "-1", "many"] {
            let argument = format!("--capacity={capacity}");
            let (status, _, said) = outcome(clockring(&[command, &argument, "--log-dir", text(&run)]));
            assert!(
                status == 2 && said.contains("1 to 4095 messages of each link"),
                "{command} {argument}: {status}, {said}"
            );
        }
    }
    assert!(!run.exists(), "what is refused leaves no trace");
}
