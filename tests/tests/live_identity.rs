//! Machines of another release, another run or another seed, and peers that claim too much: each is refused in words that
//! say why, and a run that goes on is not disturbed.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    time::Duration,
};

use clockring::{
    clock::Lamport,
    cursor::Cursor,
    handshake::{Answer, Greeting, MAGIC, RunFacts},
    ring::RingSize,
};
use host::{
    experiment::Experiment,
    link::{Key, noise},
};
use tempfile::tempdir;
use tests::{
    fake_peer::FakePeer,
    judge,
    live::{Live, experiment, listeners, machine, start, start_keyed},
    program::{clockring, free_ports, outcome, started},
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

/// How long the greeting of protocol 1 was.
const FIRST_GREETING_LENGTH: usize = 56;

/// An experiment in which every tick that takes no message is a send.
fn busy() -> Experiment {
    Experiment { sides: 2, ..experiment(&[100; 2], Duration::from_secs(1)) }
}

/// The greeting of one of two machines with this experiment.
fn greeting(from: char, to: char) -> Greeting {
    let greeting = FakePeer::greeting(machine(from), machine(to), 2);
    Greeting { run: RunFacts { sides: 2, ..greeting.run }, ..greeting }
}

/// The greeting of A to B in the run of this number.
fn of_run(number: u64) -> Greeting {
    let greeting = greeting('A', 'B');
    Greeting { run: RunFacts { number: Some(number), ..greeting.run }, ..greeting }
}

/// Machine A of a ring of two, and where it dials B, whom the test plays.
fn a_alone(directory: &Path) -> (Live, TcpListener) {
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let b = listeners.pop().unwrap();
    (start(machine('A'), &busy(), listeners.pop().unwrap(), addresses, directory), b)
}

/// Machine B of a ring of two, and where A, whom the test plays, dials it.
fn b_alone(directory: &Path) -> (Live, SocketAddr) {
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let address = addresses[1];
    (start(machine('B'), &busy(), listeners.pop().unwrap(), addresses, directory), address)
}

fn first_greeting() -> [u8; FIRST_GREETING_LENGTH] {
    let mut bytes = [0; FIRST_GREETING_LENGTH];
    bytes[..MAGIC.len()].copy_from_slice(&MAGIC);
    bytes[MAGIC.len()] = 1;
    bytes
}

#[test]
fn a_peer_of_protocol_1_that_is_dialled_is_told_apart_by_its_first_bytes() {
    let directory = tempdir().unwrap();
    let (a, listener) = a_alone(directory.path());
    let (mut peer, _) = listener.accept().unwrap();
    peer.write_all(&first_greeting()).unwrap();
    let said = a.wait_until_it_says("refused");
    assert!(said.contains("it speaks protocol version 1, this machine 2: use the same release"), "{said}");
    a.stop.stop();
    assert!(a.join().is_err(), "it never started");
}

#[test]
fn a_peer_of_protocol_1_that_calls_is_answered_with_this_version() {
    let directory = tempdir().unwrap();
    let (b, address) = b_alone(directory.path());
    let mut peer = TcpStream::connect(address).unwrap();
    peer.write_all(&first_greeting()).unwrap();
    let mut answer = [0; FIRST_GREETING_LENGTH];
    peer.read_exact(&mut answer).unwrap();
    assert_eq!(
        (&answer[..MAGIC.len()], answer[MAGIC.len()]),
        (&MAGIC[..], 2),
        "as much as a greeting of protocol 1 has"
    );
    let said = b.wait_until_it_says("refused");
    assert!(said.contains("it speaks protocol version 1, this machine 2: use the same release"), "{said}");
    b.stop.stop();
    assert!(b.join().is_err(), "it never started");
}

#[test]
fn a_peer_of_protocol_1_with_the_key_is_told_apart_by_the_length_of_its_greeting() {
    let directory = tempdir().unwrap();
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let (address, key) = (addresses[1], Key::from_bytes([1; Key::LENGTH]));
    let listener = listeners.pop().unwrap();
    let b = start_keyed::<Lamport>(machine('B'), &busy(), listener, addresses, directory.path(), Some(key.clone()));
    let mut peer = TcpStream::connect(address).unwrap();
    let (hello, opening) = noise::hello(&key).unwrap();
    peer.write_all(&hello).unwrap();
    let mut answer = [0; noise::HELLO_LENGTH];
    peer.read_exact(&mut answer).unwrap();
    let mut sealed = Vec::new();
    opening.end(&answer).unwrap().seal(&first_greeting(), &mut sealed).unwrap();
    peer.write_all(&sealed).unwrap();
    let said = b.wait_until_it_says("refused");
    assert!(said.contains("it has the key, and speaks another protocol version: use the same release"), "{said}");
    b.stop.stop();
    assert!(b.join().is_err(), "it never started");
}

/// The command of a machine that is started by itself.
fn by_itself(id: &str, machines: &str, port: &str, directory: &Path, more: &[&str]) -> Command {
    let arguments = ["--id", id, "--machines", machines, "--rate", "50", "--for", "500ms", "--base-port", port];
    let mut command = clockring(BINARY, &[&arguments[..], more].concat());
    command.arg("--log-dir").arg(directory);
    command
}

#[test]
fn two_different_seeds_refuse_each_other_with_both_values() {
    let directory = tempdir().unwrap();
    let port = free_ports(2).to_string();
    let mut b = started(by_itself("B", "2", &port, directory.path(), &["--seed", "2"]), "waiting for");
    let (status, _, said) = outcome(by_itself("A", "2", &port, directory.path(), &["--seed", "1"]));
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("its seed is 2, ours 1: give both the same --seed, or give it to one alone"), "{said}");

    // B waits on for one that fits.
    let (status, _, said) = outcome(by_itself("A", "2", &port, directory.path(), &["--seed", "2"]));
    assert_eq!(status, 0, "{said}");
    assert!(b.wait().unwrap().success());
    judge::demand_complete(directory.path(), 2);
}

