//! How a link begins.

use super::{machine, text};
use crate::{
    clock::ClockKind,
    cursor::Cursor,
    handshake::{Answer, Greeting, GreetingError, PROTOCOL_VERSION, RunFacts},
    moment::{Elapsed, UnixTime},
    progress::Progress,
};

const FACTS: RunFacts = RunFacts { machines: 3, sides: 10, clock: b'L', payload: 5, number: Some(77), seed: Some(7) };

fn greeting(from: char, to: char) -> Greeting {
    Greeting {
        resumed: true,
        received: Cursor::from_u64(42),
        progress: Progress::Ended { last: Cursor::from_u64(99) },
        elapsed: Elapsed::from_ns(1_500),
        wall: Some(UnixTime::from_ns(1_700_000_000)),
        ..Greeting::new(machine(from), machine(to), FACTS, 0x1122_3344_5566_7788)
    }
}

/// B's greeting to A, in a run of which it says this.
fn of_run(run: RunFacts) -> Greeting {
    Greeting { run, ..greeting('B', 'A') }
}

/// What A says about the answer of the machine it dialled.
fn complaint(theirs: &Greeting) -> heapless::String<120> {
    text(greeting('A', 'B').judge(theirs).unwrap_err())
}

suite! {
    fn a_greeting_has_these_bytes() {
        let golden = *b"CLKRING\x02\0\0\0\x01\0\x03L\0\x02\x0f\0\x05\0\0\0\x0a\
            \0\0\0\0\0\0\0\x4d\0\0\0\0\0\0\0\x07\x11\x22\x33\x44\x55\x66\x77\x88\
            \0\0\0\0\0\0\0\x2a\0\0\0\0\0\0\0\x63\0\0\0\0\0\0\x05\xdc\0\0\0\0\x65\x53\xf1\0\
            \0\0\0\0\xbd\x59\x3b\x03";
        assert_eq!(greeting('A', 'B').encode(), golden);
        assert_eq!(Greeting::decode(&golden), Ok(greeting('A', 'B')));
    }

    fn a_greeting_survives_the_wire() {
        let answers =
            [Answer::Welcome, Answer::Mismatch, Answer::NameTaken, Answer::RunHasBegun, Answer::ClaimsTooMuch];
        let last = Cursor::from_u64(u64::MAX);
        let progress = [Progress::Gathering, Progress::Ready, Progress::Ended { last }, Progress::Stopped { last }];
        for (number, answer) in answers.into_iter().enumerate() {
            for progress in progress {
                let clock = ClockKind::ALL[number % 3].letter();
                let is = |bit: usize| number & bit != 0;
                let (seed, wall) = (is(1).then_some(u64::MAX), is(2).then_some(UnixTime::EPOCH));
                let run = RunFacts { clock, seed, number: is(4).then_some(0), ..FACTS };
                let said = Greeting { answer, run, wall, progress, resumed: is(1), ..greeting('Y', 'Z') };
                assert_eq!(Greeting::decode(&said.encode()), Ok(said));
            }
        }
    }

    fn every_flipped_bit_of_a_greeting_is_noticed() {
        let good = greeting('A', 'B').encode();
        for bit in 0..8 * good.len() {
            let mut bytes = good;
            bytes[bit / 8] ^= 1 << (bit % 8);
            let expected = match bit / 8 {
                0..7 => GreetingError::NotClockring,
                7 => GreetingError::Version(bytes[7]),
                _ => GreetingError::Damaged,
            };
            assert_eq!(Greeting::decode(&bytes), Err(expected));
        }
    }

    fn what_is_no_greeting_is_told_from_its_first_bytes() {
        let good = greeting('A', 'B').encode();
        for end in 0..good.len() {
            assert_eq!(Greeting::may_begin(&good[..end]), Ok(()));
        }
        assert_eq!(Greeting::may_begin(b"GET"), Err(GreetingError::NotClockring));
        assert_eq!(Greeting::may_begin(b"CLKRINg"), Err(GreetingError::NotClockring));
        // The greeting of protocol 1 had 40 bytes: one that waited for more would wait for ever.
        assert_eq!(Greeting::may_begin(b"CLKRING\x01AB\x03L"), Err(GreetingError::Version(1)));
    }

    fn another_version_is_recognised_even_if_all_that_follows_differs() {
        let mut bytes = [0xFF; Greeting::LENGTH];
        bytes[..8].copy_from_slice(b"CLKRING\x09");
        assert_eq!(Greeting::decode(&bytes), Err(GreetingError::Version(9)));
        assert_ne!(PROTOCOL_VERSION, 9);
    }

    fn what_nobody_says_is_damage() {
        for (place, nonsense) in [(15, 5), (16, 4)] {
            let mut bytes = greeting('A', 'B').encode();
            bytes[place] = nonsense;
            let checksum = crate::frame::CRC.checksum(&bytes[..84]).to_be_bytes();
            bytes[84..].copy_from_slice(&checksum);
            assert_eq!(Greeting::decode(&bytes), Err(GreetingError::Damaged), "{place}");
        }
    }

    fn two_that_agree_are_content() {
        assert_eq!(greeting('A', 'B').judge(&greeting('B', 'A')), Ok(()));
    }

    fn a_difference_is_named_with_both_values() {
        assert_eq!(complaint(&greeting('B', 'C')), "it was looking for C, and this is A");
        assert_eq!(complaint(&greeting('C', 'A')), "it is machine C, and B was expected");
        let stranger = Greeting { from: u16::MAX, ..greeting('B', 'A') };
        assert_eq!(complaint(&stranger), "it is machine ?, and B was expected");
        let of_a_larger_ring = Greeting { run: RunFacts { machines: 5, ..FACTS }, ..stranger };
        assert_eq!(complaint(&of_a_larger_ring), "its ring has 5 machines, ours 3: give both the same --machines");
        for (theirs, expected) in [
            (RunFacts { machines: 5, ..FACTS }, "its ring has 5 machines, ours 3: give both the same --machines"),
            (RunFacts { clock: b'V', ..FACTS }, "its clock is vector, ours lamport: give both the same --clock"),
            (RunFacts { sides: 6, ..FACTS }, "its die has 6 sides, ours 10: give both the same --sides"),
            (RunFacts { payload: 0, ..FACTS }, "its messages carry 0 bytes, ours 5"),
            (RunFacts { number: Some(1), ..FACTS }, "it takes part in run 1, and this is run 77"),
            (RunFacts { seed: Some(8), ..FACTS }, "its seed is 8, ours 7: give both the same --seed, or give it to one alone"),
        ] {
            assert_eq!(complaint(&of_run(theirs)), expected);
        }
    }

    fn who_has_no_seed_and_no_number_yet_agrees_with_whatever_is_given() {
        let empty = of_run(RunFacts { number: None, seed: None, ..FACTS });
        assert_eq!(greeting('A', 'B').judge(&empty), Ok(()));
        assert_eq!(Greeting { from: 1, to: 0, ..empty }.judge(&greeting('A', 'B')), Ok(()));
    }

    fn hybrid_clocks_count_the_time_of_a_run_from_one_start() {
        let at = UnixTime::from_ns;
        let hybrid = of_run(RunFacts { clock: b'H', ..FACTS });
        assert_eq!(hybrid.started(), Some(at(1_699_998_500)));
        assert_eq!(hybrid.elapsed_since(Some(at(1_699_998_800))), Elapsed::from_ns(1_200), "who began 300 ns later");
        assert_eq!(hybrid.elapsed_since(None), hybrid.elapsed, "who has not begun takes the start too");
        assert_eq!(of_run(FACTS).elapsed_since(Some(at(1_699_998_800))), hybrid.elapsed, "wall clocks show anything");
        assert_eq!(Greeting { wall: None, ..hybrid }.elapsed_since(Some(at(7))), hybrid.elapsed, "and some have none");
        let gathers = Greeting { elapsed: Elapsed::default(), progress: Progress::Ready, ..hybrid };
        assert_eq!(gathers.started(), None);
        assert_eq!(gathers.elapsed_since(Some(at(7))), Elapsed::default(), "its run has not begun");
    }

    fn what_is_no_greeting_is_explained() {
        assert_eq!(text(GreetingError::NotClockring), "it does not speak Clockring");
        assert!(text(GreetingError::Version(9)).starts_with("it speaks protocol version 9, this machine"));
        assert_eq!(text(GreetingError::Damaged), "its greeting is damaged");
    }

    fn what_a_machine_has_and_how_far_it_is_are_no_matter_of_agreement() {
        let run = FACTS;
        let other = Greeting::new(machine('B'), machine('A'), run, 1);
        assert_eq!(greeting('A', 'B').judge(&other), Ok(()));
    }
}
