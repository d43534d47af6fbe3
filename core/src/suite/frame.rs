//! The wire format, byte for byte. What goes over it is fixed: the golden bytes were not computed by this code.

use rand_core::Rng;

use super::{machine, random};
use crate::{
    clock::{HybridStamp, LamportStamp, VectorStamp},
    cursor::Cursor,
    frame::{Frame, MAGIC, Signal, length},
    message::{Message, Stamp},
    progress::Progress,
};

fn message<S: Stamp>(from: char, to: char, stamp: S) -> Frame<S> {
    Frame::Message(Message { from: machine(from), to: machine(to), stamp })
}

fn signal<S: Stamp>(signal: Signal) -> Frame<S> {
    Frame::Signal { from: machine('A'), to: machine('C'), signal }
}

const CURSOR: Cursor = Cursor::from_u64(0xDEAD_BEEF_CAFE_F00D);

const SIGNALS: [Signal; 8] = [
    Signal::Progress(Progress::Ready),
    Signal::Progress(Progress::Ended { last: CURSOR }),
    Signal::Progress(Progress::Stopped { last: CURSOR }),
    Signal::CaughtUp,
    Signal::Goodbye { upto: CURSOR },
    Signal::Thanks,
    Signal::Beat { heard: 2 },
    Signal::Progress(Progress::Gathering),
];

/// The frame's bytes are these, and these bytes are the frame.
fn is_golden<S: Stamp>(frame: Frame<S>, golden: &str) {
    let mut bytes = heapless::Vec::<u8, 64>::new();
    for index in (0..golden.len()).step_by(2) {
        bytes.push(u8::from_str_radix(&golden[index..index + 2], 16).unwrap()).unwrap();
    }
    assert_eq!(frame.encode().as_ref(), &bytes[..]);
    assert_eq!(Frame::decode(&bytes), Some(frame));
}

/// One frame of each clock kind and of each signal, as bytes, to be damaged; `is_frame` decodes as the right kind.
fn every_shape(mut damage: impl FnMut(&[u8], fn(&[u8]) -> bool)) {
    let lamport: fn(&[u8]) -> bool = |bytes| Frame::<LamportStamp>::decode(bytes).is_some();
    damage(&message('A', 'B', LamportStamp(0x0102_0304)).encode(), lamport);
    damage(&message('C', 'B', HybridStamp(0x18D4_F2A1_B3C4_0005)).encode(), |bytes| {
        Frame::<HybridStamp>::decode(bytes).is_some()
    });
    damage(&message('B', 'A', VectorStamp([7, 8, 9])).encode(), |bytes| {
        Frame::<VectorStamp<3>>::decode(bytes).is_some()
    });
    for each in SIGNALS {
        damage(&signal::<LamportStamp>(each).encode(), lamport);
    }
}

