//! Three machines in virtual time, one tick at a time. The same order of ticks and arrivals as `clockring sim`, so the
//! same seed gives the same events; a test compares them.

use std::collections::VecDeque;

use clockring::{
    chance::{Die, Purpose, Stream, stream},
    clock::{LamportStamp, Vector, VectorStamp},
    event::EventKind,
    message::Message,
    moment::UnixTime,
    process::{Process, Turn},
    ring::{MachineId, RingSize},
    time::{Phase, Rate, Schedule},
};

use crate::rules::{BreakableClock, Broken};

/// How many machines the page has.
pub const MACHINES: usize = 3;

/// What is set before a run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub rates: [Rate; MACHINES],
    pub sides: u32,
    pub seed: u64,
    /// How long a message takes.
    pub latency_ns: u64,
    pub broken: Broken,
}

/// Three machines and the messages between them.
pub struct Model {
    ring: RingSize,
    latency_ns: u64,
    machines: Vec<Machine>,
}

struct Machine {
    process: Process<BreakableClock>,
    /// The same events, as a vector clock sees them: it keeps all rules.
    vector: Process<Vector<MACHINES>>,
    schedule: Schedule,
    die: Die<Stream>,
    ticks: u64,
    /// The timestamp of the last event.
    clock: LamportStamp,
    /// In order of arrival.
    under_way: Vec<Letter>,
    /// In order of arrival, each with the last tick before it came.
    waiting: VecDeque<(u64, Letter)>,
}

/// A message with what only an onlooker knows.
#[derive(Clone, Copy)]
struct Letter {
    arrival_ns: u64,
    message: Message<LamportStamp>,
    vector: VectorStamp<MACHINES>,
    origin: Origin,
}

/// Where a message comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The tick of the sender.
    pub tick: u64,
    /// The timestamp of the send event, whatever the message carries.
    pub clock: LamportStamp,
    /// At how many ticks of the receiver it was there and had to wait.
    pub waited: u64,
}

/// What an onlooker sees of a tick.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub machine: MachineId,
    pub tick: u64,
    pub time_ns: u64,
    pub kind: EventKind<LamportStamp>,
    /// The timestamp of the event before, and of this one.
    pub before: LamportStamp,
    pub clock: LamportStamp,
    pub vector: VectorStamp<MACHINES>,
    pub queue: u64,
    /// Of a receive: where its message comes from.
    pub origin: Option<Origin>,
}

impl Model {
    pub fn new(settings: &Settings) -> Self {
        let ring = RingSize::new(MACHINES).expect("a ring may have three machines");
        let machines = ring.machines().zip(settings.rates).map(|(id, rate)| Machine {
            process: Process::with_clock(id, ring, BreakableClock::breaking(id, settings.broken)),
            vector: Process::new(id, ring),
            schedule: Schedule::new(rate, Phase::ALIGNED),
            die: Die::new(settings.sides, stream(settings.seed, id, Purpose::Rolls)),
            ticks: 0,
            clock: LamportStamp(0),
            under_way: Vec::new(),
            waiting: VecDeque::new(),
        });
        Self { ring, latency_ns: settings.latency_ns.max(1), machines: machines.collect() }
    }

    /// When the next tick is due, in nanoseconds after the start.
    pub fn due_ns(&self) -> u64 {
        self.machines.iter().map(|machine| machine.schedule.due().ns()).min().unwrap_or(u64::MAX)
    }

    /// The next tick: of those due at once, the first in ring order.
    pub fn tick(&mut self) -> Seen {
        let due = |index: &usize| self.machines[*index].schedule.due();
        let index = (0..MACHINES).min_by_key(due).expect("there are machines");
        let (seen, messages) = self.machines[index].tick(self.ring);
        for message in messages {
            let origin = Origin { tick: seen.tick, clock: seen.clock, waited: 0 };
            let arrival_ns = seen.time_ns + self.latency_ns;
            let letter = Letter { arrival_ns, message, vector: seen.vector, origin };
            // Everything takes equally long, so what is sent later arrives later, and of messages that arrive in the
            // same nanosecond the one whose sender comes first in the alphabet was sent first.
            self.machines[message.to.index()].under_way.push(letter);
        }
        seen
    }
}

impl Machine {
    fn tick(&mut self, ring: RingSize) -> (Seen, Vec<Message<LamportStamp>>) {
        let (id, now_ns, before) = (self.process.id(), self.schedule.due().ns(), self.clock);
        self.schedule.advance();
        let arrived = self.under_way.partition_point(|letter| letter.arrival_ns <= now_ns);
        for letter in self.under_way.drain(..arrived) {
            self.process = Process::with_clock(id, ring, self.process.clock().arrival(letter.message.stamp));
            self.waiting.push_back((self.ticks, letter));
        }
        let taken = self.waiting.pop_front();
        let turn = Turn::of(taken.map(|(_, letter)| letter.message), || self.process.rolled(self.die.roll()));
        let vector_turn = match (taken, turn) {
            (Some((_, Letter { message, vector, .. })), _) => {
                Turn::Deliver(Message { from: message.from, to: message.to, stamp: vector })
            }
            (None, Turn::Internal) => Turn::Internal,
            (None, Turn::Send { to }) => Turn::Send { to },
            (None, Turn::Deliver(_)) => unreachable!("nothing was taken"),
        };
        let step = self.process.step(turn, UnixTime::EPOCH);
        let vector = self.vector.step(vector_turn, UnixTime::EPOCH).event.clock;
        let clock = *self.process.clock();
        let messages = step.messages.map(|message| Message { stamp: clock.carried(message.stamp), ..message });
        self.clock = step.event.clock;
        self.ticks += 1;
        let origin = taken.map(|(tick, letter)| Origin { waited: self.ticks - 1 - tick, ..letter.origin });
        let seen = Seen {
            machine: id,
            tick: self.ticks,
            time_ns: now_ns,
            kind: step.event.kind,
            before,
            clock: self.clock,
            vector,
            queue: self.waiting.len() as u64,
            origin,
        };
        (seen, messages.collect())
    }
}
