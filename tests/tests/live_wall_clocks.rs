//! Machines whose wall clocks differ: a hybrid ring does not start with a difference that it could not bear, and any other
//! says that the times in its logs differ.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::Duration,
};

use clockring::{
    clock::{Clock, ClockKind, Hybrid, Lamport},
    cursor::Cursor,
    frame::Signal,
    handshake::{Greeting, RunFacts},
    machine::Row as Made,
    moment::{Elapsed, UnixTime},
    process::{Process, Turn},
    progress::Progress,
    ring::RingSize,
};
use host::{
    experiment::{Experiment, LANE_CAPACITY},
    live::Config,
    rundir::{LogWriter, Manifest, Row, StampText},
    system_time::{WallClock, now},
};
use tempfile::tempdir;
use tests::{
    fake_peer::FakePeer,
    live::{Live, config, experiment, listeners, machine, run, start_with},
};

const MS: i64 = 1_000_000;

/// The time of day by a clock that is so far ahead.
fn turned(ahead_ms: i64) -> UnixTime {
    UnixTime::from_ns(now().ns().saturating_add_signed(ahead_ms * MS))
}

/// A greeting of a machine whose wall clock is so far ahead.
fn greeting<C: Clock>(from: char, to: char, ahead_ms: i64) -> Greeting {
    let greeting = FakePeer::greeting(machine(from), machine(to), 2);
    let run = RunFacts { clock: C::KIND.letter(), number: (from == 'A').then_some(1), ..greeting.run };
    Greeting { run, wall: Some(turned(ahead_ms)), ..greeting }
}

/// B's greeting so long after its start, by a wall clock that is so far ahead.
fn b_in_mid_run<C: Clock>(elapsed_ms: u64, ahead_ms: i64) -> Greeting {
    let elapsed = Elapsed::from_ns(elapsed_ms * MS as u64);
    Greeting { elapsed, progress: Progress::Ready, ..greeting::<C>('B', 'A', ahead_ms) }
}

fn a_second(clock: ClockKind) -> Experiment {
    Experiment { clock, ..experiment(&[100; 2], Duration::from_secs(1)) }
}

/// Machine A, who dials the B that the test plays.
fn a_alone<C>(directory: &Path) -> (Live, TcpListener)
where
    C: Clock,
    C::Stamp: StampText + Send,
{
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let b = listeners.pop().unwrap();
    (start_with::<C>(machine('A'), &a_second(C::KIND), listeners.pop().unwrap(), addresses, directory), b)
}

/// Machine A of a hybrid ring, with this wall clock; it dials the B that the test plays.
fn hybrid_a_with(wall_clock: WallClock, directory: &Path) -> (Live, TcpListener) {
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let b = listeners.pop().unwrap();
    let told = config(machine('A'), &a_second(ClockKind::Hybrid), listeners.pop().unwrap(), addresses, directory);
    (run::<Hybrid>(Config { wall_clock, ..told }), b)
}

/// Machine B, whom the A that the test plays dials.
fn b_alone<C>(directory: &Path) -> (Live, SocketAddr)
where
    C: Clock,
    C::Stamp: StampText + Send,
{
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let address = addresses[1];
    (start_with::<C>(machine('B'), &a_second(C::KIND), listeners.pop().unwrap(), addresses, directory), address)
}

/// Why a machine does not start. One that would wait for its peer is told to stop when it has given up the silent link.
fn refusal(machine: Live, mut peer: FakePeer) -> String {
    while peer.hear().is_some() {}
    machine.stop.stop();
    machine.join().unwrap_err().to_string()
}

