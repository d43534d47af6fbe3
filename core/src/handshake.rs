//! The beginning of a link: each side says its name and its view of the run, and both judge.
//!
//! The greeting is 88 bytes for every clock kind, and its first eight never change, so that two versions can still tell
//! each other the difference.

use core::fmt;

use crate::{
    clock::ClockKind,
    cursor::Cursor,
    frame::CRC,
    moment::{Elapsed, UnixTime},
    progress::Progress,
    ring::MachineId,
};

/// The version of everything that goes over a link. Raised with every change to frames or greetings.
pub const PROTOCOL_VERSION: u8 = 2;

/// The first bytes of every greeting, and of no frame.
pub const MAGIC: [u8; 7] = *b"CLKRING";

/// The first thing said on a link, by the machine that dialled; the other answers with its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Greeting {
    /// The speaker's place in ring order. Kept as a number here, since it may be nonsense.
    pub from: u16,
    /// The place of the machine that the speaker believes it talks to.
    pub to: u16,
    /// The run that the speaker takes part in.
    pub run: RunFacts,
    /// The speaker's verdict on the greeting it answers; [`Answer::Welcome`] in the first one.
    pub answer: Answer,
    /// The speaker is a machine that died and goes on from its log.
    pub resumed: bool,
    /// A number the speaker drew when it started: tells a machine that comes back from another of the same name.
    pub instance: u64,
    /// The last message the speaker has of the other: sending goes on after it.
    pub received: Cursor,
    /// The speaker's progress.
    pub progress: Progress,
    /// The speaker's time since the start of the run.
    pub elapsed: Elapsed,
    /// The speaker's wall clock; `None` if it has none.
    pub wall: Option<UnixTime>,
}

/// The settings that all machines of a run have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RunFacts {
    /// Number of machines in the ring.
    pub machines: u16,
    /// Number of faces of the die.
    pub sides: u32,
    /// The [letter](ClockKind::letter) of the clock kind.
    pub clock: u8,
    /// Bytes of a user's own in each message.
    pub payload: u16,
    /// The number of the run; `None` until the ring has gathered, of a machine that is not A.
    pub number: Option<u64>,
    /// The seed; `None` of a machine that was given none, until it has one.
    pub seed: Option<u64>,
}

/// The answering side's verdict on a greeting, beyond the facts that both can compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Answer {
    /// The link is up.
    Welcome = 0,
    /// The facts differ; the answer shows how.
    Mismatch = 1,
    /// Another machine of this name is in the ring already.
    NameTaken = 2,
    /// The run has begun, and the speaker is not a machine that goes on from its log.
    RunHasBegun = 3,
    /// The speaker has messages that the answering machine never sent.
    ClaimsTooMuch = 4,
}

/// Flags: which of the optional numbers are there, and everything else that is yes or no.
const RESUMED: u8 = 1;
const HAS_NUMBER: u8 = 2;
const HAS_SEED: u8 = 4;
const HAS_WALL: u8 = 8;

impl Greeting {
    /// The bytes of a greeting.
    pub const LENGTH: usize = 88;

    /// The greeting of `from` to `to` before anything has happened.
    pub const fn new(from: MachineId, to: MachineId, run: RunFacts, instance: u64) -> Self {
        Self {
            from: from.index() as u16,
            to: to.index() as u16,
            run,
            answer: Answer::Welcome,
            resumed: false,
            instance,
            received: Cursor::START,
            progress: Progress::Gathering,
            elapsed: Elapsed::from_ns(0),
            wall: None,
        }
    }

    /// The start of the run by the speaker's physical time; `None` if it has no wall clock, or its run has not begun.
    pub fn started(&self) -> Option<UnixTime> {
        let has_begun = self.elapsed > Elapsed::default() || self.progress.last().is_some();
        self.wall.filter(|_| has_begun).map(|wall| wall.start_of(self.elapsed))
    }

    /// The time of the run by this greeting, for a machine whose run began at `started`, if it knows.
    ///
    /// Machines begin at different moments: one that was halted by then, later than the others by as much. Hybrid clocks
    /// compare physical time, so theirs is counted from one start. Of other clocks, whose physical times may be hours
    /// apart, it is the speaker's own count.
    pub fn elapsed_since(&self, started: Option<UnixTime>) -> Elapsed {
        match (self.started(), started) {
            (Some(theirs), Some(ours)) if self.run.clock == ClockKind::Hybrid.letter() => {
                theirs.at(self.elapsed).since_start(ours)
            }
            _ => self.elapsed,
        }
    }

