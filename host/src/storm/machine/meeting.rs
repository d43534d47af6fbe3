//! How a machine meets its peers.

use clockring::{
    clock::Clock,
    handshake::Greeting,
    machine::{Input, Objection, Stage},
    moment::UnixTime,
    progress::Progress,
    ring::MachineId,
};

use super::{Cause, Machine};
use crate::{
    connect::{admission::Known, physical_time::are_too_far_apart},
    driver::peer::Peer,
    failure::Failure,
    rundir::StampText,
    storm::{
        clocks::Reading,
        wire::{Wire, WireOutgoing},
    },
};

impl<C> Machine<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    fn place(&self, peer: MachineId) -> usize {
        self.experiment.ring.distance(self.id(), peer) - 1
    }

    /// Its first words to a peer.
    pub(in crate::storm) fn greeting(&mut self, peer: MachineId, now: Reading) -> Greeting {
        let plain = Greeting::new(self.id(), peer, self.run, self.instance);
        let greeting = self.core.greeting(self.place(peer), plain, now.timer);
        Greeting { wall: Some(self.physical(now)), ..greeting }
    }

    /// Its knowledge of a peer.
    pub(in crate::storm) fn known(&self, peer: MachineId) -> Known {
        let place = self.place(peer);
        Known {
            resumed: self.resumed,
            run_has_begun: self.is_running,
            instance: self.instances[place],
            is_linked: self.ends[place].is_up(),
            sent: self.core.sent(place),
        }
    }

    /// The physical time.
    pub(super) fn physical(&mut self, now: Reading) -> UnixTime {
        let is_relied_on = || self.peers.iter().any(Peer::is_up);
        self.physical_time.at(self.core.elapsed(now.timer), || (now.timer, now.wall), is_relied_on)
    }

    /// A link is up: greetings were exchanged. Returns why the machine leaves for it, if it does.
    pub(in crate::storm) fn link_up(
        &mut self,
        peer: MachineId,
        wires: [Wire; 2],
        told: Progress,
        theirs: Greeting,
        now: Reading,
    ) -> Result<Option<Cause>, Failure> {
        let place = self.place(peer);
        let [incoming, outgoing] = wires;
        let ours = self.physical(now);
        self.physical_time.join(&theirs);
        self.run.number = self.run.number.or(theirs.run.number);
        self.instances[place] = Some(theirs.instance);
        let ahead_ns = theirs.wall.map_or(0, |theirs| theirs.ns() as i64 - ours.ns() as i64);
        if self.stage() == Stage::Gathering
            && self.physical_time.started().is_none()
            && are_too_far_apart(C::KIND, ahead_ns)
        {
            return Ok(Some(Cause::ClocksApart));
        }
        if let Some(started) = self.physical_time.started() {
            self.core.start_at(started);
        }
        match self.core.handle(Input::Up { peer: place, told, theirs }, now.timer) {
            Ok(()) => {}
            Err(Objection::LostRows) => return Ok(Some(Cause::LostRows)),
            Err(Objection::ClaimsTooMuch) => {
                return Err(Failure::run(format!("{peer} has messages that {} never sent", self.id())));
            }
        }
        self.peers[place].link_up(Box::new(WireOutgoing(outgoing)), theirs.received);
        self.ends[place].link_up(incoming, now.timer);
        Ok(None)
    }

    pub(in crate::storm) fn link_down(&mut self, peer: MachineId, now: Reading) {
        self.link_down_at(self.place(peer), now);
    }

    pub(super) fn link_down_at(&mut self, place: usize, now: Reading) {
        self.peers[place].link_down();
        self.ends[place].link_down();
        self.tell(Input::Down { peer: place }, now);
    }
}
