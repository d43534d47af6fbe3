//! A peer that speaks the protocol by hand, so that it can also break it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
};

use clockring::{
    assembler::Assembler,
    clock::{ClockKind, LamportStamp},
    cursor::Cursor,
    frame::{Frame, Signal},
    handshake::Greeting,
    message::Message,
    ring::{MachineId, RingSize},
};

/// A machine of a ring of Lamport clocks that does what a test says.
pub struct FakePeer {
    /// Who it says it is.
    pub id: MachineId,
    /// Whom it talks to.
    pub to: MachineId,
    stream: TcpStream,
    assembler: Assembler<LamportStamp>,
    unread: Vec<u8>,
}

impl FakePeer {
    /// The greeting of `id` to `to` that fits a ring of this size.
    pub fn greeting(id: MachineId, to: MachineId, machines: usize) -> Greeting {
        let ring = RingSize::new(machines).expect("a ring");
        Greeting::new(id, to, ring, ClockKind::Lamport, 0xFA4E, Cursor::START)
    }

    /// Dials a machine and greets it. Returns the machine's answer too.
    pub fn dial(address: SocketAddr, greeting: &Greeting) -> (Self, Greeting) {
        let mut stream = TcpStream::connect(address).expect("somebody listens");
        stream.write_all(&greeting.encode()).expect("it takes a greeting");
        let answer = hear_greeting(&mut stream);
        (Self::new(greeting, stream), answer)
    }

    /// Accepts a machine's call and answers it. Returns the machine's greeting too.
    pub fn accept(listener: &TcpListener, greeting: &Greeting) -> (Self, Greeting) {
        let (mut stream, _) = listener.accept().expect("somebody calls");
        let theirs = hear_greeting(&mut stream);
        stream.write_all(&greeting.encode()).expect("it takes an answer");
        (Self::new(greeting, stream), theirs)
    }

    fn new(greeting: &Greeting, stream: TcpStream) -> Self {
        let machine = |letter| MachineId::from_letter(letter).expect("a letter");
        let (id, to) = (machine(greeting.from), machine(greeting.to));
        Self { id, to, stream, assembler: Assembler::new(), unread: Vec::new() }
    }

    /// Sends bytes as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the link is up");
    }

    /// Sends a signal.
    pub fn signal(&mut self, signal: Signal) {
        self.send_bytes(&Frame::<LamportStamp>::Signal { from: self.id, to: self.to, signal }.encode());
    }

    /// The frame of a message with this timestamp.
    pub fn message(&self, stamp: u64) -> [u8; 16] {
        Frame::Message(Message { from: self.id, to: self.to, stamp: LamportStamp(stamp) }).encode()
    }

    /// The next frame; `None` at the end of the stream.
    pub fn hear(&mut self) -> Option<Frame<LamportStamp>> {
        loop {
            let mut bytes = self.unread.as_slice();
            let frame = self.assembler.take(&mut bytes);
            self.unread = bytes.to_vec();
            if frame.is_some() {
                return frame;
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(count @ 1..) => self.unread.extend_from_slice(&buffer[..count]),
                _ => return None,
            }
        }
    }

    /// Hears everything up to this signal; returns the timestamps of the messages before it.
    pub fn hear_until(&mut self, wanted: impl Fn(Signal) -> bool) -> Vec<u64> {
        let mut stamps = Vec::new();
        loop {
            match self.hear().expect("the link is up") {
                Frame::Message(message) => stamps.push(message.stamp.0),
                Frame::Signal { signal, .. } if wanted(signal) => return stamps,
                Frame::Signal { .. } => {}
            }
        }
    }
}

fn hear_greeting(stream: &mut TcpStream) -> Greeting {
    let mut bytes = [0; Greeting::LENGTH];
    stream.read_exact(&mut bytes).expect("a greeting");
    Greeting::decode(&bytes).expect("a whole greeting")
}
