//! Links that are authenticated and encrypted, by the Noise protocol (Perrin 2018, "The Noise Protocol Framework").
//!
//! The pattern is `NNpsk0`: the key that all machines share goes into the very first bytes, so that a stranger is
//! turned away after two hashes and before any Diffie-Hellman, and both sides add a fresh ephemeral key, for forward
//! secrecy: a recorded link stays secret if the key leaks later. It proves that a machine is of the ring, not which one
//! it is. Patterns with static keys would, and would ask people to hand a key of every machine to every other.
//!
//! | from | bytes | content |
//! |---|---|---|
//! | the machine that dials | 48 | its ephemeral key and a tag that proves the shared key |
//! | the other | 48 | its ephemeral key and a tag |
//! | either, from then on | 2 + n + 16 | a record: its length, sealed bytes, tag |
//!
//! Records are numbered and the number is part of the sealed bytes: a record that is lost, repeated, moved or changed
//! breaks the link. The greetings are the first records, so a recorded handshake that is played again comes no further
//! than the 48 bytes of the answer.

use std::{
    fmt,
    io::{self, BufReader, Read},
    sync::Arc,
};

use snow::{Builder, HandshakeState, StatelessTransportState};

use super::{
    Incoming, Key, Outgoing,
    tcp::{TcpIncoming, TcpOutgoing},
};

/// Every primitive is the one that the Noise specification names first.
const PATTERN: &str = "Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s";

/// Both sides must mean the same protocol.
const PROLOGUE: &[u8] = b"Clockring link, version 1";

/// The bytes of each of the two messages of the handshake.
pub const HELLO_LENGTH: usize = 48;

/// Bytes sealed at once: a quarter of the most that Noise allows, since a reader must have all to open any.
const SEALED_MAX: usize = 1 << 14;

const TAG: usize = 16;
const LENGTH: usize = 2;

/// The bytes that a record of `plain` bytes takes.
pub const fn record_length(plain: usize) -> usize {
    LENGTH + plain + TAG
}

/// May a record of this many bytes begin so?
pub fn may_begin(said: &[u8], plain: usize) -> bool {
    let sealed = (plain + TAG) as u16;
    said.iter().zip(sealed.to_be_bytes()).all(|(byte, expected)| *byte == expected)
}

/// There is no session: another key, or bytes that were changed on the way. Noise does not tell which.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WrongKey;

impl fmt::Display for WrongKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it does not have this ring's key")
    }
}

impl std::error::Error for WrongKey {}

impl From<snow::Error> for WrongKey {
    fn from(_: snow::Error) -> Self {
        Self
    }
}

fn builder(key: &Key) -> Result<Builder<'_>, WrongKey> {
    let params = PATTERN.parse().map_err(|_| WrongKey)?;
    Ok(Builder::new(params).prologue(PROLOGUE)?.psk(0, key.bytes())?)
}

/// A handshake that waits for its answer.
pub struct Hello(HandshakeState);

/// Begins a handshake: the bytes to send, and the state that takes the answer.
///
/// # Errors
/// If the system gives no random numbers.
pub fn hello(key: &Key) -> Result<([u8; HELLO_LENGTH], Hello), WrongKey> {
    let mut state = builder(key)?.build_initiator()?;
    let mut bytes = [0; HELLO_LENGTH];
    state.write_message(&[], &mut bytes)?;
    Ok((bytes, Hello(state)))
}

impl Hello {
    /// Ends the handshake with the answer.
    ///
    /// # Errors
    /// If it was made without the key, or for another handshake.
    pub fn end(mut self, answer: &[u8; HELLO_LENGTH]) -> Result<Session, WrongKey> {
        self.0.read_message(answer, &mut [])?;
        Session::of(self.0)
    }
}

/// Answers a hello: the bytes to send back, and the session. The speaker is not known yet: it may be a recording.
///
/// # Errors
/// If it was made without the key.
pub fn answer(key: &Key, hello: &[u8; HELLO_LENGTH]) -> Result<([u8; HELLO_LENGTH], Session), WrongKey> {
    let mut state = builder(key)?.build_responder()?;
    state.read_message(hello, &mut [])?;
    let mut bytes = [0; HELLO_LENGTH];
    state.write_message(&[], &mut bytes)?;
    Ok((bytes, Session::of(state)?))
}

