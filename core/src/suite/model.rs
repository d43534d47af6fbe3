//! The whole of this library at work: three machines in virtual time, whose frames go through streams cut anywhere
//! into assemblers, lanes and inboxes.

use rand_core::Rng;
use rand_xorshift::XorShiftRng;

use super::{machine, random, ring};
use crate::{
    assembler::Assembler,
    chance::{Die, Purpose, stream},
    clock::{Clock, Lamport, LamportStamp},
    event::{Event, EventKind},
    frame::Frame,
    inbox::{Inbox, Lane, Sender, Tickets},
    message::Message,
    moment::{Elapsed, UnixTime},
    process::{Process, Turn},
    ring::MachineId,
    time::{Phase, Rate, Schedule},
};

const MACHINES: usize = 3;
const SLOTS: usize = 16;

type Letter = Message<LamportStamp>;

/// One machine, with the receiving ends of its two links.
struct Machine<'a> {
    process: Process<Lamport>,
    die: Die<XorShiftRng>,
    schedule: Schedule,
    inbox: Inbox<'a, Letter, 2>,
    /// By places after this machine, less one.
    links: [Link<'a>; 2],
}

struct Link<'a> {
    assembler: Assembler<LamportStamp>,
    lane: Sender<'a, Letter>,
}

impl Link<'_> {
    /// Bytes come in, cut in two anywhere.
    fn receive(&mut self, bytes: &[u8], chance: &mut impl Rng) {
        let (left, right) = bytes.split_at(chance.next_u32() as usize % bytes.len());
        for mut chunk in [left, right] {
            while let Some(Frame::Message(message)) = self.assembler.take(&mut chunk) {
                self.lane.push(message).unwrap();
            }
        }
    }
}

/// Runs the experiment, tells of every event, and returns how many messages each machine has left.
fn run(seed: u64, rates: [u32; MACHINES], seconds: u64, mut log: impl FnMut(MachineId, &Event<LamportStamp>)) -> [usize; 3] {
    let size = ring(MACHINES);
    let tickets = [const { Tickets::new() }; MACHINES];
    let mut storage = [const { [const { Lane::<Letter, SLOTS>::new() }; 2] }; MACHINES];
    let mut places = storage.iter_mut().zip(&tickets).zip(rates).zip(size.machines());
    let mut machines = [(); MACHINES].map(|()| {
        let (((lanes, tickets), rate), id) = places.next().unwrap();
        let mut inbox = Inbox::new();
        let links = lanes.each_mut().map(|lane| {
            Link { assembler: Assembler::new(), lane: inbox.connect(lane, tickets).unwrap() }
        });
        Machine {
            process: Process::new(id, size),
            die: Die::new(10, stream(seed, id, Purpose::Rolls)),
            schedule: Schedule::new(Rate::per_second(rate).unwrap(), Phase::ALIGNED),
            inbox,
            links,
        }
    });
    let cuts = &mut random(seed);
    loop {
        let next = machines.iter_mut().min_by_key(|machine| machine.schedule.due()).unwrap();
        if next.schedule.due() > Elapsed::from_ns(seconds * 1_000_000_000) {
            return machines.map(|machine| machine.inbox.len());
        }
        next.schedule.advance();
        let turn = Turn::of(next.inbox.pop(), || next.process.rolled(next.die.roll()));
        let step = next.process.step(turn, UnixTime::EPOCH);
        log(next.process.id(), &step.event);
        for message in step.messages {
            let bytes = Frame::Message(message).encode();
            let place = size.distance(message.to, message.from) - 1;
            machines[message.to.index()].links[place].receive(&bytes, cuts);
        }
    }
}

suite! {
    fn a_tick_is_exactly_one_event() {
        let mut events = [0; MACHINES];
        run(1, [3, 6, 2], 60, |id, _| events[id.index()] += 1);
        assert_eq!(events, [180, 360, 120]);
    }

    fn every_event_obeys_the_clock_rule_exactly() {
        let mut clocks = [0; MACHINES];
        run(2, [3, 6, 2], 60, |id, event| {
            let clock = &mut clocks[id.index()];
            *clock = match event.kind {
                EventKind::Receive { stamp, .. } => stamp.0.max(*clock) + 1,
                EventKind::Internal | EventKind::Send { .. } => *clock + 1,
            };
            assert_eq!(event.clock, LamportStamp(*clock));
        });
    }

    fn what_is_sent_is_received_in_order_or_left() {
        for seed in 0..5 {
            // What is under way on each link, by sender and receiver.
            let mut links: [[heapless::Deque<LamportStamp, 32>; MACHINES]; MACHINES] = Default::default();
            let left = run(seed, [3, 6, 2], 60, |id, event| match event.kind {
                EventKind::Send { to } => {
                    for to in to {
                        links[id.index()][to.index()].push_back(event.clock).unwrap();
                    }
                }
                EventKind::Receive { from, stamp } => {
                    assert_eq!(links[from.index()][id.index()].pop_front(), Some(stamp));
                }
                EventKind::Internal => {}
            });
            for (receiver, left) in left.into_iter().enumerate() {
                assert_eq!(links.iter().map(|links| links[receiver].len()).sum::<usize>(), left);
            }
        }
    }

    fn the_same_seed_gives_the_same_log() {
        let digest = |seed| {
            let mut digest = 0_u64;
            run(seed, [5, 6, 4], 20, |id, event| {
                let kind = match event.kind {
                    EventKind::Internal => 0,
                    EventKind::Send { to } => to.count() as u64,
                    EventKind::Receive { from, .. } => 3 + from.index() as u64,
                };
                digest = digest.rotate_left(7).wrapping_mul(31) ^ event.clock.0 << 8 ^ kind << 4 ^ id.index() as u64;
            });
            digest
        };
        assert_eq!(digest(3), digest(3));
        assert_ne!(digest(3), digest(4));
    }

    /// A message that waits has no say yet: the clock moves when it is taken, not when it arrives.
    fn a_message_moves_the_clock_when_it_is_taken() {
        let (tickets, mut storage) = (Tickets::new(), Lane::<Letter, 4>::new());
        let mut inbox = Inbox::<_, 1>::new();
        let mut link = Link { assembler: Assembler::new(), lane: inbox.connect(&mut storage, &tickets).unwrap() };
        let mut process = Process::<Lamport>::new(machine('A'), ring(3));
        let message = Message { from: machine('B'), to: machine('A'), stamp: LamportStamp(50) };
        link.receive(&Frame::Message(message).encode(), &mut random(5));
        assert_eq!((inbox.len(), process.clock().value()), (1, LamportStamp(0)));
        let step = process.step(Turn::of(inbox.pop(), || unreachable!()), UnixTime::EPOCH);
        assert_eq!((step.event.clock, inbox.len()), (LamportStamp(51), 0));
    }
}
