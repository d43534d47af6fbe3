//! One simulated machine: a process, its timer, its die, its inbox and the links that end at it.

use clockring::{
    chance::{Die, Stream},
    clock::Clock,
    inbox::generic::Inbox,
    machine::Received,
    message::Message,
    moment::Elapsed,
    process::{Process, Turn},
    ring::{MachineId, RingSize},
    time::Schedule,
};

use super::{
    EPOCH,
    link::{Link, NEVER},
    scenario::Scenario,
};
use crate::rundir::Row;

/// A machine of a simulated ring.
pub(super) struct Machine<C: Clock> {
    process: Process<C>,
    schedule: Schedule,
    die: Die<Stream>,
    ticks: u64,
    /// Its lanes are the links from the others, from A on.
    inbox: Inbox<Link<C::Stamp>, { RingSize::MAX - 1 }>,
    /// Number of messages in the inbox.
    waiting: u64,
    /// Number of messages that have arrived; wraps around as tickets do.
    arrivals: u32,
    /// Nothing that is under way arrives before this time; [`NEVER`] if nothing is.
    next_arrival: Elapsed,
    /// Do messages arrive in the order in which they were sent, across all senders?
    arrives_in_order: bool,
}

impl<C: Clock> Machine<C> {
    /// A machine before its first tick.
    pub(super) fn new(id: MachineId, scenario: &Scenario) -> Self {
        let ring = scenario.experiment().ring;
        let mut inbox = Inbox::new();
        for from in senders(id, ring) {
            let added = inbox.add(Link::new(scenario.delay(from, id), scenario.capacity()));
            debug_assert!(added.is_ok(), "an inbox has room for every link of a machine");
        }
        Self {
            process: Process::new(id, ring),
            schedule: scenario.schedule(id),
            die: scenario.experiment().die(id),
            ticks: 0,
            inbox,
            waiting: 0,
            arrivals: 0,
            next_arrival: NEVER,
            arrives_in_order: scenario.network().is_constant(),
        }
    }

    /// Starts again, in another run.
    pub(super) fn reset(&mut self, scenario: &Scenario) {
        let (id, ring) = (self.process.id(), scenario.experiment().ring);
        while self.inbox.pop().is_some() {}
        for (from, link) in senders(id, ring).zip(self.inbox.lanes_mut()) {
            link.reset(scenario.delay(from, id), scenario.capacity());
        }
        self.process = Process::new(id, ring);
        self.schedule = scenario.schedule(id);
        self.die = scenario.experiment().die(id);
        (self.ticks, self.waiting, self.arrivals, self.next_arrival) = (0, 0, 0, NEVER);
        self.arrives_in_order = scenario.network().is_constant();
    }

    /// Its name.
    #[inline]
    pub(super) fn id(&self) -> MachineId {
        self.process.id()
    }

    /// The moment at which the next tick is due.
    #[inline]
    pub(super) fn due(&self) -> Elapsed {
        self.schedule.due()
    }

    /// The tick that is due. Inlined against the compiler's own judgement of its size: the row then stays in registers,
    /// which a fifth of the simulator's time depends on.
    #[inline(always)]
    pub(super) fn tick(&mut self) -> Row<C::Stamp> {
        let now = self.schedule.due();
        self.schedule.advance();
        self.ticks += 1;
        if self.next_arrival <= now {
            self.deliver_until(now);
        }
        let oldest = self.pop();
        let time = EPOCH.at(now);
        let turn = Turn::of(oldest.map(|oldest| oldest.message), || self.process.rolled(self.die.roll()));
        let event = self.process.step(turn, time).event;
        let arrived = oldest.map(|oldest| EPOCH.at(Elapsed::from_ns(oldest.at.ns())));
        Row { tick: self.ticks, time, event, queue: self.waiting, arrived }
    }

    /// Takes a message for this machine onto its link.
    #[inline]
    pub(super) fn send(&mut self, sent: Elapsed, message: Message<C::Stamp>) {
        let place = message.from.index() - usize::from(message.from > message.to);
        let Some(link) = self.inbox.lane_mut(place) else { return };
        let arrival = link.send(sent, message);
        let nothing_before_it = self.arrives_in_order && self.next_arrival == NEVER;
        if nothing_before_it && arrival <= self.schedule.due() && link.has_room() {
            // It may as well arrive now, since it is not seen before the next tick: a look at every link is saved.
            self.deliver(place);
        } else {
            self.next_arrival = self.next_arrival.min(arrival);
        }
    }