/// The keys of one connection, from its handshake on.
#[derive(Debug)]
pub struct Session {
    sealer: Sealer,
    opener: Opener,
}

impl Session {
    fn of(state: HandshakeState) -> Result<Self, WrongKey> {
        let keys = Arc::new(state.into_stateless_transport_mode()?);
        Ok(Self { sealer: Sealer { keys: Arc::clone(&keys), next: 0 }, opener: Opener { keys, next: 0 } })
    }

    /// Appends a record of these bytes, at most `SEALED_MAX`.
    ///
    /// # Errors
    /// Only if there are more bytes.
    pub fn seal(&mut self, plain: &[u8], to: &mut Vec<u8>) -> Result<(), WrongKey> {
        self.sealer.seal(plain, to)
    }

    /// Opens a whole record into `plain`; says how many bytes it held.
    ///
    /// # Errors
    /// If it is not the next record of this session.
    pub fn open(&mut self, record: &[u8], plain: &mut [u8]) -> Result<usize, WrongKey> {
        let (length, sealed) = record.split_first_chunk().ok_or(WrongKey)?;
        if usize::from(u16::from_be_bytes(*length)) != sealed.len() {
            return Err(WrongKey);
        }
        self.opener.open(sealed, plain)
    }

    /// The halves of a link in this session.
    pub fn split(self, incoming: TcpIncoming, outgoing: TcpOutgoing) -> (SealedIncoming, SealedOutgoing) {
        let incoming = BufReader::with_capacity(4 * SEALED_MAX, incoming);
        let incoming = SealedIncoming { incoming, opener: self.opener, record: Vec::new() };
        let outgoing =
            SealedOutgoing { outgoing, sealer: self.sealer, record: Vec::new(), taken: 0, plain_in_record: 0 };
        (incoming, outgoing)
    }
}

struct Sealer {
    keys: Arc<StatelessTransportState>,
    next: u64,
}

impl Sealer {
    fn seal(&mut self, plain: &[u8], to: &mut Vec<u8>) -> Result<(), WrongKey> {
        let sealed = u16::try_from(plain.len() + TAG).map_err(|_| WrongKey)?;
        to.extend_from_slice(&sealed.to_be_bytes());
        let start = to.len();
        to.resize(start + usize::from(sealed), 0);
        self.keys.write_message(self.next, plain, &mut to[start..])?;
        self.next += 1;
        Ok(())
    }
}

struct Opener {
    keys: Arc<StatelessTransportState>,
    next: u64,
}

impl Opener {
    fn open(&mut self, sealed: &[u8], plain: &mut [u8]) -> Result<usize, WrongKey> {
        let count = self.keys.read_message(self.next, sealed, plain)?;
        self.next += 1;
        Ok(count)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer(record {})", self.next)
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opener(record {})", self.next)
    }
}

/// The receiving half.
#[derive(Debug)]
pub struct SealedIncoming {
    incoming: BufReader<TcpIncoming>,
    opener: Opener,
    record: Vec<u8>,
}

impl Incoming for SealedIncoming {
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut length = [0; LENGTH];
        match self.incoming.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
            other => other?,
        }
        let length = usize::from(u16::from_be_bytes(length));
        if length > (SEALED_MAX + TAG).min(buffer.len() + TAG) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a record is longer than any that is sent"));
        }
        self.record.resize(length, 0);
        self.incoming.read_exact(&mut self.record)?;
        let opened = self.opener.open(&self.record, buffer);
        opened.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a record is not the next of this link"))
    }

    fn is_cut(&self) -> bool {
        self.incoming.get_ref().is_cut()
    }
}

/// The sending half.
#[derive(Debug)]
pub struct SealedOutgoing {
    outgoing: TcpOutgoing,
    sealer: Sealer,
    /// The record that is being sent, from `taken` on.
    record: Vec<u8>,
    taken: usize,
    plain_in_record: usize,
}

