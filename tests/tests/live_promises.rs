//! What a machine tells others is in its files first, so that no death takes it back.

use std::{net::TcpListener, process::Command, time::Duration};

use clockring::{
    clock::Lamport,
    cursor::Cursor,
    frame::{Frame, Signal},
    handshake::{Greeting, RunFacts},
    progress::Progress,
    ring::RingSize,
};
use host::{experiment::Experiment, live::Config};
use tempfile::tempdir;
use tests::{
    fake_peer::FakePeer,
    judge,
    live::{config, experiment, listeners, machine, run, start},
    program::{clockring, failing, outcome},
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

/// What B, played by the test, says to A, who dials it.
fn b_to_a() -> Greeting {
    FakePeer::greeting(machine('B'), machine('A'), 2)
}

#[cfg(unix)]
#[test]
fn what_cannot_be_logged_is_not_sent() {
    let directory = tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = format!("B={}", listener.local_addr().unwrap());
    // A disk that is full for A alone: its files may not grow beyond some kilobytes.
    let limited = "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited, BINARY, "--id", "A", "--machines", "2"]);
    // With two sides every tick is a send.
    command.args(["--rate", "500", "--sides", "2", "--seed", "7", "--for", "forever", "--quiet"]);
    command.args(["--listen", "127.0.0.1:0", "--peer", &peer, "--log-dir"]).arg(directory.path());
    let ended = std::thread::spawn(move || outcome(command));

    let b_to_a = b_to_a();
    let greeting = Greeting { run: RunFacts { sides: 2, ..b_to_a.run }, ..b_to_a };
    let (mut b, _) = FakePeer::accept(&listener, &greeting);
    b.ready();
    let mut heard = Vec::new();
    while let Some(frame) = b.hear() {
        if let Frame::Message(message) = frame {
            heard.push(message.stamp.0);
        }
    }
    let (status, _, said) = ended.join().unwrap();
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("cannot write") && said.contains("A.csv"), "{said}");
    let log = &judge::read(directory.path())[&'A'];
    let logged: Vec<u64> = log.iter().filter(|event| event.kind == "send").map(|event| event.clock).collect();
    assert!(heard.len() > 50, "{} messages", heard.len());
    assert!(logged.starts_with(&heard), "heard up to {:?}, logged up to {:?}", heard.last(), logged.last());
}

#[test]
fn what_a_durable_machine_has_not_on_the_disk_is_not_sent() {
    let directory = tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut durable =
        clockring(BINARY, &["--id", "A", "--machines", "2", "--rate", "500", "--sides", "2", "--durable"]);
    durable.args(["--listen", "127.0.0.1:0", "--peer", &format!("B={}", listener.local_addr().unwrap()), "--log-dir"]);
    let Some(traced) = failing("fdatasync", durable.arg(directory.path())) else { return };
    let ended = std::thread::spawn(move || outcome(traced));
    let b_to_a = b_to_a();
    let (mut b, _) = FakePeer::accept(&listener, &Greeting { run: RunFacts { sides: 2, ..b_to_a.run }, ..b_to_a });
    b.ready();
    let heard: Vec<_> = std::iter::from_fn(|| b.hear()).collect();
    assert!(!heard.iter().any(|frame| matches!(frame, Frame::Message(_))), "{heard:?}");
    let (status, _, said) = ended.join().unwrap();
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("fdatasync(") && said.contains("cannot write"), "{said}");
}

#[test]
fn what_is_left_in_the_queue_is_written_down_before_goodbye() {
    let directory = tempdir().unwrap();
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let b_listener = listeners.pop().unwrap();
    let experiment = experiment(&[20; 2], Duration::from_millis(200));
    let a = start(machine('A'), &experiment, listeners.pop().unwrap(), addresses, directory.path());
    let (mut b, _) = FakePeer::accept(&b_listener, &b_to_a());
    b.ready();
    for stamp in 1..=100 {
        b.send_bytes(&b.message(stamp));
    }
    b.ended(100);
    b.hear_until(|signal| signal == Signal::Goodbye { upto: Cursor::from_u64(100) });
    // A waits for the goodbye of B; if it died here, it would find that its run is over.
    let manifest = judge::manifest(directory.path(), 'A');
    assert!(manifest["left_in_queue"].as_array().is_some_and(|left| left.len() > 50), "{manifest}");
    b.end(100);
    a.join().unwrap();
}

#[test]
fn what_is_accounted_for_stays_so_though_the_machine_never_ticked() {
    let directory = tempdir().unwrap();
    // A tick a second: the run is over before the first.
    let experiment = experiment(&[1; 2], Duration::from_millis(100));
    let life = |resume, progress| {
        let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
        let listener = listeners.pop().unwrap();
        let told = config(machine('A'), &experiment, listeners.pop().unwrap(), addresses, directory.path());
        let a = run::<Lamport>(Config { resume, ..told });
        let (b, _) = FakePeer::accept(&listener, &Greeting { progress, ..b_to_a() });
        (a, b)
    };
    let (a, mut b) = life(false, Progress::Ready);
    (1..=5).for_each(|stamp| b.send_bytes(&b.message(stamp)));
    b.end(5);
    a.join().unwrap();
    let before = judge::manifest(directory.path(), 'A');
    assert_eq!((&before["accounted"]["B"], &before["ended"]), (&5.into(), &"complete".into()), "{before}");

    let (a, b) = life(true, Progress::Ended { last: Cursor::from_u64(5) });
    b.end(5);
    a.join().unwrap();
    assert_eq!(judge::manifest(directory.path(), 'A'), before);
}

#[test]
fn a_machine_that_was_away_makes_no_event_before_what_it_missed_is_there() {
    const MISSED: u64 = 1_000_000;
    let directory = tempdir().unwrap();
    // With two sides every roll is a send.
    let b_to_a = Greeting { run: RunFacts { sides: 2, ..b_to_a().run }, ..b_to_a() };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = Command::new(BINARY);
    command.args(["--id", "A", "--machines", "2", "--rate", "1000", "--sides", "2", "--seed", "7", "--quiet"]);
    command.args(["--listen", "127.0.0.1:0", "--peer", &format!("B={}", listener.local_addr().unwrap()), "--log-dir"]);
    let mut a = command.arg(directory.path()).spawn().unwrap();
    let (mut b, _) = FakePeer::accept(&listener, &b_to_a);
    b.ready();
    b.hear_message();
    a.kill().unwrap();
    a.wait().unwrap();
    while b.hear().is_some() {}
    let made = judge::read(directory.path())[&'A'].len();

    let experiment = Experiment { sides: 2, ..experiment(&[1_000; 2], Duration::from_secs(60)) };
    let (mut listeners, addresses) = listeners(experiment.ring);
    let listener = listeners.pop().unwrap();
    let told = config(machine('A'), &experiment, listeners.pop().unwrap(), addresses, directory.path());
    let a = run::<Lamport>(Config { resume: true, ..told });
    let greeting = Greeting { received: b.received(), progress: Progress::Ready, ..b_to_a };
    let (mut b, _) = FakePeer::accept(&listener, &greeting);
    // Between two beats A has a second for events that it must not make.
    (0..2).for_each(|_| drop(b.hear_until(|signal| matches!(signal, Signal::Beat { .. }))));
    b.send_bytes(&b.message(MISSED));
    b.signal(Signal::CaughtUp);
    while b.hear_message().to_u64() < MISSED {}
    a.stop.stop();
    b.end(MISSED);
    a.join().unwrap();
    assert_eq!(judge::read(directory.path())[&'A'][made].kind, "receive");
}
