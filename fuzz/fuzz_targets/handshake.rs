//! Any bytes as a greeting, a hello, an answer and a record: refused, or read back as they were.
#![no_main]

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use clockring::handshake::Greeting;
use host::link::{Key, noise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(bytes) = bytes.first_chunk::<{ Greeting::LENGTH }>()
        && let Ok(greeting) = Greeting::decode(bytes)
    {
        assert_eq!(Greeting::decode(&greeting.encode()), Ok(greeting));
        let _ = greeting.judge(&greeting).map_err(|mismatch| mismatch.to_string());
    }
    // A hello costs a hundred times what a greeting does, an agreement on keys a hundred times that. So not every input pays
    // for them; the first always does, so that a single one can be tried again.
    static EXECUTIONS: AtomicU64 = AtomicU64::new(0);
    let execution = EXECUTIONS.fetch_add(1, Ordering::Relaxed);
    static KEY: OnceLock<Key> = OnceLock::new();
    let key = KEY.get_or_init(|| Key::from_bytes([1; 32]));
    if execution.is_multiple_of(8)
        && let Some(bytes) = bytes.first_chunk::<{ noise::HELLO_LENGTH }>()
    {
        assert!(noise::answer(key, bytes).is_err(), "nobody guesses a tag of 128 bits");
    }
    if execution.is_multiple_of(512) {
        let (hello, opening) = noise::hello(key).unwrap();
        if let Some(bytes) = bytes.first_chunk::<{ noise::HELLO_LENGTH }>() {
            assert!(opening.end(bytes).is_err());
        }
        let (_, mut session) = noise::answer(key, &hello).unwrap();
        assert!(session.open(bytes, &mut [0; 128]).is_err());
    }
});
