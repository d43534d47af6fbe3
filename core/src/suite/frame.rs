//! The wire format, byte for byte. What goes over it is fixed: the golden bytes were not computed by this code.

use rand_core::Rng;

use super::{machine, random};
use crate::{
    clock::{HybridStamp, LamportStamp, VectorStamp},
    frame::{Frame, MAGIC, Signal, length},
    message::{Message, Stamp},
};

fn message<S: Stamp>(from: char, to: char, stamp: S) -> Frame<S> {
    Frame::Message(Message { from: machine(from), to: machine(to), stamp })
}

fn signal<S: Stamp>(signal: Signal) -> Frame<S> {
    Frame::Signal { from: machine('A'), to: machine('C'), signal }
}

const SIGNALS: [Signal; 5] = [
    Signal::Ready { run: 0xDEAD_BEEF_CAFE_F00D },
    Signal::Ended,
    Signal::Interrupted,
    Signal::Goodbye,
    Signal::Beat,
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
        is_golden(message('A', 'B', LamportStamp(0x0102_0304_0506_0708)), "c14d4142010203040506070876fc164b");
        is_golden(message('B', 'C', HybridStamp(0x18D4_F2A1_B3C4_0005)), "c14d424318d4f2a1b3c40005dc9cc63c");
        let vector = message('C', 'A', VectorStamp([1, 2, 3]));
        is_golden(vector, "c14d434100000000000000010000000000000002000000000000000341da7dfc");
    }

    fn signals_have_these_bytes() {
        let golden = [
            "c1524143deadbeefcafef00d75695c9a",
            "c1454143000000000000000081acb4e1",
            "c149414300000000000000008bb62626",
            "c14741430000000000000000d9c00d20",
            "c14241430000000000000000a897a162",
        ];
        for (each, golden) in SIGNALS.into_iter().zip(golden) {
            is_golden(signal::<LamportStamp>(each), golden);
            is_golden(signal::<HybridStamp>(each), golden);
        }
        let ready = "c1524143deadbeefcafef00d00000000000000000000000000000000eceed03b";
        is_golden(signal::<VectorStamp<3>>(SIGNALS[0]), ready);
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
        let frames = [message('B', 'A', LamportStamp(1)), signal(Signal::Ended)];
        assert_eq!(frames.map(|frame| frame.from()), ['B', 'A'].map(machine));
        assert_eq!(frames.map(|frame| frame.to()), ['A', 'C'].map(machine));
    }

    fn frames_are_16_bytes_and_8_more_for_each_further_machine_of_a_vector() {
        assert_eq!((length::<LamportStamp>(), length::<HybridStamp>()), (16, 16));
        assert_eq!((length::<VectorStamp<2>>(), length::<VectorStamp<26>>()), (24, 216));
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
        for (place, nonsense) in [(0, b'H'), (1, b'X'), (1, b'm'), (2, b'a'), (2, 0), (3, b'['), (3, b'@')] {
            let mut bytes = good;
            bytes[place] = nonsense;
            let checksum = crate::frame::CRC.checksum(&bytes[..12]).to_be_bytes();
            bytes[12..].copy_from_slice(&checksum);
            assert_eq!(Frame::<LamportStamp>::decode(&bytes), None, "{place} {nonsense}");
        }
        // A signal without a number has none, and nothing after it: every frame has one form.
        for (each, place) in [(Signal::Beat, 11), (Signal::Ended, 4), (Signal::Goodbye, 12), (Signal::Ready { run: 7 }, 19)] {
            let mut bytes = signal::<VectorStamp<2>>(each).encode();
            bytes[place] = 1;
            let checksum = crate::frame::CRC.checksum(&bytes[..20]).to_be_bytes();
            bytes[20..].copy_from_slice(&checksum);
            assert_eq!(Frame::<VectorStamp<2>>::decode(&bytes), None, "{each:?} {place}");
        }
    }

    fn no_text_begins_like_a_frame() {
        assert!(!MAGIC.is_ascii());
    }
}
