//! The end of a machine's life: the facts written, the words said, and the moment it leaves.

use super::machine::{Member, Msg, Said, a_of, at, cursor, greet, hear, link, plain, resumed, said, send, send_and_log, ticking};
use crate::{
    cursor::Cursor,
    frame::Signal,
    handshake::Greeting,
    machine::{Fact, Input, Leaving, Stage},
    moment::Monotonic,
    progress::Progress,
};

fn ended(last: u64) -> Said {
    Said::Signal(Signal::Progress(Progress::Ended { last: cursor(last) }))
}

fn stopped(last: u64) -> Said {
    Said::Signal(Signal::Progress(Progress::Stopped { last: cursor(last) }))
}

fn goodbye(upto: u64) -> Said {
    Said::Signal(Signal::Goodbye { upto: cursor(upto) })
}

/// Writes the facts that are due; returns their number.
fn write(a: &mut Member) -> usize {
    let due: heapless::Vec<Fact, 8> = a.due().collect();
    due.iter().for_each(|fact| a.written(*fact));
    due.len()
}

/// A after its time, of a ring of two, with two messages sent and its end written and said.
fn settling() -> Member {
    let mut a = ticking();
    (0..2).for_each(|_| send_and_log(&mut a, at(10)));
    a.handle(Input::Over, at(20)).unwrap();
    assert_eq!(write(&mut a), 1);
    assert_eq!(said(&mut a, 0, at(20)), [ended(2), Msg(1), Msg(2)]);
    a
}

fn b_ends(a: &mut Member, last: u64, now: Monotonic) {
    hear(a, 0, Signal::Progress(Progress::Ended { last: cursor(last) }), now);
}

