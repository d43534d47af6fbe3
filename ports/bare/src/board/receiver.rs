//! What an interrupt handler does with a UART's bytes.

use core::cell::RefCell;

use clockring::{frame::Signal, handshake::Greeting, ring::MachineId};
use critical_section::Mutex;
use heapless::{Deque, Vec};

use super::log;
use crate::machine::Link;

/// A receiver, shared between its interrupt handler and the main loop.
pub type Shared = Mutex<RefCell<Option<Receiver<'static>>>>;

/// What comes over a link besides messages.
pub enum Heard {
    /// Somebody begins, or answers.
    Greeting(Greeting),
    /// A signal.
    Signal(Signal),
    /// Bytes that are no frame: something was lost, and nothing more is taken until there is a new greeting.
    Damage,
}

/// Takes a link's bytes: frames, and greetings between them.
pub struct Receiver<'a> {
    link: Link<'a>,
    /// As much as has come of what may be a greeting.
    greeting: Vec<u8, { Greeting::LENGTH }>,
    heard: Deque<Heard, 8>,
    active: bool,
    /// The link is to be made again: what was damaged will then be said again, before anything that came after it.
    broken: bool,
    /// How many bytes belonged to no frame when the link was made.
    skipped_before: u64,
}

impl<'a> Receiver<'a> {
    /// The receiver of a link.
    pub fn new(link: Link<'a>) -> Self {
        Self { link, greeting: Vec::new(), heard: Deque::new(), active: false, broken: false, skipped_before: 0 }
    }

    /// A byte has come in.
    pub fn byte(&mut self, byte: u8) {
        self.active = true;
        let place = self.greeting.len();
        let is_greeting = match GREETING_BEGINS.get(place) {
            Some(expected) => byte == *expected && (self.broken || !self.link.is_within_a_frame()),
            None => true,
        };
        if is_greeting && self.greeting.push(byte).is_ok() {
            self.end_of_greeting();
            return;
        }
        // It only looked like one: these bytes belong to the stream of frames.
        for before in core::mem::take(&mut self.greeting) {
            self.frame_byte(before);
        }
        self.frame_byte(byte);
    }

    fn end_of_greeting(&mut self) {
        let Ok(bytes) = <&[u8; Greeting::LENGTH]>::try_from(self.greeting.as_slice()) else { return };
        let greeting = Greeting::decode(bytes);
        self.greeting.clear();
        if let Ok(greeting) = greeting {
            self.link.begin();
            (self.broken, self.skipped_before) = (false, self.link.skipped());
            self.tell(Heard::Greeting(greeting));
        }
    }

    fn frame_byte(&mut self, byte: u8) {
        if self.broken {
            return;
        }
        let overruns = self.link.overruns;
        // Lamport's clock does not look at the time.
        if let Some(signal) = self.link.receive(byte, 0) {
            self.tell(Heard::Signal(signal));
        }
        if self.link.overruns != overruns {
            // Said here, since there is no limit to how many there are before the main loop is back.
            log::overrun(self.link.peer(), self.link.received());
        }
        if self.link.skipped() > self.skipped_before {
            self.broken = true;
            self.tell(Heard::Damage);
        }
    }

    fn tell(&mut self, heard: Heard) {
        // A full queue loses a beat: whatever else is said is said again when the link is made anew.
        let _ = self.heard.push_back(heard);
    }

    /// The next thing that was heard.
    pub fn heard(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }

    /// Has anything come since the last time this was asked?
    pub fn was_active(&mut self) -> bool {
        core::mem::take(&mut self.active)
    }

    /// The link.
    pub fn link(&self) -> &Link<'a> {
        &self.link
    }

    /// The peer, the bytes that belonged to no frame, and the messages that found the lane full.
    pub fn losses(&self) -> (MachineId, u64, u32) {
        (self.link.peer(), self.link.skipped(), self.link.overruns)
    }
}

/// How every greeting begins. No frame does.
const GREETING_BEGINS: [u8; 7] = *b"CLKRING";