#[test]
fn a_hybrid_machine_that_dials_refuses_to_start_beyond_half_the_drift_bound() {
    for (ahead_ms, words) in [(700, "ahead of that of A"), (-700, "behind that of A")] {
        let directory = tempdir().unwrap();
        let (a, listener) = a_alone::<Hybrid>(directory.path());
        // An answer is heard at once, so the offset is known to within a moment.
        let (b, _) = FakePeer::accept_with(&listener, || greeting::<Hybrid>('B', 'A', ahead_ms));
        let why = refusal(a, b);
        let (_, offset) = why.split_once("the wall clock of B is at least ").unwrap_or_else(|| panic!("{why}"));
        let seconds: f64 = offset.split(' ').next().unwrap().parse().unwrap();
        assert!((0.5..=0.71).contains(&seconds) && why.contains(words), "{why}");
        let bound = "at most 0.500 s between any two, since it refuses timestamps that are 1 s ahead: synchronise";
        assert!(why.contains(bound), "{why}");
        assert!(!directory.path().join("A.csv").exists(), "it never started");
    }
}

#[test]
fn a_hybrid_machine_that_is_dialled_refuses_what_no_delay_explains() {
    // A call may have waited for two seconds before it was heard.
    for (ahead_ms, words) in [(700, "ahead of that of B"), (-3000, "behind that of B")] {
        let directory = tempdir().unwrap();
        let (b, address) = b_alone::<Hybrid>(directory.path());
        let (a, _) = FakePeer::dial(address, &greeting::<Hybrid>('A', 'B', ahead_ms));
        let why = refusal(b, a);
        assert!(why.contains("the wall clock of A is at least ") && why.contains(words), "{why}");
    }
}

#[test]
fn a_hybrid_ring_starts_with_less() {
    for ahead_ms in [300, -300] {
        let directory = tempdir().unwrap();
        let (a, listener) = a_alone::<Hybrid>(directory.path());
        let (mut b, _) = FakePeer::accept_with(&listener, || greeting::<Hybrid>('B', 'A', ahead_ms));
        b.ready();
        a.wait_until_it_says("started");
        b.end(0);
        a.join().unwrap();
    }
}

#[test]
fn another_ring_starts_and_remarks_on_more_than_a_second() {
    let directory = tempdir().unwrap();
    let (a, listener) = a_alone::<Lamport>(directory.path());
    let (mut b, _) = FakePeer::accept_with(&listener, || greeting::<Lamport>('B', 'A', 3000));
    b.ready();
    // It gives up B after a while, so that this does not wait for ever.
    let said = a.wait_until_it_says("the wall clock of B is at least ");
    assert!(said.contains("ahead of that of A, so the times in their logs differ by as much"), "{said}");
    a.wait_until_it_says("started");
    b.end(0);
    a.join().unwrap();
}

/// A wall clock that a test turns.
static TURNED_BY_MS: AtomicI64 = AtomicI64::new(0);

fn turned_wall_clock() -> UnixTime {
    turned(TURNED_BY_MS.load(Ordering::Relaxed))
}

#[test]
fn a_wall_clock_that_is_set_back_in_mid_run_refuses_no_message() {
    let directory = tempdir().unwrap();
    let (a, listener) = hybrid_a_with(turned_wall_clock, directory.path());
    let (mut b, _) = FakePeer::accept_with(&listener, || greeting::<Hybrid>('B', 'A', 0));
    b.ready();
    a.wait_until_it_says("started");
    TURNED_BY_MS.store(-3_600_000, Ordering::Relaxed);
    let stamp = now().ns();
    b.send_bytes(&b.message(stamp));
    b.end(stamp);
    a.join().unwrap();
}

/// A wall clock that is right until peers have been told of it, and then an hour behind.
static SET_BACK: AtomicBool = AtomicBool::new(false);

fn set_back_once_told() -> UnixTime {
    turned(if SET_BACK.load(Ordering::Relaxed) { -3_600_000 } else { 0 })
}

