//! A process of three with its die and its queues: the cost of a tick, without the machine around it.

use clockring::{
    chance::{Die, Purpose, stream},
    clock::{Lamport, LamportStamp},
    moment::UnixTime,
    process::{Process, Step, Turn},
    ring::{MachineId, RingSize},
};
use rand_xorshift::XorShiftRng;

use crate::links::{LINKS, Link, Queue, Storage, links};

/// The part that ticks.
pub struct Ticker<'a> {
    process: Process<Lamport>,
    die: Die<XorShiftRng>,
    inbox: Queue<'a>,
}

/// Process `id` of a ring of three and its links to the next machine and to the one before. `None` if `id` is not in a
/// ring of three.
pub fn ticker<const SLOTS: usize>(
    id: MachineId,
    sides: u32,
    seed: u64,
    storage: &mut Storage<SLOTS>,
) -> Option<(Ticker<'_>, [Link<'_>; LINKS])> {
    let process = Process::new(id, RingSize::new(LINKS + 1)?);
    let die = Die::new(sides, stream(seed, id, Purpose::Rolls));
    let mut ticker = Ticker { process, die, inbox: Queue::new() };
    let links = links(id, storage, &mut ticker.inbox)?;
    Some((ticker, links))
}

impl Ticker<'_> {
    /// One tick: its event goes to the log first, and then its messages to their links.
    #[inline]
    pub fn tick(&mut self, now: UnixTime) -> Step<LamportStamp> {
        let turn = Turn::of(self.inbox.pop().map(|received| received.message), || self.process.rolled(self.die.roll()));
        self.process.step(turn, now)
    }

    /// Its name.
    pub fn id(&self) -> MachineId {
        self.process.id()
    }

    /// Number of messages that wait.
    pub fn waiting(&self) -> usize {
        self.inbox.len()
    }
}
