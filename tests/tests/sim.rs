//! `sim`: the same arguments give the same files, and every run is right in every respect its logs can show.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::tempdir;
use tests::{judge, program::outcome};

fn clockring(arguments: &[&str]) -> Command {
    tests::program::clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments)
}

/// Runs `sim` with these arguments, separated by spaces, into this directory.
fn sim(arguments: &str, directory: &Path) -> (i32, String, String) {
    let mut command = clockring(&["sim"]);
    command.args(arguments.split_whitespace()).arg("--log-dir").arg(directory);
    outcome(command)
}

fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into(), fs::read(entry.path()).unwrap())).collect()
}

const NETWORKS: [&str; 5] = [
    "--latency 0s",
    "--latency 0.2ms",
    "--latency exp:300ms --phase random",
    "--latency uniform:1ms..2s --bursts 3s:1s/5s",
    "--latency 20ms --stalls 4s/6s",
];

#[test]
fn same_arguments_same_files() {
    let directory = tempdir().unwrap();
    for clock in ["lamport", "vector", "hybrid"] {
        for network in NETWORKS {
            let arguments = format!("--machines 4 --for 20 --seed 5 --clock {clock} {network} --overwrite");
            let written = ["one", "two"].map(|name| {
                let log_dir = directory.path().join(name);
                assert_eq!(sim(&arguments, &log_dir).0, 0, "{arguments}");
                files(&log_dir)
            });
            assert!(written[0] == written[1], "two runs of `sim {arguments}` differ");
            assert_eq!(written[0].len(), 8, "a log and a manifest for each of four machines");
        }
    }
}

#[test]
fn another_seed_is_another_run() {
    let directory = tempdir().unwrap();
    let written = [1, 2].map(|seed| {
        let log_dir = directory.path().join(seed.to_string());
        assert_eq!(sim(&format!("--rates 1,3,6 --seed {seed}"), &log_dir).0, 0);
        fs::read(log_dir.join("C.csv")).unwrap()
    });
    assert_ne!(written[0], written[1]);
}

#[test]
fn nothing_is_lost_whatever_the_network_does() {
    let directory = tempdir().unwrap();
    for (number, network) in NETWORKS.into_iter().enumerate() {
        for (machines, rates) in [(2, "6"), (3, "6"), (5, "20"), (26, "3")] {
            let log_dir = directory.path().join(format!("{number}-{machines}"));
            let arguments = format!("--machines {machines} --rate {rates} --sides 26 --for 30 --seed 3 {network}");
            let (status, _, said) = sim(&arguments, &log_dir);
            assert_eq!(status, 0, "{said}");
            judge::demand_complete(&log_dir, machines);
        }
    }
}

#[test]
fn a_message_may_be_in_its_lane_before_it_arrives_since_nobody_can_tell() {
    // A range of one value is the same latency, but does not promise that messages arrive in the order they are sent.
    let directory = tempdir().unwrap();
    for (number, setting) in
        ["--rates 1,3,6", "--rate 4 --machines 4", "--rates 5,6,7 --phase random"].iter().enumerate()
    {
        for latency in ["0s", "0.2ms", "100ms", "250ms", "2s"] {
            let written = [latency.to_owned(), format!("uniform:{latency}..{latency}")].map(|latency| {
                let log_dir = directory.path().join(format!("{number}-{latency}"));
                assert_eq!(sim(&format!("{setting} --sides 5 --seed 1 --latency {latency}"), &log_dir).0, 0);
                // The manifests tell which of the two was asked for, and nothing else differs.
                let told = format!("\n  \"latency\": \"{}\",", latency.parse::<host::sim::Latency>().unwrap());
                let files = files(&log_dir).into_iter().map(|(name, bytes)| {
                    let text = String::from_utf8(bytes).unwrap();
                    assert_eq!(
                        text.contains(&told),
                        name.extension().unwrap() == "json",
                        "{told} in {}",
                        name.display()
                    );
                    (name, text.replace(&told, ""))
                });
                files.collect::<BTreeMap<_, _>>()
            });
            assert!(written[0] == written[1], "{setting} --latency {latency}");
        }
    }
}

