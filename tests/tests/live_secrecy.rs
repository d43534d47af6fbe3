//! Links with a key: sealed, and closed to whoever does not have it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    time::Duration,
};

use clockring::clock::Lamport;
use host::{experiment::Experiment, link::Key};
use tempfile::tempdir;
use tests::{
    judge,
    live::{Live, experiment, join_all, listeners, machine, start_keyed},
    program::{clockring, outcome},
    proxy::Proxy,
};

const SHORT: Duration = Duration::from_millis(500);

fn key(byte: u8) -> Option<Key> {
    Some(Key::from_bytes([byte; Key::LENGTH]))
}

/// A ring whose machines have these keys, and reach each other through proxies that keep what callers say.
fn ring_of(
    keys: &[Option<Key>],
    experiment: &Experiment,
    directory: &Path,
) -> (Vec<Live>, Vec<SocketAddr>, Vec<Proxy>) {
    let (listeners, addresses) = listeners(experiment.ring);
    let proxies: Vec<Proxy> = addresses.iter().map(|address| Proxy::to(*address)).collect();
    let through: Vec<SocketAddr> = proxies.iter().map(Proxy::address).collect();
    let machines = experiment.ring.machines().zip(listeners).zip(keys);
    let ring = machines
        .map(|((id, listener), key)| {
            start_keyed::<Lamport>(id, experiment, listener, through.clone(), directory, key.clone())
        })
        .collect();
    (ring, addresses, proxies)
}

#[test]
fn a_ring_with_a_key_runs_and_nothing_of_it_can_be_read_on_the_way() {
    let directory = tempdir().unwrap();
    let (ring, _, proxies) = ring_of(&[key(1), key(1), key(1)], &experiment(&[400; 3], SHORT), directory.path());
    join_all(ring);
    judge::demand_complete(directory.path(), 3);
    for proxy in &proxies {
        let bytes = proxy.recording();
        assert!(bytes.len() > 1000, "messages went this way");
        assert!(!bytes.windows(7).any(|window| window == b"CLKRING"), "a greeting in the clear");
        assert!(!bytes.windows(4).any(|window| window == b"\xC1MAB" || window == b"\xC1MBC"), "a frame in the clear");
    }
}

#[test]
fn links_with_a_key_that_are_cut_lose_nothing() {
    let directory = tempdir().unwrap();
    let experiment = Experiment { sides: 4, ..experiment(&[400; 3], Duration::from_secs(1)) };
    let (ring, _, proxies) = ring_of(&[key(1), key(1), key(1)], &experiment, directory.path());
    for (count, tick) in (50..350).step_by(50).enumerate() {
        ring[0].wait_until_it_says(&format!("tick {tick}"));
        proxies[count % 3].cut();
    }
    join_all(ring);
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn machines_with_different_keys_or_none_never_exchange_a_frame() {
    for (keys, caller, called) in [
        ([key(1), key(2)], "does not have this ring's key", "does not have this ring's key"),
        ([key(1), None], "does not have this ring's key", "does not speak Clockring"),
        ([None, key(2)], "refused", "it speaks without a key"),
    ] {
        let directory = tempdir().unwrap();
        let (ring, ..) = ring_of(&keys, &experiment(&[100; 2], SHORT), directory.path());
        // A dials B.
        assert!(ring[0].wait_until_it_says("refused").contains(caller));
        assert!(ring[1].wait_until_it_says("refused").contains(called));
        for live in ring {
            live.stop.stop();
            let failure = live.join().unwrap_err().to_string();
            assert!(failure.contains("before the ring was complete"), "{failure}");
        }
        assert!(judge::read(directory.path()).is_empty(), "nothing was logged");
    }
}

#[test]
fn what_was_recorded_and_is_played_again_is_refused_and_the_ring_goes_on() {
    let directory = tempdir().unwrap();
    let experiment = experiment(&[200; 2], Duration::from_secs(1));
    let (ring, addresses, proxies) = ring_of(&[key(1), key(1)], &experiment, directory.path());
    ring[0].wait_until_it_says("tick 20");
    let recorded = proxies[1].recording();
    let mut stranger = TcpStream::connect(addresses[1]).unwrap();
    stranger.write_all(&recorded).unwrap();
    assert!(ring[1].wait_until_it_says("refused").contains("does not have this ring's key"));
    // It hears the 48 bytes of an answer that it cannot use, and no more.
    let mut answer = Vec::new();
    let _ = stranger.read_to_end(&mut answer);
    assert!(answer.len() <= 48, "{} bytes", answer.len());
    join_all(ring);
    judge::demand_complete(directory.path(), 2);
}

#[test]
fn who_has_the_key_cannot_take_the_name_of_a_machine_that_is_there() {
    let directory = tempdir().unwrap();
    let experiment = experiment(&[100; 3], Duration::from_secs(1));
    let (ring, addresses, _proxies) = ring_of(&[key(1), key(1), key(1)], &experiment, directory.path());
    ring[0].wait_until_it_says("tick 3");
    let elsewhere = tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let twin = start_keyed::<Lamport>(machine('A'), &experiment, listener, addresses, elsewhere.path(), key(1));
    let refusal = twin.join().unwrap_err().to_string();
    assert!(refusal.contains("another machine of this name is in the ring already"), "{refusal}");
    join_all(ring);
    judge::demand_complete(directory.path(), 3);
}

fn program(arguments: &[&str]) -> (i32, String, String) {
    outcome(clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments))
}

#[test]
fn nothing_leaves_this_computer_without_a_key() {
    for arguments in [["--listen", "0.0.0.0:0"], ["--listen", "[::]:0"], ["--peer", "B=192.0.2.1:7101"]] {
        let (status, _, said) = program(&[&["--id", "A", "--base-port", "17000"], &arguments[..]].concat());
        assert_eq!(status, 2, "{said}");
        assert!(said.contains("--key-file"), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_key_is_made_for_one_person_and_refused_if_others_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempdir().unwrap();
    let file = directory.path().join("ring.key");
    let name = file.to_str().unwrap();
    let (status, shown, said) = program(&["key", name]);
    assert_eq!((status, said.as_str()), (0, ""), "{shown}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(program(&["key", name]).0, 2, "a key is never replaced");

    let log_dir = directory.path().join("run");
    let ring = ["ring", "--rate", "100", "--for", "200ms", "--base-port", "0", "--quiet", "--key-file", name];
    let (status, _, said) = program(&[&ring[..], &["--log-dir", log_dir.to_str().unwrap()]].concat());
    assert_eq!(status, 0, "{said}");
    judge::demand_complete(&log_dir, 3);

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (status, _, said) = program(&["--id", "A", "--key-file", name]);
    assert_eq!(status, 2);
    assert!(said.contains("mode 644"), "{said}");
}
