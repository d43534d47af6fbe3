//! A peer's messages are taken once, in order, and only if they can be true.

use super::{machine, text};
use crate::{
    clock::{COUNT_MAX, Lamport, LamportStamp, Refusal},
    cursor::Cursor,
    frame::{Frame, Signal},
    machine::{Arrival, Intake, IntakeError},
    message::Message,
    moment::UnixTime,
};

type Bytes = heapless::Vec<u8, 190>;
type Stamps = heapless::Vec<u64, 8>;

fn message(from: char, to: char, stamp: u64) -> [u8; 18] {
    Frame::Message(Message { from: machine(from), to: machine(to), stamp: LamportStamp(stamp) }).encode()
}

fn from_b(stamps: &[u64]) -> Bytes {
    stamps.iter().flat_map(|stamp| message('B', 'A', *stamp)).collect()
}

fn a_from_b() -> Intake<Lamport> {
    Intake::new(machine('A'), machine('B'), Cursor::START)
}

/// The timestamps that are taken, each of them kept.
fn stamps(intake: &mut Intake<Lamport>, mut bytes: &[u8]) -> Result<Stamps, IntakeError> {
    let mut stamps = Stamps::new();
    while let Some(arrival) = intake.take(&mut bytes, UnixTime::EPOCH)? {
        if let Arrival::Message(message) = arrival {
            intake.keep(&message);
            stamps.push(message.stamp.0).unwrap();
        }
    }
    Ok(stamps)
}

fn some(stamps: &[u64]) -> Result<Stamps, IntakeError> {
    Ok(Stamps::from_slice(stamps).unwrap())
}

suite! {
    fn a_message_that_was_had_is_dropped() {
        let mut intake = a_from_b();
        let bytes = from_b(&[3, 5, 5, 3, 4, 6]);
        assert_eq!(stamps(&mut intake, &bytes), some(&[3, 5, 6]));
        intake.begin();
        assert_eq!(stamps(&mut intake, &bytes), some(&[]), "over the next link too");
        assert_eq!(intake.received(), Cursor::from_u64(6));
    }

    fn a_message_that_was_not_kept_comes_again() {
        let mut intake = a_from_b();
        let bytes = from_b(&[3]);
        assert!(matches!(intake.take(&mut &bytes[..], UnixTime::EPOCH), Ok(Some(Arrival::Message(_)))));
        intake.begin();
        assert_eq!(stamps(&mut intake, &bytes), some(&[3]));
    }

    fn half_a_frame_of_a_link_that_broke_does_not_spoil_the_next() {
        let bytes = from_b(&[3]);
        for cut in 0..bytes.len() {
            let mut intake = a_from_b();
            assert_eq!(stamps(&mut intake, &bytes[..cut]), some(&[]));
            assert_eq!(intake.is_within_a_frame(), cut > 0);
            intake.begin();
            assert_eq!(stamps(&mut intake, &bytes), some(&[3]), "cut at {cut}");
        }
    }

    fn what_comes_byte_by_byte_is_taken_as_what_comes_at_once() {
        let mut intake = a_from_b();
        for byte in from_b(&[3]) {
            if let Ok(Some(Arrival::Message(message))) = intake.push(byte, UnixTime::EPOCH) {
                intake.keep(&message);
            }
        }
        assert_eq!(intake.received(), Cursor::from_u64(3));
    }

    fn damage_is_noticed_byte_by_byte_too() {
        let mut bytes = from_b(&[3, 4]);
        bytes[8] ^= 1;
        let mut intake = a_from_b();
        let ends = bytes.iter().map(|byte| intake.push(*byte, UnixTime::EPOCH)).find(|taken| *taken != Ok(None));
        assert_eq!(ends, Some(Err(IntakeError::Garbage { bytes: 18 })));
    }

    fn signals_are_taken_and_move_nothing() {
        let mut intake = a_from_b();
        let bytes = Frame::<LamportStamp>::Signal { from: machine('B'), to: machine('A'), signal: Signal::Thanks }.encode();
        assert_eq!(intake.take(&mut &bytes[..], UnixTime::EPOCH), Ok(Some(Arrival::Signal(Signal::Thanks))));
        assert_eq!(intake.received(), Cursor::START);
    }

    fn what_is_damaged_misdirected_or_absurd_breaks_the_link() {
        let mut damaged = from_b(&[3, 4]);
        damaged[6] ^= 1;
        let other = |from, to| IntakeError::Misdirected { from: machine(from), to: machine(to) };
        let cases = [
            (damaged, IntakeError::Garbage { bytes: 18 }, "it carried 18 bytes that belong to no frame"),
            (message('C', 'A', 3).into_iter().collect(), other('C', 'A'), "it carried a frame from C to A"),
            (message('B', 'C', 3).into_iter().collect(), other('B', 'C'), "it carried a frame from B to C"),
            (
                from_b(&[COUNT_MAX + 1]),
                IntakeError::Refused(Refusal::CountTooLarge),
                "it carried a message that is refused: its timestamp is above",
            ),
        ];
        for (bytes, error, sentence) in cases {
            let mut intake = a_from_b();
            assert_eq!(stamps(&mut intake, &bytes), Err(error));
            assert_eq!(intake.received(), Cursor::START, "nothing of it is kept");
            assert!(text(error).starts_with(sentence), "{error}");
        }
    }

    fn nothing_after_damage_is_taken() {
        let mut bytes = from_b(&[3, 4, 5]);
        bytes[24] ^= 1;
        let mut intake = a_from_b();
        assert_eq!(stamps(&mut intake, &bytes), Err(IntakeError::Garbage { bytes: 18 }));
        assert_eq!(intake.received(), Cursor::from_u64(3), "5 is there, and would hide that 4 is not");
    }
}
