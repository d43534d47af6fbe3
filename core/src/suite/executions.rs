//! Every small execution: all rolls, all interleavings and all orders of arrival, to a given depth.

use super::{
    laws::{Broken, IGNORES_MESSAGES, RECEIVE_WITHOUT_TICK, STAMP_BEFORE_TICK, TAKES_THEIRS},
    ring,
};
use crate::{
    clock::{Clock, Hybrid, Lamport, Vector},
    event::{Event, EventKind},
    message::Message,
    moment::UnixTime,
    process::{Process, Turn},
    ring::MachineId,
};

/// The deepest exploration there is memory for, in events.
pub(super) const DEPTH_MAX: usize = 12;

/// Two events whose timestamps say something else than what happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The place of the earlier event in the execution, from 0.
    pub earlier: usize,
    /// The place of the later event.
    pub later: usize,
    /// Did the earlier event happen before the later one, as the paper defines it?
    pub happened_before: bool,
}

/// Runs every execution of `depth` events (at most 12) of `N` machines, and checks the timestamps of every two events
/// against happened-before: a cause must be smaller than its effect and, where `exact`, concurrent events must not
/// be comparable. At each step any machine rolls any face (whatever is under way may not have arrived yet) or
/// receives the oldest message of any link.
///
/// # Errors
/// The first two events that break the condition. Otherwise, how many executions there are.
pub fn explore<C: Clock + Copy, const N: usize>(depth: usize, exact: bool) -> Result<u64, Violation> {
    let ring = ring(N);
    let processes = core::array::from_fn(|index| Process::new(MachineId::from_index(index).unwrap(), ring));
    Search::<C, N> { processes, taken: [[0; N]; N], history: heapless::Vec::new(), exact }.run(depth)
}

struct Search<C: Clock, const N: usize> {
    processes: [Process<C>; N],
    /// `taken[i][j]`: how much of the history j has looked through for messages of i.
    taken: [[usize; N]; N],
    history: heapless::Vec<Happened<C::Stamp>, DEPTH_MAX>,
    exact: bool,
}

struct Happened<S> {
    owner: usize,
    event: Event<S>,
    /// Bit k: the k-th event of the history happened before this one. Kept without any clock.
    past: u32,
}

impl<C: Clock + Copy, const N: usize> Search<C, N> {
    fn run(&mut self, depth: usize) -> Result<u64, Violation> {
        if depth == 0 {
            return Ok(1);
        }
        let mut executions = 0;
        for machine in 0..N {
            // Faces 1 to N send; one more stands for all that are internal.
            for face in 1..=N + 1 {
                let turn = Turn::of(None, || self.processes[machine].rolled(face as u32));
                executions += self.tick(machine, turn, 0, depth)?;
            }
            for sender in 0..N {
                let Some(place) = self.oldest_under_way(sender, machine) else { continue };
                let (from, to) = (self.processes[sender].id(), self.processes[machine].id());
                let turn = Turn::Deliver(Message { from, to, stamp: self.history[place].event.clock });
                let taken = core::mem::replace(&mut self.taken[sender][machine], place + 1);
                executions += self.tick(machine, turn, self.past_of(place), depth)?;
                self.taken[sender][machine] = taken;
            }
        }
        Ok(executions)
    }

    /// Lets a machine make one turn, goes on from there, and takes the turn back.
    fn tick(&mut self, owner: usize, turn: Turn<C::Stamp>, learned: u32, depth: usize) -> Result<u64, Violation> {
        let before = self.processes[owner];
        let step = self.processes[owner].step(turn, UnixTime::EPOCH);
        let own = self.history.iter().rposition(|happened| happened.owner == owner);
        let past = own.map_or(0, |place| self.past_of(place)) | learned;
        self.check(&step.event, past)?;
        assert!(step.messages.into_iter().all(|message| message.stamp == step.event.clock));
        assert!(self.history.push(Happened { owner, event: step.event, past }).is_ok());
        let executions = self.run(depth - 1)?;
        self.history.pop();
        self.processes[owner] = before;
        Ok(executions)
    }

    /// An event and everything before it.
    fn past_of(&self, place: usize) -> u32 {
        self.history[place].past | 1 << place
    }

    fn oldest_under_way(&self, sender: usize, receiver: usize) -> Option<usize> {
        let receiver_id = self.processes[receiver].id();
        (self.taken[sender][receiver]..self.history.len()).find(|place| {
            let happened = &self.history[*place];
            happened.owner == sender && matches!(happened.event.kind, EventKind::Send { to } if to.contains(receiver_id))
        })
    }

    fn check(&self, event: &Event<C::Stamp>, past: u32) -> Result<(), Violation> {
        for (earlier, happened) in self.history.iter().enumerate() {
            let happened_before = past >> earlier & 1 == 1;
            let is_smaller = happened.event.clock < event.clock;
            let is_wrong = if happened_before { !is_smaller } else { self.exact && is_smaller };
            if is_wrong || self.exact && event.clock < happened.event.clock {
                return Err(Violation { earlier, later: self.history.len(), happened_before });
            }
        }
        Ok(())
    }
}

suite! {
    fn every_small_execution_of_two_processes_keeps_the_clock_condition() {
        assert!(explore::<Lamport, 2>(6, false).unwrap() > 20_000);
        assert!(explore::<Hybrid, 2>(6, false).unwrap() > 20_000);
    }

    fn every_small_execution_of_three_processes_keeps_the_clock_condition() {
        assert!(explore::<Lamport, 3>(4, false).unwrap() > 20_000);
        assert!(explore::<Hybrid, 3>(4, false).unwrap() > 20_000);
    }

    fn in_every_small_execution_vectors_are_exactly_happened_before() {
        assert!(explore::<Vector<2>, 2>(6, true).unwrap() > 20_000);
        assert!(explore::<Vector<3>, 3>(4, true).unwrap() > 20_000);
    }

    fn a_lamport_clock_does_not_tell_exactly_what_happened_before() {
        let violation = explore::<Lamport, 2>(3, true).unwrap_err();
        assert!(!violation.happened_before);
    }

    fn exploration_catches_every_planted_fault() {
        assert!(explore::<Broken<RECEIVE_WITHOUT_TICK>, 2>(3, false).is_err());
        assert!(explore::<Broken<IGNORES_MESSAGES>, 2>(3, false).is_err());
        assert!(explore::<Broken<TAKES_THEIRS>, 2>(4, false).is_err());
        assert!(explore::<Broken<STAMP_BEFORE_TICK>, 2>(3, false).is_err());
    }
}
