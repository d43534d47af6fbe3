//! Frames out of a stream of bytes, however the stream is cut.

use core::marker::PhantomData;

use crate::{
    frame::{self, Frame, MAGIC},
    message::{ByteArray, Stamp},
};

/// Collects bytes until they make a frame.
///
/// Takes bytes in any chunking, finds its place again after garbage, and never consumes a byte beyond the frame it
/// returns. Memory: one frame.
///
/// ```
/// use clockring::{assembler::Assembler, clock::LamportStamp, frame::{Frame, Signal}, ring::MachineId};
///
/// let (a, b) = (MachineId::from_letter(b'A').unwrap(), MachineId::from_letter(b'B').unwrap());
/// let frame = Frame::<LamportStamp>::Signal { from: a, to: b, signal: Signal::Thanks };
/// let mut stream = [b"noise".as_slice(), &frame.encode()].concat();
/// stream.extend(b"what follows");
///
/// let mut assembler = Assembler::new();
/// let mut bytes = stream.as_slice();
/// assert_eq!(assembler.take(&mut bytes), Some(frame));
/// assert_eq!((bytes, assembler.skipped()), (b"what follows".as_slice(), 5));
/// ```
#[derive(Clone, Debug)]
pub struct Assembler<S: Stamp> {
    partial: S::Frame,
    filled: usize,
    skipped: u64,
    stamp: PhantomData<S>,
}

impl<S: Stamp> Assembler<S> {
    /// An assembler that has seen nothing.
    pub const fn new() -> Self {
        Self { partial: S::Frame::ZERO, filled: 0, skipped: 0, stamp: PhantomData }
    }

    /// The next frame, taken from the front of `bytes` together with what earlier calls left unfinished. `None` when
    /// all bytes are consumed and the frame is not whole yet.
    #[inline]
    pub fn take(&mut self, bytes: &mut &[u8]) -> Option<Frame<S>> {
        // The common case: a whole frame lies there, and nothing is unfinished.
        if self.filled == 0
            && let Some((whole, rest)) = bytes.split_at_checked(frame::length::<S>())
            && let Some(frame) = Frame::decode(whole)
        {
            *bytes = rest;
            return Some(frame);
        }
        while let Some((&byte, rest)) = bytes.split_first() {
            *bytes = rest;
            if let Some(frame) = self.push(byte) {
                return Some(frame);
            }
        }
        None
    }

    /// Adds one byte; returns the frame that it completes. What an interrupt handler of a UART calls.
    pub fn push(&mut self, byte: u8) -> Option<Frame<S>> {
        self.push_whole(byte).unwrap_or(None)
    }

    /// As [`Assembler::push`], but says whether bytes were skipped.
    ///
    /// # Errors
    /// If they were.
    #[inline]
    pub(crate) fn push_whole(&mut self, byte: u8) -> Result<Option<Frame<S>>, Skipped> {
        if self.filled == 0 && byte != MAGIC {
            self.skipped = self.skipped.wrapping_add(1);
            return Err(Skipped);
        }
        if let Some(place) = self.partial.as_mut().get_mut(self.filled) {
            *place = byte;
            self.filled += 1;
        }
        if self.filled < frame::length::<S>() {
            return Ok(None);
        }
        let Some(frame) = Frame::decode(self.partial.as_ref()) else {
            self.drop_to_next_magic();
            return Err(Skipped);
        };
        self.filled = 0;
        Ok(Some(frame))
    }

    /// How many bytes so far belonged to no frame. An unfinished frame is not counted.
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Is a frame begun and not finished?
    pub const fn is_within_a_frame(&self) -> bool {
        self.filled > 0
    }

    /// Forgets an unfinished frame and counts its bytes as skipped: what a break in the stream calls for.
    pub fn reset(&mut self) {
        self.skipped = self.skipped.wrapping_add(self.filled as u64);
        self.filled = 0;
    }

    /// What was collected is no frame, but one may have begun inside it.
    fn drop_to_next_magic(&mut self) {
        let old = self.partial;
        let old = old.as_ref();
        let next = old.iter().skip(1).position(|byte| *byte == MAGIC).map_or(old.len(), |index| index + 1);
        for (place, byte) in self.partial.as_mut().iter_mut().zip(old.iter().skip(next)) {
            *place = *byte;
        }
        self.filled = old.len() - next;
        self.skipped = self.skipped.wrapping_add(next as u64);
    }
}

/// Bytes belonged to no frame.
pub(crate) struct Skipped;

impl<S: Stamp> Default for Assembler<S> {
    fn default() -> Self {
        Self::new()
    }
}
