//! The smallest complete use: two machines in one thread, joined by streams of bytes, for three seconds of virtual
//! time. On a board the loop is woken by a timer and the streams are UARTs; nothing else changes.
//!
//! `cargo run -p core --example two_machines`

use std::io::Write;

use clockring::{
    assembler::Assembler,
    chance::{Die, Purpose, stream},
    clock::{Lamport, LamportStamp},
    event::EventKind,
    frame::Frame,
    inbox::{Inbox, Lane, Sender, Tickets},
    message::Message,
    moment::{Elapsed, UnixTime},
    process::{Process, Turn},
    ring::{MachineId, RingSize},
    time::{Phase, Rate, Schedule},
};
use rand_xorshift::XorShiftRng;

/// A process, and what brings it its turns.
struct Machine<'a> {
    process: Process<Lamport>,
    die: Die<XorShiftRng>,
    schedule: Schedule,
    inbox: Inbox<'a, Message<LamportStamp>, 1>,
    // The reading end of its one link.
    assembler: Assembler<LamportStamp>,
    lane: Sender<'a, Message<LamportStamp>>,
}

impl<'a> Machine<'a> {
    fn new(id: MachineId, rate: u32, storage: &'a mut Lane<Message<LamportStamp>, 8>, tickets: &'a Tickets) -> Self {
        let mut inbox = Inbox::new();
        let lane = inbox.connect(storage, tickets).expect("an inbox for one lane takes one");
        Self {
            process: Process::new(id, RingSize::new(2).expect("two machines are a ring")),
            die: Die::new(4, stream(2026, id, Purpose::Rolls)),
            schedule: Schedule::new(Rate::per_second(rate).expect("a rate of a few ticks"), Phase::ALIGNED),
            inbox,
            assembler: Assembler::new(),
            lane,
        }
    }

    fn receive(&mut self, mut bytes: &[u8]) {
        while let Some(Frame::Message(message)) = self.assembler.take(&mut bytes) {
            self.lane.push(message).expect("seven places are enough for this run");
        }
    }
}

fn main() -> std::io::Result<()> {
    let [a, b] = [b'A', b'B'].map(|letter| MachineId::from_letter(letter).expect("a letter"));
    let (tickets, mut lanes): ([Tickets; 2], [_; 2]) = Default::default();
    let [lane_a, lane_b] = &mut lanes;
    let mut machines = [Machine::new(a, 2, lane_a, &tickets[0]), Machine::new(b, 3, lane_b, &tickets[1])];

    let mut out = std::io::stdout().lock();
    loop {
        let [a, b] = &mut machines;
        let (next, other) = if a.schedule.due() <= b.schedule.due() { (a, b) } else { (b, a) };
        let now = next.schedule.due();
        if now > Elapsed::from_ns(3_000_000_000) {
            return Ok(());
        }
        next.schedule.advance();

        let turn = Turn::of(next.inbox.pop(), || next.process.rolled(next.die.roll()));
        let step = next.process.step(turn, UnixTime::EPOCH);
        let what = match step.event.kind {
            EventKind::Internal => "internal",
            EventKind::Send { .. } => "send",
            EventKind::Receive { .. } => "receive",
        };
        writeln!(out, "{:4} ms  {}  {what:8} {}", now.ns() / 1_000_000, next.process.id(), step.event.clock)?;
        for message in step.messages {
            other.receive(&Frame::Message(message).encode());
        }
    }
}
