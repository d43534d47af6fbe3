//! How a link begins: each side says who it is and what it believes, and both judge.
//!
//! The greeting is 40 bytes, whatever the clock kind, and its first eight never change, so that two versions can
//! still tell each other what differs.

use core::fmt;

use crate::{
    clock::ClockKind,
    cursor::Cursor,
    frame::CRC,
    ring::{MachineId, RingSize},
};

/// The version of everything that goes over a link. Raised with every change to frames or greetings.
pub const PROTOCOL_VERSION: u8 = 1;

const MAGIC: [u8; 7] = *b"CLKRING";

/// The first thing said on a link, by the machine that dialled; the other answers with its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Greeting {
    /// The protocol the speaker speaks: [`PROTOCOL_VERSION`].
    pub version: u8,
    /// The letter of the speaker. Kept as a byte here, since it may be nonsense.
    pub from: u8,
    /// The letter of the machine the speaker believes it talks to.
    pub to: u8,
    /// How many machines the speaker's ring has.
    pub machines: u8,
    /// The [letter](ClockKind::letter) of the speaker's clock kind.
    pub clock: u8,
    /// What the speaker makes of the greeting it answers; [`Verdict::Welcome`] in the first one.
    pub verdict: Verdict,
    /// The speaker is a machine that died and goes on from its log.
    pub resumed: bool,
    /// A number the speaker drew when it started: tells a machine that comes back from another of the same name.
    pub instance: u64,
    /// The last message the speaker has of the other: sending goes on after it.
    pub received: Cursor,
}

/// What the answering side makes of a greeting, beyond the facts that both can compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Verdict {
    /// The link is up.
    Welcome = 0,
    /// The facts differ; the answer shows how.
    Mismatch = 1,
    /// Another machine of this name is in the ring already.
    NameTaken = 2,
    /// The run has begun, and the speaker is not a machine that goes on from its log.
    RunHasBegun = 3,
}

impl Greeting {
    /// The bytes of a greeting.
    pub const LENGTH: usize = 40;

    /// The greeting of `from` to `to` in a ring of this size and clock kind.
    pub const fn new(
        from: MachineId,
        to: MachineId,
        ring: RingSize,
        clock: ClockKind,
        instance: u64,
        received: Cursor,
    ) -> Self {
        Self {
            version: PROTOCOL_VERSION,
            from: from.letter(),
            to: to.letter(),
            machines: ring.get() as u8,
            clock: clock.letter(),
            verdict: Verdict::Welcome,
            resumed: false,
            instance,
            received,
        }
    }

    /// The greeting as bytes: `CLKRING`, version, from, to, machines, clock, verdict, resumed, two zeros, instance
    /// (8), received (8), four zeros, CRC-32 of all before (4); numbers big-endian.
    pub fn encode(&self) -> [u8; Self::LENGTH] {
        let facts = [
            self.version,
            self.from,
            self.to,
            self.machines,
            self.clock,
            self.verdict as u8,
            u8::from(self.resumed),
            0,
            0,
        ];
        let (instance, received) = (self.instance.to_be_bytes(), self.received.to_u64().to_be_bytes());
        let fields: [&[u8]; 4] = [&MAGIC, &facts, &instance, &received];

        let mut bytes = [0; Self::LENGTH];
        for (place, byte) in bytes.iter_mut().zip(fields.into_iter().flatten()) {
            *place = *byte;
        }
        if let Some((covered, checksum)) = bytes.split_last_chunk_mut::<4>() {
            *checksum = CRC.checksum(covered).to_be_bytes();
        }
        bytes
    }

    /// Reads a greeting.
    ///
    /// # Errors
    /// What these bytes are instead.
    pub fn decode(bytes: &[u8; Self::LENGTH]) -> Result<Self, GreetingError> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(GreetingError::NotClockring)?;
        let (facts, rest) = rest.split_first_chunk::<9>().ok_or(GreetingError::Damaged)?;
        let [version, from, to, machines, clock, verdict, resumed, _, _] = *facts;
        if version != PROTOCOL_VERSION {
            return Err(GreetingError::Version(version));
        }
        let (covered, checksum) = bytes.split_last_chunk().ok_or(GreetingError::Damaged)?;
        if CRC.checksum(covered) != u32::from_be_bytes(*checksum) {
            return Err(GreetingError::Damaged);
        }
        let (instance, rest) = rest.split_first_chunk().ok_or(GreetingError::Damaged)?;
        let received = rest.first_chunk().ok_or(GreetingError::Damaged)?;
        let verdict = match verdict {
            0 => Verdict::Welcome,
            1 => Verdict::Mismatch,
            2 => Verdict::NameTaken,
            3 => Verdict::RunHasBegun,
            _ => return Err(GreetingError::Damaged),
        };
        Ok(Self {
            version,
            from,
            to,
            machines,
            clock,
            verdict,
            resumed: resumed != 0,
            instance: u64::from_be_bytes(*instance),
            received: Cursor::from_u64(u64::from_be_bytes(*received)),
        })
    }

    /// Does the `other` side's greeting fit this one? `self` is ours.
    ///
    /// # Errors
    /// The first fact that differs, with both values.
    pub fn judge(&self, other: &Self) -> Result<(), Mismatch> {
        let difference = |what, ours, theirs| Mismatch { what, ours, theirs };
        if other.to != self.from {
            return Err(difference(Fact::Receiver, self.from, other.to));
        }
        if other.from != self.to {
            return Err(difference(Fact::Sender, self.to, other.from));
        }
        if other.machines != self.machines {
            return Err(difference(Fact::Machines, self.machines, other.machines));
        }
        if other.clock != self.clock {
            return Err(difference(Fact::Clock, self.clock, other.clock));
        }
        Ok(())
    }
}

/// Why bytes are not a greeting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum GreetingError {
    /// Something else speaks there.
    NotClockring,
    /// Clockring, but of another protocol version.
    Version(u8),
    /// The checksum or a field is wrong.
    Damaged,
}

impl fmt::Display for GreetingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotClockring => f.write_str("it does not speak Clockring"),
            Self::Version(theirs) => {
                write!(f, "it speaks protocol version {theirs}, this machine {PROTOCOL_VERSION}: use the same release")
            }
            Self::Damaged => f.write_str("its greeting is damaged"),
        }
    }
}

impl core::error::Error for GreetingError {}

/// A fact on which two machines differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Mismatch {
    what: Fact,
    ours: u8,
    theirs: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Fact {
    Receiver,
    Sender,
    Machines,
    Clock,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ours, theirs) = (self.ours, self.theirs);
        let letter = |byte: u8| if byte.is_ascii_graphic() { byte as char } else { '?' };
        let clock =
            |byte| ClockKind::ALL.into_iter().find(|kind| kind.letter() == byte).map_or("unknown", ClockKind::name);
        match self.what {
            Fact::Receiver => write!(f, "it was looking for {}, and this is {}", letter(theirs), letter(ours)),
            Fact::Sender => write!(f, "it is machine {}, and {} was expected", letter(theirs), letter(ours)),
            Fact::Machines => write!(f, "its ring has {theirs} machines, ours {ours}: give both the same --machines"),
            Fact::Clock => {
                write!(f, "its clock is {}, ours {}: give both the same --clock", clock(theirs), clock(ours))
            }
        }
    }
}

impl core::error::Error for Mismatch {}
