//! Sentences of machines to people: true, the cause first, on both sides, and what to do.

#![cfg(target_os = "linux")]

use std::{
    fs,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use clockring::{
    clock::{Lamport, LamportStamp},
    frame,
    ring::RingSize,
};
use host::{link::Key, live::Config};
use tempfile::tempdir;
use tests::{
    fake_peer::FakePeer,
    live::{config, experiment, listeners, machine, run, start},
    program::{self, outcome},
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

const SHORT: Duration = Duration::from_millis(500);

#[test]
fn a_machine_of_a_larger_ring_and_the_one_it_calls_both_name_the_sizes() {
    // A name that both rings have, one that only the larger has, and the one of the machine that is called.
    for (large, caller) in [(4, 'D'), (4, 'C'), (6, 'A')] {
        let directory = tempdir().unwrap();
        let (mut listeners, addresses) = listeners(RingSize::new(large).unwrap());
        let called = if caller == 'A' { 'B' } else { 'A' };
        let own = listeners.remove(usize::from(called as u8 - b'A'));
        let three = experiment(&[100; 3], SHORT);
        let a = start(machine(called), &three, own, addresses[..3].to_vec(), &directory.path().join("three"));
        let greeting = FakePeer::greeting(machine(caller), machine(called), large as u16);
        let (_peer, _) = FakePeer::dial(addresses[usize::from(called as u8 - b'A')], &greeting);
        let said = a.wait_until_it_says("refused");
        let expected = format!("its ring has {large} machines, ours 3: give both the same --machines; waiting on");
        assert!(said.ends_with(&expected), "{caller}: {said}");
        a.stop.stop();
        a.join().unwrap_err();
    }
    // D of four calls A of three.
    let directory = tempdir().unwrap();
    let (mut listeners, addresses) = listeners(RingSize::new(4).unwrap());
    let (d, a) = (listeners.pop().unwrap(), listeners.remove(0));
    let three = experiment(&[100; 3], SHORT);
    let a = start(machine('A'), &three, a, addresses[..3].to_vec(), &directory.path().join("three"));
    let d = start(machine('D'), &experiment(&[100; 4], SHORT), d, addresses, &directory.path().join("four"));
    let failure = d.join().unwrap_err().to_string();
    assert!(failure.ends_with("its ring has 3 machines, ours 4: give both the same --machines"), "{failure}");
    a.stop.stop();
    a.join().unwrap_err();
}

#[test]
fn a_machine_whose_bytes_were_refused_hears_that_the_peer_says_why() {
    let directory = tempdir().unwrap();
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let b = listeners.pop().unwrap();
    let a = start(machine('A'), &experiment(&[100; 2], SHORT), listeners.pop().unwrap(), addresses, directory.path());
    let greeting = FakePeer::greeting(machine('B'), machine('A'), 2);
    let (mut peer, _) = FakePeer::accept(&b, &greeting);
    peer.ready();
    a.wait_until_it_says("started");
    peer.send_bytes(&vec![frame::NO_FRAME; frame::length::<LamportStamp>()]);
    let said = a.wait_until_it_says("the link to B is down");
    assert!(
        said.ends_with(": the peer has refused something that came from here, and says itself why; connecting again"),
        "{said}"
    );
    drop(peer);
    // Anything else that is no frame was damaged on the way.
    let (mut peer, _) = FakePeer::accept(&b, &greeting);
    peer.send_bytes(&[0; 20]);
    a.wait_until_it_says("it carried 20 bytes that belong to no frame");
    a.stop.stop();
    drop((peer, b));
    a.join().unwrap_err();
}

#[test]
fn lost_rows_are_told_with_the_way_out() {
    let directory = tempdir().unwrap();
    let machine_a = || {
        let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
        let b = listeners.pop().unwrap();
        let told =
            config(machine('A'), &experiment(&[100; 2], SHORT), listeners.pop().unwrap(), addresses, directory.path());
        (run::<Lamport>(Config { resume: true, ..told }), b)
    };
    let greeting = FakePeer::greeting(machine('B'), machine('A'), 2);
    let (a, b) = machine_a();
    let (mut peer, _) = FakePeer::accept(&b, &greeting);
    peer.ready();
    let received = peer.hear_message();
    a.stop.stop();
    drop((peer, b));
    a.join().unwrap_err();
    // As after a loss of power: none of the rows is there.
    let (log, manifest) = (directory.path().join("A.csv"), directory.path().join("A.json"));
    let header = fs::read_to_string(&log).unwrap().lines().next().unwrap().to_owned();
    fs::write(&log, header + "\n").unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    for field in ["ended", "ended_ns", "ticks", "left_in_queue", "stopped"] {
        json.as_object_mut().unwrap().remove(field);
    }
    fs::write(&manifest, json.to_string()).unwrap();

    let (a, b) = machine_a();
    let greeting = clockring::handshake::Greeting { received, ..greeting };
    let (_peer, _) = FakePeer::accept(&b, &greeting);
    let failure = a.join().unwrap_err().to_string();
    assert_eq!(
        failure,
        format!(
            "A: {} has lost rows (a loss of power without --durable?), or the log of B was changed: B has messages of A \
             that are not in it. Going on would give timestamps twice. If there is a copy of the log that has them, put it back, and the run goes on when A is \
             started again with --resume (with all logs on one computer: clockring ring --resume --log-dir {}); if there is none, this run \
             cannot be finished: stop the others, and start a new one in another --log-dir",
            log.display(),
            directory.path().display()
        )
    );
}

#[test]
fn a_machine_that_can_take_no_calls_says_so() {
    let directory = tempdir().unwrap();
    let (log_dir, port) = (directory.path().to_str().unwrap(), program::free_ports(2));
    let two = ["--machines", "2", "--base-port", &port.to_string(), "--log-dir", log_dir];
    let start = |id| program::clockring(BINARY, &[&["--id", id][..], &two].concat());
    let Some(mut b) = program::failing("accept4", &start("B")) else { return };
    b.process_group(0);
    let mut a = start("A").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut b = program::started(b, "B: cannot take calls: Input/output error (os error 5); trying on");
    a.kill().unwrap();
    a.wait().unwrap();
    // The program and not only what traces it.
    program::signal_group(&b, "INT");
    b.wait().unwrap();
}

/// Runs a script with a file system of its own on `$disk`, as long as the system allows it.
fn with_a_small_disk(script: &str, directory: &Path) -> Option<(i32, String, String)> {
    let shell = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).stdin(Stdio::null());
        command.env("disk", directory).env("clockring", BINARY);
        command
    };
    let mount = "mount -t tmpfs -o size=64k disk \"$disk\"";
    if !shell(mount).stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        println!("NOT RUN: this system gives no file system of one's own");
        return None;
    }
    Some(outcome(shell(&format!("{mount} && {script}"))))
}

