//! The world of the machines: their disks and processes, the wires between them, time, and faults.

use std::{collections::VecDeque, mem, time::Duration};

use clockring::{
    chance::{Purpose, Stream, stream},
    clock::{Lamport, LamportStamp},
    cursor::Cursor,
    event::{Event, EventKind},
    frame::Frame,
    handshake::{Greeting, RunFacts},
    machine::{Fact, Input, Leaving, Machine, Sent, Settings},
    message::Message,
    moment::{Elapsed, Monotonic},
    process::Turn,
    ring::{MachineId, RingSize},
};
use rand_core::Rng;

/// A step of time.
pub(crate) const STEP: Duration = Duration::from_millis(10);

/// Messages that a lane and a wire hold: few, so that both fill.
pub(crate) const LANE: usize = 4;
pub(crate) const WIRE: usize = 6;

pub(crate) type Core = Machine<Lamport, [Option<Sent<LamportStamp>>; 4], 3>;

/// The part that survives a death.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    pub(crate) rows: Vec<(Event<LamportStamp>, Elapsed)>,
    pub(crate) facts: Vec<(Fact, Cursor)>,
    pub(crate) left: Vec<Message<LamportStamp>>,
}

/// A machine's process.
pub(crate) struct Alive {
    pub(crate) machine: Core,
    /// Messages in the order they came, over all lanes.
    pub(crate) inbox: VecDeque<Message<LamportStamp>>,
    pub(crate) received: Vec<Cursor>,
    pub(crate) unwritten: Vec<(Event<LamportStamp>, Elapsed)>,
    pub(crate) left: Vec<Message<LamportStamp>>,
    pub(crate) stopped_until: Monotonic,
}

pub(crate) struct World {
    pub(crate) ring: RingSize,
    pub(crate) now: Monotonic,
    pub(crate) chance: Stream,
    pub(crate) disks: Vec<Disk>,
    pub(crate) alive: Vec<Option<Alive>>,
    /// `wires[from][to]`: the frames under way; `None` while there is no link.
    pub(crate) wires: Vec<Vec<Option<VecDeque<Frame<LamportStamp>>>>>,
    pub(crate) left: Vec<Option<Leaving>>,
    pub(crate) ends: Vec<Elapsed>,
    /// The machines that have had all links at one time.
    pub(crate) ready: Vec<bool>,
    /// The machines that had a process before.
    pub(crate) started: Vec<bool>,
    pub(crate) patient: bool,
    pub(crate) deaths: u64,
    pub(crate) cuts: u64,
}

