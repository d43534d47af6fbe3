//! The words for matters still open between a machine and its peers at its end.

use std::{collections::BTreeMap, path::Path};

use clockring::{clock::Clock, ring::MachineId};

use super::{LogDir, Machine, Observer};
use crate::{
    driver::peer::{Peer, Source},
    failure::Failure,
    rundir::{LogError, Manifest, RunDirectory, StampText},
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

    /// The log that this machine goes on from lacks rows that a peer has messages of.
    pub(super) fn lost_rows(&self, peer: MachineId) -> Failure {
        let id = self.config.id;
        let directory = match &self.config.log_dir {
            LogDir::Given(directory) => directory,
            LogDir::NewIn(parent) => &RunDirectory::at(parent),
        };
        Failure::run(format!(
            "{id}: {} has lost rows (a loss of power without --durable?), or the log of {peer} was changed: {peer} has \
             messages of {id} that are not in it. Going on would give timestamps twice. If there is a copy of the log that has \
             them, put it back, and the run goes on when {}; if there is none, this run cannot be finished: stop the others, \
             and start a new one in another --log-dir",
            directory.log(id).display(),
            started_again(id, directory)
        ))
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
                    open.push(format!(
                        "the messages of {id} with timestamps above {received} are missing, up to its last, {last}"
                    ));
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

/// The way to go on with a run, in a clause: of one machine, and of a ring on one computer.
pub(super) fn started_again(id: MachineId, directory: &RunDirectory) -> String {
    let again = directory.command_to_go_on();
    format!("{id} is started again with --resume (with all logs on one computer: {again})")
}

/// Does the manifest say so of this peer?
fn is_in<S>(facts: &BTreeMap<String, u64>, peer: &Peer<S>) -> bool {
    facts.contains_key(peer.id.letter_str())
}
