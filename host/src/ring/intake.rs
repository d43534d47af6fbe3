//! What comes in over the link to one peer: bytes into messages, each of them once and in order.

use clockring::{
    assembler::Assembler,
    clock::Clock,
    cursor::Cursor,
    frame::{Frame, Signal},
    message::Message,
    ring::MachineId,
};

/// Checks what a peer sends. It lives as long as the machine, and sees one link after the other.
#[derive(Debug)]
pub struct Intake<C: Clock> {
    id: MachineId,
    peer: MachineId,
    received: Cursor,
    assembler: Assembler<C::Stamp>,
}

/// Something that a peer has sent.
#[derive(Clone, Copy, Debug)]
pub enum Taken<S> {
    /// A message that was not had before.
    Message(Message<S>),
    /// A signal.
    Signal(Signal),
}

impl<C: Clock> Intake<C> {
    /// What machine `id` takes in from this peer, of whose messages it has those up to `received`.
    pub fn new(id: MachineId, peer: MachineId, received: Cursor) -> Self {
        Self { id, peer, received, assembler: Assembler::new() }
    }

    /// What it has of the peer's messages.
    pub fn received(&self) -> Cursor {
        self.received
    }

    /// A new link begins.
    pub fn begin(&mut self) {
        self.assembler = Assembler::new();
    }

    /// The next thing in `bytes`; `None` when they are used up. A message is to be told of by [`Intake::keep`] once it
    /// is in its lane, before the next is asked for.
    ///
    /// # Errors
    /// Why the link is of no use any more. What was not kept comes again over the next one.
    pub fn take(&mut self, bytes: &mut &[u8], now_ns: u64) -> Result<Option<Taken<C::Stamp>>, String> {
        loop {
            let frame = self.assembler.take(bytes);
            // What was damaged on the way is sent again over the next link; nothing after it may be taken.
            if self.assembler.skipped() > 0 {
                return Err(format!("it carried {} bytes that belong to no frame", self.assembler.skipped()));
            }
            let Some(frame) = frame else { return Ok(None) };
            if (frame.from(), frame.to()) != (self.peer, self.id) {
                return Err(format!("it carried a frame from {} to {}", frame.from(), frame.to()));
            }
            let message = match frame {
                Frame::Signal { signal, .. } => return Ok(Some(Taken::Signal(signal))),
                Frame::Message(message) => message,
            };
            C::admit(&message.stamp, now_ns)
                .map_err(|refusal| format!("it carried a message that is refused: {refusal}"))?;
            if !self.received.has(&message.stamp, self.peer) {
                return Ok(Some(Taken::Message(message)));
            }
        }
    }

    /// This message is in its lane.
    pub fn keep(&mut self, message: &Message<C::Stamp>) {
        self.received.accept(&message.stamp, self.peer);
    }
}

#[cfg(test)]
mod tests {
    use clockring::clock::{COUNT_MAX, Lamport, LamportStamp};

    use super::*;

    fn id(letter: u8) -> MachineId {
        MachineId::from_letter(letter).unwrap()
    }

    fn message(from: u8, to: u8, stamp: u64) -> Vec<u8> {
        Frame::Message(Message { from: id(from), to: id(to), stamp: LamportStamp(stamp) }).encode().to_vec()
    }

    fn a_from_b() -> Intake<Lamport> {
        Intake::new(id(b'A'), id(b'B'), Cursor::START)
    }

    /// The timestamps that are taken, each of them kept.
    fn stamps(intake: &mut Intake<Lamport>, bytes: &[u8]) -> Result<Vec<u64>, String> {
        let (mut bytes, mut stamps) = (bytes, Vec::new());
        while let Some(taken) = intake.take(&mut bytes, 0)? {
            if let Taken::Message(message) = taken {
                intake.keep(&message);
                stamps.push(message.stamp.0);
            }
        }
        Ok(stamps)
    }

    #[test]
    fn a_message_that_was_had_is_dropped() {
        let mut intake = a_from_b();
        let bytes: Vec<u8> = [3, 5, 5, 3, 4, 6].iter().flat_map(|stamp| message(b'B', b'A', *stamp)).collect();
        assert_eq!(stamps(&mut intake, &bytes), Ok(vec![3, 5, 6]));
        intake.begin();
        assert_eq!(stamps(&mut intake, &bytes), Ok(vec![]), "over the next link too");
    }

    #[test]
    fn a_message_that_was_not_kept_comes_again() {
        let mut intake = a_from_b();
        let bytes = message(b'B', b'A', 3);
        assert!(matches!(intake.take(&mut bytes.as_slice(), 0), Ok(Some(Taken::Message(_)))));
        intake.begin();
        assert_eq!(stamps(&mut intake, &bytes), Ok(vec![3]));
    }

    #[test]
    fn half_a_frame_of_a_link_that_broke_does_not_spoil_the_next() {
        let mut intake = a_from_b();
        let bytes = message(b'B', b'A', 3);
        assert_eq!(stamps(&mut intake, &bytes[..7]), Ok(vec![]));
        intake.begin();
        assert_eq!(stamps(&mut intake, &bytes), Ok(vec![3]));
    }

    #[test]
    fn what_is_damaged_misdirected_or_absurd_breaks_the_link() {
        let mut damaged = message(b'B', b'A', 3);
        damaged[6] ^= 1;
        damaged.extend(message(b'B', b'A', 4));
        for bytes in [damaged, message(b'C', b'A', 3), message(b'B', b'C', 3), message(b'B', b'A', COUNT_MAX + 1)] {
            let mut intake = a_from_b();
            assert!(stamps(&mut intake, &bytes).is_err());
            assert_eq!(intake.received(), Cursor::START, "nothing of it is kept");
        }
    }
}
