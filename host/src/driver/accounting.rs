//! The end in a manifest: the facts of a machine, written down and read again.

use std::collections::BTreeMap;

use clockring::{clock::Clock, cursor::Cursor, machine::Fact, message::Message, moment::Monotonic, ring::MachineId};

use super::Core;
use crate::rundir::{Ended, LeftInQueue, Manifest, StampText};

/// The messages that waited at the end, of all peers. Of one that is not accounted for yet they are not written down:
/// they come again after a death.
#[derive(Debug, Default)]
pub(crate) struct Accounting {
    left: Vec<LeftInQueue>,
}

impl Accounting {
    /// The account of a machine that died in the middle of its end, as written down.
    pub(crate) fn of(manifest: &Manifest) -> Self {
        Self { left: manifest.left_in_queue.clone().unwrap_or_default() }
    }

    /// A message waited.
    pub(crate) fn leave<S: StampText>(&mut self, message: &Message<S>, manifest: &Manifest) {
        self.left.push(LeftInQueue { from: message.from, stamp: message.stamp.to_json(manifest.machines) });
    }

    /// Puts the facts that are due into the manifest, and returns them. They can be said once the manifest is written.
    pub(crate) fn note<C: Clock>(&self, core: &Core<C>, manifest: &mut Manifest, now: Monotonic) -> Vec<Fact> {
        let due: Vec<Fact> = core.due().collect();
        let peers: Vec<MachineId> = manifest.machines.others(manifest.id).into_iter().collect();
        for fact in &due {
            match *fact {
                // A machine that has had its time can still stop the others: its own end stays the same.
                Fact::Ended { .. } if manifest.ended_at.is_some() => {}
                Fact::Ended { stopped } => {
                    manifest.ended_at = Some(manifest.started.at(core.elapsed(now)));
                    manifest.ticks = Some(core.ticks());
                    manifest.stopped = Some(stopped);
                }
                Fact::Accounted(place) => {
                    manifest.accounted.insert(peers[place].to_string(), core.received(place).to_u64());
                }
                Fact::Delivered(place) => {
                    manifest.delivered.insert(peers[place].to_string(), core.sent(place).to_u64());
                }
            }
        }
        if !due.is_empty() {
            let is_accounted = |message: &&LeftInQueue| manifest.accounted.contains_key(message.from.letter_str());
            manifest.left_in_queue = Some(self.left.iter().filter(is_accounted).cloned().collect());
            if manifest.accounted.len() == peers.len() && manifest.delivered.len() == peers.len() {
                let stopped = manifest.stopped == Some(true);
                manifest.ended = Some(if stopped { Ended::Interrupted } else { Ended::Complete });
            }
        }
        due
    }
}

/// The facts in a manifest about the end.
pub(super) fn facts(manifest: &Manifest) -> impl Iterator<Item = (Fact, Cursor)> + '_ {
    let ended = manifest.stopped.map(|stopped| (Fact::Ended { stopped }, Cursor::START));
    let peers = manifest.machines.others(manifest.id).into_iter().enumerate();
    let of_peer = move |(place, peer): (usize, MachineId)| {
        let cursor = |of: &BTreeMap<String, u64>| of.get(peer.letter_str()).copied().map(Cursor::from_u64);
        let accounted = cursor(&manifest.accounted).map(|upto| (Fact::Accounted(place), upto));
        let delivered = cursor(&manifest.delivered).map(|upto| (Fact::Delivered(place), upto));
        [accounted, delivered]
    };
    ended.into_iter().chain(peers.flat_map(of_peer).flatten())
}

#[cfg(test)]
mod tests {
    use clockring::{
        clock::{ClockKind, Lamport},
        frame::Signal,
        handshake::{Greeting, RunFacts},
        machine::{Input, Settings},
        moment::UnixTime,
        progress::Progress,
        ring::RingSize,
        time::Rate,
    };

    use super::*;
    use crate::{
        driver::new_core,
        experiment::{Experiment, Pace, PhaseChoice},
    };

    #[test]
    fn a_machine_is_complete_when_its_peers_have_everything_too() {
        let (ring, now) = (RingSize::new(2).unwrap(), Monotonic::default());
        let [a, b] = [0, 1].map(|index| MachineId::from_index(index).unwrap());
        let rates = vec![Rate::per_second(1).map(Pace::Rate); 2];
        let (clock, phase) = (ClockKind::Lamport, PhaseChoice::Random);
        let experiment = Experiment { ring, rates, sides: 4, seed: 7, phase, clock, duration: None };
        let mut manifest = Manifest::of(a, &experiment, 16, UnixTime::EPOCH);
        let settings = Settings { id: a, ring, endless: true, patient: false };
        let mut core = new_core::<Lamport>(settings, 4, now).unwrap();
        let run = RunFacts { machines: 2, sides: 4, clock: b'L', payload: 0, number: None, seed: None };
        let ready = Greeting { progress: Progress::Ready, ..Greeting::new(b, a, run, 0) };
        core.handle(Input::Up { peer: 0, told: Progress::Ready, theirs: ready }, now).unwrap();
        core.handle(Input::Over, now).unwrap();
        let mut note = |core: &mut Core<Lamport>, signal: Option<Signal>| {
            if let Some(signal) = signal {
                core.handle(Input::Heard { peer: 0, signal }, now).unwrap();
            }
            let due = Accounting::default().note(core, &mut manifest, now);
            due.iter().for_each(|fact| core.written(*fact));
            (due, manifest.ended)
        };
        assert_eq!(note(&mut core, None), (vec![Fact::Ended { stopped: false }], None));
        let ended = Signal::Progress(Progress::Ended { last: Cursor::START });
        assert_eq!(note(&mut core, Some(ended)), (vec![Fact::Accounted(0)], None), "B may lack something");
        let goodbye = Signal::Goodbye { upto: Cursor::START };
        assert_eq!(note(&mut core, Some(goodbye)), (vec![Fact::Delivered(0)], Some(Ended::Complete)));
    }
}
