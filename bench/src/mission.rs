//! The model's own mix: three machines of equal rate with the assignment's die, in one thread and without sockets.
//!
//! Machines take turns: one makes a batch of ticks, then the messages of the batch go into the lanes of the others. So
//! does a live machine that runs as fast as it can. What is timed is [`Mission::tick`]; [`Mission::deliver`] is the
//! work of the links' readers.

use clockring::{
    chance::{Die, Purpose, stream},
    clock::{Lamport, LamportStamp},
    inbox::{Inbox, Lane, Sender, Tickets},
    machine::Received,
    moment::{Monotonic, UnixTime},
    process::{Process, Turn},
    ring::{MachineId, RingSize},
};
use host::{experiment::SIDES_DEFAULT, rundir::Row};
use rand_core::Rng;

/// How many machines the ring has.
pub const MACHINES: usize = 3;

const PEERS: usize = MACHINES - 1;

/// How many ticks a machine makes in a turn: as many as a live machine at full speed.
pub const BATCH: usize = 256;

/// As many as a live machine's lane has.
const LANE_SLOTS: usize = 4096;

/// What the lanes of a ring are made of.
#[derive(Debug, Default)]
pub struct Storage {
    tickets: [Tickets; MACHINES],
    lanes: [[Lane<Received<LamportStamp>, LANE_SLOTS>; PEERS]; MACHINES],
}

/// Three machines that tick in turn.
pub struct Mission<'a, R> {
    machines: [Machine<'a, R>; MACHINES],
    ring: RingSize,
}

struct Machine<'a, R> {
    process: Process<Lamport>,
    die: Die<R>,
    inbox: Inbox<'a, Received<LamportStamp>, PEERS>,
    /// Where messages come in, by the distance of their sender after this machine, from 1.
    lanes: [Sender<'a, Received<LamportStamp>>; PEERS],
    ticks: u64,
    rows: Vec<Row<LamportStamp>>,
}

impl Storage {
    /// The machines of a run with this seed.
    pub fn mission(&mut self, seed: u64) -> Mission<'_, impl Rng + use<>> {
        let ring = RingSize::new(MACHINES).expect("three machines make a ring");
        let mut names = ring.machines().zip(&self.tickets);
        let machines = self.lanes.each_mut().map(|lanes| {
            let (id, tickets) = names.next().expect("as many names as machines");
            let mut inbox = Inbox::new();
            let lanes = lanes.each_mut().map(|lane| inbox.connect(lane, tickets).expect("a lane for every peer"));
            let die = Die::new(SIDES_DEFAULT, stream(seed, id, Purpose::Rolls));
            Machine { process: Process::new(id, ring), die, inbox, lanes, ticks: 0, rows: Vec::new() }
        });
        Mission { machines, ring }
    }
}

impl<R: Rng> Mission<'_, R> {
    /// The machines in ring order.
    pub fn ids(&self) -> impl Iterator<Item = MachineId> + use<R> {
        self.ring.machines()
    }

    /// The machine makes a batch of ticks, and leaves a record of each.
    #[inline]
    pub fn tick(&mut self, machine: MachineId, ticks: usize) {
        let machine = &mut self.machines[machine.index()];
        let mut rows = std::mem::take(&mut machine.rows);
        rows.clear();
        rows.extend((0..ticks).map(|_| machine.tick()));
        machine.rows = rows;
    }

    /// The machine makes one more tick of a batch.
    #[inline]
    pub fn add_tick(&mut self, machine: MachineId) {
        let machine = &mut self.machines[machine.index()];
        let row = machine.tick();
        machine.rows.push(row);
    }

    /// The records of the machine's last batch are let go.
    pub fn forget(&mut self, machine: MachineId) {
        self.machines[machine.index()].rows.clear();
    }

    /// The records of the machine's last batch.
    pub fn rows(&self, machine: MachineId) -> &[Row<LamportStamp>] {
        &self.machines[machine.index()].rows
    }

    /// The messages of the machine's last batch come in at the others. Returns how many.
    #[inline]
    pub fn deliver(&mut self, machine: MachineId) -> usize {
        let rows = std::mem::take(&mut self.machines[machine.index()].rows);
        let mut count = 0;
        for message in rows.iter().flat_map(|row| row.event.messages(machine)) {
            let lane = self.ring.distance(message.to, message.from) - 1;
            let receiver = &mut self.machines[message.to.index()];
            let received = Received { message, at: Monotonic::from_ns(receiver.ticks) };
            receiver.lanes[lane].push(received).expect("a lane has room for many batches");
            count += 1;
        }
        self.machines[machine.index()].rows = rows;
        count
    }
}

impl<R: Rng> Machine<'_, R> {
    #[inline]
    fn tick(&mut self) -> Row<LamportStamp> {
        self.ticks += 1;
        let (received, waiting) = self.inbox.pop_counted();
        let message = received.map(|received| received.message);
        let turn = Turn::of(message, || self.process.rolled(self.die.roll()));
        let time = UnixTime::from_ns(self.ticks);
        let step = self.process.step(turn, time);
        let arrived = received.map(|received| UnixTime::from_ns(received.at.ns()));
        Row { tick: self.ticks, time, event: step.event, queue: waiting as u64, arrived }
    }
}