#[test]
fn the_machine_that_is_called_names_both_seeds_too() {
    let directory = tempdir().unwrap();
    let (b, address) = b_alone(directory.path());
    let greeting = greeting('A', 'B');
    let other_seed = Greeting { run: RunFacts { seed: Some(8), ..greeting.run }, ..greeting };
    let (_peer, answer) = FakePeer::dial(address, &other_seed);
    assert_eq!((answer.answer, answer.run.seed), (Answer::Mismatch, Some(7)));
    b.wait_until_it_says("its seed is 8, ours 7");
    b.stop.stop();
    assert!(b.join().is_err(), "it never started");
}

#[test]
fn a_seed_that_one_machine_was_given_is_that_of_all() {
    for given_to in ["A", "B", "C"] {
        let directory = tempdir().unwrap();
        let port = free_ports(3).to_string();
        let seed_of = |id: &str| if id == given_to { &["--seed", "5"][..] } else { &[] };
        let machine = |id| by_itself(id, "3", &port, directory.path(), seed_of(id));
        let mut early = ["A", "B"].map(|id| started(machine(id), "waiting for"));
        let (status, _, said) = outcome(machine("C"));
        assert_eq!(status, 0, "{said}");
        assert!(early.iter_mut().all(|child| child.wait().unwrap().success()));
        judge::demand_complete(directory.path(), 3);
        let seeds = ['A', 'B', 'C'].map(|machine| judge::manifest(directory.path(), machine)["seed"].to_string());
        assert_eq!(seeds, ["5", "5", "5"], "given to {given_to}");
        demand_reproduced(directory.path());
    }
}

#[test]
fn machines_without_a_seed_agree_on_one() {
    let directory = tempdir().unwrap();
    let port = free_ports(2).to_string();
    let mut b = started(by_itself("B", "2", &port, directory.path(), &[]), "waiting for");
    let (status, _, said) = outcome(by_itself("A", "2", &port, directory.path(), &[]));
    assert_eq!(status, 0, "{said}");
    assert!(b.wait().unwrap().success());
    judge::demand_complete(directory.path(), 2);
    let [a, b] = ['A', 'B'].map(|machine| judge::manifest(directory.path(), machine)["seed"].to_string());
    assert_eq!(a, b);
    demand_reproduced(directory.path());
}

/// The dice of all machines showed what the seed says.
fn demand_reproduced(directory: &Path) {
    let (status, shown, said) = outcome(clockring(BINARY, &["replay", directory.to_str().unwrap()]));
    assert_eq!(status, 0, "{shown}\n{said}");
}

