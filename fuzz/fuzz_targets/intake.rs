//! Any bytes over links that break: messages come from the peer, to this machine, in rising order, and each once.
#![no_main]

use clockring::{
    clock::Lamport,
    cursor::Cursor,
    machine::{Arrival, Intake},
    moment::UnixTime,
    ring::MachineId,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|links: Vec<&[u8]>| {
    let (a, b) = (MachineId::from_letter(b'A').unwrap(), MachineId::from_letter(b'B').unwrap());
    let mut intake = Intake::<Lamport>::new(a, b, Cursor::START);
    let mut last = 0;
    for mut bytes in links {
        intake.begin();
        while let Ok(Some(arrival)) = intake.take(&mut bytes, UnixTime::EPOCH) {
            if let Arrival::Message(message) = arrival {
                assert_eq!((message.from, message.to), (b, a));
                assert!(message.stamp.0 > last);
                last = message.stamp.0;
                intake.keep(&message);
            }
        }
    }
    assert_eq!(intake.received().to_u64(), last);
});
