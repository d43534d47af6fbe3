//! Happened-before, rebuilt from rows and messages alone: a vector clock for every event, for any clock that the
//! machines kept.

use std::cmp::Ordering;

use super::{
    messages::Messages,
    run::{EventIndex, Run},
};

/// For every event, how many events of each machine happened before it, itself included for its own machine.
///
/// Lamport's relation (1978): events of one machine in their order, a send before its receive, and the transitive
/// closure of these. An event x of machine p happened before y exactly if y knows of at least as many events of p as x
/// is the number of.
#[derive(Debug)]
pub struct HappenedBefore {
    machines: usize,
    /// Per machine of the ring: `machines` counts for every event.
    known: Vec<Vec<u32>>,
}

impl HappenedBefore {
    /// Rebuilds the relation. A message that would be received before it was sent, which only a broken log can say,
    /// is left out.
    pub fn new(run: &Run, messages: &Messages) -> Self {
        let machines = run.ring.get();
        let positions = run.positions();
        let rows: Vec<usize> = positions.iter().map(|at| at.map_or(0, |at| run.logs[at].len())).collect();
        let mut known: Vec<Vec<u32>> = rows.iter().map(|rows| Vec::with_capacity(rows * machines)).collect();
        let mut done = vec![0_usize; machines];
        loop {
            let mut progress = false;
            for machine in 0..machines {
                while done[machine] < rows[machine] {
                    let cause = messages.cause(EventIndex { machine, row: done[machine] });
                    if cause.is_some_and(|send| done[send.machine] <= send.row) {
                        break;
                    }
                    add(&mut known, machines, machine, done[machine], cause);
                    done[machine] += 1;
                    progress = true;
                }
            }
            if progress {
                continue;
            }
            // Only a cycle is left, if anything: cut it where the clock is lowest.
            let stuck = (0..machines).filter(|machine| done[*machine] < rows[*machine]);
            let height = |machine: usize| positions[machine].map_or(0, |at| run.logs[at].height(done[machine]));
            let Some(machine) = stuck.min_by_key(|machine| height(*machine)) else { break };
            add(&mut known, machines, machine, done[machine], None);
            done[machine] += 1;
        }
        Self { machines, known }
    }

    /// The vector clock of an event: how many events of each machine, in ring order, are in its past (or itself).
    pub fn clock(&self, event: EventIndex) -> &[u32] {
        &self.known[event.machine][event.row * self.machines..(event.row + 1) * self.machines]
    }

    /// The count of events of `machine` in the past of this event.
    pub fn known(&self, event: EventIndex, machine: usize) -> u32 {
        self.known[event.machine][event.row * self.machines + machine]
    }

    /// The count of a machine's events.
    pub fn rows(&self, machine: usize) -> usize {
        self.known[machine].len() / self.machines
    }

    /// The order of two events; `None` if they are concurrent.
    pub fn compare(&self, one: EventIndex, other: EventIndex) -> Option<Ordering> {
        if one == other {
            Some(Ordering::Equal)
        } else if self.known(other, one.machine) as usize > one.row {
            Some(Ordering::Less)
        } else if self.known(one, other.machine) as usize > other.row {
            Some(Ordering::Greater)
        } else {
            None
        }
    }
}

/// Adds the vector of a machine's next event: the one before it, joined with that of the message's send.
fn add(known: &mut [Vec<u32>], machines: usize, machine: usize, row: usize, cause: Option<EventIndex>) {
    let start = row * machines;
    if row == 0 {
        known[machine].resize(machines, 0);
    } else {
        known[machine].extend_from_within(start - machines..);
    }
    if let Some(send) = cause {
        for column in 0..machines {
            let theirs = known[send.machine][send.row * machines + column];
            let ours = &mut known[machine][start + column];
            *ours = (*ours).max(theirs);
        }
    }
    known[machine][start + machine] = u32::try_from(row + 1).unwrap_or(u32::MAX);
}
