//! The machine of core, through its whole life and many deaths: nothing is lost, nothing comes twice, and it ends.

use std::{collections::VecDeque, mem};

use clockring::{
    chance::{Purpose, Stream, stream},
    clock::{Clock, Lamport, LamportStamp},
    cursor::Cursor,
    event::{Event, EventKind},
    frame::Frame,
    handshake::{Greeting, RunFacts},
    machine::{Fact, Input, Leaving, Machine, Say, Sent, Settings, Stage},
    message::Message,
    moment::{Elapsed, Monotonic},
    process::Turn,
    ring::{MachineId, RingSize},
};
use rand_core::Rng;

/// A step of time.
const STEP_NS: u64 = 10_000_000;

/// Longest time for the world to come to rest after the last fault.
const REST_MAX_NS: u64 = 120_000_000_000;

/// Messages that a lane and a wire hold: few, so that both fill.
const LANE: usize = 4;
const WIRE: usize = 6;

type Core = Machine<Lamport, [Option<Sent<LamportStamp>>; 4], 3>;

/// The part that survives a death.
#[derive(Clone, Default)]
struct Disk {
    rows: Vec<(Event<LamportStamp>, Elapsed)>,
    facts: Vec<(Fact, Cursor)>,
    left: Vec<Message<LamportStamp>>,
}

/// A machine's process.
struct Alive {
    machine: Core,
    /// Messages in the order they came, over all lanes.
    inbox: VecDeque<Message<LamportStamp>>,
    received: Vec<Cursor>,
    unwritten: Vec<(Event<LamportStamp>, Elapsed)>,
    left: Vec<Message<LamportStamp>>,
    stopped_until_ns: u64,
}

struct World {
    ring: RingSize,
    now_ns: u64,
    chance: Stream,
    disks: Vec<Disk>,
    alive: Vec<Option<Alive>>,
    /// `wires[from][to]`: the frames under way; `None` while there is no link.
    wires: Vec<Vec<Option<VecDeque<Frame<LamportStamp>>>>>,
    left: Vec<Option<Leaving>>,
    ends_ns: Vec<u64>,
    /// The machines that have had all links at one time.
    ready: Vec<bool>,
    /// The machines that had a process before.
    started: Vec<bool>,
    patient: bool,
    deaths: u64,
    cuts: u64,
}

fn id(index: usize) -> MachineId {
    MachineId::from_index(index).unwrap()
}

