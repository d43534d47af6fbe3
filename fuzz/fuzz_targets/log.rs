//! Any bytes as a log: what is read as a row is written as it was, and reading comes to an end.
#![no_main]

use std::path::Path;

use clockring::{
    clock::{LamportStamp, VectorStamp},
    ring::{MachineId, RingSize},
};
use host::rundir::{HEADER, LogReader, Row, StampText};
use libfuzzer_sys::fuzz_target;

fn read<S: StampText>(bytes: &[u8], ring: RingSize) {
    let machine = MachineId::from_letter(b'A').unwrap();
    let Ok(mut log) = LogReader::<S, _>::new(bytes, Path::new("A.csv"), machine, ring) else { return };
    let mut rows = 0;
    for row in log.by_ref() {
        rows += 1;
        if let Ok((_, row)) = row {
            let mut text = Vec::new();
            row.write(ring, &mut text);
            let again = Row::<S>::parse(text.strip_suffix(b"\n").unwrap(), machine, ring);
            assert_eq!(again, Ok(row));
        }
    }
    assert!(rows <= bytes.len());
    let _ = log.torn();
}

fuzz_target!(|input: (u8, bool, &[u8])| {
    let (machines, with_header, bytes) = input;
    let ring = RingSize::new(2 + usize::from(machines) % 25).unwrap();
    let mut text = Vec::new();
    if with_header {
        text.extend_from_slice(HEADER.as_bytes());
        text.push(b'\n');
    }
    text.extend_from_slice(bytes);
    if machines < 128 {
        read::<LamportStamp>(&text, ring);
    } else {
        read::<VectorStamp<26>>(&text, ring);
    }
});