    /// The greeting as bytes; numbers are big-endian.
    ///
    /// | bytes | what |
    /// |---|---|
    /// | 0 .. 8 | [`MAGIC`], and [`PROTOCOL_VERSION`] |
    /// | 8 .. 14 | from, to, machines (16 bits each) |
    /// | 14 .. 18 | clock, answer, [step](Progress::step), flags: 1 resumed, 2 run's number, 4 seed, 8 wall clock are there |
    /// | 18 .. 24 | payload (16), sides (32) |
    /// | 24 .. 80 | run's number, seed, instance, received, last message, elapsed, wall clock (64 each) |
    /// | 80 .. 84 | zeros |
    /// | 84 .. 88 | CRC-32 of all before |
    pub fn encode(&self) -> [u8; Self::LENGTH] {
        let RunFacts { machines, sides, clock, payload, number, seed } = self.run;
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = flag(self.resumed, RESUMED)
            | flag(number.is_some(), HAS_NUMBER)
            | flag(seed.is_some(), HAS_SEED)
            | flag(self.wall.is_some(), HAS_WALL);
        let last = self.progress.last().unwrap_or(Cursor::START);
        let numbers = [
            number.unwrap_or(0),
            seed.unwrap_or(0),
            self.instance,
            self.received.to_u64(),
            last.to_u64(),
            self.elapsed.ns(),
            self.wall.unwrap_or(UnixTime::EPOCH).ns(),
        ];
        let head = MAGIC.into_iter().chain([PROTOCOL_VERSION]);
        let places = [self.from, self.to, machines].into_iter().flat_map(u16::to_be_bytes);
        let small = [clock, self.answer as u8, self.progress.step(), flags];
        let facts = payload.to_be_bytes().into_iter().chain(sides.to_be_bytes());
        let fields = head.chain(places).chain(small).chain(facts).chain(numbers.into_iter().flat_map(u64::to_be_bytes));

        let mut bytes = [0; Self::LENGTH];
        for (place, byte) in bytes.iter_mut().zip(fields) {
            *place = byte;
        }
        if let Some((covered, checksum)) = bytes.split_last_chunk_mut::<4>() {
            *checksum = CRC.checksum(covered).to_be_bytes();
        }
        bytes
    }

    /// Reads a greeting.
    ///
    /// # Errors
    /// The reason why these bytes are not a greeting.
    pub fn decode(bytes: &[u8; Self::LENGTH]) -> Result<Self, GreetingError> {
        Self::may_begin(bytes)?;
        let (covered, checksum) = bytes.split_last_chunk().ok_or(GreetingError::Damaged)?;
        if CRC.checksum(covered) != u32::from_be_bytes(*checksum) {
            return Err(GreetingError::Damaged);
        }
        Self::decode_fields(covered).ok_or(GreetingError::Damaged)
    }

    /// Can these first bytes, however few, be those of a greeting? If not, the rest need not be heard.
    ///
    /// # Errors
    /// The reason why they cannot.
    pub fn may_begin(bytes: &[u8]) -> Result<(), GreetingError> {
        if !bytes.iter().zip(MAGIC).all(|(byte, expected)| *byte == expected) {
            return Err(GreetingError::NotClockring);
        }
        match bytes.get(MAGIC.len()) {
            Some(&version) if version != PROTOCOL_VERSION => Err(GreetingError::Version(version)),
            _ => Ok(()),
        }
    }

