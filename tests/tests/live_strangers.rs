//! Peers and strangers that misbehave: the ring goes on, and nothing is lost.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use clockring::{
    clock::ClockKind,
    cursor::Cursor,
    handshake::{Answer, Greeting, RunFacts},
    ring::{MachineId, RingSize},
};
use host::experiment::Experiment;
use tempfile::tempdir;
use tests::{
    fake_peer::FakePeer,
    judge,
    live::{Live, experiment, join_all, listeners, machine, start, start_ring},
};

const SHORT: Duration = Duration::from_millis(500);

/// Machine A of a ring of two, whose B is played by the test. A dials B.
fn alone(experiment: &Experiment, directory: &std::path::Path) -> (Live, TcpListener) {
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let b = listeners.pop().unwrap();
    let a = start(machine('A'), experiment, listeners.pop().unwrap(), addresses, directory);
    (a, b)
}

fn b_to_a() -> Greeting {
    FakePeer::greeting(machine('B'), machine('A'), 2)
}

/// The same in a ring whose dice hardly ever send.
fn quiet_b_to_a() -> Greeting {
    let greeting = b_to_a();
    Greeting { run: RunFacts { sides: 1000, ..greeting.run }, ..greeting }
}

#[test]
fn a_connection_that_says_nothing_does_not_hold_up_the_ring() {
    let directory = tempdir().unwrap();
    let experiment = experiment(&[100; 3], SHORT);
    let (listeners, addresses) = listeners(experiment.ring);
    let silent: Vec<TcpStream> =
        addresses.iter().flat_map(|address| (0..5).map(|_| TcpStream::connect(*address).unwrap())).collect();
    let machines = experiment.ring.machines().zip(listeners);
    let ring = machines.map(|(id, listener)| start(id, &experiment, listener, addresses.clone(), directory.path()));
    join_all(ring.collect());
    judge::demand_complete(directory.path(), 3);
    drop(silent);
}