impl World {
    fn new(seed: u64) -> Self {
        let mut chance = stream(seed, id(0), Purpose::Rolls);
        let machines = 2 + chance.next_u32() as usize % 3;
        let ends_ns = (0..machines).map(|_| u64::from(chance.next_u32() % 4_000) * 1_000_000).collect();
        let mut world = Self {
            ring: RingSize::new(machines).unwrap(),
            now_ns: 0,
            chance,
            disks: vec![Disk::default(); machines],
            alive: (0..machines).map(|_| None).collect(),
            wires: vec![vec![None; machines]; machines],
            left: vec![None; machines],
            ends_ns,
            ready: vec![false; machines],
            started: vec![false; machines],
            patient: seed.is_multiple_of(2),
            deaths: 0,
            cuts: 0,
        };
        (0..machines).for_each(|index| world.start(index));
        world
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.chance.next_u64() % limit.max(1)
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn now(&self) -> Monotonic {
        Monotonic::from_ns(self.now_ns)
    }

    fn start(&mut self, index: usize) {
        let disk = &self.disks[index];
        let ring = self.ring;
        let mut machine = {
            let settings = Settings { id: id(index), ring, endless: false, patient: self.patient };
            Core::new(settings, [None; 4], self.now()).unwrap()
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
            stopped_until_ns: 0,
        };
        self.alive[index] = Some(alive);
        self.left[index] = None;
    }

    fn die(&mut self, index: usize) {
        if self.alive[index].take().is_some() {
            self.deaths += 1;
            (0..self.ring.get()).for_each(|other| self.cut(index, other));
        }
    }

    fn cut(&mut self, one: usize, other: usize) {
        if self.wires[one][other].is_none() {
            return;
        }
        self.cuts += 1;
        for (this, that) in [(one, other), (other, one)] {
            self.wires[this][that] = None;
            let (now, place) = (self.now(), self.place(this, that));
            if let Some(alive) = &mut self.alive[this] {
                alive.machine.handle(Input::Down { peer: place }, now).unwrap();
            }
        }
    }

    /// The place of a peer.
    fn place(&self, of: usize, peer: usize) -> usize {
        self.ring.distance(id(of), id(peer)).wrapping_sub(1)
    }

    fn connect(&mut self, one: usize, other: usize) {
        let (Some(first), Some(second)) = (&self.alive[one], &self.alive[other]) else { return };
        if self.wires[one][other].is_some() || first.stopped_until_ns.max(second.stopped_until_ns) > self.now_ns {
            return;
        }
        let facts = RunFacts { machines: 0, sides: 0, clock: b'L', payload: 0, number: None, seed: None };
        let (now, places) = (self.now(), [self.place(one, other), self.place(other, one)]);
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
    fn turn(&mut self, index: usize, faults: bool) {
        let now = self.now();
        if self.alive[index].as_ref().is_none_or(|alive| alive.stopped_until_ns > self.now_ns) {
            return;
        }
        let mut alive = self.alive[index].take().unwrap();
        let dies = (faults && self.once_in(150)).then(|| self.below(5));
        self.receive(index, &mut alive);
        if alive.machine.elapsed(now).ns() >= self.ends_ns[index] {
            alive.machine.handle(Input::Over, now).unwrap();
        }
        alive.machine.proceed(now);
        for _ in 0..self.below(4) {
            if alive.machine.stage() == Stage::Ticking && !(alive.machine.is_catching_up() && alive.inbox.is_empty()) {
                assert!(self.ready.iter().all(|ready| *ready), "nobody ticks before all were ready");
                let to = match self.below(2 * self.ring.get() as u64) as usize {
                    0 => Some(self.ring.others(id(index))),
                    places => self.ring.peer(id(index), places),
                };
                let row = alive.machine.step(Turn::of(alive.inbox.pop_front(), || to), now);
                alive.unwritten.push((row.event, row.elapsed));
            }
        }
        let mut survives = dies != Some(0);
        if survives && !self.once_in(3) {
            self.disks[index].rows.append(&mut alive.unwritten);
            alive.machine.logged();
            survives = dies != Some(1);
        }
        if survives && !self.once_in(3) {
            self.write_facts(index, &mut alive);
            survives = dies != Some(2);
        }
        if survives {
            for peer in 0..self.ring.get() {
                if dies == Some(3) && self.once_in(2) {
                    survives = false;
                    break;
                }
                self.send(index, peer, &mut alive);
            }
        }
        self.alive[index] = Some(alive);
        if !survives || dies == Some(4) {
            self.die(index);
            return;
        }
        let alive = self.alive[index].as_ref().unwrap();
        if let Stage::Left(leaving) = alive.machine.stage() {
            self.leave(index, leaving);
        }
    }

    /// Its earlier words still come.
    fn leave(&mut self, index: usize, leaving: Leaving) {
        self.left[index] = Some(leaving);
        self.alive[index] = None;
        for peer in 0..self.ring.get() {
            if let Some(mut alive) = self.alive[peer].take() {
                while self.wires[index][peer].as_ref().is_some_and(|wire| !wire.is_empty()) {
                    let before = self.wires[index][peer].as_ref().map(VecDeque::len);
                    self.receive(peer, &mut alive);
                    if self.wires[index][peer].as_ref().map(VecDeque::len) == before {
                        break;
                    }
                }
                self.alive[peer] = Some(alive);
            }
            self.cut(peer, index);
        }
    }

    fn receive(&mut self, index: usize, alive: &mut Alive) {
        let now = self.now();
        for peer in 0..self.ring.get() {
            let place = self.place(index, peer);
            let Some(wire) = &mut self.wires[peer][index] else { continue };
            while let Some(frame) = wire.front().copied() {
                match frame {
                    Frame::Message(message) => {
                        let waiting = alive.inbox.iter().filter(|waiting| waiting.from == message.from).count();
                        if waiting >= LANE {
                            break;
                        }
                        if alive.received[place].accept(&message.stamp, message.from) {
                            alive.inbox.push_back(message);
                            let upto = alive.received[place];
                            alive.machine.handle(Input::Received { peer: place, upto }, now).unwrap();
                        }
                    }
                    Frame::Signal { signal, .. } => {
                        alive.machine.handle(Input::Heard { peer: place, signal }, now).unwrap();
                    }
                }
                wire.pop_front();
            }
        }
    }

    fn write_facts(&mut self, index: usize, alive: &mut Alive) {
        let due: Vec<Fact> = alive.machine.due().collect();
        if matches!(alive.machine.stage(), Stage::Settling { .. }) {
            // A machine that has stopped ticking always reads on.
            alive.left.extend(alive.inbox.drain(..));
        }
        for fact in due {
            let upto = match fact {
                Fact::Ended { .. } => Cursor::START,
                Fact::Accounted(place) => {
                    let from = self.ring.after(id(index), place + 1);
                    self.disks[index].left.extend(alive.left.iter().filter(|left| left.from == from));
                    alive.machine.received(place)
                }
                Fact::Delivered(place) => alive.machine.sent(place),
            };
            self.disks[index].facts.push((fact, upto));
            alive.machine.written(fact);
        }
    }

    fn send(&mut self, index: usize, peer: usize, alive: &mut Alive) {
        let (now, place) = (self.now(), self.place(index, peer));
        let mut cut = false;
        let rows = &self.disks[index].rows;
        if let Some(wire) = &mut self.wires[index][peer] {
            while wire.len() < WIRE
                && let Some(say) = alive.machine.say(place, now)
            {
                match say {
                    Say::Frame(frame) => wire.push_back(frame),
                    Say::FromLog(cursor) => {
                        let mut upto = cursor;
                        for (event, _) in rows {
                            let EventKind::Send { to } = event.kind else { continue };
                            if cursor.has(&event.clock, id(index)) || wire.len() >= WIRE {
                                continue;
                            }
                            if to.contains(id(peer)) {
                                let (from, to) = (id(index), id(peer));
                                wire.push_back(Frame::Message(Message { from, to, stamp: event.clock }));
                            }
                            upto = Cursor::after(&event.clock, id(index));
                        }
                        alive.machine.said(place, upto, now);
                    }
                    Say::Cut => {
                        cut = true;
                        break;
                    }
                }
            }
        }
        if cut {
            self.wires[index][peer] = None;
            self.wires[peer][index] = None;
            alive.machine.handle(Input::Down { peer: place }, now).unwrap();
            let place = self.place(peer, index);
            if let Some(other) = &mut self.alive[peer] {
                other.machine.handle(Input::Down { peer: place }, now).unwrap();
            }
        }
    }

    fn pass(&mut self, faults: bool) {
        self.now_ns += STEP_NS;
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
                    let until_ns = [300, 3_000, 20_000][self.below(3) as usize];
                    let until_ns = self.now_ns + self.below(until_ns) * 1_000_000;
                    if let Some(alive) = &mut self.alive[index] {
                        alive.stopped_until_ns = until_ns;
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

    /// The fault of the final state, if any.
    fn objection(&self) -> Option<String> {
        for (index, disk) in self.disks.iter().enumerate() {
            if self.left[index] != Some(Leaving::Complete) {
                return Some(format!("{} did not leave complete: {:?}", id(index), self.left[index]));
            }
            for (peer, other) in self.disks.iter().enumerate().filter(|(peer, _)| *peer != index) {
                let sent: Vec<u64> = disk
                    .rows
                    .iter()
                    .filter(|(event, _)| matches!(event.kind, EventKind::Send { to } if to.contains(id(peer))))
                    .map(|(event, _)| event.clock.0)
                    .collect();
                let received = other.rows.iter().filter_map(|(event, _)| match event.kind {
                    EventKind::Receive { from, stamp } if from == id(index) => Some(stamp.0),
                    _ => None,
                });
                let left = other.left.iter().filter(|left| left.from == id(index)).map(|left| left.stamp.0);
                let taken: Vec<u64> = received.chain(left).collect();
                if sent != taken {
                    return Some(format!("{} to {}: sent {sent:?}, taken {taken:?}", id(index), id(peer)));
                }
            }
        }
        None
    }
}

/// The whole life under faults, and then without any.
fn live(seed: u64) -> Result<(u64, u64, u64), String> {
    let mut world = World::new(seed);
    for _ in 0..world.below(600) {
        world.pass(true);
    }
    // All are started once more.
    for index in 0..world.ring.get() {
        world.die(index);
        world.start(index);
    }
    let rest_ns = world.now_ns + REST_MAX_NS;
    while world.left.iter().any(Option::is_none) {
        if world.now_ns > rest_ns {
            return Err(format!("it never ends: {:?}", world.left));
        }
        world.pass(false);
    }
    let events = world.disks.iter().map(|disk| disk.rows.len() as u64).sum();
    world.objection().map_or(Ok((events, world.deaths, world.cuts)), Err)
}

#[test]
fn nothing_is_lost_in_any_life_and_every_life_ends() {
    let cases: u64 = std::env::var("LIVES").ok().and_then(|text| text.parse().ok()).unwrap_or(500);
    let (mut events, mut deaths, mut cuts) = (0, 0, 0);
    for seed in 0..cases {
        match live(seed) {
            Ok(counts) => {
                (events, deaths, cuts) = (events + counts.0, deaths + counts.1, cuts + counts.2);
            }
            Err(reason) => panic!("seed {seed}: {reason}"),
        }
    }
    println!("{cases} lives: {events} events, {deaths} deaths, {cuts} cuts");
    assert!(deaths > cases && cuts > cases);
    let _ = Lamport::KIND;
}