impl Outgoing for SealedOutgoing {
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.record.is_empty() {
            let plain = &bytes[..bytes.len().min(SEALED_MAX)];
            self.sealer.seal(plain, &mut self.record).map_err(io::Error::other)?;
            (self.taken, self.plain_in_record) = (0, plain.len());
        }
        while self.taken < self.record.len() {
            match self.outgoing.send(&self.record[self.taken..])? {
                0 => return Ok(0),
                count => self.taken += count,
            }
        }
        self.record.clear();
        Ok(self.plain_in_record)
    }

    fn finish(&mut self) {
        self.outgoing.finish();
    }

    fn cut(&mut self) {
        self.outgoing.cut();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> (Session, Session) {
        let key = Key::from_bytes([7; 32]);
        let (bytes, opening) = hello(&key).unwrap();
        let (back, theirs) = answer(&key, &bytes).unwrap();
        (opening.end(&back).unwrap(), theirs)
    }

    fn sealed(session: &mut Session, plain: &[u8]) -> Vec<u8> {
        let mut record = Vec::new();
        session.seal(plain, &mut record).unwrap();
        record
    }

    #[test]
    fn both_sides_open_what_the_other_seals() {
        let (mut ours, mut theirs) = session();
        let mut plain = [0; 64];
        for text in [b"one".as_slice(), b"", b"three"] {
            let record = sealed(&mut ours, text);
            assert_eq!(record.len(), record_length(text.len()));
            let count = theirs.open(&record, &mut plain).unwrap();
            assert_eq!(&plain[..count], text);
            let count = ours.open(&sealed(&mut theirs, text), &mut plain).unwrap();
            assert_eq!(&plain[..count], text);
        }
    }

    #[test]
    fn another_key_is_refused_at_the_first_message() {
        let (bytes, _) = hello(&Key::from_bytes([1; 32])).unwrap();
        assert_eq!(answer(&Key::from_bytes([2; 32]), &bytes).unwrap_err(), WrongKey);
    }

    #[test]
    fn every_flipped_bit_of_a_handshake_is_refused() {
        let key = Key::from_bytes([7; 32]);
        let (bytes, _) = hello(&key).unwrap();
        for bit in 0..8 * HELLO_LENGTH {
            // The highest bit of an X25519 key has no meaning (RFC 7748), but Noise hashes it with the rest.
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(answer(&key, &changed).is_err(), "bit {bit}");
            let (bytes, opening) = hello(&key).unwrap();
            let (mut back, _) = answer(&key, &bytes).unwrap();
            back[bit / 8] ^= 1 << (bit % 8);
            assert!(opening.end(&back).is_err(), "bit {bit} of the answer");
        }
    }

    #[test]
    fn a_handshake_that_is_played_again_gives_no_session_to_who_recorded_it() {
        let key = Key::from_bytes([7; 32]);
        let (bytes, opening) = hello(&key).unwrap();
        let (back, mut theirs) = answer(&key, &bytes).unwrap();
        let mut ours = opening.end(&back).unwrap();
        let greeting = sealed(&mut ours, b"greeting");
        theirs.open(&greeting, &mut [0; 64]).unwrap();
        // The same hello and the same first record again: the answer has another ephemeral key.
        let (_, mut again) = answer(&key, &bytes).unwrap();
        assert_eq!(again.open(&greeting, &mut [0; 64]).unwrap_err(), WrongKey);
    }

    #[test]
    fn records_that_are_repeated_moved_changed_or_cut_are_refused() {
        let (mut ours, mut theirs) = session();
        let (one, two) = (sealed(&mut ours, b"one"), sealed(&mut ours, b"two"));
        let mut plain = [0; 64];
        assert!(theirs.open(&two, &mut plain).is_err(), "moved");
        theirs.open(&one, &mut plain).unwrap();
        assert!(theirs.open(&one, &mut plain).is_err(), "repeated");
        for bit in 0..8 * two.len() {
            let mut changed = two.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(theirs.open(&changed, &mut plain).is_err(), "bit {bit}");
        }
        for length in 0..two.len() {
            assert!(theirs.open(&two[..length], &mut plain).is_err(), "cut to {length}");
        }
        theirs.open(&two, &mut plain).unwrap();
    }

    #[test]
    fn a_record_of_one_connection_is_refused_on_another() {
        let ((mut ours, _), (_, mut others)) = (session(), session());
        assert!(others.open(&sealed(&mut ours, b"one"), &mut [0; 64]).is_err());
    }
}
