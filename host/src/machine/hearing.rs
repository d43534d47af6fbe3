//! What a machine hears of its links while it does something else: up, down, ready, ended, refused.

use std::time::{Duration, Instant};

use clockring::{cursor::Cursor, ring::MachineId};

use super::{Machine, Observer};
use crate::{
    failure::Failure,
    ring::RingEvent,
    rundir::{Ended, StampText},
};

impl<S, O> Machine<'_, S, O>
where
    S: StampText,
    O: Observer<S>,
{
    /// Takes note of everything that has happened on the links, waiting at most this long for the first of it.
    pub(super) fn hear(&mut self, wait_max: Duration) -> Result<(), Failure> {
        let first =
            if wait_max.is_zero() { self.events.try_recv().ok() } else { self.events.recv_timeout(wait_max).ok() };
        let mut next = first;
        while let Some(event) = next {
            self.note(event)?;
            next = self.events.try_recv().ok();
        }
        for index in 0..self.peers.len() {
            let peer = &mut self.peers[index];
            let (id, news) = (peer.id, peer.news.lasting(Instant::now()));
            self.tell_of_link(id, news);
        }
        Ok(())
    }

    fn tell_of_link(&mut self, peer: MachineId, news: Option<String>) {
        if let Some(news) = news {
            self.observer.notice(&format!("the link to {peer} {news}"));
        }
    }

    fn note(&mut self, event: RingEvent) -> Result<(), Failure> {
        match event {
            RingEvent::Up { peer, outgoing, received } => {
                let begun = self.doorway.run_has_begun();
                self.demand_known(peer, received)?;
                if let Some(peer) = self.peer(peer) {
                    let away = peer.down_for().filter(|_| begun);
                    peer.link_up(outgoing, received);
                    let news = away.and_then(|away| peer.news.healed(away));
                    let id = peer.id;
                    self.tell_of_link(id, news);
                }
            }
            RingEvent::Down { peer, why } => {
                let begun = self.doorway.run_has_begun();
                if let Some(peer) = self.peer(peer) {
                    peer.link_down();
                    peer.ready &= begun;
                    let news = peer.news.broken(Instant::now(), why);
                    let id = peer.id;
                    self.tell_of_link(id, news);
                }
            }
            RingEvent::Ready { peer: id, run } => {
                if id.index() == 0 && !self.doorway.run_has_begun() {
                    self.run = run;
                }
                if let Some(peer) = self.peer(id) {
                    peer.ready = true;
                }
            }
            RingEvent::ToldAll { peer } => {
                if let Some(peer) = self.peer(peer) {
                    peer.told_all = true;
                }
            }
            RingEvent::Ended { peer: id, interrupted } => {
                if let Some(peer) = self.peer(id) {
                    peer.ended = true;
                }
                // A peer that was told to stop takes the run with it. One that has had its time does so only to a
                // machine that would go on for ever.
                if interrupted {
                    self.stop(Ended::Interrupted, &format!("{id} was told to stop, so this machine stops too"));
                } else if self.config.experiment.duration.is_none() {
                    self.stop(Ended::Complete, &format!("{id} has had its time, so this machine ends too"));
                }
            }
            RingEvent::Gone { peer } => {
                if let Some(peer) = self.peer(peer) {
                    (peer.ended, peer.gone) = (true, true);
                }
            }
            RingEvent::Refused { who, why } => {
                self.observer.notice(&format!("refused {who}: {why}; the ring goes on"));
            }
            RingEvent::Unwanted { peer, address, why } => {
                let id = self.config.id;
                return Err(Failure::run(format!("{id}: {peer} at {address} refuses this machine: {why}")));
            }
            RingEvent::Stop => self.stop(Ended::Interrupted, "stopping"),
        }
        Ok(())
    }

    /// A peer can only have what this machine has sent: at the first link, before this process started.
    fn demand_known(&self, peer: MachineId, received: Cursor) -> Result<(), Failure> {
        let met = self.peers.iter().any(|known| known.id == peer && known.met);
        let sent = if met { self.outbox.latest() } else { self.sent_before };
        if received.to_u64() <= sent.to_u64() {
            return Ok(());
        }
        let id = self.config.id;
        Err(Failure::run(format!(
            "{id}: {peer} has messages of this machine that are not in its log. The log has lost rows (a loss of power \
             without --durable?), and going on would give timestamps twice"
        )))
    }

    fn stop(&mut self, how: Ended, sentence: &str) {
        if self.stopping.is_none() {
            self.stopping = Some(how);
            self.observer.notice(sentence);
        }
    }
}
