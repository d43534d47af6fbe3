//! The receiving end of a link.

use std::collections::VecDeque;

use clockring::{
    clock::Clock,
    inbox::{
        Tickets,
        generic::{Draw, Entry, Take},
    },
    machine::{Arrival, Input, Intake, IntakeError, Received, SILENCE_MAX},
    moment::{Monotonic, UnixTime},
};

use super::wire::Wire;
use crate::failure::Failure;

/// Most messages that wait per link: few, so that senders meet a full lane.
pub(super) const LANE_CAPACITY: usize = 16;

/// Most messages of a peer that a process refuses: the greeting of the next link mends what is wrong with its time.
const REFUSALS_MAX: u32 = 5;

/// The messages of a link that wait.
pub(super) struct Lane<S>(VecDeque<Entry<Received<S>>>);

impl<S> Lane<S> {
    pub(super) fn new() -> Self {
        Self(VecDeque::new())
    }

    fn is_full(&self) -> bool {
        self.0.len() >= LANE_CAPACITY
    }
}

impl<S> Take for Lane<S> {
    type Item = Received<S>;

    fn take(&mut self) -> Option<Entry<Received<S>>> {
        self.0.pop_front()
    }

    fn waiting(&self) -> usize {
        self.0.len()
    }
}

/// The receiving end of a link to one peer.
pub(super) struct End<C: Clock> {
    intake: Intake<C>,
    wire: Option<Wire>,
    /// The last moment at which something came, or was not read.
    heard: Monotonic,
    /// Messages refused, since their times were out of bounds.
    refusals: u32,
}

impl<C: Clock> End<C> {
    pub(super) fn new(intake: Intake<C>) -> Self {
        Self { intake, wire: None, heard: Monotonic::default(), refusals: 0 }
    }

    pub(super) fn link_up(&mut self, wire: Wire, now: Monotonic) {
        self.intake.begin();
        (self.wire, self.heard) = (Some(wire), now);
    }

    pub(super) fn is_up(&self) -> bool {
        self.wire.is_some()
    }

    pub(super) fn link_down(&mut self) {
        self.wire = None;
    }

    /// Does it refuse messages again and again?
    pub(super) const fn refuses_for_ever(&self) -> bool {
        self.refusals > REFUSALS_MAX
    }

    /// Takes in the bytes that have arrived, as far as there is room, and puts what the machine is to be told into `heard`,
    /// for the peer at this place. Returns whether the link is good: one that brings wrong bytes, or nothing for too long,
    /// is cut.
    ///
    /// # Errors
    /// If something was taken that came after a damaged byte.
    pub(super) fn receive(
        &mut self,
        place: usize,
        (lane, tickets): (&mut Lane<C::Stamp>, &Tickets),
        (now, physical): (Monotonic, UnixTime),
        heard: &mut Vec<Input>,
    ) -> Result<bool, Failure> {
        let Some(wire) = &self.wire else { return Ok(true) };
        while !lane.is_full()
            && let Some(piece) = wire.receive()
        {
            self.heard = now;
            let mut bytes = piece.as_slice();
            while !lane.is_full() {
                let arrival = match self.intake.take(&mut bytes, physical) {
                    Ok(Some(arrival)) => arrival,
                    Ok(None) => break,
                    Err(error) => {
                        self.refusals += u32::from(matches!(error, IntakeError::Refused(_)));
                        wire.cut();
                        return Ok(false);
                    }
                };
                if wire.has_damage_before(bytes.len()) {
                    return Err(Failure::run(format!("{} took what was damaged", self.intake.peer())));
                }
                match arrival {
                    Arrival::Message(message) => {
                        lane.0.push_back(Entry::new(tickets.draw(), Received { message, at: now }));
                        self.intake.keep(&message);
                        heard.push(Input::Received { peer: place, upto: self.intake.received() });
                    }
                    Arrival::Signal(signal) => heard.push(Input::Heard { peer: place, signal }),
                }
            }
            wire.give_back(bytes);
        }
        if lane.is_full() {
            self.heard = now;
        }
        if now > self.heard.after(SILENCE_MAX) {
            wire.cut();
            return Ok(false);
        }
        Ok(true)
    }
}
