//! Messages and link signals as bytes: frames of one fixed size per clock kind, with a checksum.
//!
//! | bytes | what |
//! |---|---|
//! | 0 | [`MAGIC`] |
//! | 1 | what the frame is: `M` message, `R` ready, `E` ended, `I` interrupted, `G` goodbye, `B` beat |
//! | 2, 3 | sender and receiver, as letters |
//! | 4 .. 4 + s | the timestamp, big-endian ([`Stamp::LENGTH`] bytes); a signal's number in its first 8 bytes, the rest zeros |
//! | last 4 | CRC-32 (ISO-HDLC) of all bytes before, big-endian |

use crc::{CRC_32_ISO_HDLC, Crc, Table};

use crate::{
    message::{ByteArray, Message, Stamp},
    ring::MachineId,
};

/// The first byte of every frame. Not ASCII, so that a text protocol on the wrong port is never taken for a frame.
pub const MAGIC: u8 = 0xC1;

/// The bytes of a frame that are not the timestamp: four before it and four after.
pub const OVERHEAD: usize = HEADER + CHECKSUM;

const HEADER: usize = 4;
const CHECKSUM: usize = 4;

/// Detects every error of up to 3 bits and every burst of up to 32 in frames of this size. One table of 1 KiB is the
/// middle way between a loop over bits and 16 tables.
pub(crate) static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// What travels on a link: a message of the model, or a signal of the link itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Frame<S> {
    /// A message.
    Message(Message<S>),
    /// A signal.
    Signal {
        /// The sender.
        from: MachineId,
        /// The receiver.
        to: MachineId,
        /// What it says.
        signal: Signal,
    },
}

/// What a machine tells a peer besides messages. No signal is an event of the model, and none moves a clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Signal {
    /// All links of the sender are up. A machine starts when every peer has said so.
    Ready {
        /// The number the sender proposes to name the run by; that of machine A counts.
        run: u64,
    },
    /// The sender has made its last tick and all its messages are before this signal.
    Ended,
    /// As [`Signal::Ended`], but because it was told to stop: the run ends for everybody.
    Interrupted,
    /// The sender has heard from every peer that it ended, so it has everything, and leaves.
    Goodbye,
    /// The sender is alive and has nothing to say.
    Beat,
}

impl Signal {
    const fn kind(self) -> u8 {
        match self {
            Self::Ready { .. } => b'R',
            Self::Ended => b'E',
            Self::Interrupted => b'I',
            Self::Goodbye => b'G',
            Self::Beat => b'B',
        }
    }

    const fn number(self) -> u64 {
        match self {
            Self::Ready { run } => run,
            Self::Ended | Self::Interrupted | Self::Goodbye | Self::Beat => 0,
        }
    }

    const fn of(kind: u8, number: u64) -> Option<Self> {
        match (kind, number) {
            (b'R', run) => Some(Self::Ready { run }),
            (b'E', 0) => Some(Self::Ended),
            (b'I', 0) => Some(Self::Interrupted),
            (b'G', 0) => Some(Self::Goodbye),
            (b'B', 0) => Some(Self::Beat),
            _ => None,
        }
    }
}

/// How many bytes a frame has that carries a timestamp of this kind.
pub const fn length<S: Stamp>() -> usize {
    OVERHEAD + S::LENGTH
}

impl<S: Stamp> Frame<S> {
    /// The frame as bytes.
    #[inline]
    pub fn encode(&self) -> S::Frame {
        let mut frame = S::Frame::ZERO;
        // The patterns below always match: the length is a constant. The compiler removes what they guard.
        let Some((covered, checksum)) = frame.as_mut().split_last_chunk_mut::<CHECKSUM>() else { return frame };
        if let Some((header, body)) = covered.split_first_chunk_mut::<HEADER>() {
            match self {
                Self::Message(message) => {
                    *header = [MAGIC, b'M', message.from.letter(), message.to.letter()];
                    message.stamp.write(body);
                }
                Self::Signal { from, to, signal } => {
                    *header = [MAGIC, signal.kind(), from.letter(), to.letter()];
                    if let Some(number) = body.first_chunk_mut() {
                        *number = signal.number().to_be_bytes();
                    }
                }
            }
        }
        *checksum = CRC.checksum(covered).to_be_bytes();
        frame
    }

    /// The frame that these bytes are; `None` if they are not exactly one whole, undamaged frame.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (covered, checksum) = bytes.split_last_chunk::<CHECKSUM>()?;
        let ([MAGIC, kind, from, to], body) = covered.split_first_chunk::<HEADER>()? else { return None };
        if body.len() != S::LENGTH || CRC.checksum(covered) != u32::from_be_bytes(*checksum) {
            return None;
        }
        let (from, to) = (MachineId::from_letter(*from)?, MachineId::from_letter(*to)?);
        if *kind == b'M' {
            return Some(Self::Message(Message { from, to, stamp: S::read(body)? }));
        }
        let (number, rest) = body.split_first_chunk()?;
        let signal = Signal::of(*kind, u64::from_be_bytes(*number)).filter(|_| rest.iter().all(|byte| *byte == 0))?;
        Some(Self::Signal { from, to, signal })
    }

    /// Who sent it.
    pub const fn from(&self) -> MachineId {
        match self {
            Self::Message(message) => message.from,
            Self::Signal { from, .. } => *from,
        }
    }

    /// Who is to have it.
    pub const fn to(&self) -> MachineId {
        match self {
            Self::Message(message) => message.to,
            Self::Signal { to, .. } => *to,
        }
    }
}