#[test]
fn a_peer_that_calls_and_claims_too_much_hears_so_in_the_answer() {
    let directory = tempdir().unwrap();
    let (b, address) = b_alone(directory.path());
    let (mut a, answer) = FakePeer::dial(address, &of_run(1));
    assert_eq!(answer.answer, Answer::Welcome);
    a.ready();
    let heard = a.hear_message();
    drop(a);

    b.wait_until_it_says("the link to A is down");
    let liar = Greeting { received: Cursor::from_u64(heard.to_u64() + 1_000_000), ..of_run(1) };
    let (_, answer) = FakePeer::dial(address, &liar);
    assert_eq!(answer.answer, Answer::ClaimsTooMuch);
    assert!(b.wait_until_it_says("refused").contains("it has messages that this machine never sent; the ring goes on"));

    let (a, answer) = FakePeer::dial(address, &Greeting { received: heard, ..of_run(1) });
    assert_eq!(answer.answer, Answer::Welcome);
    a.end(0);
    b.join().unwrap();
}

#[test]
fn a_machine_whose_log_is_gone_hears_what_to_do_while_it_waits() {
    let directory = tempdir().unwrap();
    let (b, address) = b_alone(directory.path());
    let (_, answer) = FakePeer::dial(address, &Greeting { received: Cursor::from_u64(7), ..of_run(1) });
    assert_eq!(answer.answer, Answer::ClaimsTooMuch);
    let said = b.wait_until_it_says("it has messages that this machine never sent");
    assert!(said.contains("if it is this machine whose log was lost, put a copy back"), "{said}");
    b.stop.stop();
    b.join().unwrap_err();
}

#[test]
fn a_peer_that_is_dialled_and_claims_too_much_is_refused_and_the_machine_goes_on() {
    let directory = tempdir().unwrap();
    let (a, listener) = a_alone(directory.path());
    let (mut b, _) = FakePeer::accept(&listener, &greeting('B', 'A'));
    b.ready();
    let heard = b.hear_message();
    drop(b);

    let liar = Greeting { received: Cursor::from_u64(heard.to_u64() + 1_000_000), ..greeting('B', 'A') };
    let (mut b, _) = FakePeer::accept(&listener, &liar);
    assert_eq!(b.hear(), None, "not a frame comes over such a link");
    let said = a.wait_until_it_says("it has messages that this machine never sent");
    assert!(said.contains("the ring goes on"), "{said}");

    let (b, _) = FakePeer::accept(&listener, &Greeting { received: heard, ..greeting('B', 'A') });
    b.end(0);
    a.join().unwrap();
}

#[test]
fn another_run_is_refused_by_its_number_before_cursors_are_compared() {
    let directory = tempdir().unwrap();
    let (b, address) = b_alone(directory.path());
    let (mut a, _) = FakePeer::dial(address, &of_run(1));
    a.ready();
    let heard = a.hear_message();
    drop(a);

    b.wait_until_it_says("the link to A is down");
    let other = Greeting { resumed: true, received: Cursor::from_u64(heard.to_u64() + 1_000_000), ..of_run(2) };
    let (_, answer) = FakePeer::dial(address, &other);
    assert_eq!((answer.answer, answer.run.number), (Answer::Mismatch, Some(1)));
    let said = b.wait_until_it_says("refused");
    assert!(said.contains("it takes part in run 2, and this is run 1"), "{said}");

    let (a, _) = FakePeer::dial(address, &Greeting { received: heard, ..of_run(1) });
    a.end(0);
    b.join().unwrap();
}

#[test]
fn a_machine_whose_run_goes_on_is_not_stopped_by_another_run_at_the_place_of_a_peer() {
    let directory = tempdir().unwrap();
    let (a, listener) = a_alone(directory.path());
    let (mut b, greeted) = FakePeer::accept(&listener, &greeting('B', 'A'));
    b.ready();
    let heard = b.hear_message();
    drop(b);

    let number = greeted.run.number.map(|number| number + 1);
    let b_to_a = greeting('B', 'A');
    let other = Greeting { resumed: true, run: RunFacts { number, ..b_to_a.run }, ..b_to_a };
    let (mut b, _) = FakePeer::accept(&listener, &other);
    assert_eq!(b.hear(), None);
    a.wait_until_it_says("it takes part in run");

    let (b, _) = FakePeer::accept(&listener, &Greeting { received: heard, ..b_to_a });
    b.end(0);
    a.join().unwrap();
}