suite! {
    fn messages_have_these_bytes() {
        is_golden(message('A', 'B', LamportStamp(0x0102_0304_0506_0708)), "c14d000000010102030405060708394c3298");
        is_golden(message('B', 'C', HybridStamp(0x18D4_F2A1_B3C4_0005)), "c14d0001000218d4f2a1b3c400059763aeaa");
        let vector = message('C', 'A', VectorStamp([1, 2, 3]));
        is_golden(vector, "c14d000200000000000000000001000000000000000200000000000000031463031b");
    }

    fn signals_have_these_bytes() {
        let golden = [
            "c152000000020000000000000000c95e2a1e",
            "c14500000002deadbeefcafef00d7322b3af",
            "c15300000002deadbeefcafef00d67c0caa8",
            "c143000000020000000000000000a0cf5541",
            "c14700000002deadbeefcafef00d137e06e4",
            "c15400000002000000000000000069bbf5c3",
            "c1420000000200000000000000029357ede8",
            "c141000000020000000000000000c093e00a",
        ];
        for (each, golden) in SIGNALS.into_iter().zip(golden) {
            is_golden(signal::<LamportStamp>(each), golden);
            is_golden(signal::<HybridStamp>(each), golden);
        }
        let goodbye = Signal::Goodbye { upto: Cursor::from_u64(5) };
        is_golden(signal::<VectorStamp<2>>(goodbye), "c1470000000200000000000000050000000000000000390fa909");
    }

    fn what_is_encoded_is_decoded() {
        let chance = &mut random(71);
        for _ in 0..500 {
            let number = chance.next_u64();
            let frame = message('Y', 'Z', LamportStamp(number));
            assert_eq!(Frame::decode(&frame.encode()), Some(frame));
            let frame = message('B', 'A', VectorStamp([chance.next_u64(), number]));
            assert_eq!(Frame::decode(&frame.encode()), Some(frame));
        }
    }

    fn a_frame_knows_its_ends() {
        let frames = [message('B', 'A', LamportStamp(1)), signal(Signal::Thanks)];
        assert_eq!(frames.map(|frame| frame.from()), ['B', 'A'].map(machine));
        assert_eq!(frames.map(|frame| frame.to()), ['A', 'C'].map(machine));
    }

    fn frames_are_18_bytes_and_8_more_for_each_further_machine_of_a_vector() {
        assert_eq!((length::<LamportStamp>(), length::<HybridStamp>()), (18, 18));
        assert_eq!((length::<VectorStamp<2>>(), length::<VectorStamp<26>>()), (26, 218));
    }

    fn no_truncation_is_a_frame() {
        every_shape(|bytes, is_frame| {
            assert!(is_frame(bytes));
            for end in 0..bytes.len() {
                assert!(!is_frame(&bytes[..end]));
                assert!(!is_frame(&bytes[end + 1..]));
            }
        });
    }

    fn no_longer_text_is_a_frame() {
        every_shape(|bytes, is_frame| {
            let mut longer = heapless::Vec::<u8, 64>::from_slice(bytes).unwrap();
            for _ in 0..20 {
                longer.push(0).unwrap();
                assert!(!is_frame(&longer));
            }
        });
    }

    fn every_flipped_bit_is_noticed() {
        every_shape(|bytes, is_frame| {
            let mut damaged = heapless::Vec::<u8, 64>::from_slice(bytes).unwrap();
            for bit in 0..8 * bytes.len() {
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert!(!is_frame(&damaged), "bit {bit}");
                damaged[bit / 8] ^= 1 << (bit % 8);
            }
        });
    }

    fn every_two_flipped_bits_are_noticed() {
        let mut bytes = message('A', 'B', LamportStamp(3)).encode();
        for one in 0..8 * bytes.len() {
            for other in 0..one {
                for bit in [one, other] {
                    bytes[bit / 8] ^= 1 << (bit % 8);
                }
                assert_eq!(Frame::<LamportStamp>::decode(&bytes), None);
                for bit in [one, other] {
                    bytes[bit / 8] ^= 1 << (bit % 8);
                }
            }
        }
    }

    fn every_burst_of_32_bits_is_noticed() {
        let good = message('A', 'B', LamportStamp(3)).encode();
        let chance = &mut random(72);
        for start in 0..=good.len() - 4 {
            for _ in 0..50 {
                let mut bytes = good;
                let noise = (chance.next_u32() | 1).to_be_bytes();
                bytes.iter_mut().skip(start).zip(noise).for_each(|(byte, noise)| *byte ^= noise);
                assert_eq!(Frame::<LamportStamp>::decode(&bytes), None);
            }
        }
    }

    fn a_frame_of_another_kind_of_clock_is_no_frame() {
        let vector = message('A', 'B', VectorStamp([1, 2])).encode();
        assert_eq!(Frame::<LamportStamp>::decode(&vector), None);
        assert_eq!(Frame::<VectorStamp<3>>::decode(&vector), None);
        assert_eq!(Frame::<VectorStamp<2>>::decode(&message('A', 'B', LamportStamp(1)).encode()), None);
    }

    /// Right checksum, wrong content: what a machine with a fault of its own would send.
    fn a_checksum_does_not_excuse_nonsense() {
        let good = message('A', 'B', LamportStamp(3)).encode();
        for (place, nonsense) in [(0, b'H'), (1, b'X'), (1, b'm'), (2, 1), (3, 26), (4, 255), (5, b'A')] {
            let mut bytes = good;
            bytes[place] = nonsense;
            let checksum = crate::frame::CRC.checksum(&bytes[..14]).to_be_bytes();
            bytes[14..].copy_from_slice(&checksum);
            assert_eq!(Frame::<LamportStamp>::decode(&bytes), None, "{place} {nonsense}");
        }
        // A signal without a number has none, and nothing after it: every frame has one form.
        let goodbye = Signal::Goodbye { upto: CURSOR };
        for (each, place) in [(Signal::Thanks, 13), (Signal::CaughtUp, 6), (goodbye, 14), (Signal::Beat { heard: 0 }, 12)] {
            let mut bytes = signal::<VectorStamp<2>>(each).encode();
            bytes[place] = 1;
            let checksum = crate::frame::CRC.checksum(&bytes[..22]).to_be_bytes();
            bytes[22..].copy_from_slice(&checksum);
            assert_eq!(Frame::<VectorStamp<2>>::decode(&bytes), None, "{each:?} {place}");
        }
    }

    fn no_text_begins_like_a_frame() {
        assert!(!MAGIC.is_ascii());
    }
}
