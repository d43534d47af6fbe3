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
    handshake::{Greeting, RunFacts},
    message::{Message, Stamp},
    progress::Progress,
    ring::MachineId,
};

/// A machine of a ring of Lamport clocks that a test controls.
pub struct FakePeer {
    /// Its own name.
    pub id: MachineId,
    /// Its peer's name.
    pub to: MachineId,
    stream: TcpStream,
    assembler: Assembler<LamportStamp>,
    unread: Vec<u8>,
    /// The last message that came.
    received: Cursor,
    /// The last message that there is for it, once the machine has said so.
    their_last: Option<Cursor>,
    /// The machine's goodbye, until it is answered.
    goodbye: Option<Cursor>,
}

impl FakePeer {
    /// The greeting of `id` to `to` in a ring of this size whose dice have ten sides. It takes any number and seed of
    /// the run.
    pub fn greeting(id: MachineId, to: MachineId, machines: u16) -> Greeting {
        let clock = ClockKind::Lamport.letter();
        let run = RunFacts { machines, sides: 10, clock, payload: 0, number: None, seed: None };
        Greeting::new(id, to, run, 0xFA4E)
    }

    /// Dials a machine and greets it. Returns the machine's answer too.
    pub fn dial(address: SocketAddr, greeting: &Greeting) -> (Self, Greeting) {
        let mut stream = TcpStream::connect(address).expect("somebody listens");
        stream.write_all(&greeting.encode()).expect("it takes a greeting");
        let answer = hear_greeting(&mut stream);
        (Self::new(greeting, &answer, stream), answer)
    }

    /// Accepts a machine's call and answers it. Returns the machine's greeting too.
    pub fn accept(listener: &TcpListener, greeting: &Greeting) -> (Self, Greeting) {
        Self::accept_with(listener, || *greeting)
    }

    /// As [`FakePeer::accept`], with an answer that is made when it is given.
    pub fn accept_with(listener: &TcpListener, greeting: impl FnOnce() -> Greeting) -> (Self, Greeting) {
        let (mut stream, _) = listener.accept().expect("somebody calls");
        let theirs = hear_greeting(&mut stream);
        let greeting = &greeting();
        stream.write_all(&greeting.encode()).expect("it takes an answer");
        (Self::new(greeting, &theirs, stream), theirs)
    }

    fn new(greeting: &Greeting, theirs: &Greeting, stream: TcpStream) -> Self {
        let machine = |place: u16| MachineId::from_index(place.into()).expect("a machine");
        let (id, to) = (machine(greeting.from), machine(greeting.to));
        Self {
            id,
            to,
            stream,
            assembler: Assembler::new(),
            unread: Vec::new(),
            received: greeting.received,
            their_last: theirs.progress.last(),
            goodbye: None,
        }
    }

    /// Sends bytes as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the link is up");
    }

    /// Sends a signal.
    pub fn signal(&mut self, signal: Signal) {
        self.send_bytes(&Frame::<LamportStamp>::Signal { from: self.id, to: self.to, signal }.encode());
    }

    /// Says that it is ready to start.
    pub fn ready(&mut self) {
        self.signal(Signal::Progress(Progress::Ready));
    }

    /// Says that it makes no more events, and that this is the timestamp of its last message.
    pub fn ended(&mut self, last: u64) {
        let last = Cursor::from_u64(last);
        self.signal(Signal::Progress(Progress::Ended { last }));
    }

    /// Plays its part of the end: says goodbye once it has everything, thanks for the machine's goodbye, and waits to
    /// be thanked. Returns the timestamps of the machine's messages.
    pub fn end(mut self, last: u64) -> Vec<u64> {
        self.ended(last);
        let mut stamps = Vec::new();
        let (mut said_goodbye, mut said_thanks, mut is_thanked) = (false, false, false);
        while !(said_thanks && is_thanked) {
            if let Some(upto) = self.their_last.filter(|upto| !said_goodbye && self.received >= *upto) {
                self.signal(Signal::Goodbye { upto });
                said_goodbye = true;
            }
            if let Some(upto) = self.goodbye.take() {
                assert_eq!(upto, Cursor::from_u64(last), "the machine has everything");
                self.signal(Signal::Thanks);
                said_thanks = true;
                continue;
            }
            match self.hear().expect("the link is up") {
                Frame::Message(message) => stamps.push(message.stamp.0),
                Frame::Signal { signal, .. } => is_thanked |= signal == Signal::Thanks,
            }
        }
        stamps
    }

    /// The frame of a message with this timestamp.
    pub fn message(&self, stamp: u64) -> <LamportStamp as Stamp>::Frame {
        Frame::Message(Message { from: self.id, to: self.to, stamp: LamportStamp(stamp) }).encode()
    }

    /// The next frame; `None` at the end of the stream.
    pub fn hear(&mut self) -> Option<Frame<LamportStamp>> {
        loop {
            let mut bytes = self.unread.as_slice();
            let frame = self.assembler.take(&mut bytes);
            self.unread = bytes.to_vec();
            if let Some(frame) = frame {
                self.note(&frame);
                return Some(frame);
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(count @ 1..) => self.unread.extend_from_slice(&buffer[..count]),
                _ => return None,
            }
        }
    }

    fn note(&mut self, frame: &Frame<LamportStamp>) {
        match frame {
            Frame::Message(message) => self.received = Cursor::after(&message.stamp, message.from),
            Frame::Signal { signal: Signal::Progress(progress), .. } => self.their_last = progress.last(),
            Frame::Signal { signal: Signal::Goodbye { upto }, .. } => self.goodbye = Some(*upto),
            Frame::Signal { .. } => {}
        }
    }

    /// Hears up to the next message of the machine, so that its run has begun; returns the message's cursor.
    pub fn hear_message(&mut self) -> Cursor {
        while !matches!(self.hear().expect("the link is up"), Frame::Message(_)) {}
        self.received
    }

    /// The last message that came.
    pub const fn received(&self) -> Cursor {
        self.received
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
