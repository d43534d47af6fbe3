//! Frames out of a stream, however it is cut, joined or damaged.

use rand_core::Rng;

use super::{below, machine, random};
use crate::{
    assembler::Assembler,
    clock::{LamportStamp, VectorStamp},
    frame::{Frame, MAGIC, Signal},
    message::Message,
};

/// Bytes of a Lamport frame.
const LENGTH: usize = 18;

type Stream = heapless::Vec<u8, 190>;
type Numbers = heapless::Vec<u64, 12>;

fn frame(number: u64) -> Frame<LamportStamp> {
    Frame::Message(Message { from: machine('A'), to: machine('B'), stamp: LamportStamp(number) })
}

/// The frames of these numbers, one after the other.
fn stream(numbers: impl IntoIterator<Item = u64>) -> Stream {
    numbers.into_iter().flat_map(|number| frame(number).encode()).collect()
}

/// The numbers of all frames that `assembler` finds in `bytes`.
fn read(assembler: &mut Assembler<LamportStamp>, mut bytes: &[u8], found: &mut Numbers) {
    while let Some(next) = assembler.take(&mut bytes) {
        if let Frame::Message(message) = next {
            found.push(message.stamp.0).unwrap();
        }
    }
    assert!(bytes.is_empty(), "all is consumed when no frame is left");
}

/// What is found in chunks that come one after the other, and how many bytes belonged to no frame.
fn found<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Numbers, u64) {
    let (mut assembler, mut numbers) = (Assembler::new(), Numbers::new());
    for chunk in chunks {
        read(&mut assembler, chunk, &mut numbers);
    }
    (numbers, assembler.skipped())
}

