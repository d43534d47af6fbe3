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
