//! The experiment in virtual time: the same processes, the same inboxes and the same run directory as a live ring,
//! and a network that is a model.
//!
//! Nothing here reads a clock or a source of chance, so the same scenario gives the same run, to the byte. The rules:
//!
//! - Time starts at [`EPOCH`] and counts nanoseconds. Ticks fall exactly on their schedule; every tick that is due
//!   at or before the end happens.
//! - Ticks of the same nanosecond happen in ring order. No machine can tell, since a message takes at least a
//!   nanosecond.
//! - A message that arrives at the very nanosecond of a tick waits when the tick happens. Those that arrive in the same
//!   nanosecond wait in the alphabetic order of their senders.
//! - A message that finds its lane full waits on its link, and holds up those after it there.
//! - After the last tick, messages still under way arrive and are left in the queues: sent = received + left, for every
//!   pair.

mod delay;
mod link;
mod machine;
mod network;
mod run_directory;
mod scenario;

use clockring::{
    clock::Clock,
    message::Message,
    moment::{Elapsed, UnixTime},
    ring::{MachineId, RingSize},
};

pub use network::{Bursts, Latency, Network, Spells};
pub use run_directory::write_run;
pub use scenario::{Scenario, ScenarioError};

use crate::rundir::Row;
use machine::Machine;

/// The start of virtual time: 1 January 2000, 00:00 UTC. A time that no run of
/// this program has seen, so that a simulated log cannot be taken for a live one.
pub const EPOCH: UnixTime = UnixTime::from_ns(946_684_800 * 1_000_000_000);

/// The recorder of a simulated run's events.
pub trait Recorder<S> {
    /// The reason why an event cannot be recorded; ends the run.
    type Error;

    /// An event of a machine. Events come in order of time.
    ///
    /// # Errors
    /// If it cannot be recorded.
    fn event(&mut self, machine: MachineId, row: &Row<S>) -> Result<(), Self::Error>;

    /// A message that waits at a machine when the run is over. They come in order of arrival.
    ///
    /// # Errors
    /// If it cannot be recorded.
    fn left(&mut self, machine: MachineId, message: &Message<S>) -> Result<(), Self::Error>;
}

/// A simulated ring. Its storage is used again from run to run.
pub struct Simulator<C: Clock> {
    ring: RingSize,
    machines: Vec<Machine<C>>,
}

impl<C: Clock> Simulator<C> {
    /// A ring for this scenario, and for others with as many machines.
    pub fn new(scenario: &Scenario) -> Self {
        let ring = scenario.experiment().ring;
        Self { ring, machines: ring.machines().map(|id| Machine::new(id, scenario)).collect() }
    }

    /// The size of the ring.
    pub fn ring(&self) -> RingSize {
        self.ring
    }

    /// Runs a scenario.
    ///
    /// # Errors
    /// If the recorder fails.
    ///
    /// # Panics
    /// If the scenario has another number of machines than the simulator.
    pub fn run<R: Recorder<C::Stamp>>(&mut self, scenario: &Scenario, recorder: &mut R) -> Result<(), R::Error> {
        let machines = self.machines.as_mut_slice();
        assert_eq!(self.ring, scenario.experiment().ring, "a simulator is made for one size of ring");
        let end = Elapsed::default().after(scenario.duration());
        let mut agenda = [Due::NEVER; RingSize::MAX];
        for (due, machine) in agenda.iter_mut().zip(machines.iter_mut()) {
            machine.reset(scenario);
            *due = Due::new(machine);
        }
        let agenda = &mut agenda[..machines.len()];
        loop {
            let due = agenda.iter().fold(Due::NEVER, |earliest, due| earliest.min(*due));
            if due.time() > end {
                break;
            }
            let machine = &mut machines[due.index()];
            let id = machine.id();
            let row = machine.tick();
            agenda[due.index()] = Due::new(machine);
            for message in row.event.messages(id) {
                machines[message.to.index()].send(due.time(), message);
            }
            recorder.event(id, &row)?;
        }
        for machine in machines {
            machine.drain(|id, message| recorder.left(id, message))?;
        }
        Ok(())
    }
}

/// The time and machine of the next tick that is due: one number, so that the smallest is the earliest, and of several
/// in the same nanosecond the first in ring order, without a branch that is hard to predict.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due(u64);

impl Due {
    const NEVER: Self = Self(u64::MAX);
    const INDEX_BITS: u32 = 5;
    const INDEX_MASK: u64 = (1 << Self::INDEX_BITS) - 1;

    #[inline]
    fn new<C: Clock>(machine: &Machine<C>) -> Self {
        Self(machine.due().ns() << Self::INDEX_BITS | machine.id().index() as u64)
    }

    #[inline]
    fn time(self) -> Elapsed {
        Elapsed::from_ns(self.0 >> Self::INDEX_BITS)
    }

    #[inline]
    fn index(self) -> usize {
        (self.0 & Self::INDEX_MASK) as usize
    }
}

const _: () = assert!(RingSize::MAX <= 1 << Due::INDEX_BITS, "a machine's place fits its bits");
