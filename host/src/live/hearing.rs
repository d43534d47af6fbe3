//! Events of the links, handed on to the machine of core.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

use clockring::{
    clock::Clock,
    frame::Signal,
    handshake::Greeting,
    machine::{Input, Objection, Stage},
    progress::Progress,
    ring::MachineId,
};

use super::{Machine, Observer};
use crate::{
    connect::RingEvent,
    failure::Failure,
    link::{Outgoing, Refusal},
    rundir::StampText,
};

impl<C, O> Machine<'_, C, O>
where
    C: Clock,
    C::Stamp: StampText,
    O: Observer<C::Stamp>,
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
        self.hear_of_messages()?;
        for place in 0..self.peers.len() {
            let news = self.news[place].lasting(Instant::now());
            self.tell_of_link(self.peers[place].id, news);
        }
        let now = self.now();
        self.core.proceed(now);
        Ok(())
    }

    fn hear_of_messages(&mut self) -> Result<(), Failure> {
        for place in 0..self.peers.len() {
            let upto = self.doorway.received(self.peers[place].id);
            if upto > self.core.received(place) {
                self.tell(Input::Received { peer: place, upto })?;
            }
        }
        Ok(())
    }

    fn tell_of_link(&mut self, peer: MachineId, news: Option<String>) {
        if let Some(news) = news {
            self.observer.notice(&format!("the link to {peer} {news}"));
        }
    }

    /// The notice of a refusal, and of this many like it that had none.
    fn tell_of_refusal(&mut self, who: &dyn Display, why: &Refusal, unreported: u64) {
        let more = match unreported {
            0 => String::new(),
            count => format!(" ({count} more like it since the last notice)"),
        };
        let gathers = self.core.stage() == Stage::Gathering;
        let what_now = match why {
            // Either of the two is wrong.
            Refusal::ClaimsTooMuch if gathers => {
                "if it is this machine whose log was lost, put a copy back and start it with --resume; without one, start a \
                 new run in another --log-dir"
            }
            _ if gathers => "waiting on",
            _ => "the ring goes on",
        };
        self.observer.notice(&format!("refused {who}: {why}{more}; {what_now}"));
    }

    fn place(&self, peer: MachineId) -> Option<usize> {
        self.peers.iter().position(|known| known.id == peer)
    }

    fn note(&mut self, event: RingEvent) -> Result<(), Failure> {
        match event {
            RingEvent::Up { peer, outgoing, told, theirs, ahead_ns } => {
                self.compare_wall_clocks(peer, ahead_ns)?;
                self.link_up(peer, outgoing, told, theirs)?;
            }
            RingEvent::Down { peer, why } => {
                let Some(place) = self.place(peer) else { return Ok(()) };
                self.peers[place].link_down();
                self.tell(Input::Down { peer: place })?;
                // A machine that leaves closes its links.
                if !matches!(self.core.stage(), Stage::Left(_)) && !self.core.is_done_with(place) {
                    let news = self.news[place].broken(Instant::now(), why);
                    self.tell_of_link(peer, news);
                }
            }
            RingEvent::Heard { peer, signal } => {
                let Some(place) = self.place(peer) else { return Ok(()) };
                if let Signal::Progress(progress) = signal {
                    self.tell_of_end(peer, progress);
                }
                self.tell(Input::Heard { peer: place, signal })?;
            }
            RingEvent::Refused { who, why, unreported } => self.tell_of_refusal(&who, &why, unreported),
            RingEvent::Unreachable { peer, address, why } => {
                self.observer.notice(&format!("{peer} cannot be reached at {address}: {why}; trying on"));
            }
            RingEvent::Deaf { why } => self.observer.notice(&format!("cannot take calls: {why}; trying on")),
            RingEvent::Unwanted { peer, address, why } => {
                let id = self.config.id;
                return Err(Failure::run(format!("{id}: {peer} at {address} refuses this machine: {why}")));
            }
            RingEvent::Stop => {
                self.observer.notice("stopping");
                self.tell(Input::Stop)?;
            }
        }
        Ok(())
    }

    fn link_up(
        &mut self,
        peer: MachineId,
        mut outgoing: Box<dyn Outgoing>,
        told: Progress,
        theirs: Greeting,
    ) -> Result<(), Failure> {
        let Some(place) = self.place(peer) else { return Ok(()) };
        // The run may begin with this, and not before any message that was let in.
        self.hear_of_messages()?;
        let now = self.now();
        let (ticks, before) = (self.core.stage() == Stage::Ticking, self.core.elapsed(now));
        // Learnt from this greeting, perhaps, or from another.
        if let Some(started) = self.doorway.started() {
            self.core.start_at(started);
        }
        match self.core.handle(Input::Up { peer: place, told, theirs }, now) {
            Ok(()) => {
                let behind = self.core.elapsed(now).since(before);
                if ticks && !behind.is_zero() {
                    self.observer.notice(&format!(
                        "its time was {:.1} s behind that of {peer}, as after a sleep of the computer: it goes forward, and \
                         makes up the ticks",
                        behind.as_secs_f64()
                    ));
                }
                self.tell_of_end(peer, theirs.progress);
                self.peers[place].link_up(outgoing, theirs.received);
                let news = self.news[place].healed(Instant::now());
                self.tell_of_link(peer, news);
                Ok(())
            }
            Err(Objection::ClaimsTooMuch) => {
                outgoing.cut();
                self.tell_of_refusal(&peer, &Refusal::ClaimsTooMuch, 0);
                Ok(())
            }
            Err(Objection::LostRows) => Err(self.lost_rows(peer)),
        }
    }

    /// Tells the machine of something that no greeting is part of.
    pub(super) fn tell(&mut self, input: Input) -> Result<(), Failure> {
        let now = self.now();
        // Only greetings are objected to.
        self.core.handle(input, now).map_err(|objection| Failure::run(format!("{}: {objection:?}", self.config.id)))
    }

    /// The notice of a peer's end, and its meaning for this machine.
    fn tell_of_end(&mut self, peer: MachineId, progress: Progress) {
        if self.core.stage() != Stage::Ticking {
            return;
        }
        match progress {
            Progress::Stopped { .. } => {
                self.observer.notice(&format!("{peer} was told to stop, so this machine stops too"));
            }
            Progress::Ended { .. } if self.experiment.duration.is_none() => {
                self.observer.notice(&format!("{peer} has had its time, so this machine ends too"));
            }
            _ => {}
        }
    }
}
