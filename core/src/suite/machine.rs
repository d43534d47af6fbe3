//! A machine's words, and their times: the laws that hold for every driver.

use core::time::Duration;

use super::{machine, ring};
use crate::{
    clock::{Hybrid, HybridStamp, Lamport, LamportStamp},
    cursor::Cursor,
    event::{Event, EventKind},
    frame::{Frame, Signal},
    handshake::{Greeting, RunFacts},
    machine::{APART_MAX, Input, Leaving, Machine, Objection, Row, Say, Sent, Settings, Stage},
    message::Message,
    moment::{Elapsed, Monotonic, UnixTime},
    process::Turn,
    progress::Progress,
};

pub(super) type Member = Machine<Lamport, [Option<Sent<LamportStamp>>; 4], 2>;

/// A in a ring of so many; B is its peer at place 0, and C, if there is one, at place 1.
pub(super) fn a_of(machines: usize, settings: impl FnOnce(&mut Settings)) -> Member {
    let mut told = Settings { id: machine('A'), ring: ring(machines), endless: false, patient: false };
    settings(&mut told);
    Member::new(told, [None; 4], at(0)).unwrap()
}

/// So many milliseconds after the process began.
pub(super) fn at(ms: u64) -> Monotonic {
    Monotonic::default().after(Duration::from_millis(ms))
}

pub(super) fn cursor(number: u64) -> Cursor {
    Cursor::from_u64(number)
}

pub(super) fn plain(from: char, to: char) -> Greeting {
    let facts = RunFacts { machines: 2, sides: 4, clock: b'L', payload: 0, number: None, seed: None };
    Greeting::new(machine(from), machine(to), facts, 0)
}

fn peer_name(place: usize) -> char {
    [b'B', b'C'][place] as char
}

/// Greets the peer at this place, which says this.
pub(super) fn greet(a: &mut Member, peer: usize, theirs: Greeting, now: Monotonic) -> Result<(), Objection> {
    let told = a.greeting(peer, plain('A', peer_name(peer)), now).progress;
    a.handle(Input::Up { peer, told, theirs }, now)
}

/// A link to a peer that is ready and has nothing of A's.
pub(super) fn link(a: &mut Member, peer: usize, now: Monotonic) {
    let ready = Greeting { progress: Progress::Ready, ..plain(peer_name(peer), 'A') };
    greet(a, peer, ready, now).unwrap();
}

pub(super) fn hear(a: &mut Member, peer: usize, signal: Signal, now: Monotonic) {
    a.handle(Input::Heard { peer, signal }, now).unwrap();
}

/// Everything A says to the peer now, without beats and missed messages: signals as they are, messages by their times.
pub(super) fn said(a: &mut Member, peer: usize, now: Monotonic) -> heapless::Vec<Said, 16> {
    let mut all = heapless::Vec::new();
    while let Some(say) = a.say(peer, now) {
        match say {
            Say::Frame(Frame::Message(message)) => all.push(Said::Message(message.stamp.0)).unwrap(),
            Say::Frame(Frame::Signal { signal: Signal::Beat { .. } | Signal::CaughtUp, .. }) => {}
            Say::Frame(Frame::Signal { signal, .. }) => all.push(Said::Signal(signal)).unwrap(),
            Say::FromLog(_) => unreachable!("not in this test"),
        }
    }
    all
}

#[derive(PartialEq, Debug)]
pub(super) enum Said {
    Message(u64),
    Signal(Signal),
}

pub(super) use Said::Message as Msg;

const READY: Said = Said::Signal(Signal::Progress(Progress::Ready));

/// A of a ring of two that has started, and has said so.
pub(super) fn ticking() -> Member {
    let mut a = a_of(2, |_| ());
    link(&mut a, 0, at(0));
    assert_eq!(a.stage(), Stage::Ticking);
    assert_eq!(said(&mut a, 0, at(0)), [READY]);
    a
}

pub(super) fn send(a: &mut Member, now: Monotonic) -> Row<LamportStamp> {
    let to = ring(2).others(machine('A'));
    a.step(Turn::Send { to }, now)
}