    /// Ends the run: messages still under way arrive, and all that wait are handed out in order of arrival.
    pub(super) fn drain<E>(
        &mut self,
        mut left: impl FnMut(MachineId, &Message<C::Stamp>) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            self.deliver_until(NEVER);
            let Some(received) = self.pop() else { return Ok(()) };
            left(self.id(), &received.message)?;
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<Received<C::Stamp>> {
        // An inbox that is known to be empty need not look into its lanes.
        self.waiting = self.waiting.checked_sub(1)?;
        self.inbox.pop()
    }

    /// Messages that have arrived by now go into the lanes in order of arrival; of those that arrive in the same
    /// nanosecond, in the alphabetic order of their senders.
    fn deliver_until(&mut self, now: Elapsed) {
        loop {
            self.next_arrival = NEVER;
            let (mut next, mut next_arrival) = (0, NEVER);
            for (place, link) in self.inbox.lanes_mut().enumerate() {
                let arrival = link.next_arrival();
                self.next_arrival = self.next_arrival.min(arrival);
                // A full lane's messages have to wait, and are looked at again at the next tick.
                if arrival < next_arrival && link.has_room() {
                    (next, next_arrival) = (place, arrival);
                }
            }
            if next_arrival > now || next_arrival == NEVER {
                return;
            }
            self.deliver(next);
        }
    }

    /// The next message of the link at this place arrives.
    #[inline]
    fn deliver(&mut self, place: usize) {
        if let Some(link) = self.inbox.lane_mut(place) {
            link.deliver(self.arrivals);
            self.arrivals = self.arrivals.wrapping_add(1);
            self.waiting += 1;
        }
    }
}

/// The senders of the links that end at this machine, from A on.
fn senders(id: MachineId, ring: RingSize) -> impl Iterator<Item = MachineId> {
    ring.machines().filter(move |from| *from != id)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clockring::{
        clock::{ClockKind, Lamport, LamportStamp},
        event::EventKind,
    };

    use super::*;
    use crate::{
        experiment::{Experiment, PhaseChoice},
        sim::Network,
    };

    #[test]
    fn messages_wait_in_order_of_arrival_whatever_their_latencies() {
        let ring = RingSize::new(4).unwrap();
        let experiment = Experiment {
            ring,
            rates: vec![Some("0.1".parse().unwrap()); 4],
            sides: 10,
            seed: 5,
            phase: PhaseChoice::Aligned,
            clock: ClockKind::Lamport,
            duration: Some(Duration::from_secs(60)),
        };
        let network = Network { latency: "exp:3s".parse().unwrap(), ..Network::default() };
        let scenario = Scenario::new(experiment, network).unwrap();
        let [to, from @ ..] = [3, 0, 1, 2].map(|index| MachineId::from_index(index).unwrap());
        let mut delays = from.map(|from| scenario.delay(from, to));
        let mut machine = Machine::<Lamport>::new(to, &scenario);
        let mut arrivals = Vec::new();
        for second in 0..60 {
            for (from, delay) in from.into_iter().zip(&mut delays) {
                let sent_ns = second * 1_000_000_000 + from.index() as u64;
                let stamp = LamportStamp(sent_ns);
                machine.send(Elapsed::from_ns(sent_ns), Message { from, to, stamp });
                arrivals.push((delay.arrival_ns(sent_ns), from, stamp));
            }
        }
        arrivals.sort_by_key(|(arrival_ns, from, _)| (*arrival_ns, *from));
        let mut expected = arrivals.into_iter().peekable();
        let mut received = 0;
        for tick in 1..=1000 {
            let waited = expected.next_if(|(arrival_ns, ..)| *arrival_ns <= tick * 10_000_000_000);
            match (machine.tick().event.kind, waited) {
                (EventKind::Receive { from, stamp }, Some((_, sender, sent))) => {
                    assert_eq!((from, stamp), (sender, sent))
                }
                (EventKind::Internal | EventKind::Send { .. }, None) => continue,
                (event, waited) => panic!("{event:?} at tick {tick}, when {waited:?} waited"),
            }
            received += 1;
        }
        assert_eq!((received, expected.next()), (180, None));
    }
}