suite! {
    fn frames_that_come_joined_are_taken_apart() {
        let (numbers, skipped) = found([&stream(1..=9)[..]]);
        assert!(numbers.into_iter().eq(1..=9));
        assert_eq!(skipped, 0);
    }

    fn a_stream_may_be_cut_anywhere_once() {
        let stream = stream([12, 13, 1213]);
        for cut in 0..=stream.len() {
            let (left, right) = stream.split_at(cut);
            assert_eq!(found([left, right]), (Numbers::from_slice(&[12, 13, 1213]).unwrap(), 0));
        }
    }

    fn a_stream_may_be_cut_anywhere_twice() {
        // Frames full of the byte that begins a frame: every place looks like a beginning.
        let tricky = [u64::from_be_bytes([MAGIC; 8]), 5, u64::from_be_bytes([0, MAGIC, 0, MAGIC, 0, MAGIC, 0, MAGIC])];
        let stream = stream(tricky);
        for second in 0..=stream.len() {
            for first in 0..=second {
                let chunks = [&stream[..first], &stream[first..second], &stream[second..]];
                assert_eq!(found(chunks), (Numbers::from_slice(&tricky).unwrap(), 0));
            }
        }
    }

    fn a_stream_may_come_byte_by_byte() {
        let stream = stream(1..=10);
        let (numbers, skipped) = found(stream.chunks(1));
        assert!(numbers.into_iter().eq(1..=10));
        assert_eq!(skipped, 0);
    }

    fn a_stream_may_come_in_any_chunks() {
        let chance = &mut random(81);
        let whole = stream(1..=10);
        for _ in 0..200 {
            let (mut assembler, mut numbers) = (Assembler::new(), Numbers::new());
            let mut rest = &whole[..];
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at(below(40, chance).min(rest.len()));
                read(&mut assembler, chunk, &mut numbers);
                rest = after;
            }
            assert!(numbers.into_iter().eq(1..=10));
        }
    }

    fn nothing_is_read_past_a_frame() {
        let mut whole = stream([7]);
        whole.extend_from_slice(b"what comes after belongs to somebody else").unwrap();
        for cut in 0..LENGTH {
            let mut assembler = Assembler::<LamportStamp>::new();
            assert_eq!(assembler.take(&mut &whole[..cut]), None);
            let mut rest = &whole[cut..];
            assert_eq!(assembler.take(&mut rest), Some(frame(7)));
            assert_eq!(rest, b"what comes after belongs to somebody else");
        }
    }

    fn an_unfinished_frame_is_no_frame() {
        for end in 0..LENGTH {
            assert_eq!(found([&stream([7])[..end]]), (Numbers::new(), 0));
        }
    }

    fn garbage_before_a_frame_is_skipped_and_counted() {
        for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 50], &[MAGIC; 40], &[MAGIC, b'M', 0, 0, MAGIC]] {
            let mut bytes = Stream::from_slice(garbage).unwrap();
            bytes.extend_from_slice(&stream([1, 2])).unwrap();
            assert_eq!(found([&bytes[..]]), (Numbers::from_slice(&[1, 2]).unwrap(), garbage.len() as u64));
            assert_eq!(found(bytes.chunks(3)), (Numbers::from_slice(&[1, 2]).unwrap(), garbage.len() as u64));
        }
    }

    fn every_flipped_bit_costs_its_own_frame_only() {
        let whole = stream([1, 2, 3, 4]);
        for bit in 8 * LENGTH..16 * LENGTH {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(found([&damaged[..]]), (Numbers::from_slice(&[1, 3, 4]).unwrap(), LENGTH as u64), "bit {bit}");
        }
    }

    fn every_lost_byte_costs_its_own_frame_only() {
        let whole = stream([1, 2, 3, 4]);
        for lost in LENGTH..2 * LENGTH {
            let chunks = [&whole[..lost], &whole[lost + 1..]];
            assert_eq!(found(chunks), (Numbers::from_slice(&[1, 3, 4]).unwrap(), LENGTH as u64 - 1));
        }
    }

    fn every_byte_too_many_costs_its_own_frame_only() {
        let whole = stream([1, 2, 3]);
        for place in LENGTH..2 * LENGTH {
            for extra in [0, MAGIC, b'M', whole[place]] {
                let mut damaged = Stream::from_slice(&whole[..place]).unwrap();
                damaged.push(extra).unwrap();
                damaged.extend_from_slice(&whole[place..]).unwrap();
                // At its very edges, an extra byte may leave the frame whole.
                let is_whole = damaged.windows(LENGTH).any(|bytes| bytes == frame(2).encode());
                let (left, lost) = if is_whole { (&[1, 2, 3][..], 1) } else { (&[1, 3][..], LENGTH as u64 + 1) };
                assert_eq!(found([&damaged[..]]), (Numbers::from_slice(left).unwrap(), lost));
            }
        }
    }

    fn noise_never_makes_a_frame_and_never_hides_one() {
        let chance = &mut random(82);
        for _ in 0..300 {
            let mut bytes = Stream::new();
            for _ in 0..below(60, chance) {
                // Half of the noise looks like the beginning of a frame.
                let noise = chance.next_u32();
                bytes.push(if noise.is_multiple_of(2) { MAGIC } else { (noise >> 8) as u8 }).unwrap();
            }
            let noise = bytes.len() as u64;
            bytes.extend_from_slice(&stream([77])).unwrap();
            assert_eq!(found(bytes.chunks(1 + below(20, chance))), (Numbers::from_slice(&[77]).unwrap(), noise));
        }
    }

    fn a_frame_is_found_with_its_last_byte() {
        let mut assembler = Assembler::<LamportStamp>::new();
        for byte in [MAGIC, 1, MAGIC, 2, 3] {
            assert_eq!(assembler.push(byte), None);
        }
        let bytes = frame(9).encode();
        for byte in &bytes[..LENGTH - 1] {
            assert_eq!(assembler.push(*byte), None);
            assert!(assembler.is_within_a_frame());
        }
        assert_eq!(assembler.push(bytes[LENGTH - 1]), Some(frame(9)));
        assert!(!assembler.is_within_a_frame());
    }

    fn a_reset_forgets_the_unfinished_frame() {
        let mut assembler = Assembler::<LamportStamp>::new();
        assert_eq!(assembler.take(&mut &stream([1])[..10]), None);
        assembler.reset();
        assert_eq!(assembler.skipped(), 10);
        assert_eq!(assembler.take(&mut &stream([2])[..]), Some(frame(2)));
    }

    fn signals_and_vectors_are_assembled_too() {
        let ready = Frame::<VectorStamp<3>>::Signal {
            from: machine('A'),
            to: machine('B'),
            signal: Signal::Beat { heard: 1 },
        };
        let bytes = ready.encode();
        for cut in 0..bytes.len() {
            let mut assembler = Assembler::<VectorStamp<3>>::new();
            assert_eq!(assembler.take(&mut &bytes[..cut]), None);
            assert_eq!(assembler.take(&mut &bytes[cut..]), Some(ready));
        }
    }
}
