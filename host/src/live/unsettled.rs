//! The words for matters still open between a machine and its peers at its end.

use std::{collections::BTreeMap, path::Path};

use clockring::clock::Clock;

use super::{Machine, Observer};
use crate::{
    driver::peer::{Peer, Source},
    rundir::{LogError, Manifest, StampText},
    wording::{count, listed},
};

impl<C, O> Machine<'_, C, O>
where
    C: Clock,
    C::Stamp: StampText,
    O: Observer<C::Stamp>,
{
    /// The notice of a machine that has ended and waits.
    pub(super) fn wait_at_the_end(&self, manifest: &Manifest) -> Option<String> {
        let waiting: Vec<String> = self.peers.iter().filter_map(|peer| self.waits_for(peer, manifest)).collect();
        if !waiting.is_empty() {
            return Some(format!("has made its last tick; waiting for {}", listed(&waiting)));
        }
        let unsure = self.peers.iter().filter(|peer| !self.core.is_done_with(peer.place));
        let unsure: Vec<String> = unsure.map(|peer| peer.id.to_string()).collect();
        let sentence = format!("has accounted for every message; {} may not know that yet", listed(&unsure));
        (!unsure.is_empty()).then_some(sentence)
    }

    /// A peer and the word awaited from it, if any.
    fn waits_for(&self, peer: &Peer<C::Stamp>, manifest: &Manifest) -> Option<String> {
        let id = peer.id;
        match self.core.progress(peer.place).last() {
            _ if is_in(&manifest.accounted, peer) => {
                (!is_in(&manifest.delivered, peer)).then(|| format!("{id} to say that it has everything"))
            }
            None => Some(format!("{id} to end too")),
            Some(_) => Some(format!("the last messages of {id}")),
        }
    }

    /// Missing messages and unknowns between this machine and the peers that it has given up.
    ///
    /// # Errors
    /// If the own log cannot be read.
    pub(super) fn open_questions(&self, manifest: &Manifest, log: &Path) -> Result<String, LogError> {
        let source = Source { ring: self.experiment.ring, log };
        let mut open = Vec::new();
        for peer in &self.peers {
            let (id, received) = (peer.id, self.core.received(peer.place));
            let is_accounted = is_in(&manifest.accounted, peer);
            match self.core.progress(peer.place).last() {
                _ if is_accounted => {}
                None => open.push(format!("{id} has not said that it ended, so messages of it may be missing")),
                Some(last) => {
                    // Cursors are all that is known of messages that did not come.
                    let (received, last) = (received.to_u64(), last.to_u64());
                    open.push(format!("the messages of {id} after {received} are missing, up to its last, {last}"));
                }
            }
            if is_in(&manifest.delivered, peer) {
                continue;
            }
            match peer.in_doubt(self.config.id, source)? {
                0 if is_accounted => open.push(format!("{id} has not said that it has everything")),
                0 => {}
                messages => {
                    let messages = count(messages, "message");
                    open.push(format!("it is not known whether {id} has the last {messages} for it"));
                }
            }
        }
        Ok(open.join("; "))
    }
}

/// Does the manifest say so of this peer?
fn is_in<S>(facts: &BTreeMap<String, u64>, peer: &Peer<S>) -> bool {
    facts.contains_key(peer.id.letter_str())
}
