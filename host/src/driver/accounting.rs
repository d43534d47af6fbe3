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
