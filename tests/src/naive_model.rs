//! The model once more, as a student would simulate it: one heap of events, one queue per machine. It shares no code
//! with the program, not even the random numbers, so the two can only agree on average, and only if both are right.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

/// A setting of the model.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Ticks per second, by machine.
    pub rates: Vec<f64>,
    /// Faces of the die.
    pub sides: u64,
    /// Do first ticks fall anywhere in the first period, rather than at its end?
    pub random_phase: bool,
    /// The time a message takes.
    pub latency: Latency,
    /// How long machines tick.
    pub seconds: f64,
}

/// The time a message takes, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub enum Latency {
    /// Always the same.
    Fixed(u64),
    /// Anything in this range.
    Uniform(u64, u64),
    /// Exponentially distributed.
    Exponential(u64),
}

/// What became of one machine.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// Its clock at the end.
    pub clock: u64,
    /// How often it ticked.
    pub ticks: u64,
    /// How many of these received.
    pub received: u64,
    /// The largest jump of its clock.
    pub jump_max: u64,
    /// The most messages that waited after a tick, or at the end.
    pub queue_max: usize,
    /// Messages that waited, or were under way to it, at the end.
    pub left: usize,
}

/// Something that happens: when, arrivals before ticks, in the order they were thought of, to whom, and for an arrival
/// the timestamp that arrives.
type Event = Reverse<(u64, bool, u64, usize, Option<u64>)>;

/// One run.
pub fn run(setting: &Setting, chance: &mut Chance) -> Vec<Machine> {
    let n = setting.rates.len();
    let end = (setting.seconds * 1e9) as u64;
    let phases: Vec<f64> = (0..n).map(|_| if setting.random_phase { 1.0 - chance.fraction() } else { 1.0 }).collect();
    let due =
        |machine: usize, tick: u64| ((tick as f64 + phases[machine]) * 1e9 / setting.rates[machine] + 1e-4) as u64;
    let mut machines = vec![Machine::default(); n];
    let mut queues = vec![VecDeque::new(); n];
    let mut last_arrival = vec![vec![0; n]; n];
    let mut thought_of = n as u64;
    let mut agenda: BinaryHeap<Event> = (0..n).map(|m| Reverse((due(m, 0), true, m as u64, m, None))).collect();
    while let Some(Reverse((now, _, _, me, arrives))) = agenda.pop() {
        if let Some(stamp) = arrives {
            queues[me].push_back(stamp);
            continue;
        }
        if now > end {
            continue;
        }
        let machine = &mut machines[me];
        let before = machine.clock;
        machine.ticks += 1;
        if let Some(stamp) = queues[me].pop_front() {
            machine.clock = machine.clock.max(stamp) + 1;
            machine.received += 1;
        } else {
            machine.clock += 1;
            let face = 1 + chance.below(setting.sides) as usize;
            let to: Vec<usize> = match face {
                face if face < n => vec![(me + face) % n],
                face if face == n => (1..n).map(|places| (me + places) % n).collect(),
                _ => Vec::new(),
            };
            for to in to {
                let arrival = (now + chance.latency(setting.latency)).max(last_arrival[me][to]);
                last_arrival[me][to] = arrival;
                thought_of += 1;
                agenda.push(Reverse((arrival, false, thought_of, to, Some(machine.clock))));
            }
        }
        machine.jump_max = machine.jump_max.max(machine.clock - before);
        machine.queue_max = machine.queue_max.max(queues[me].len());
        agenda.push(Reverse((due(me, machine.ticks), true, me as u64, me, None)));
    }
    for (machine, queue) in machines.iter_mut().zip(&queues) {
        machine.left = queue.len();
        machine.queue_max = machine.queue_max.max(machine.left);
    }
    machines
}

/// Random numbers: a 64-bit Weyl sequence, squared and folded (Widynski 2017, "Middle Square Weyl Sequence RNG").
#[derive(Clone, Debug)]
pub struct Chance {
    square: u64,
    weyl: u64,
    step: u64,
}

impl Chance {
    /// The numbers of this seed.
    pub fn new(seed: u64) -> Self {
        let step = 0xb5ad_4ece_da1c_e2a9_u64.wrapping_add(seed.wrapping_mul(0x9e37_79b9_7f4a_7c16)) | 1;
        let mut chance = Self { square: 0, weyl: 0, step };
        (0..20).for_each(|_| _ = chance.draw());
        chance
    }

    fn draw(&mut self) -> u32 {
        self.weyl = self.weyl.wrapping_add(self.step);
        self.square = self.square.wrapping_mul(self.square).wrapping_add(self.weyl).rotate_right(32);
        self.square as u32
    }

    /// A number in [0, 1).
    pub fn fraction(&mut self) -> f64 {
        f64::from(self.draw()) / 2.0_f64.powi(32)
    }

    /// A whole number from 0, below a limit that is far below 2³².
    pub fn below(&mut self, limit: u64) -> u64 {
        (self.fraction() * limit as f64) as u64
    }

    fn latency(&mut self, latency: Latency) -> u64 {
        match latency {
            Latency::Fixed(time) => time,
            Latency::Uniform(from, to) => from + self.below(to - from + 1),
            Latency::Exponential(mean) => (-(1.0 - self.fraction()).ln() * mean as f64) as u64,
        }
        .max(1)
    }
}
