//! How a link begins.

use super::{machine, ring, text};
use crate::{
    clock::ClockKind,
    cursor::Cursor,
    handshake::{Greeting, GreetingError, PROTOCOL_VERSION, Verdict},
};

fn greeting(from: char, to: char) -> Greeting {
    let (instance, received) = (0x1122_3344_5566_7788, Cursor::from_u64(42));
    Greeting::new(machine(from), machine(to), ring(3), ClockKind::Lamport, instance, received)
}

/// What A says about the answer of the machine it dialled.
fn complaint(theirs: &Greeting) -> heapless::String<120> {
    text(greeting('A', 'B').judge(theirs).unwrap_err())
}

suite! {
    fn a_greeting_has_these_bytes() {
        let golden = *b"CLKRING\x01AB\x03L\0\0\0\0\x11\x22\x33\x44\x55\x66\x77\x88\0\0\0\0\0\0\0\x2a\0\0\0\0\xcc\x6c\xdc\xc0";
        assert_eq!(greeting('A', 'B').encode(), golden);
        assert_eq!(Greeting::decode(&golden), Ok(greeting('A', 'B')));
    }

    fn a_greeting_survives_the_wire() {
        for verdict in [Verdict::Welcome, Verdict::Mismatch, Verdict::NameTaken, Verdict::RunHasBegun] {
            for (clock, resumed) in ClockKind::ALL.into_iter().zip([false, true, false]) {
                let said = Greeting { verdict, clock: clock.letter(), resumed, ..greeting('Y', 'Z') };
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

    fn what_is_not_clockring_is_told_from_another_version() {
        assert_eq!(Greeting::decode(b"GET / HTTP/1.1\r\nHost: localhost:7101\r\n\r\n"), Err(GreetingError::NotClockring));
        assert_eq!(Greeting::decode(&[0; 40]), Err(GreetingError::NotClockring));
        let theirs = Greeting { version: PROTOCOL_VERSION + 1, ..greeting('B', 'A') };
        assert_eq!(Greeting::decode(&theirs.encode()), Err(GreetingError::Version(PROTOCOL_VERSION + 1)));
    }

    fn another_version_is_recognised_even_if_all_that_follows_differs() {
        let mut bytes = [0xFF; 40];
        bytes[..8].copy_from_slice(b"CLKRING\x09");
        assert_eq!(Greeting::decode(&bytes), Err(GreetingError::Version(9)));
    }

    fn an_unknown_verdict_is_damage() {
        let mut bytes = greeting('A', 'B').encode();
        bytes[12] = 4;
        let checksum = crate::frame::CRC.checksum(&bytes[..36]).to_be_bytes();
        bytes[36..].copy_from_slice(&checksum);
        assert_eq!(Greeting::decode(&bytes), Err(GreetingError::Damaged));
    }

    fn two_that_agree_are_content() {
        assert_eq!(greeting('A', 'B').judge(&greeting('B', 'A')), Ok(()));
    }

    fn a_difference_is_named_with_both_values() {
        assert_eq!(complaint(&greeting('B', 'C')), "it was looking for C, and this is A");
        assert_eq!(complaint(&greeting('C', 'A')), "it is machine C, and B was expected");
        let fit = greeting('B', 'A');
        let larger = Greeting { machines: 5, ..fit };
        assert_eq!(complaint(&larger), "its ring has 5 machines, ours 3: give both the same --machines");
        let vector = Greeting { clock: b'V', ..fit };
        assert_eq!(complaint(&vector), "its clock is vector, ours lamport: give both the same --clock");
        assert_eq!(complaint(&Greeting { from: 0, ..fit }), "it is machine ?, and B was expected");
    }

    fn what_is_no_greeting_is_explained() {
        assert_eq!(text(GreetingError::NotClockring), "it does not speak Clockring");
        assert!(text(GreetingError::Version(9)).starts_with("it speaks protocol version 9, this machine"));
        assert_eq!(text(GreetingError::Damaged), "its greeting is damaged");
    }

    fn the_cursor_and_the_instance_are_no_matter_of_agreement() {
        let other = Greeting { instance: 1, received: Cursor::START, ..greeting('B', 'A') };
        assert_eq!(greeting('A', 'B').judge(&other), Ok(()));
    }
}
