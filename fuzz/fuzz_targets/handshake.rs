//! Any bytes as a greeting, a hello, an answer and a record: refused, or read back as they were.
#![no_main]

use std::sync::OnceLock;

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
    static KEY: OnceLock<Key> = OnceLock::new();
    let key = KEY.get_or_init(|| Key::from_bytes([1; 32]));
    if let Some(bytes) = bytes.first_chunk::<{ noise::HELLO_LENGTH }>() {
        assert!(noise::answer(key, bytes).is_err(), "nobody guesses a tag of 128 bits");
    }
    // Handshakes cost a hundred times what the rest does: one input in 16 pays for them.
    if bytes.first().is_some_and(|byte| byte % 16 == 0) {
        let (hello, opening) = noise::hello(key).unwrap();
        if let Some(bytes) = bytes.first_chunk::<{ noise::HELLO_LENGTH }>() {
            assert!(opening.end(bytes).is_err());
        }
        let (_, mut session) = noise::answer(key, &hello).unwrap();
        assert!(session.open(bytes, &mut [0; 128]).is_err());
    }
});
