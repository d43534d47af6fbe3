//! The sending side of a board's links: greetings, frames, beats.

use clockring::{
    clock::{ClockKind, LamportStamp},
    cursor::Cursor,
    event::{Event, EventKind},
    frame::{self, Frame, Signal},
    handshake::Greeting,
    message::Message,
    ring::{MachineId, RingSize},
};
use critical_section::with;

use super::{Board, Chip, log};
use crate::machine::LINKS;

/// How often each side shows that it is there, and how long nothing may be heard: as on a computer.
const BEAT_EVERY_NS: u64 = 1_000_000_000;
const SILENCE_MAX_NS: u64 = 5_000_000_000;

/// How often a peer that does not answer is greeted: more rarely than a computer gives up waiting for a greeting, so
/// that it never hears two.
const GREET_EVERY_NS: u64 = 2_500_000_000;

/// How long whoever carries the bytes takes to dial again after a link was broken: QEMU, a second. A greeting that is
/// said earlier is lost with the old connection.
const REDIAL_NS: u64 = 1_500_000_000;

/// A peer, as the main loop sees it.
pub struct Peer {
    pub id: MachineId,
    /// Does this machine greet first, or answer?
    pub dials: bool,
    pub up: bool,
    pub ready: bool,
    pub ended: bool,
    pub gone: bool,
    pub heard_ns: u64,
    said_ns: u64,
    greet_ns: u64,
}

impl Peer {
    pub fn new(ring: RingSize, own: MachineId, id: MachineId) -> Self {
        Self {
            id,
            dials: ring.dials(own, id),
            up: false,
            ready: false,
            ended: false,
            gone: false,
            heard_ns: 0,
            said_ns: 0,
            greet_ns: 0,
        }
    }
}

impl<C: Chip> Board<C> {
    /// This machine's greeting to the peer of a link.
    pub fn greeting(&self, link: usize) -> Greeting {
        let received = with(|cs| {
            self.shared[link].borrow(cs).borrow().as_ref().map_or(Cursor::START, |receiver| receiver.link().received())
        });
        let (own, peer) = (self.config.id, self.peers[link].id);
        Greeting::new(own, peer, self.ring, ClockKind::Lamport, self.config.instance, received)
    }

    /// Sends the messages of an event, and keeps them for a peer that is away.
    pub fn send(&mut self, event: &Event<LamportStamp>) {
        if let EventKind::Send { to } = event.kind {
            self.recent.add(event.clock, to);
            for message in event.messages(self.config.id) {
                self.send_frame(self.ring.distance(self.config.id, message.to) - 1, Frame::Message(message));
            }
        }
    }

    /// Sends a signal to every peer.
    pub fn tell_all(&mut self, signal: Signal) {
        for link in 0..LINKS {
            self.tell(link, signal);
        }
    }

    fn tell(&mut self, link: usize, signal: Signal) {
        self.send_frame(link, Frame::Signal { from: self.config.id, to: self.peers[link].id, signal });
    }

    fn send_frame(&mut self, link: usize, frame: Frame<LamportStamp>) {
        if self.peers[link].up {
            self.peers[link].said_ns = self.chip.now_ns();
            self.chip.send(link, &frame.encode());
        }
    }

    /// Says again what the peer of a link that is new has not heard.
    pub fn resume(&mut self, link: usize, received: Cursor) {
        let (own, peer) = (self.config.id, self.peers[link].id);
        if let Some(first) = self.first {
            self.tell(link, first);
        }
        if !received.has(&self.recent.forgotten(), own) {
            log::forgotten(peer);
        }
        for place in 0..self.recent.len() {
            let Some(&(stamp, to)) = self.recent.get(place) else { break };
            if to.contains(peer) && !received.has(&stamp, own) {
                self.send_frame(link, Frame::Message(Message { from: own, to: peer, stamp }));
            }
        }
        if let Some(last) = self.last {
            self.tell(link, last);
        }
        if self.leaving {
            self.tell(link, Signal::Goodbye);
        }
    }

    /// Breaks a link. A UART cannot hang up, but whoever reads bytes that are no frame does. As many as a frame has, so
    /// that one that was cut short is filled, and found to be none.
    pub fn hang_up(&mut self, link: usize) {
        let peer = &mut self.peers[link];
        if peer.up {
            peer.up = false;
            peer.greet_ns = self.chip.now_ns() + REDIAL_NS;
            log::damaged(peer.id);
            self.chip.send(link, &[b'!'; frame::length::<LamportStamp>()]);
        }
    }

    /// Greets, beats, and notices silence.
    pub fn look_after_links(&mut self) {
        let now_ns = self.chip.now_ns();
        for link in 0..LINKS {
            let peer = &mut self.peers[link];
            if peer.up && !peer.gone && now_ns > peer.heard_ns + SILENCE_MAX_NS {
                // If the peer had hung up, whatever was said since then has made it hang up again.
                (peer.up, peer.greet_ns) = (false, now_ns + REDIAL_NS);
                log::link_down(peer.id);
            }
            if peer.up && now_ns >= peer.said_ns + BEAT_EVERY_NS {
                self.tell(link, Signal::Beat);
            } else if !peer.up && peer.dials && now_ns >= peer.greet_ns {
                peer.greet_ns = now_ns + GREET_EVERY_NS;
                let greeting = self.greeting(link).encode();
                self.chip.send(link, &greeting);
            }
        }
    }
}
