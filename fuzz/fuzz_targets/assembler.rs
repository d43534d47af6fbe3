//! Any bytes in any chunks: whole frames come out as they went in, and every byte is accounted for.
#![no_main]

use clockring::{assembler::Assembler, clock::LamportStamp, frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (chunk, bytes) = input;
    let mut assembler = Assembler::<LamportStamp>::new();
    let mut frames = 0;
    for mut piece in bytes.chunks(usize::from(chunk).max(1)) {
        while let Some(taken) = assembler.take(&mut piece) {
            assert!(bytes.windows(frame::length::<LamportStamp>()).any(|window| window == taken.encode()));
            frames += 1;
        }
        assert!(piece.is_empty());
    }
    assembler.reset();
    let length = frame::length::<LamportStamp>() as u64;
    assert_eq!(assembler.skipped() + frames * length, bytes.len() as u64);
});
