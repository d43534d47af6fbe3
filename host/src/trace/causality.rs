//! Happened-before (Lamport 1978), computed from who sent what to whom and not from any timestamp.

use super::{Place, Trace};

/// The causal order of a run.
#[derive(Clone, Debug)]
pub struct Causality {
    /// All events, every cause before its effects, otherwise by system time.
    pub order: Vec<Place>,
    machines: usize,
    /// Per machine, `machines` counts for each row.
    known: Vec<Vec<u32>>,
}

impl Causality {
    /// How many events of each machine, in ring order, are the event itself or in its causal past: its vector
    /// timestamp. Event a happened before b if, and only if, b's entry for a's machine exceeds a's row number.
    pub fn known(&self, place: Place) -> &[u32] {
        &self.known[place.machine][place.row * self.machines..][..self.machines]
    }
}

impl Trace {
    /// Puts the events in causal order.
    ///
    /// Logs that contradict themselves (a message received before the very event that sent it) have no such order;
    /// there, the earliest receive by system time is taken as if its send were unknown.
    pub fn causality(&self) -> Causality {
        let machines = self.machines.len();
        let mut done = vec![0; machines];
        let mut order = Vec::with_capacity(self.len());
        let mut known: Vec<Vec<u32>> =
            self.machines.iter().map(|machine| Vec::with_capacity(machine.rows.len() * machines)).collect();
        loop {
            let heads = (0..machines)
                .map(|machine| Place { machine, row: done[machine] })
                .filter(|head| head.row < self.machines[head.machine].rows.len());
            let may_follow = |head: &Place| self.send_of(*head).is_none_or(|send| send.row < done[send.machine]);
            let next = heads.min_by_key(|head| (!may_follow(head), self.row(*head).time_ns, head.machine));
            let Some(next) = next else { break };
            let mut counts = match known[next.machine].rchunks(machines).next() {
                Some(before) => before.to_vec(),
                None => vec![0; machines],
            };
            if let Some(send) = self.send_of(next).filter(|send| send.row < done[send.machine]) {
                for (count, at_send) in counts.iter_mut().zip(&known[send.machine][send.row * machines..]) {
                    *count = (*count).max(*at_send);
                }
            }
            counts[next.machine] += 1;
            known[next.machine].extend(counts);
            done[next.machine] += 1;
            order.push(next);
        }
        Causality { order, machines, known }
    }
}