#[test]
fn a_browser_and_random_bytes_are_refused_and_the_ring_goes_on() {
    let directory = tempdir().unwrap();
    let experiment = experiment(&[100; 3], SHORT);
    let (listeners, addresses) = listeners(experiment.ring);
    let machines = experiment.ring.machines().zip(listeners);
    let ring: Vec<Live> =
        machines.map(|(id, listener)| start(id, &experiment, listener, addresses.clone(), directory.path())).collect();
    ring[0].wait_until_it_says("tick 3");
    for garbage in [b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n".as_slice(), &[0xC1; 64], &[0; 64]] {
        let mut stranger = TcpStream::connect(addresses[0]).unwrap();
        stranger.write_all(garbage).unwrap();
        // Closed, or reset because of what was left unread; and not a byte in answer.
        let mut answer = Vec::new();
        let _ = stranger.read_to_end(&mut answer);
        assert_eq!(answer, b"");
    }
    assert!(ring[0].wait_until_it_says("refused").contains("does not speak Clockring"));
    join_all(ring);
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn a_second_machine_of_the_same_name_is_refused_and_the_ring_goes_on() {
    let directory = tempdir().unwrap();
    let experiment = experiment(&[100; 3], Duration::from_secs(1));
    let (listeners, addresses) = listeners(experiment.ring);
    let machines = experiment.ring.machines().zip(listeners);
    let ring: Vec<Live> =
        machines.map(|(id, listener)| start(id, &experiment, listener, addresses.clone(), directory.path())).collect();
    ring[0].wait_until_it_says("tick 3");

    let elsewhere = tempdir().unwrap();
    let twin_listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let twin = start(machine('A'), &experiment, twin_listener, addresses, elsewhere.path());
    let refusal = twin.join().unwrap_err().to_string();
    assert!(refusal.contains("another machine of this name is in the ring already"), "{refusal}");

    join_all(ring);
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn machines_that_differ_on_the_ring_say_what_differs() {
    let differs = |experiment: Experiment| {
        let directory = tempdir().unwrap();
        let (a, b) = alone(&experiment, directory.path());
        // B answers as it believes; the fake greeting is of a Lamport ring of two.
        let greeting = b_to_a();
        let (_peer, _theirs) = FakePeer::accept(&b, &greeting);
        a.join().unwrap_err().to_string()
    };
    let clock = differs(Experiment { clock: ClockKind::Lamport, ..experiment(&[10, 10, 10], SHORT) });
    assert!(clock.contains("its ring has 2 machines, ours 3"), "{clock}");

    let a_to_b = FakePeer::greeting(machine('A'), machine('B'), 3);
    // From the other side: who calls with other facts is answered with ours, so that it can say the same.
    for (greeting, words) in [
        (FakePeer::greeting(machine('A'), machine('B'), 4), "its ring has 4 machines, ours 3"),
        (FakePeer::greeting(machine('A'), machine('C'), 3), "it was looking for C, and this is B"),
        (
            Greeting { run: RunFacts { clock: ClockKind::Vector.letter(), ..a_to_b.run }, ..a_to_b },
            "its clock is vector, ours lamport",
        ),
    ] {
        let directory = tempdir().unwrap();
        let (mut listeners, addresses) = listeners(RingSize::new(3).unwrap());
        let (b_address, b_listener) = (addresses[1], listeners.remove(1));
        let b = start(machine('B'), &experiment(&[10; 3], SHORT), b_listener, addresses, directory.path());
        let (_peer, answer) = FakePeer::dial(b_address, &greeting);
        assert_eq!((answer.answer, answer.run.machines), (Answer::Mismatch, 3));
        b.wait_until_it_says(words);
        b.stop.stop();
        assert!(b.join().is_err(), "it never started");
    }
}

#[test]
fn another_version_of_the_protocol_is_named() {
    let directory = tempdir().unwrap();
    let (a, b) = alone(&experiment(&[10; 2], SHORT), directory.path());
    let (mut stream, _) = b.accept().unwrap();
    let mut greeting = b_to_a().encode();
    greeting[7] = 99;
    stream.write_all(&greeting).unwrap();
    assert!(a.wait_until_it_says("refused").contains("it speaks protocol version 99"));
    a.stop.stop();
    assert!(a.join().is_err(), "it never started");
}

#[test]
fn a_damaged_frame_breaks_the_link_and_what_it_carried_comes_over_the_next() {
    let directory = tempdir().unwrap();
    let (a, listener) = alone(&Experiment { sides: 1000, ..experiment(&[100; 2], SHORT) }, directory.path());
    let (mut b, greeting) = FakePeer::accept(&listener, &quiet_b_to_a());
    assert_eq!(greeting.received, Cursor::START);
    b.ready();
    a.wait_until_it_says("started");

    b.send_bytes(&b.message(5));
    let mut damaged = b.message(9);
    damaged[7] ^= 0x10;
    b.send_bytes(&damaged);
    assert!(a.wait_until_it_says("is down").contains("belong to no frame"));

    // A calls again, has 5, and asks for what comes after it; what it has already is dropped.
    let (mut b, greeting) = FakePeer::accept(&listener, &quiet_b_to_a());
    assert_eq!(greeting.received.to_u64(), 5);
    b.send_bytes(&b.message(5));
    b.send_bytes(&b.message(9));
    b.end(9);
    a.join().unwrap();
    let stamps = judge::read(directory.path())[&'A'].iter().filter_map(|event| event.stamp).collect::<Vec<_>>();
    assert_eq!(stamps, [5, 9]);
}

#[test]
fn a_frame_of_another_sender_or_for_another_machine_breaks_the_link() {
    for wrong in [FakePeer::greeting(machine('C'), machine('A'), 3), FakePeer::greeting(machine('B'), machine('C'), 3)]
    {
        let directory = tempdir().unwrap();
        let (a, listener) = alone(&experiment(&[100; 2], SHORT), directory.path());
        let (mut b, _) = FakePeer::accept(&listener, &b_to_a());
        b.ready();
        a.wait_until_it_says("started");
        (b.id, b.to) = [wrong.from, wrong.to].map(|place| MachineId::from_index(place.into()).unwrap()).into();
        b.send_bytes(&b.message(5));
        assert!(a.wait_until_it_says("is down").contains("it carried a frame from"));
        let (b, _) = FakePeer::accept(&listener, &b_to_a());
        b.end(0);
        a.join().unwrap();
        assert!(judge::read(directory.path())[&'A'].iter().all(|event| event.kind != "receive"));
    }
}

#[test]
fn a_message_cut_into_single_bytes_is_one_message() {
    let directory = tempdir().unwrap();
    let (a, listener) = alone(&Experiment { sides: 1000, ..experiment(&[100; 2], SHORT) }, directory.path());
    let (mut b, _) = FakePeer::accept(&listener, &quiet_b_to_a());
    b.ready();
    for stamp in [12, 13] {
        for byte in b.message(stamp) {
            b.send_bytes(&[byte]);
        }
    }
    b.end(13);
    a.join().unwrap();
    let stamps = judge::read(directory.path())[&'A'].iter().filter_map(|event| event.stamp).collect::<Vec<_>>();
    assert_eq!(stamps, [12, 13]);
}

#[test]
fn a_flood_is_pushed_back_and_none_of_it_is_lost() {
    const FLOOD: u64 = 50_000;
    let directory = tempdir().unwrap();
    let (a, listener) = alone(&experiment(&[20; 2], Duration::from_secs(1)), directory.path());
    let (mut b, _) = FakePeer::accept(&listener, &b_to_a());
    b.ready();
    let flood: Vec<u8> = (1..=FLOOD).flat_map(|stamp| b.message(stamp)).collect();
    b.send_bytes(&flood);
    b.end(FLOOD);
    a.join().unwrap();
    let manifest = judge::manifest(directory.path(), 'A');
    let capacity = manifest["capacity"].as_u64().unwrap();
    let events = &judge::read(directory.path())[&'A'];
    let received: Vec<u64> = events.iter().filter_map(|event| event.stamp).collect();
    let left = manifest["left_in_queue"].as_array().unwrap().iter();
    let all: Vec<u64> = received.into_iter().chain(left.map(|message| message["stamp"].as_u64().unwrap())).collect();
    assert_eq!(all, (1..=FLOOD).collect::<Vec<_>>());
    assert!(events.iter().all(|event| event.queue <= capacity + 1), "the queue is bounded (plus the look-ahead)");
}

#[test]
fn a_timestamp_that_no_honest_clock_reaches_is_refused() {
    let directory = tempdir().unwrap();
    let (a, listener) = alone(&experiment(&[100; 2], SHORT), directory.path());
    let (mut b, _) = FakePeer::accept(&listener, &b_to_a());
    b.ready();
    a.wait_until_it_says("started");
    b.send_bytes(&b.message(u64::MAX));
    assert!(a.wait_until_it_says("is down").contains("which no honest clock reaches"));
    let (b, _) = FakePeer::accept(&listener, &b_to_a());
    b.end(0);
    a.join().unwrap();
}

#[test]
fn a_log_that_is_there_is_not_replaced() {
    let directory = tempdir().unwrap();
    join_all(start_ring(&experiment(&[50; 2], SHORT), directory.path()));
    let before = judge::read(directory.path())[&'A'].len();
    let ring = start_ring(&experiment(&[50; 2], SHORT), directory.path());
    for live in ring {
        let failure = live.join().unwrap_err().to_string();
        assert!(failure.contains("is there already") && failure.contains("--overwrite"), "{failure}");
    }
    assert_eq!(judge::read(directory.path())[&'A'].len(), before);
}