pub(super) fn send_and_log(a: &mut Member, now: Monotonic) {
    send(a, now);
    a.logged();
}

fn send_event(clock: u64) -> Event<LamportStamp> {
    Event { kind: EventKind::Send { to: ring(2).others(machine('A')) }, clock: LamportStamp(clock) }
}

/// A that goes on from a log of two sends, the last of them so many milliseconds after the start.
pub(super) fn resumed(last_ms: u64) -> Member {
    let mut a = a_of(2, |_| ());
    for clock in 1..=2 {
        let EventKind::Send { to } = send_event(clock).kind else { unreachable!() };
        let again = a.relive(Turn::Send { to }, Elapsed::from_ns(last_ms * 500_000 * clock));
        assert_eq!(again, send_event(clock));
    }
    a.resume();
    a
}

suite! {
    fn nobody_starts_before_every_link_is_up_at_every_machine() {
        let mut a = a_of(3, |_| ());
        greet(&mut a, 0, plain('B', 'A'), at(0)).unwrap();
        assert_eq!(said(&mut a, 0, at(0)), [], "one link is missing");
        link(&mut a, 1, at(1));
        assert_eq!(a.stage(), Stage::Gathering, "B is not ready");
        assert_eq!((said(&mut a, 0, at(1)), said(&mut a, 1, at(1))), ([READY].into(), [READY].into()));
        hear(&mut a, 0, Signal::Progress(Progress::Ready), at(2));
        assert_eq!(a.stage(), Stage::Ticking);
    }

    fn a_break_takes_ready_back_until_the_start() {
        let mut a = a_of(3, |_| ());
        link(&mut a, 0, at(0));
        a.handle(Input::Down { peer: 0 }, at(1)).unwrap();
        link(&mut a, 1, at(2));
        assert_eq!(a.stage(), Stage::Gathering, "B was ready, and is not there");
        greet(&mut a, 0, plain('B', 'A'), at(3)).unwrap();
        assert_eq!(a.stage(), Stage::Gathering, "B is there, and gathers again");
        hear(&mut a, 0, Signal::Progress(Progress::Ready), at(4));
        assert_eq!(a.stage(), Stage::Ticking);
        a.handle(Input::Down { peer: 0 }, at(5)).unwrap();
        assert_eq!(a.stage(), Stage::Ticking, "a run that has begun goes on");
    }

    fn who_missed_the_start_by_a_break_follows_at_the_time_of_the_others() {
        let mut a = a_of(3, |_| ());
        greet(&mut a, 0, plain('B', 'A'), at(0)).unwrap();
        link(&mut a, 1, at(0));
        assert_eq!(said(&mut a, 0, at(0)), [READY]);
        // B is ready, and starts; that A does not hear of it, and that C is away, is no reason to wait.
        for peer in 0..2 {
            a.handle(Input::Down { peer }, at(1)).unwrap();
        }
        let has_ticked = Greeting { elapsed: Elapsed::from_ns(2_000_000_000), progress: Progress::Ready, ..plain('B', 'A') };
        greet(&mut a, 0, has_ticked, at(2_000)).unwrap();
        assert_eq!(a.stage(), Stage::Ticking);
        assert_eq!(a.elapsed(at(2_500)), Elapsed::from_ns(2_500_000_000));
        let further = Greeting { elapsed: Elapsed::from_ns(3_500_000_000), ..has_ticked };
        greet(&mut a, 0, further, at(3_000)).unwrap();
        assert_eq!(a.elapsed(at(3_000)), Elapsed::from_ns(3_000_000_000), "its own time from then on");
    }

    fn who_gathers_and_hears_of_an_end_knows_that_the_run_has_begun() {
        // B was stopped before its first event, so its time stands at the very start; C is away.
        let mut a = a_of(3, |_| ());
        a.resume();
        let stopped = Greeting { progress: Progress::Stopped { last: cursor(0) }, ..plain('B', 'A') };
        greet(&mut a, 0, stopped, at(0)).unwrap();
        assert_eq!(a.stage(), Stage::Settling { stopped: true }, "and not left: B waits for it");
        // B has had its time.
        let mut a = a_of(3, |_| ());
        a.resume();
        let ended = Greeting { progress: Progress::Ended { last: cursor(0) }, ..plain('B', 'A') };
        greet(&mut a, 0, ended, at(0)).unwrap();
        a.handle(Input::Down { peer: 0 }, at(1)).unwrap();
        a.proceed(at(1_000));
        assert_eq!(a.stage(), Stage::Ticking, "an end is not taken back by a break");
    }

    fn nothing_is_said_before_it_is_in_the_log() {
        let mut a = ticking();
        assert_eq!(send(&mut a, at(7)), Row { tick: 1, elapsed: Elapsed::from_ns(7_000_000), event: send_event(1) });
        assert_eq!(said(&mut a, 0, at(7)), []);
        a.logged();
        send(&mut a, at(8));
        assert_eq!(said(&mut a, 0, at(8)), [Msg(1)], "and not what came after");
    }

    fn a_link_goes_on_after_what_the_peer_has() {
        let mut a = ticking();
        (0..3).for_each(|_| send_and_log(&mut a, at(1)));
        assert_eq!(said(&mut a, 0, at(1)), [Msg(1), Msg(2), Msg(3)]);
        for received in 0..=3 {
            a.handle(Input::Down { peer: 0 }, at(2)).unwrap();
            let back = Greeting { received: cursor(received), progress: Progress::Ready, ..plain('B', 'A') };
            greet(&mut a, 0, back, at(3)).unwrap();
            assert!(said(&mut a, 0, at(3)).into_iter().eq((received + 1..=3).map(Msg)));
        }
    }

    fn who_is_further_behind_than_memory_is_sent_what_is_in_the_log() {
        let mut a = ticking();
        (0..7).for_each(|_| send_and_log(&mut a, at(1)));
        send(&mut a, at(1));
        assert!(matches!(a.say(0, at(1)), Some(Say::FromLog(upto)) if upto == Cursor::START));
        a.said(0, cursor(3), at(2));
        assert!(matches!(a.say(0, at(2)), Some(Say::FromLog(upto)) if upto == cursor(3)), "the fourth is gone, too");
        a.said(0, cursor(4), at(3));
        assert_eq!(said(&mut a, 0, at(3)), [Msg(5), Msg(6), Msg(7)], "and not the eighth, which is not logged");
    }

    fn a_driver_without_a_log_passes_over_what_memory_has_let_go_and_no_more() {
        let mut a = ticking();
        for sends in 1..=9_u64 {
            send_and_log(&mut a, at(1));
            assert_eq!(a.forgotten(), cursor(sends.saturating_sub(4)), "memory holds four");
        }
        assert_eq!(a.say(0, at(1)), Some(Say::FromLog(Cursor::START)));
        a.said(0, a.forgotten(), at(2));
        assert_eq!(said(&mut a, 0, at(2)), [Msg(6), Msg(7), Msg(8), Msg(9)]);
    }

    fn a_machine_beats_at_once_and_then_every_second_on_a_busy_link_too() {
        let mut a = a_of(2, |_| ());
        link(&mut a, 0, at(0));
        let mut beats = heapless::Vec::<u64, 8>::new();
        for ms in (0..3_500).step_by(100) {
            send_and_log(&mut a, at(ms));
            while let Some(say) = a.say(0, at(ms)) {
                if let Say::Frame(Frame::Signal { signal: Signal::Beat { heard }, .. }) = say {
                    assert_eq!(heard, Progress::Ready.step());
                    beats.push(ms).unwrap();
                }
            }
        }
        assert_eq!(beats, [0, 1_000, 2_000, 3_000]);
        assert_eq!(a.wake(at(3_400)), Some(at(4_000)));
        assert_eq!(a.wake(at(4_001)), None, "a link that takes no beat keeps nobody awake");
    }

    fn a_stop_ends_the_run_for_everybody_and_an_end_only_for_who_would_go_on_for_ever() {
        for endless in [false, true] {
            let after = |signal| {
                let mut a = a_of(2, |settings| settings.endless = endless);
                link(&mut a, 0, at(0));
                hear(&mut a, 0, Signal::Progress(signal), at(10));
                a.stage()
            };
            let last = cursor(3);
            assert_eq!(after(Progress::Stopped { last }), Stage::Settling { stopped: true });
            let expected = if endless { Stage::Settling { stopped: false } } else { Stage::Ticking };
            assert_eq!(after(Progress::Ended { last }), expected);
        }
    }

    fn who_is_told_to_stop_before_the_start_leaves_unless_somebody_counts_on_it() {
        let mut a = a_of(3, |_| ());
        greet(&mut a, 0, plain('B', 'A'), at(0)).unwrap();
        a.handle(Input::Stop, at(1)).unwrap();
        assert_eq!(a.stage(), Stage::Left(Leaving::NeverStarted));

        let mut a = a_of(3, |_| ());
        greet(&mut a, 0, plain('B', 'A'), at(0)).unwrap();
        link(&mut a, 1, at(1));
        assert_eq!(said(&mut a, 0, at(1)), [READY]);
        a.handle(Input::Stop, at(2)).unwrap();
        assert_eq!(a.stage(), Stage::Gathering, "B may start at any moment");
        hear(&mut a, 0, Signal::Progress(Progress::Ready), at(3));
        assert_eq!(a.stage(), Stage::Settling { stopped: true });
    }

    fn a_machine_that_never_died_refuses_a_peer_that_claims_more_and_goes_on() {
        let mut a = ticking();
        send_and_log(&mut a, at(1));
        a.handle(Input::Down { peer: 0 }, at(2)).unwrap();
        let claims = Greeting { received: cursor(2), ..plain('B', 'A') };
        assert_eq!(greet(&mut a, 0, claims, at(3)), Err(Objection::ClaimsTooMuch));
        assert_eq!((a.stage(), a.say(0, at(3))), (Stage::Ticking, None));
    }

    fn a_log_that_has_lost_rows_is_known_by_the_first_greeting_of_a_peer() {
        for (received, expected) in [(2, Ok(())), (3, Err(Objection::LostRows))] {
            let mut a = resumed(1_000);
            let theirs = Greeting { received: cursor(received), progress: Progress::Ready, ..plain('B', 'A') };
            assert_eq!(greet(&mut a, 0, theirs, at(0)), expected);
        }
        // At any time: later sends do not excuse it.
        let mut a = resumed(1_000);
        a.proceed(at(1_000));
        (0..2).for_each(|_| send_and_log(&mut a, at(1_000)));
        let theirs = Greeting { received: cursor(3), ..plain('B', 'A') };
        assert_eq!(greet(&mut a, 0, theirs, at(60_000)), Err(Objection::LostRows));
        // Once met, a peer may have later sends.
        let mut a = resumed(1_000);
        link(&mut a, 0, at(0));
        (0..2).for_each(|_| send_and_log(&mut a, at(1_000)));
        assert_eq!(greet(&mut a, 0, theirs, at(60_000)), Ok(()));
    }

    fn who_goes_on_waits_a_second_for_its_peers_and_then_ticks_without_them() {
        // A row at the very start is a row, too.
        for last_ms in [0, 1_000] {
            let mut a = resumed(last_ms);
            a.proceed(at(999));
            assert_eq!((a.stage(), a.wake(at(999))), (Stage::Gathering, Some(at(1_000))));
            assert_eq!(a.wake(at(1_000)), Some(at(2_000)), "whoever wakes then has not to wake then again");
            a.proceed(at(1_000));
            assert_eq!(a.stage(), Stage::Ticking);
        }
    }

    fn who_goes_on_and_is_told_to_stop_ends_though_nobody_is_there() {
        let mut a = resumed(1_000);
        a.handle(Input::Stop, at(10)).unwrap();
        assert_eq!(a.stage(), Stage::Settling { stopped: true }, "its run had started");
    }

    fn who_goes_on_without_a_row_gathers_like_everybody_else() {
        let mut a = a_of(2, |_| ());
        a.resume();
        a.proceed(at(60_000));
        assert_eq!(a.stage(), Stage::Gathering, "nobody has said that the run has begun");
        assert_eq!(a.greeting(0, plain('A', 'B'), at(60_000)).progress, Progress::Gathering);
        greet(&mut a, 0, plain('B', 'A'), at(60_001)).unwrap();
        assert_eq!(a.stage(), Stage::Gathering, "B is there, and not ready");
        hear(&mut a, 0, Signal::Progress(Progress::Ready), at(60_002));
        assert_eq!(a.stage(), Stage::Ticking);
        // Unless a peer has ticked already: C may be away for long.
        let mut a = a_of(3, |_| ());
        a.resume();
        let has_ticked = Greeting { elapsed: Elapsed::from_ns(5_000_000_000), progress: Progress::Ready, ..plain('B', 'A') };
        greet(&mut a, 0, has_ticked, at(0)).unwrap();
        a.proceed(at(1_000));
        assert_eq!(a.stage(), Stage::Ticking);
    }

    fn a_greeting_says_how_far_a_machine_is() {
        let a = resumed(2_000);
        let greeting = a.greeting(0, plain('A', 'B'), at(0));
        let expected = Greeting { resumed: true, progress: Progress::Ready, ..plain('A', 'B') };
        assert_eq!(greeting, Greeting { elapsed: Elapsed::from_ns(2_000_000_000), ..expected });
        let mut a = ticking();
        a.handle(Input::Received { peer: 0, upto: cursor(7) }, at(1)).unwrap();
        let expected = Greeting { resumed: false, received: cursor(7), elapsed: Elapsed::from_ns(3_000_000), ..expected };
        assert_eq!(a.greeting(0, plain('A', 'B'), at(3)), expected);
    }

    fn a_driver_can_ask_how_far_everybody_is() {
        let mut a = ticking();
        assert_eq!((a.ticks(), a.sent(0), a.progress(0)), (0, cursor(0), Progress::Ready));
        assert_eq!((a.rolled(1), a.rolled(3)), (ring(2).peer(machine('A'), 1), None));
        a.step(Turn::Internal, at(1));
        send(&mut a, at(1));
        a.step(Turn::Internal, at(1));
        assert_eq!((a.ticks(), a.sent(0)), (3, cursor(2)));
    }

    fn physical_time_is_counted_from_the_start_of_the_run() {
        let settings = Settings { id: machine('A'), ring: ring(2), endless: false, patient: false };
        let mut a = Machine::<Hybrid, [Option<Sent<HybridStamp>>; 1], 1>::new(settings, [None], at(0)).unwrap();
        a.start_at(UnixTime::from_ns(7_000 << 16));
        a.relive(Turn::Internal, Elapsed::from_ns(1 << 16));
        a.resume();
        assert_eq!(a.step(Turn::Internal, at(60_000)).event.clock, HybridStamp(7_001 << 16 | 1), "time stands");
        a.proceed(at(60_000));
        let a_second_later = a.step(Turn::Internal, at(61_000)).event.clock.time_ns();
        assert_eq!(a_second_later, (((7_001 << 16) + 1_000_000_000) >> 16) << 16);
    }

    fn time_goes_on_at_the_largest_that_anybody_knows_of_and_never_back() {
        let ms = |a: &Member, now| a.elapsed(at(now)).ns() / 1_000_000;
        let from_b = |elapsed_ms: u64| Greeting { elapsed: Elapsed::from_ns(elapsed_ms * 1_000_000), ..plain('B', 'A') };
        let mut a = resumed(2_000);
        assert_eq!(ms(&a, 500), 2_000, "it stands until the machine ticks");
        greet(&mut a, 0, from_b(5_000), at(600)).unwrap();
        assert_eq!((a.stage(), ms(&a, 600), ms(&a, 700)), (Stage::Ticking, 5_000, 5_100));
        greet(&mut a, 0, from_b(1_000), at(800)).unwrap();
        assert_eq!(ms(&a, 900), 5_300);
        greet(&mut a, 0, from_b(9_000), at(1_000)).unwrap();
        assert_eq!(ms(&a, 1_100), 9_100);
    }

    fn who_ticks_goes_forward_only_if_it_is_far_behind() {
        let ms = |a: &Member, now| a.elapsed(at(now)).ns() / 1_000_000;
        let from_b = |elapsed_ms: u64| Greeting { elapsed: Elapsed::from_ns(elapsed_ms * 1_000_000), ..plain('B', 'A') };
        let mut a = ticking();
        let ahead_ms = APART_MAX.as_millis() as u64;
        greet(&mut a, 0, from_b(100 + ahead_ms), at(100)).unwrap();
        assert_eq!(ms(&a, 100), 100, "clocks drift, and greetings take their time");
        // Its computer slept.
        greet(&mut a, 0, from_b(200 + ahead_ms + 1), at(200)).unwrap();
        assert_eq!(ms(&a, 300), 300 + ahead_ms + 1);
    }

    fn a_hybrid_run_begins_no_earlier_than_its_messages() {
        let seconds = |s: u64| s * 1_000_000_000;
        let told = Settings { id: machine('A'), ring: ring(3), endless: false, patient: false };
        let mut a = Machine::<Hybrid, [Option<Sent<HybridStamp>>; 4], 2>::new(told, [None; 4], at(0)).unwrap();
        let greeting = |from, elapsed, wall| {
            let plain = plain(from, 'A');
            let (run, progress) = (RunFacts { machines: 3, clock: b'H', ..plain.run }, Progress::Ready);
            let (elapsed, wall) = (Elapsed::from_ns(elapsed), Some(UnixTime::from_ns(wall)));
            Greeting { run, progress, elapsed, wall, ..plain }
        };
        let greet = |a: &mut Machine<_, _, 2>, peer, theirs| {
            a.handle(Input::Up { peer, told: Progress::Ready, theirs }, at(0)).unwrap();
        };
        greet(&mut a, 0, greeting('B', 0, seconds(10)));
        // B has begun since, at second 10, and is at second 15.
        a.handle(Input::Received { peer: 0, upto: cursor(seconds(15)) }, at(0)).unwrap();
        // C died a second after the start.
        a.start_at(UnixTime::from_ns(seconds(10)));
        greet(&mut a, 1, greeting('C', seconds(1), seconds(11)));
        assert_eq!(a.stage(), Stage::Ticking);
        assert_eq!(a.elapsed(at(0)), Elapsed::from_ns(seconds(4)), "a message of second 15 may be let in at second 14");
    }

    fn who_was_away_takes_what_it_missed_first() {
        let mut a = resumed(1_000);
        link(&mut a, 0, at(0));
        assert!(a.is_catching_up());
        hear(&mut a, 0, Signal::CaughtUp, at(1));
        assert!(!a.is_catching_up());
        let mut a = resumed(1_000);
        link(&mut a, 0, at(0));
        a.handle(Input::Down { peer: 0 }, at(1)).unwrap();
        assert!(!a.is_catching_up(), "nothing comes from who is not there");
        let mut a = resumed(1_000);
        let has_ended = Greeting { progress: Progress::Ended { last: cursor(9) }, ..plain('B', 'A') };
        greet(&mut a, 0, has_ended, at(0)).unwrap();
        a.handle(Input::Received { peer: 0, upto: cursor(8) }, at(1)).unwrap();
        assert!(a.is_catching_up());
        a.handle(Input::Received { peer: 0, upto: cursor(9) }, at(2)).unwrap();
        assert!(!a.is_catching_up(), "that was the last");
        assert!(!ticking().is_catching_up(), "who was not away missed nothing");
    }

    fn what_is_said_to_one_that_comes_back_ends_with_all_that_was_missed() {
        let mut a = ticking();
        send_and_log(&mut a, at(1));
        a.handle(Input::Down { peer: 0 }, at(2)).unwrap();
        link(&mut a, 0, at(3));
        let mut order = heapless::Vec::<bool, 8>::new();
        while let Some(Say::Frame(frame)) = a.say(0, at(3)) {
            match frame {
                Frame::Message(Message { .. }) => order.push(true).unwrap(),
                Frame::Signal { signal: Signal::CaughtUp, .. } => order.push(false).unwrap(),
                Frame::Signal { .. } => {}
            }
        }
        assert_eq!(order, [true, false]);
    }
}