#[test]
fn a_wall_clock_that_is_set_back_between_greeting_and_start_refuses_no_message() {
    let directory = tempdir().unwrap();
    let (a, listener) = hybrid_a_with(set_back_once_told, directory.path());
    let (mut b, theirs) = FakePeer::accept_with(&listener, || greeting::<Hybrid>('B', 'A', 0));
    b.hear().expect("the link is up");
    SET_BACK.store(true, Ordering::Relaxed);
    b.ready();
    a.wait_until_it_says("started");
    let stamp = now().ns();
    b.send_bytes(&b.message(stamp));
    b.end(stamp);
    let manifest = a.join().unwrap().manifest;
    assert!(manifest.started >= theirs.wall.unwrap(), "{manifest:?}");
}

#[test]
fn who_joins_a_run_that_has_begun_counts_from_its_start() {
    let directory = tempdir().unwrap();
    let (a, listener) = hybrid_a_with(|| turned(-3_600_000), directory.path());
    let lived = b_in_mid_run::<Hybrid>(200, 0);
    let (mut b, _) = FakePeer::accept(&listener, &lived);
    b.signal(Signal::CaughtUp);
    let stamp = lived.wall.unwrap().ns();
    b.send_bytes(&b.message(stamp));
    b.end(stamp);
    assert_eq!(a.join().unwrap().manifest.started, lived.wall.unwrap().start_of(lived.elapsed));
}

#[test]
fn who_hears_of_the_start_from_one_that_comes_back_does_not_begin_before_messages_it_has_let_in() {
    let directory = tempdir().unwrap();
    let (mut listeners, addresses) = listeners(RingSize::new(3).unwrap());
    let (listener, address) = (listeners.pop().unwrap(), addresses[2]);
    let three = Experiment { clock: ClockKind::Hybrid, ..experiment(&[100; 3], Duration::from_secs(1)) };
    let c = run::<Hybrid>(config(machine('C'), &three, listener, addresses, directory.path()));
    let greeting = |from, ahead_ms| {
        let of_two = greeting::<Hybrid>(from, 'C', ahead_ms);
        Greeting { run: RunFacts { machines: 3, ..of_two.run }, ..of_two }
    };
    // B has begun, since C had told it that it was ready.
    let stamp = now().ns();
    let b = loop {
        let (mut b, answer) = FakePeer::dial(address, &greeting('B', 0));
        if answer.received == Cursor::from_u64(stamp) {
            break b;
        }
        b.send_bytes(&b.message(stamp));
        b.hear().expect("the link is up");
    };
    // A ticked for a second, four seconds ago, and its time stands until it has gathered.
    let elapsed = Elapsed::from_ns(1_000 * MS as u64);
    let came_back = || Greeting { resumed: true, elapsed, progress: Progress::Ready, ..greeting('A', -4_000) };
    let (a, _) = FakePeer::accept_with(&listeners[0], came_back);
    let a = std::thread::spawn(move || a.end(0));
    b.end(stamp);
    a.join().unwrap();
    c.join().unwrap();
    let log = std::fs::read_to_string(directory.path().join("C.csv")).unwrap();
    let first: u64 = log.lines().nth(1).unwrap().split(',').nth(1).unwrap().parse().unwrap();
    assert!(first >= stamp - 1_000 * MS as u64, "a message is {} ns ahead", stamp - first);
}