suite! {
    fn the_end_is_said_when_it_is_written_and_not_before() {
        let mut a = ticking();
        send(&mut a, at(10));
        a.handle(Input::Over, at(20)).unwrap();
        assert_eq!(a.stage(), Stage::Settling { stopped: false });
        assert_eq!(a.due().count(), 0, "a row is not in the log yet");
        a.logged();
        assert_eq!(said(&mut a, 0, at(20)), [Msg(1)]);
        assert!(a.due().eq([Fact::Ended { stopped: false }]));
        a.written(Fact::Ended { stopped: false });
        assert_eq!(said(&mut a, 0, at(20)), [ended(1)]);
    }

    fn goodbye_is_said_when_the_account_is_written_and_not_before() {
        let mut a = settling();
        b_ends(&mut a, 9, at(30));
        assert_eq!(a.due().count(), 0, "B's last message is not here");
        a.handle(Input::Received { peer: 0, upto: cursor(9) }, at(31)).unwrap();
        assert!(a.due().eq([Fact::Accounted(0)]));
        assert_eq!(said(&mut a, 0, at(31)), []);
        a.written(Fact::Accounted(0));
        assert_eq!(said(&mut a, 0, at(31)), [goodbye(9)]);
        assert_eq!(said(&mut a, 0, at(5_000)), [], "once over each link");
        a.handle(Input::Down { peer: 0 }, at(5_001)).unwrap();
        greet(&mut a, 0, Greeting { received: cursor(2), ..plain('B', 'A') }, at(5_002)).unwrap();
        assert_eq!(said(&mut a, 0, at(5_002)), [goodbye(9)], "until it is answered");
        hear(&mut a, 0, Signal::Thanks, at(5_003));
        a.handle(Input::Down { peer: 0 }, at(5_004)).unwrap();
        greet(&mut a, 0, Greeting { received: cursor(2), ..plain('B', 'A') }, at(5_005)).unwrap();
        assert_eq!(said(&mut a, 0, at(5_005)), []);
    }

    fn a_goodbye_is_answered_when_it_is_written_and_not_before() {
        let mut a = settling();
        b_ends(&mut a, 0, at(30));
        write(&mut a);
        said(&mut a, 0, at(30));
        hear(&mut a, 0, Signal::Goodbye { upto: cursor(1) }, at(31));
        assert_eq!(a.due().count(), 0, "B lacks the second message");
        assert_eq!(said(&mut a, 0, at(31)), [Msg(2)], "and is sent it again");
        hear(&mut a, 0, Signal::Goodbye { upto: cursor(2) }, at(32));
        assert_eq!(said(&mut a, 0, at(32)), []);
        assert!(a.due().eq([Fact::Delivered(0)]));
        a.written(Fact::Delivered(0));
        assert_eq!(said(&mut a, 0, at(32)), [Said::Signal(Signal::Thanks)]);
    }

    fn a_goodbye_to_messages_that_were_never_said_skips_none() {
        let mut a = ticking();
        (0..2).for_each(|_| send_and_log(&mut a, at(10)));
        a.handle(Input::Over, at(20)).unwrap();
        write(&mut a);
        hear(&mut a, 0, Signal::Goodbye { upto: cursor(1) }, at(21));
        hear(&mut a, 0, Signal::Goodbye { upto: cursor(9) }, at(21));
        assert_eq!(a.due().count(), 0);
        assert_eq!(said(&mut a, 0, at(21)), [ended(2), Msg(1), Msg(2)]);
    }

    fn complete_is_who_has_everything_and_knows_that_its_peers_have() {
        let mut a = settling();
        assert!(!a.is_complete() && !a.is_done_with(0));
        b_ends(&mut a, 0, at(30));
        write(&mut a);
        hear(&mut a, 0, Signal::Thanks, at(31));
        assert!(!a.is_complete() && !a.is_done_with(0), "B may lack something");
        let mut without_goodbye = a.clone();
        without_goodbye.proceed(at(10_031));
        assert_eq!(without_goodbye.stage(), Stage::Left(Leaving::Incomplete));
        hear(&mut a, 0, Signal::Goodbye { upto: cursor(2) }, at(32));
        assert!(!a.is_complete(), "that is not written down");
        write(&mut a);
        assert!(a.is_complete() && a.is_done_with(0));
        let mut a = settling();
        b_ends(&mut a, 0, at(30));
        hear(&mut a, 0, Signal::Goodbye { upto: cursor(2) }, at(31));
        write(&mut a);
        assert!(a.is_complete() && !a.is_done_with(0), "B has not thanked");
    }

    fn who_settles_wakes_when_patience_runs_out() {
        let mut a = settling();
        a.handle(Input::Down { peer: 0 }, at(30)).unwrap();
        assert_eq!(a.wake(at(30)), Some(at(10_020)), "ten seconds after the end and the last message");
        assert_eq!(a.wake(at(10_019)), Some(at(10_020)));
        assert_eq!(a.wake(at(10_020)), None);
    }

    fn who_is_complete_and_thanked_leaves_at_once() {
        let mut a = settling();
        b_ends(&mut a, 0, at(30));
        hear(&mut a, 0, Signal::Goodbye { upto: cursor(2) }, at(31));
        assert_eq!(write(&mut a), 2);
        hear(&mut a, 0, Signal::Thanks, at(32));
        assert_eq!(a.stage(), Stage::Settling { stopped: false }, "B waits for thanks, too");
        said(&mut a, 0, at(33));
        a.proceed(at(33));
        assert_eq!(a.stage(), Stage::Left(Leaving::Complete));
    }

    fn who_is_complete_and_not_thanked_answers_until_patience_runs_out() {
        let mut a = settling();
        b_ends(&mut a, 0, at(30));
        hear(&mut a, 0, Signal::Goodbye { upto: cursor(2) }, at(31));
        write(&mut a);
        said(&mut a, 0, at(31));
        hear(&mut a, 0, Signal::Goodbye { upto: cursor(2) }, at(9_000));
        assert_eq!(said(&mut a, 0, at(9_000)), [Said::Signal(Signal::Thanks)], "the first may have been lost");
        a.proceed(at(18_999));
        assert_eq!(a.stage(), Stage::Settling { stopped: false });
        a.proceed(at(19_000));
        assert_eq!(a.stage(), Stage::Left(Leaving::Complete));
    }

    fn patience_counts_from_the_last_progress_after_the_end() {
        let mut a = ticking();
        a.handle(Input::Down { peer: 0 }, at(1)).unwrap();
        a.handle(Input::Over, at(60_000)).unwrap();
        write(&mut a);
        a.proceed(at(69_999));
        assert_eq!(a.stage(), Stage::Settling { stopped: false }, "B was away for long, and may be on its way back");
        link(&mut a, 0, at(69_999));
        a.proceed(at(79_998));
        assert_eq!(a.stage(), Stage::Settling { stopped: false });
        hear(&mut a, 0, Signal::Beat { heard: 2 }, at(79_998));
        a.proceed(at(89_997));
        assert_eq!(a.stage(), Stage::Settling { stopped: false }, "B still ticks");
        b_ends(&mut a, 5, at(89_997));
        b_ends(&mut a, 5, at(95_000));
        a.handle(Input::Received { peer: 0, upto: cursor(0) }, at(96_000)).unwrap();
        hear(&mut a, 0, Signal::Beat { heard: 2 }, at(99_000));
        a.proceed(at(99_997));
        assert_eq!(a.stage(), Stage::Left(Leaving::Incomplete), "B has ended, and neither a beat nor what was heard before brings anything");
    }

    fn a_patient_machine_waits_until_somebody_asks_for_the_end() {
        let settle = |ask: fn(&mut Member)| {
            let mut a = a_of(2, |settings| settings.patient = true);
            link(&mut a, 0, at(0));
            a.handle(Input::Over, at(20)).unwrap();
            write(&mut a);
            a.proceed(at(86_400_000));
            assert_eq!(a.stage(), Stage::Settling { stopped: false });
            ask(&mut a);
            write(&mut a);
            a.proceed(at(86_500_000));
            a.stage()
        };
        let left = Stage::Left(Leaving::Incomplete);
        assert_eq!(settle(|_| ()), Stage::Settling { stopped: false });
        assert_eq!(settle(|a| a.handle(Input::Stop, at(86_400_000)).unwrap()), left, "a person here");
        let b_stops = |a: &mut Member| {
            hear(a, 0, Signal::Progress(Progress::Stopped { last: cursor(5) }), at(86_400_000));
        };
        assert_eq!(settle(b_stops), left, "or at a peer");
    }

    fn who_waits_at_the_end_can_still_stop_the_others() {
        let mut a = settling();
        a.handle(Input::Stop, at(30)).unwrap();
        assert_eq!(said(&mut a, 0, at(30)), []);
        assert!(a.due().eq([Fact::Ended { stopped: true }]));
        write(&mut a);
        assert_eq!(said(&mut a, 0, at(30)), [stopped(2)]);
    }

    fn a_peer_is_deaf_too_whose_link_takes_nothing_any_more() {
        let mut a = ticking();
        send_and_log(&mut a, at(10));
        a.handle(Input::Stop, at(20)).unwrap();
        (1..=2).for_each(|second| hear(&mut a, 0, Signal::Beat { heard: 1 }, at(second * 1_000)));
        assert!(!a.is_unheard(0), "while nothing is written, there is nothing to hear");
        write(&mut a);
        (3..=4).for_each(|second| hear(&mut a, 0, Signal::Beat { heard: 1 }, at(second * 1_000)));
        assert!(a.is_unheard(0), "though it was never asked for its words");
    }

    fn a_peer_that_does_not_hear_the_end_hears_it_in_the_next_greeting() {
        let mut a = settling();
        hear(&mut a, 0, Signal::Beat { heard: 1 }, at(1_000));
        assert!(!a.is_unheard(0), "this beat may have been under way");
        hear(&mut a, 0, Signal::Beat { heard: 1 }, at(2_000));
        assert!(a.is_unheard(0));
        a.handle(Input::Down { peer: 0 }, at(2_000)).unwrap();
        assert_eq!(a.greeting(0, plain('A', 'B'), at(2_001)).progress, Progress::Ended { last: cursor(2) });
        greet(&mut a, 0, Greeting { progress: Progress::Ready, ..plain('B', 'A') }, at(2_001)).unwrap();
        hear(&mut a, 0, Signal::Beat { heard: 2 }, at(3_000));
        hear(&mut a, 0, Signal::Beat { heard: 2 }, at(4_000));
        assert_eq!(said(&mut a, 0, at(4_000)), [Msg(1), Msg(2)], "the link stays");
        assert!(!a.is_unheard(0));
    }

    fn who_was_stopped_before_it_died_is_not_patient() {
        for stopped in [false, true] {
            let mut a = a_of(2, |settings| settings.patient = true);
            a.recall(Fact::Ended { stopped }, Cursor::START);
            a.resume();
            a.proceed(at(60_000));
            let left = if stopped { Stage::Left(Leaving::Incomplete) } else { Stage::Settling { stopped: false } };
            assert_eq!(a.stage(), left, "stopped: {stopped}");
        }
    }

    fn a_stop_is_a_stop_to_whoever_comes_too_late() {
        let mut a = ticking();
        a.handle(Input::Stop, at(20)).unwrap();
        write(&mut a);
        a.proceed(at(10_020));
        assert_eq!(a.stage(), Stage::Left(Leaving::Incomplete));
        assert_eq!(a.greeting(0, plain('A', 'B'), at(10_021)).progress, Progress::Stopped { last: cursor(0) });
    }

    fn a_goodbye_before_the_end_counts_for_nothing() {
        let mut a = ticking();
        send_and_log(&mut a, at(10));
        hear(&mut a, 0, Signal::Goodbye { upto: cursor(1) }, at(11));
        send_and_log(&mut a, at(12));
        a.handle(Input::Over, at(13)).unwrap();
        assert_eq!(write(&mut a), 1, "the end, and nothing that B could not have had");
        assert_eq!(a.due().count(), 0);
        assert_eq!(said(&mut a, 0, at(13)), [ended(2), Msg(1), Msg(2)]);
    }

    fn what_is_in_the_manifest_is_not_done_again() {
        let mut a = resumed(1_000);
        a.recall(Fact::Ended { stopped: false }, Cursor::START);
        a.recall(Fact::Accounted(0), cursor(9));
        assert_eq!(a.stage(), Stage::Settling { stopped: false }, "a machine that has ended stays ended");
        assert_eq!(a.greeting(0, plain('A', 'B'), at(0)).received, cursor(9), "what is accounted for counts as received");
        let theirs = Greeting { progress: Progress::Ended { last: cursor(9) }, ..plain('B', 'A') };
        greet(&mut a, 0, theirs, at(0)).unwrap();
        assert_eq!(a.due().count(), 0);
        assert_eq!(said(&mut a, 0, at(0)), [Msg(1), Msg(2), goodbye(9)], "it serves from its log");
    }
}
