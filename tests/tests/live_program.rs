//! The commands `ring` and `--id` as a person types them: processes, signals, output and exit status.

use std::{
    io::Write,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::tempdir;
use tests::{
    chaos::wait_until,
    judge,
    program::{free_ports, outcome, rows, signal, started},
};

fn clockring(arguments: &[&str]) -> Command {
    tests::program::clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn ring_runs_all_machines_and_says_how_it_went() {
    let directory = tempdir().unwrap();
    let log_dir = directory.path().join("deep/inside");
    let arguments = ["ring", "--rates", "10,30,60", "--for", "1", "--seed", "7", "--base-port", "0", "--log-dir"];
    let (status, shown, said) = outcome(clockring(&[&arguments[..], &[text(&log_dir)]].concat()));
    assert_eq!(status, 0, "{said}");
    judge::demand_complete(&log_dir, 3);
    assert_eq!([10, 30, 60], ["A", "B", "C"].map(|machine| rows(&log_dir.join(format!("{machine}.csv")))));
    for words in [
        "A     ",
        "receive",
        "achieved",
        "mean jump",
        "sent to",
        "received by",
        "most in queue",
        "complete",
        text(&log_dir),
    ] {
        assert!(shown.contains(words), "«{words}» is missing in:\n{shown}");
    }
    assert!(said.contains("all links are up"), "{said}");
    assert!(!shown.contains('\u{1b}') && !said.contains('\u{1b}'), "no colour without a terminal");
}

#[test]
fn ring_draws_rates_from_the_seed_and_every_machine_hears_of_the_seed() {
    let rates = |seed: &str| {
        let directory = tempdir().unwrap();
        let log_dir = text(directory.path());
        let arguments = ["ring", "--quiet", "--for", "500ms", "--base-port", "0", "--seed", seed, "--log-dir", log_dir];
        assert_eq!(outcome(clockring(&arguments)), (0, String::new(), String::new()), "quiet says nothing");
        ['A', 'B', 'C'].map(|machine| {
            let manifest = judge::manifest(directory.path(), machine);
            assert_eq!(manifest["seed"].to_string(), seed);
            manifest["rate"].as_u64().unwrap()
        })
    };
    assert_eq!(rates("1"), rates("1"));
    assert!((1..=5).map(|seed| rates(&seed.to_string())).any(|drawn| drawn[0] != drawn[1]), "machines differ");
}

#[test]
fn machines_started_in_any_order_form_the_ring() {
    for order in [["C", "A", "B"], ["B", "C", "A"], ["A", "C", "B"]] {
        let directory = tempdir().unwrap();
        let port = free_ports(3).to_string();
        let common = ["--rate", "50", "--for", "500ms", "--base-port", &port, "--log-dir", text(directory.path())];
        let machine = |id| clockring(&[&["--id", id], &common[..]].concat());
        // The next one is started when the one before it has been waiting for a while.
        let [first, second, third] = order;
        let mut early = [started(machine(first), "waiting for"), started(machine(second), "waiting for")];
        let (status, shown, said) = outcome(machine(third));
        assert_eq!(status, 0, "{said}");
        assert!(shown.contains("complete") && shown.contains("ticks late by"), "{shown}");
        assert!(early.iter_mut().all(|child| child.wait().unwrap().success()));
        let logs = judge::demand_complete(directory.path(), 3);
        let starts = ['A', 'B', 'C'].map(|machine| judge::manifest(directory.path(), machine)["run"].clone());
        assert!(starts.iter().all(|run| *run == starts[0]), "one run has one name");
        assert!(logs.values().all(|events| events.len() == 25));
    }
}

#[test]
fn without_a_log_directory_the_machines_agree_on_a_new_one() {
    let home = tempdir().unwrap();
    let port = free_ports(2).to_string();
    let common = ["--machines", "2", "--rate", "20", "--for", "300ms", "--base-port", &port];
    let machine = |id| {
        let mut command = clockring(&[&["--id", id], &common[..]].concat());
        command.current_dir(home.path());
        command
    };
    let mut first = started(machine("A"), "waiting for");
    assert_eq!(outcome(machine("B")).0, 0);
    assert!(first.wait().unwrap().success());
    let runs: Vec<_> =
        std::fs::read_dir(home.path().join("runs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    judge::demand_complete(&runs[0], 2);
}

#[test]
fn ctrl_c_and_sigterm_end_a_ring_as_its_time_does() {
    for name in ["INT", "TERM"] {
        let directory = tempdir().unwrap();
        let arguments = ["ring", "--rate", "200", "--for", "forever", "--base-port", "0", "--log-dir"];
        let mut ring = started(clockring(&[&arguments[..], &[text(directory.path())]].concat()), "all links are up");
        signal(&ring, name);
        assert!(ring.wait().unwrap().success(), "{name} is a way to end, not a failure");
        for machine in ['A', 'B', 'C'] {
            assert_eq!(judge::manifest(directory.path(), machine)["ended"], "interrupted");
        }
        judge::demand_complete(directory.path(), 3);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn ring_keeps_its_machines_alive() {
    let directory = tempdir().unwrap();
    let arguments = ["ring", "--rate", "200", "--for", "forever", "--keep-alive", "--base-port", "0", "--log-dir"];
    let mut ring = started(clockring(&[&arguments[..], &[text(directory.path())]].concat()), "all links are up");
    let logs = ["A.csv", "B.csv", "C.csv"].map(|log| directory.path().join(log));
    wait_until("the ring ticks", || {
        logs.iter().all(|log| std::fs::read_to_string(log).is_ok_and(|text| text.lines().count() > 3))
    });
    let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", ring.id())).unwrap();
    let first = children.split(' ').next().unwrap();
    assert!(Command::new("kill").args(["-s", "KILL", first]).status().unwrap().success());
    wait_until("A goes on", || judge::manifest(directory.path(), 'A')["restarts"][0].is_u64());
    signal(&ring, "INT");
    assert!(ring.wait().unwrap().success());
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn a_signal_to_one_machine_ends_the_run_for_all() {
    let directory = tempdir().unwrap();
    let port = free_ports(2).to_string();
    let common = [
        "--machines",
        "2",
        "--rate",
        "100",
        "--for",
        "forever",
        "--base-port",
        &port,
        "--log-dir",
        text(directory.path()),
    ];
    let a = clockring(&[&["--id", "A"], &common[..]].concat());
    let b = clockring(&[&["--id", "B"], &common[..]].concat());
    let mut a = started(a, "waiting for");
    let mut b = started(b, "all links are up");
    signal(&a, "TERM");
    assert!(a.wait().unwrap().success() && b.wait().unwrap().success());
    judge::demand_complete(directory.path(), 2);
}

#[test]
fn a_second_ctrl_c_ends_at_once_and_leaves_whole_rows() {
    let directory = tempdir().unwrap();
    let port = free_ports(2).to_string();
    let log_dir = text(directory.path());
    let common = ["--machines", "2", "--rate", "100", "--for", "forever", "--base-port", &port, "--log-dir", log_dir];
    let mut a = started(clockring(&[&["--id", "A"], &common[..]].concat()), "waiting for");
    let mut b = started(clockring(&[&["--id", "B"], &common[..]].concat()), "all links are up");
    // B cannot say that it ends, so A has to wait for it.
    signal(&b, "STOP");
    signal(&a, "INT");
    let began = Instant::now();
    while a.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(5), "it ends at once");
        signal(&a, "INT");
        std::thread::yield_now();
    }
    signal(&b, "KILL");
    b.wait().unwrap();
    judge::read(directory.path());
}

#[test]
fn a_reader_that_closes_the_output_does_not_stop_the_run() {
    let directory = tempdir().unwrap();
    let arguments =
        ["ring", "--rate", "100", "--for", "500ms", "--base-port", "0", "--log-dir", text(directory.path())];
    let mut ring = clockring(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((ring.stdout.take(), ring.stderr.take()));
    assert!(ring.wait().unwrap().success());
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn bad_use_is_told_and_has_a_status_of_its_own() {
    let home = tempdir().unwrap();
    for (arguments, words) in [
        (&["--id", "D"][..], "machine D is not in a ring of 3: its machines are A to C"),
        (&["--id", "AB"], "a machine is called by a letter"),
        (&["--id", "A", "--rate", "0"], "a rate is 0.001 to 1000000 ticks per second"),
        (&["--id", "A", "--rate=-1"], "a rate is a positive number"),
        (&["--id", "A", "--rate", "NaN"], "a rate is a positive number"),
        (&["--id", "A", "--rate", "1e9"], "a rate is a positive number"),
        (&["--id", "A", "--rate", "99999999999999999999"], "a rate is 0.001 to 1000000 ticks per second"),
        (&["ring", "--rates", "1,2", "--machines", "3"], "--rates names 2 rates, and the ring has 3 machines"),
        (&["ring", "--machines", "5", "--sides", "4"], "--sides 4 is too few for 5 machines"),
        (&["ring", "--machines", "27"], "a ring of 27 is not possible"),
        (&["ring", "--machines", "1"], "a ring of 1 is not possible"),
        (&["ring", "--for", "0"], "more than no time"),
        (&["ring", "--for", "3 days"], "no unit of time"),
        (&["ring", "--base-port", "65535"], "leaves no port for machine B"),
        (&["--id", "A", "--peer", "B=7102"], "does not resolve"),
        (&["--id", "A", "--peer", "Q=127.0.0.1:7102"], "--peer Q: there is no such machine in a ring of 3"),
        (&["--quiet"], "say which machine to run"),
        (&["no-such-command"], "no-such-command"),
    ] {
        let mut command = clockring(arguments);
        command.current_dir(home.path());
        let (status, shown, said) = outcome(command);
        assert_eq!(status, 2, "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?} says:\n{said}");
        assert_eq!(shown, "");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn a_machine_waits_for_a_name_that_does_not_resolve_yet() {
    let home = tempdir().unwrap();
    let mut command = clockring(&["--id", "A", "--peer", "B=no-such-host.invalid:7102"]);
    command.current_dir(home.path());
    let mut machine = started(command, "waiting for the name of B, no-such-host.invalid:7102: ");
    signal(&machine, "INT");
    assert!(!machine.wait().unwrap().success(), "it has no ring to leave in order");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn a_machine_without_settings_on_its_input_says_so_and_ends() {
    let home = tempdir().unwrap();
    for (line, words) in [
        (&b""[..], "EOF while parsing"),
        (b"\n", "EOF while parsing"),
        (b"\xff\xfe\n", "expected value"),
        (b"--rate 5\n", "invalid number"),
        (b"{\"experiment\":{\"machines\":3", "EOF while parsing"),
        (b"{}\n", "missing field `experiment`"),
        (b"{\"colour\":\"red\"}\n", "unknown field `colour`"),
        (b"{\"experiment\":{\"machines\":-1}}\n", "invalid value: integer `-1`"),
    ] {
        let mut command = clockring(&["--id", "A", "--settings-on-stdin"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).current_dir(home.path());
        let mut machine = command.spawn().unwrap();
        machine.stdin.take().unwrap().write_all(line).unwrap();
        let output = machine.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with("error: A: the first line of standard input is not the settings"), "{said}");
        assert!(said.contains(words), "{said}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (status, _, said) = outcome(clockring(&["--id", "A", "--base-port", &port]));
    assert_eq!(status, 3);
    assert!(said.contains(&format!("A: cannot listen on 127.0.0.1:{port}")), "{said}");
    assert!(said.contains("another program listens there"), "{said}");
}

#[test]
fn a_directory_that_cannot_be_written_is_found_before_anybody_waits() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let inside = file.join("logs");
    let (status, _, said) = outcome(clockring(&["ring", "--base-port", "0", "--log-dir", text(&inside)]));
    assert_eq!(status, 3);
    assert!(said.contains("cannot write") && said.contains(text(&inside)), "{said}");
}

#[test]
fn a_full_disk_ends_the_run_with_whole_rows_and_nothing_sent_that_is_not_logged() {
    let mount = tempdir().unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs", text(mount.path())]).status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("NOT RUN: a_full_disk_…: it takes a small file system of its own, and mounting one is not allowed");
        return;
    }
    let arguments = ["ring", "--rate", "2000", "--for", "20", "--base-port", "0", "--quiet", "--log-dir"];
    let (status, _, said) = outcome(clockring(&[&arguments[..], &[text(mount.path())]].concat()));
    let logs = judge::read(mount.path());
    let unmounted = Command::new("umount").arg(mount.path()).status().unwrap();
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("No space left on device"), "{said}");
    for (receiver, events) in &logs {
        for event in events.iter().filter(|event| event.kind == "receive") {
            let sender = event.peer.chars().next().unwrap();
            let sent = logs[&sender]
                .iter()
                .any(|sent| sent.kind == "send" && sent.peer.contains(*receiver) && Some(sent.clock) == event.stamp);
            assert!(sent, "{receiver} received {event:?}, which is in no log");
        }
    }
    assert!(unmounted.success());
}

#[test]
fn every_help_has_an_example() {
    for arguments in [&["--help"][..], &["ring", "--help"]] {
        let (status, shown, _) = outcome(clockring(arguments));
        assert_eq!(status, 0);
        assert!(shown.contains("Examples:"), "{shown}");
    }
}
