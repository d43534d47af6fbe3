//! The model as events on the queue of a generic discrete-event crate.

use std::{collections::VecDeque, hint::black_box};

use bench::processor::of_this_thread;
use clockring::{
    chance::{Die, Purpose, stream},
    clock::Lamport,
    message::Message,
    moment::UnixTime,
    process::{Process, Turn},
    ring::RingSize,
    time::Schedule,
};
use desque::{
    SimState, SimTime,
    serial::{Event, Simulation},
};
use host::{
    failure::Failure,
    rundir::{Row, Summary},
};
use rand_xorshift::XorShiftRng;

use crate::scenario;

type Letter = Message<clockring::clock::LamportStamp>;

/// What a message takes, as on the simulator's default network.
const LATENCY_NS: u64 = 200_000;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Time(u64);

impl SimTime for Time {}

struct Machine {
    process: Process<Lamport>,
    die: Die<XorShiftRng>,
    schedule: Schedule,
    queue: VecDeque<Letter>,
    summary: Summary,
}

struct Ring {
    machines: Vec<Machine>,
    end_ns: u64,
}

impl SimState<Time> for Ring {
    fn is_complete(&self, now: &Time) -> bool {
        now.0 > self.end_ns
    }
}

#[derive(Debug)]
struct Tick(usize);

#[derive(Debug)]
struct Arrival(Letter);

impl Event<Ring, Time> for Tick {
    fn execute(&mut self, simulation: &mut Simulation<Ring, Time>) -> desque::Result {
        let now_ns = simulation.current_time().0;
        let machine = &mut simulation.state_mut().machines[self.0];
        let turn = Turn::of(machine.queue.pop_front(), || machine.process.rolled(machine.die.roll()));
        let time = UnixTime::from_ns(now_ns);
        let step = machine.process.step(turn, time);
        let (tick, queue) = (machine.summary.ticks + 1, machine.queue.len() as u64);
        machine.summary.add(&Row { tick, time, event: step.event, queue, arrived: None });
        machine.schedule.advance();
        let next = Time(machine.schedule.due().ns());
        for message in step.messages {
            simulation.schedule(Arrival(message), Time(now_ns + LATENCY_NS))?;
        }
        simulation.schedule(Tick(self.0), next)
    }
}

impl Event<Ring, Time> for Arrival {
    fn execute(&mut self, simulation: &mut Simulation<Ring, Time>) -> desque::Result {
        simulation.state_mut().machines[self.0.to.index()].queue.push_back(self.0);
        Ok(())
    }
}

/// Nanoseconds of processor time per tick of the model, for so many ticks of three machines.
pub(crate) fn ns_per_tick(ticks: u64) -> Result<f64, Failure> {
    let scenario = scenario(3, ticks)?;
    let experiment = scenario.experiment();
    let ring: RingSize = experiment.ring;
    let machine = |id| {
        let schedule = experiment.schedule(id)?;
        let die = Die::new(experiment.sides, stream(experiment.seed, id, Purpose::Rolls));
        let process = Process::new(id, ring);
        Some(Machine { process, die, schedule, queue: VecDeque::new(), summary: Summary::default() })
    };
    let machines: Vec<Machine> = ring.machines().filter_map(machine).collect();
    let due: Vec<u64> = machines.iter().map(|machine| machine.schedule.due().ns()).collect();
    let failed = |error: desque::Error| Failure::run(error.to_string());
    let mut simulation = Simulation::new(Ring { machines, end_ns: scenario.duration().as_nanos() as u64 }, Time(0));
    for (index, due_ns) in due.into_iter().enumerate() {
        simulation.schedule(Tick(index), Time(due_ns)).map_err(failed)?;
    }
    let began = of_this_thread();
    simulation.run().map_err(failed)?;
    let spent = of_this_thread() - began;
    let made: u64 = simulation.state().machines.iter().map(|machine| black_box(machine).summary.ticks).sum();
    Ok(spent.as_nanos() as f64 / made as f64)
}
