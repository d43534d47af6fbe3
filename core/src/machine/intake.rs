//! Intake of the link to one peer: bytes into messages, each of them once and in order.

use core::fmt;

use crate::{
    assembler::Assembler,
    clock::{Clock, Refusal},
    cursor::Cursor,
    frame::{Frame, Signal},
    message::Message,
    moment::{Monotonic, UnixTime},
    ring::MachineId,
};

/// The check on everything a peer sends. It lives as long as the machine, and sees one link after the other.
///
/// ```
/// use clockring::{
///     clock::{Lamport, LamportStamp},
///     cursor::Cursor,
///     frame::Frame,
///     machine::{Arrival, Intake},
///     message::Message,
///     moment::UnixTime,
///     ring::MachineId,
/// };
///
/// let (a, b) = (MachineId::from_letter(b'A').unwrap(), MachineId::from_letter(b'B').unwrap());
/// let message = Message { from: b, to: a, stamp: LamportStamp(7) };
/// let bytes = Frame::Message(message).encode();
///
/// let mut intake = Intake::<Lamport>::new(a, b, Cursor::START);
/// assert_eq!(intake.take(&mut &bytes[..], UnixTime::EPOCH), Ok(Some(Arrival::Message(message))));
/// intake.keep(&message);
/// assert_eq!(intake.take(&mut &bytes[..], UnixTime::EPOCH), Ok(None), "the same once more is dropped");
/// ```
#[derive(Debug)]
pub struct Intake<C: Clock> {
    id: MachineId,
    peer: MachineId,
    received: Cursor,
    assembler: Assembler<C::Stamp>,
}

/// Something that a peer has sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Arrival<S> {
    /// A message that was not had before.
    Message(Message<S>),
    /// A signal.
    Signal(Signal),
}

/// A message in its lane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Received<S> {
    /// The message.
    pub message: Message<S>,
    /// The moment at which its last bytes were read.
    pub at: Monotonic,
}

/// Reasons to give up a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum IntakeError {
    /// Bytes that belong to no frame: something was damaged on the way.
    Garbage {
        /// Their number.
        bytes: u64,
    },
    /// A frame between two other machines.
    Misdirected {
        /// Its sender.
        from: MachineId,
        /// Its receiver.
        to: MachineId,
    },
    /// A message with a timestamp that no honest clock gives.
    Refused(Refusal),
}

impl fmt::Display for IntakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Garbage { bytes } => write!(f, "it carried {bytes} bytes that belong to no frame"),
            Self::Misdirected { from, to } => write!(f, "it carried a frame from {from} to {to}"),
            Self::Refused(refusal) => write!(f, "it carried a message that is refused: {refusal}"),
        }
    }
}

impl core::error::Error for IntakeError {}

impl<C: Clock> Intake<C> {
    /// The intake of machine `id` from this peer; `received`: cursor of the last message accepted from it.
    pub const fn new(id: MachineId, peer: MachineId, received: Cursor) -> Self {
        Self { id, peer, received, assembler: Assembler::new() }
    }

    /// The peer.
    pub const fn peer(&self) -> MachineId {
        self.peer
    }

    /// The last of the peer's messages that was kept.
    pub const fn received(&self) -> Cursor {
        self.received
    }

    /// A new link begins.
    pub const fn begin(&mut self) {
        self.assembler = Assembler::new();
    }

    /// Is a frame begun and not finished?
    pub const fn is_within_a_frame(&self) -> bool {
        self.assembler.is_within_a_frame()
    }

    /// The next thing in `bytes`; `None` when they are used up. A message is to be told of by [`Intake::keep`] once it
    /// is in its lane, before the next is asked for. `now` is physical time.
    ///
    /// # Errors
    /// If the link has to be given up. Messages not kept come again over the next one.
    #[inline]
    pub fn take(&mut self, bytes: &mut &[u8], now: UnixTime) -> Result<Option<Arrival<C::Stamp>>, IntakeError> {
        loop {
            let Some(frame) = self.assembler.take(bytes) else { return self.demand_whole().map(|()| None) };
            let arrival = self.judge(frame, now)?;
            if arrival.is_some() {
                return Ok(arrival);
            }
        }
    }

    /// Takes one byte, and the message it completes: for the interrupt handler of a UART. As [`Intake::take`].
    ///
    /// # Errors
    /// As [`Intake::take`].
    #[inline]
    pub fn push(&mut self, byte: u8, now: UnixTime) -> Result<Option<Arrival<C::Stamp>>, IntakeError> {
        match self.assembler.push_whole(byte) {
            Ok(Some(frame)) => self.judge(frame, now),
            Ok(None) => Ok(None),
            Err(_) => self.demand_whole().map(|()| None),
        }
    }

    /// Damaged bytes are sent again over the next link; nothing after them may be taken.
    #[inline]
    const fn demand_whole(&self) -> Result<(), IntakeError> {
        match self.assembler.skipped() {
            0 => Ok(()),
            bytes => Err(IntakeError::Garbage { bytes }),
        }
    }

    /// The content of a frame; `None` for a duplicate.
    fn judge(&self, frame: Frame<C::Stamp>, now: UnixTime) -> Result<Option<Arrival<C::Stamp>>, IntakeError> {
        self.demand_whole()?;
        let (from, to) = (frame.from(), frame.to());
        if (from, to) != (self.peer, self.id) {
            return Err(IntakeError::Misdirected { from, to });
        }
        let message = match frame {
            Frame::Signal { signal, .. } => return Ok(Some(Arrival::Signal(signal))),
            Frame::Message(message) => message,
        };
        C::admit(&message.stamp, now).map_err(IntakeError::Refused)?;
        let is_new = !self.received.has(&message.stamp, self.peer);
        Ok(is_new.then_some(Arrival::Message(message)))
    }

    /// Notes that this message is in its lane.
    pub fn keep(&mut self, message: &Message<C::Stamp>) {
        self.received.accept(&message.stamp, self.peer);
    }
}
