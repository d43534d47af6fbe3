//! Ends at which a peer stays away: a machine says what it waits for, and at last what is missing and what is not known.

use std::{net::TcpListener, path::Path, process::ExitCode, time::Duration};

use clockring::{
    clock::Lamport, cursor::Cursor, frame::Frame, handshake::Greeting, progress::Progress, ring::RingSize,
};
use host::live::Config;
use serde_json::Value;
use tempfile::tempdir;
use tests::{
    fake_peer::FakePeer,
    judge,
    live::{Live, config, experiment, listeners, machine, run},
};

const SHORT: Duration = Duration::from_millis(500);

/// Machine A, who dials the B that the test plays.
fn a_alone(directory: &Path, resume: bool) -> (Live, TcpListener) {
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let b = listeners.pop().unwrap();
    let told = config(machine('A'), &experiment(&[100; 2], SHORT), listeners.pop().unwrap(), addresses, directory);
    (run::<Lamport>(Config { resume, ..told }), b)
}

fn b_to_a() -> Greeting {
    FakePeer::greeting(machine('B'), machine('A'), 2)
}

/// What a machine says that gives its peer up, once this is all that it has logged of the end.
fn gives_up(a: Live, directory: &Path) -> (String, Value) {
    let failure = a.join().unwrap_err();
    assert_eq!(failure.exit_code(), ExitCode::from(3));
    let manifest = judge::manifest(directory, 'A');
    assert_eq!(manifest["ended"], "incomplete");
    let again = format!("clockring ring --resume --log-dir {}", directory.display());
    assert!(failure.to_string().contains(&again), "{failure}");
    (failure.to_string(), manifest)
}

/// How many messages A has sent.
fn sent(directory: &Path) -> usize {
    judge::read(directory)[&'A'].iter().filter(|event| event.kind == "send").count()
}

#[test]
fn what_a_peer_never_said_that_it_has_is_counted_and_settled_by_a_later_start() {
    let directory = tempdir().unwrap();
    let (a, listener) = a_alone(directory.path(), false);
    let (mut b, _) = FakePeer::accept(&listener, &b_to_a());
    b.ready();
    // B says that it has two messages, in its next greeting.
    let mut messages = std::iter::from_fn(|| b.hear()).filter_map(|frame| match frame {
        Frame::Message(message) => Some(message.stamp.0),
        Frame::Signal { .. } => None,
    });
    let received = Cursor::from_u64(messages.nth(1).unwrap());
    drop(messages);
    drop(b);
    let greeting = Greeting { received, progress: Progress::Ready, ..b_to_a() };
    let (mut b, _) = FakePeer::accept(&listener, &greeting);
    b.ended(0);
    a.wait_until_it_says("has made its last tick; waiting for B to say that it has everything");
    let (failure, manifest) = gives_up(a, directory.path());
    assert_eq!((&manifest["accounted"]["B"], &manifest["delivered"]), (&0.into(), &Value::Null), "{manifest}");
    let in_doubt = sent(directory.path()) - 2;
    let words =
        format!("A: it is not known whether B has the last {in_doubt} messages for it; its own log is complete");
    assert!(in_doubt > 1 && failure.starts_with(&words), "{failure}");
    drop(b);

    let (a, listener) = a_alone(directory.path(), true);
    let progress = Progress::Ended { last: Cursor::START };
    let (b, _) = FakePeer::accept(&listener, &Greeting { received, progress, ..b_to_a() });
    assert_eq!(b.end(0).len(), in_doubt);
    a.join().unwrap();
    assert_eq!(judge::manifest(directory.path(), 'A')["ended"], "complete");
}

#[test]
fn messages_that_are_known_to_be_missing_are_named() {
    let directory = tempdir().unwrap();
    let (a, listener) = a_alone(directory.path(), false);
    let (mut b, _) = FakePeer::accept(&listener, &b_to_a());
    b.ready();
    (1..=3).for_each(|stamp| b.send_bytes(&b.message(stamp)));
    b.ended(100);
    a.wait_until_it_says("has made its last tick; waiting for the last messages of B");
    let (failure, _) = gives_up(a, directory.path());
    assert!(
        failure.starts_with("A: the messages of B with timestamps above 3 are missing, up to its last, 100; it is not"),
        "{failure}"
    );
}

#[test]
fn of_a_peer_that_vanished_nothing_is_claimed() {
    let directory = tempdir().unwrap();
    let (a, listener) = a_alone(directory.path(), false);
    let (mut b, _) = FakePeer::accept(&listener, &b_to_a());
    b.ready();
    a.wait_until_it_says("started");
    drop((b, listener));
    a.wait_until_it_says("has made its last tick; waiting for B to end too");
    let (failure, _) = gives_up(a, directory.path());
    let words = format!(
        "A: B has not said that it ended, so messages of it may be missing; it is not known whether B has the last {} \
         messages for it;",
        sent(directory.path())
    );
    assert!(failure.starts_with(&words), "{failure}");
}