    fn decode_fields(mut bytes: &[u8]) -> Option<Self> {
        let _magic_and_version: [u8; MAGIC.len() + 1] = take(&mut bytes)?;
        let [from, to, machines] = [take(&mut bytes)?, take(&mut bytes)?, take(&mut bytes)?].map(u16::from_be_bytes);
        let [clock, answer, step, flags] = take(&mut bytes)?;
        let payload = u16::from_be_bytes(take(&mut bytes)?);
        let sides = u32::from_be_bytes(take(&mut bytes)?);
        let mut next = || Some(u64::from_be_bytes(take(&mut bytes)?));
        let (number, seed, instance) = (next()?, next()?, next()?);
        let (received, last) = (Cursor::from_u64(next()?), Cursor::from_u64(next()?));
        let (elapsed, wall) = (Elapsed::from_ns(next()?), UnixTime::from_ns(next()?));
        let answer = match answer {
            0 => Answer::Welcome,
            1 => Answer::Mismatch,
            2 => Answer::NameTaken,
            3 => Answer::RunHasBegun,
            4 => Answer::ClaimsTooMuch,
            _ => return None,
        };
        let has = |flag: u8| flags & flag != 0;
        let (number, seed) = (has(HAS_NUMBER).then_some(number), has(HAS_SEED).then_some(seed));
        Some(Self {
            from,
            to,
            run: RunFacts { machines, sides, clock, payload, number, seed },
            answer,
            resumed: has(RESUMED),
            instance,
            received,
            progress: Progress::from_step(step, last)?,
            elapsed,
            wall: has(HAS_WALL).then_some(wall),
        })
    }

    /// Does the `other` side's greeting fit this one? `self` is ours.
    ///
    /// # Errors
    /// The first fact that differs, with both values.
    pub fn judge(&self, other: &Self) -> Result<(), Mismatch> {
        let both_known = |ours: Option<u64>, theirs: Option<u64>| (ours.or(theirs), theirs.or(ours));
        let (ours, theirs) = (&self.run, &other.run);
        let (our_seed, their_seed) = both_known(ours.seed, theirs.seed);
        let (our_number, their_number) = both_known(ours.number, theirs.number);
        let facts = [
            // First, since names have a meaning within a ring.
            (Fact::Machines, Some(ours.machines.into()), Some(theirs.machines.into())),
            (Fact::Receiver, Some(self.from.into()), Some(other.to.into())),
            (Fact::Sender, Some(self.to.into()), Some(other.from.into())),
            (Fact::Clock, Some(ours.clock.into()), Some(theirs.clock.into())),
            (Fact::Sides, Some(ours.sides.into()), Some(theirs.sides.into())),
            (Fact::Payload, Some(ours.payload.into()), Some(theirs.payload.into())),
            (Fact::Run, our_number, their_number),
            (Fact::Seed, our_seed, their_seed),
        ];
        let differs = facts.into_iter().find(|(_, ours, theirs)| ours != theirs);
        match differs {
            Some((what, Some(ours), Some(theirs))) => Err(Mismatch { what, ours, theirs }),
            _ => Ok(()),
        }
    }
}

/// Takes bytes off the front.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

/// Reasons why bytes are not a greeting.
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
    ours: u64,
    theirs: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Fact {
    Receiver,
    Sender,
    Machines,
    Clock,
    Sides,
    Payload,
    Run,
    Seed,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ours, theirs) = (self.ours, self.theirs);
        let name = |index: u64| MachineId::from_index(index as usize).map_or("?", MachineId::letter_str);
        let clock = |letter: u64| {
            let known = ClockKind::ALL.into_iter().find(|kind| u64::from(kind.letter()) == letter);
            known.map_or("unknown", ClockKind::name)
        };
        match self.what {
            Fact::Receiver => write!(f, "it was looking for {}, and this is {}", name(theirs), name(ours)),
            Fact::Sender => write!(f, "it is machine {}, and {} was expected", name(theirs), name(ours)),
            Fact::Machines => write!(f, "its ring has {theirs} machines, ours {ours}: give both the same --machines"),
            Fact::Clock => {
                write!(f, "its clock is {}, ours {}: give both the same --clock", clock(theirs), clock(ours))
            }
            Fact::Sides => write!(f, "its die has {theirs} sides, ours {ours}: give both the same --sides"),
            Fact::Payload => write!(f, "its messages carry {theirs} bytes, ours {ours}"),
            Fact::Run => write!(f, "it takes part in run {theirs}, and this is run {ours}"),
            Fact::Seed => {
                write!(f, "its seed is {theirs}, ours {ours}: give both the same --seed, or give it to one alone")
            }
        }
    }
}

impl core::error::Error for Mismatch {}