#[test]
fn ticks_fall_on_their_schedule_in_virtual_time() {
    let directory = tempdir().unwrap();
    assert_eq!(sim("--rates 1,3,6 --for 60 --seed 1", directory.path()).0, 0);
    let logs = judge::read(directory.path());
    const YEAR_2000: u64 = 946_684_800_000_000_000;
    for (machine, rate) in [('A', 1), ('B', 3), ('C', 6)] {
        let times: Vec<u64> = logs[&machine].iter().map(|event| event.time_ns - YEAR_2000).collect();
        let due: Vec<u64> = (1..=60 * rate).map(|tick| tick * 1_000_000_000 / rate).collect();
        assert_eq!(times, due, "machine {machine}");
        let manifest = judge::manifest(directory.path(), machine);
        assert_eq!((&manifest["time"], &manifest["ended"]), (&"virtual".into(), &"complete".into()));
        assert_eq!(manifest["started_ns"], YEAR_2000);
        assert_eq!(manifest["ended_ns"], YEAR_2000 + 60_000_000_000);
    }
}

#[test]
fn a_message_takes_its_latency_and_is_not_received_before() {
    let directory = tempdir().unwrap();
    assert_eq!(sim("--rates 100,100 --sides 2 --for 5 --latency 35ms --seed 1", directory.path()).0, 0);
    let logs = judge::read(directory.path());
    let sent_ns = |stamp| logs[&'A'].iter().find(|event| Some(event.clock) == stamp).unwrap().time_ns;
    let receives = logs[&'B'].iter().filter(|event| event.kind == "receive");
    let waits: Vec<u64> = receives.map(|event| event.time_ns - sent_ns(event.stamp)).collect();
    assert!(!waits.is_empty() && waits.iter().all(|wait| *wait >= 35_000_000), "{waits:?}");
    // The next tick after 35 ms comes at 40; a queue may hold it up longer, but not at the beginning.
    assert_eq!(waits[0], 40_000_000);
}

#[test]
fn a_full_queue_holds_messages_in_the_network_and_loses_none() {
    let directory = tempdir().unwrap();
    assert_eq!(sim("--rates 1,1000,1000 --sides 3 --for 30 --seed 1", directory.path()).0, 0);
    let logs = judge::demand_complete(directory.path(), 3);
    let capacity = judge::manifest(directory.path(), 'A')["capacity"].as_u64().unwrap();
    let longest = logs[&'A'].iter().map(|event| event.queue).max().unwrap();
    let left = judge::manifest(directory.path(), 'A')["left_in_queue"].as_array().unwrap().len() as u64;
    // Each of two lanes is full, beside the message that its consumer looks ahead at.
    assert!((2 * capacity..=2 * (capacity + 1)).contains(&longest), "{longest} of {capacity}");
    assert!(left > 2 * longest, "{left} left, {longest} of them in lanes");
}

#[test]
fn a_run_is_never_written_over_another_without_being_told_to() {
    let directory = tempdir().unwrap();
    assert_eq!(sim("--machines 4 --seed 1", directory.path()).0, 0);
    let before = files(directory.path());
    let (status, _, said) = sim("--machines 4 --seed 2", directory.path());
    assert!(status == 2 && said.contains("--overwrite"), "{status}: {said}");
    // Not even then may a smaller ring leave machines of the larger one behind.
    let (status, _, said) = sim("--machines 3 --seed 2 --overwrite", directory.path());
    assert!(status == 2 && said.contains("machine D"), "{status}: {said}");
    assert!(files(directory.path()) == before, "the first run was touched");
    assert_eq!(sim("--machines 4 --seed 2 --overwrite", directory.path()).0, 0);
    assert!(files(directory.path()) != before);
}

#[test]
fn what_virtual_time_cannot_do_is_refused() {
    let directory = tempdir().unwrap();
    for (arguments, words) in [
        ("--for forever", "--for"),
        ("--rates 1,max,3", "machine B"),
        ("--latency 5parsecs", "parsecs"),
        ("--latency uniform:5ms..1ms", "ends before it begins"),
        ("--latency normal:5ms", "normal"),
        ("--stalls 2s", "2s/30s"),
        ("--stalls 0s/3s", "more than no time"),
        ("--bursts 2s/30s", "100ms:2s/30s"),
        ("--sides 2", "too few"),
        ("--rates 0,1,2", "a rate is"),
    ] {
        let (status, _, said) = sim(arguments, &directory.path().join("log"));
        assert!(status == 2 && said.contains(words), "`sim {arguments}`: status {status}, {said}");
    }
    assert!(!directory.path().join("log").exists(), "what is refused leaves no trace");
}

#[test]
fn a_run_that_cannot_be_written_says_where_and_why() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let (status, _, said) = sim("--seed 1", &file.join("log"));
    assert!(status == 3 && said.contains("cannot write") && said.contains("file"), "{status}: {said}");
}