#[test]
fn a_disk_that_is_full_is_told_with_the_command_that_finishes_the_run_once_there_is_room() {
    let directory = tempdir().unwrap();
    let script = r#"
        PATH="$disk/../bin:$PATH"
        "$clockring" ring --quiet --rate 400 --sides 4 --seed 7 --for 3 --base-port 0 --log-dir "$disk" 2>"$disk.said"
        status=$?
        cat "$disk.said"
        [ $status -eq 3 ] || exit 100
        mount -o remount,size=1m "$disk"
        again=$(sed -n 's/^error: .*this goes on with the run: clockring \(ring --resume .*\)$/\1/p' "$disk.said")
        [ -n "$again" ] || exit 101
        eval "\"$clockring\" $again --quiet --base-port 0" && "$clockring" check "$disk"
    "#;
    let path = directory.path().join("disk");
    fs::create_dir(&path).unwrap();
    let Some((status, shown, said)) = with_a_small_disk(script, &path) else { return };
    assert_eq!(status, 0, "{shown}\n{said}");
    let words = ".csv: No space left on device (os error 28); the log is whole up to the last row written, and nothing was \
                 sent that is not in it. Once that is mended, the run goes on when ";
    assert!(shown.contains(words), "{shown}");
    assert!(shown.contains("right. No rule is broken."), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_limit_of_file_sizes_is_told_and_no_death_to_come_back_from() {
    let directory = tempdir().unwrap();
    let mut shell = Command::new("sh");
    let script = r#"ulimit -f 32; exec "$clockring" ring --keep-alive --quiet --rate 400 --for 60 --base-port 0 --log-dir "$dir""#;
    shell.args(["-c", script]).env("clockring", BINARY).env("dir", directory.path()).stdin(Stdio::null());
    let (status, shown, said) = outcome(shell);
    assert_eq!(status, 3, "{shown}\n{said}");
    assert!(said.contains(".csv: File too large (os error 27); the log is whole up to the last row written"), "{said}");
}

#[test]
fn an_error_of_a_connection_that_is_not_the_peers_absence_is_told_once() {
    let directory = tempdir().unwrap();
    let (mut listeners, mut addresses) = listeners(RingSize::new(2).unwrap());
    // Nobody may connect to everybody.
    addresses[1] = "255.255.255.255:7101".parse().unwrap();
    let two = experiment(&[100; 2], SHORT);
    let told = config(machine('A'), &two, listeners.remove(0), addresses, directory.path());
    let a = run::<Lamport>(Config { key: Some(Key::generate().unwrap()), ..told });
    let sentence = a.wait_until_it_says("cannot be reached");
    assert!(sentence.starts_with("B cannot be reached at 255.255.255.255:7101: "), "{sentence}");
    assert!(sentence.ends_with("; trying on"), "{sentence}");
    a.wait_until_it_says("waiting for B to listen at 255.255.255.255:7101 (1 s)");
    a.stop.stop();
    assert!(!a.said.iter().any(|sentence| sentence.contains("cannot be reached")));
    a.join().unwrap_err();
}
