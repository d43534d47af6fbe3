//! Messages and link signals as bytes: frames of one fixed size per clock kind, with a checksum.
//!
//! | bytes | what |
//! |---|---|
//! | 0 | [`MAGIC`] |
//! | 1 | what the frame is: `M` message, `A` gathering, `R` ready, `E` ended, `S` stopped, `C` caught up, `G` goodbye, `T` thanks, `B` beat |
//! | 2 .. 6 | sender and receiver, as places in ring order from 0, 16 bits each, big-endian |
//! | 6 .. 6 + s | the timestamp, big-endian ([`Stamp::LENGTH`] bytes); a signal's number in its first 8 bytes, the rest zeros |
//! | last 4 | CRC-32 (ISO-HDLC) of all bytes before, big-endian |

use crc::{CRC_32_ISO_HDLC, Crc, Table};

use crate::{
    cursor::Cursor,
    message::{ByteArray, Message, Stamp},
    progress::Progress,
    ring::MachineId,
};

/// The first byte of every frame. Not ASCII, so that a text protocol on the wrong port is never taken for a frame.
pub const MAGIC: u8 = 0xC1;

/// A byte that begins no frame and no greeting. A board cannot see that the other end of its UART hangs up; as many of
/// these as a frame has bytes tell it so.
pub const NO_FRAME: u8 = b'!';

/// The bytes of a frame that are not the timestamp: six before it and four after.
pub const OVERHEAD: usize = HEADER + CHECKSUM;

const HEADER: usize = 6;
const CHECKSUM: usize = 4;

/// Detects every error of up to 3 bits and every burst of up to 32 in frames of this size. One table of 1 KiB is the
/// middle way between a loop over bits and 16 tables.
pub(crate) static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// A frame on a link: a message of the model, or a signal of the link itself.
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
        /// The signal.
        signal: Signal,
    },
}

/// A machine's words to a peer besides messages. No signal is an event of the model, and none moves a clock. None
/// depends on its place among the messages: each carries all it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Signal {
    /// The sender's progress.
    Progress(Progress),
    /// All that the receiver lacked when the link began has been sent.
    CaughtUp,
    /// The sender has accounted for everything up to here, the receiver's last message.
    Goodbye {
        /// The receiver's last message.
        upto: Cursor,
    },
    /// The answer to a goodbye: the sender has noted that all its messages came.
    Thanks,
    /// The sender is alive.
    Beat {
        /// The [step](Progress::step) of the receiver that the sender has heard of.
        heard: u8,
    },
}

impl Signal {
    const fn encode(self) -> (u8, u64) {
        match self {
            Self::Progress(Progress::Gathering) => (b'A', 0),
            Self::Progress(Progress::Ready) => (b'R', 0),
            Self::Progress(Progress::Ended { last }) => (b'E', last.to_u64()),
            Self::Progress(Progress::Stopped { last }) => (b'S', last.to_u64()),
            Self::CaughtUp => (b'C', 0),
            Self::Goodbye { upto } => (b'G', upto.to_u64()),
            Self::Thanks => (b'T', 0),
            Self::Beat { heard } => (b'B', heard as u64),
        }
    }

    const fn decode(kind: u8, number: u64) -> Option<Self> {
        let cursor = Cursor::from_u64(number);
        match (kind, number) {
            (b'A', 0) => Some(Self::Progress(Progress::Gathering)),
            (b'R', 0) => Some(Self::Progress(Progress::Ready)),
            (b'E', _) => Some(Self::Progress(Progress::Ended { last: cursor })),
            (b'S', _) => Some(Self::Progress(Progress::Stopped { last: cursor })),
            (b'C', 0) => Some(Self::CaughtUp),
            (b'G', _) => Some(Self::Goodbye { upto: cursor }),
            (b'T', 0) => Some(Self::Thanks),
            (b'B', 0..=3) => Some(Self::Beat { heard: number as u8 }),
            _ => None,
        }
    }
}

fn header_of(kind: u8, from: MachineId, to: MachineId) -> [u8; HEADER] {
    let ([from_high, from_low], [to_high, to_low]) =
        ((from.index() as u16).to_be_bytes(), (to.index() as u16).to_be_bytes());
    [MAGIC, kind, from_high, from_low, to_high, to_low]
}

/// Length in bytes of a frame that carries a timestamp of this kind.
pub const fn length<S: Stamp>() -> usize {
    OVERHEAD + S::LENGTH
}

impl<S: Stamp> Frame<S> {
    /// The frame as bytes.
    #[inline]
    pub fn encode(&self) -> S::Frame {
        let mut frame = S::Frame::ZERO;
        // The patterns below always match: the length is a constant. The compiler removes their other branches.
        let Some((covered, checksum)) = frame.as_mut().split_last_chunk_mut::<CHECKSUM>() else { return frame };
        if let Some((header, body)) = covered.split_first_chunk_mut::<HEADER>() {
            match self {
                Self::Message(message) => {
                    *header = header_of(b'M', message.from, message.to);
                    message.stamp.write(body);
                }
                Self::Signal { from, to, signal } => {
                    let (kind, number) = signal.encode();
                    *header = header_of(kind, *from, *to);
                    if let Some(place) = body.first_chunk_mut() {
                        *place = number.to_be_bytes();
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
        let ([MAGIC, kind, from_high, from_low, to_high, to_low], body) = covered.split_first_chunk::<HEADER>()? else {
            return None;
        };
        if body.len() != S::LENGTH || CRC.checksum(covered) != u32::from_be_bytes(*checksum) {
            return None;
        }
        let from = MachineId::from_index(u16::from_be_bytes([*from_high, *from_low]).into())?;
        let to = MachineId::from_index(u16::from_be_bytes([*to_high, *to_low]).into())?;
        if *kind == b'M' {
            return Some(Self::Message(Message { from, to, stamp: S::read(body)? }));
        }
        let (number, rest) = body.split_first_chunk()?;
        let signal =
            Signal::decode(*kind, u64::from_be_bytes(*number)).filter(|_| rest.iter().all(|byte| *byte == 0))?;
        Some(Self::Signal { from, to, signal })
    }

    /// The sender.
    pub const fn from(&self) -> MachineId {
        match self {
            Self::Message(message) => message.from,
            Self::Signal { from, .. } => *from,
        }
    }

    /// The receiver.
    pub const fn to(&self) -> MachineId {
        match self {
            Self::Message(message) => message.to,
            Self::Signal { to, .. } => *to,
        }
    }
}