#[test]
fn a_wall_clock_that_is_set_back_between_two_lives_refuses_no_message() {
    let directory = tempdir().unwrap();
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let listener = listeners.pop().unwrap();
    let (a, experiment) = (machine('A'), a_second(ClockKind::Hybrid));
    // It has ticked once, by a wall clock that was an hour ahead.
    let started = turned(3_600_000);
    let manifest = Manifest::of(a, &experiment, LANE_CAPACITY, started);
    manifest.write(&directory.path().join("A.json")).unwrap();
    let mut process = Process::<Hybrid>::new(a, experiment.ring);
    let face = experiment.die(a).roll();
    let elapsed = Elapsed::from_ns(10 * MS as u64);
    let event = process.step(Turn::of(None, || process.rolled(face)), started.at(elapsed)).event;
    let mut log = LogWriter::create(&directory.path().join("A.csv"), experiment.ring, true).unwrap();
    log.add(&Row::of(&Made { tick: 1, elapsed, event }, started, 0, None));
    log.commit().unwrap();
    drop(log);

    let told = config(a, &experiment, listeners.pop().unwrap(), addresses, directory.path());
    let a = run::<Hybrid>(Config { resume: true, ..told });
    let lived = b_in_mid_run::<Hybrid>(500, 0);
    let (mut b, _) = FakePeer::accept_with(&listener, || lived);
    let stamp = started.at(lived.elapsed).ns();
    b.send_bytes(&b.message(stamp));
    b.signal(Signal::CaughtUp);
    b.end(stamp);
    a.join().unwrap();
}

/// Machine A of a hybrid ring that has started, and then lost its link to the B that the test plays; and its greeting.
fn hybrid_a_without_its_link(directory: &Path) -> (Live, TcpListener, Greeting) {
    let (a, listener) = a_alone::<Hybrid>(directory);
    let (mut b, theirs) = FakePeer::accept_with(&listener, || greeting::<Hybrid>('B', 'A', 0));
    b.ready();
    a.wait_until_it_says("started");
    (a, listener, theirs)
}

#[test]
fn a_machine_whose_computer_slept_goes_forward_and_says_so() {
    let directory = tempdir().unwrap();
    let (a, listener, theirs) = hybrid_a_without_its_link(directory.path());
    // A's timer stood for a minute.
    let (mut b, _) = FakePeer::accept_with(&listener, || b_in_mid_run::<Hybrid>(60_000, 60_000));
    // Its link may read this before the machine has heard of the greeting.
    let stamp = theirs.wall.unwrap().after(Duration::from_secs(60)).ns();
    b.send_bytes(&b.message(stamp));
    a.wait_until_it_says("it goes forward, and makes up the ticks");
    b.end(stamp);
    let manifest = a.join().unwrap().manifest;
    assert_eq!(manifest.ticks, Some(100), "all of its second");
}

#[test]
fn a_machine_that_began_later_than_its_peers_is_not_ahead_of_them() {
    let directory = tempdir().unwrap();
    let (a, listener, _) = hybrid_a_without_its_link(directory.path());
    // A was halted while B began.
    let (b, _) = FakePeer::accept_with(&listener, || b_in_mid_run::<Hybrid>(5_000, 0));
    let last = b.end(0).pop().expect("a second of messages");
    assert!(last < turned(1_000).ns(), "B would refuse {last}");
    a.join().unwrap();
}

#[test]
fn a_machine_whose_first_tick_is_late_logs_the_time_of_day() {
    let directory = tempdir().unwrap();
    let (mut listeners, addresses) = listeners(RingSize::new(2).unwrap());
    let listener = listeners.pop().unwrap();
    let (a, experiment) = (machine('A'), experiment(&[1; 2], Duration::from_secs(3600)));
    // It had promised to take part, and died before its first tick. Meanwhile the others have ticked for an hour.
    let promise = Manifest::of(a, &experiment, LANE_CAPACITY, now());
    promise.write(&directory.path().join("A.json")).unwrap();
    LogWriter::create(&directory.path().join("A.csv"), experiment.ring, true).unwrap();
    let told = config(a, &experiment, listeners.pop().unwrap(), addresses, directory.path());
    let a = run::<Lamport>(Config { resume: true, ..told });
    let lived = b_in_mid_run::<Lamport>(3_600_000, 0);
    let (mut b, _) = FakePeer::accept_with(&listener, || lived);
    b.signal(Signal::CaughtUp);
    b.end(0);
    let manifest = a.join().unwrap().manifest;
    assert_eq!(manifest.ticks, Some(3600));
    assert!(manifest.ended_at.unwrap() <= now(), "{manifest:?}");
}