pub(crate) fn id(index: usize) -> MachineId {
    MachineId::from_index(index).unwrap()
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = stream(seed, id(0), Purpose::Rolls);
        let machines = 2 + chance.next_u32() as usize % 3;
        let mut end = |_| Elapsed::from_ns(u64::from(chance.next_u32() % 4_000) * 1_000_000);
        let ends = (0..machines).map(&mut end).collect();
        let mut world = Self {
            ring: RingSize::new(machines).unwrap(),
            now: Monotonic::default(),
            chance,
            disks: vec![Disk::default(); machines],
            alive: (0..machines).map(|_| None).collect(),
            wires: vec![vec![None; machines]; machines],
            left: vec![None; machines],
            ends,
            ready: vec![false; machines],
            started: vec![false; machines],
            patient: seed.is_multiple_of(2),
            deaths: 0,
            cuts: 0,
        };
        (0..machines).for_each(|index| world.start(index));
        world
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.chance.next_u64() % limit.max(1)
    }

    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn start(&mut self, index: usize) {
        let disk = &self.disks[index];
        let ring = self.ring;
        let mut machine = {
            let settings = Settings { id: id(index), ring, endless: false, patient: self.patient };
            Core::new(settings, [None; 4], self.now).unwrap()
        };
        for (event, elapsed) in &disk.rows {
            let turn = match event.kind {
                EventKind::Internal => Turn::Internal,
                EventKind::Send { to } => Turn::Send { to },
                EventKind::Receive { from, stamp } => Turn::Deliver(Message { from, to: id(index), stamp }),
            };
            assert_eq!(machine.relive(turn, *elapsed), *event);
        }
        for (fact, upto) in &disk.facts {
            machine.recall(*fact, *upto);
        }
        if mem::replace(&mut self.started[index], true) {
            machine.resume();
        }
        let received = (0..ring.get() - 1).map(|place| machine.received(place)).collect();
        let alive = Alive {
            machine,
            inbox: VecDeque::new(),
            received,
            unwritten: Vec::new(),
            left: Vec::new(),
            stopped_until: Monotonic::default(),
        };
        self.alive[index] = Some(alive);
        self.left[index] = None;
    }

    pub(crate) fn die(&mut self, index: usize) {
        if self.alive[index].take().is_some() {
            self.deaths += 1;
            (0..self.ring.get()).for_each(|other| self.cut(index, other));
        }
    }

    pub(crate) fn cut(&mut self, one: usize, other: usize) {
        if self.wires[one][other].is_none() {
            return;
        }
        self.cuts += 1;
        for (this, that) in [(one, other), (other, one)] {
            self.wires[this][that] = None;
            let (now, place) = (self.now, self.place(this, that));
            if let Some(alive) = &mut self.alive[this] {
                alive.machine.handle(Input::Down { peer: place }, now).unwrap();
            }
        }
    }

    /// The place of a peer.
    pub(crate) fn place(&self, of: usize, peer: usize) -> usize {
        self.ring.distance(id(of), id(peer)).wrapping_sub(1)
    }

    fn connect(&mut self, one: usize, other: usize) {
        let (Some(first), Some(second)) = (&self.alive[one], &self.alive[other]) else { return };
        if self.wires[one][other].is_some() || first.stopped_until.max(second.stopped_until) > self.now {
            return;
        }
        let facts = RunFacts { machines: 0, sides: 0, clock: b'L', payload: 0, number: None, seed: None };
        let (now, places) = (self.now, [self.place(one, other), self.place(other, one)]);
        let greeting = |alive: &Alive, from, to, place| {
            alive.machine.greeting(place, Greeting::new(id(from), id(to), facts, 0), now)
        };
        let [theirs, ours] = [greeting(first, one, other, places[0]), greeting(second, other, one, places[1])];
        for (index, peer, said, heard) in [(one, places[0], theirs, ours), (other, places[1], ours, theirs)] {
            let alive = self.alive[index].as_mut().unwrap();
            let heard = Greeting::decode(&heard.encode()).unwrap();
            alive
                .machine
                .handle(Input::Up { peer, told: said.progress, theirs: heard }, now)
                .expect("nobody lost a row");
        }
        self.wires[one][other] = Some(VecDeque::new());
        self.wires[other][one] = Some(VecDeque::new());
        for index in [one, other] {
            self.ready[index] |= self.wires[index].iter().flatten().count() == self.ring.get() - 1;
        }
    }

    /// A turn of one machine. With `faults`, it may die anywhere in it.
    pub(crate) fn pass(&mut self, faults: bool) {
        self.now = self.now.after(STEP);
        let machines = self.ring.get();
        for one in 0..machines {
            for other in one + 1..machines {
                if self.once_in(8) {
                    self.connect(one, other);
                }
            }
        }
        if faults && self.once_in(40) {
            let index = self.below(machines as u64) as usize;
            match self.below(3) {
                0 => self.die(index),
                1 => {
                    let other = self.below(machines as u64) as usize;
                    self.cut(index, other);
                }
                _ => {
                    let most_ms = [300, 3_000, 20_000][self.below(3) as usize];
                    let until = self.now.after(Duration::from_millis(self.below(most_ms)));
                    if let Some(alive) = &mut self.alive[index] {
                        alive.stopped_until = until;
                    }
                }
            }
        }
        for index in 0..machines {
            if self.alive[index].is_none() && self.left[index].is_none() && self.once_in(30) {
                self.start(index);
            }
            self.turn(index, faults);
        }
    }
}
