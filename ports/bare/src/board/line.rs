//! The lines to the peers: greetings, silence, and all that the interrupt handlers have heard.

use core::time::Duration;

use clockring::{
    handshake::{Answer, Greeting},
    machine::{Input, SILENCE_MAX},
    moment::Monotonic,
    progress::Progress,
    ring::{MachineId, RingSize},
};

use super::{Board, Chip, log};
use crate::links::LINKS;

/// Interval between greetings to a peer that does not answer: longer than a computer waits for a greeting, so that it
/// never hears two.
const GREET_EVERY: Duration = Duration::from_millis(2_500);

/// Time that the carrier of the bytes takes to dial again after a broken link: QEMU, a second. A greeting said earlier
/// is lost with the old connection.
const REDIAL: Duration = Duration::from_millis(1_500);

/// A UART and the peer at its other end.
pub(super) struct Line {
    pub(super) peer: MachineId,
    /// Does this machine greet first, or answer?
    dials: bool,
    is_up: bool,
    /// The moment of the last byte.
    heard: Monotonic,
    /// The moment of the next greeting.
    greet: Monotonic,
    /// This machine's progress in its last greeting.
    told: Progress,
    /// The instance that was linked last.
    instance: Option<u64>,
}

impl Line {
    pub(super) fn new(ring: RingSize, own: MachineId, peer: MachineId) -> Self {
        Self {
            peer,
            dials: ring.dials(own, peer),
            is_up: false,
            heard: Monotonic::default(),
            greet: Monotonic::default(),
            told: Progress::Gathering,
            instance: None,
        }
    }
}

impl<C: Chip> Board<C> {
    /// Hands on everything that has come in.
    pub(super) fn hear(&mut self) {
        for link in 0..LINKS {
            let heard = self.shared[link].with(|receiver| (receiver.news(), receiver.received()));
            let Some((news, received)) = heard else { continue };
            if news.is_active {
                self.lines[link].heard = self.chip.now();
            }
            if received > self.machine.received(link) {
                self.tell(Input::Received { peer: link, upto: received });
            }
            match news.greeting {
                Some(Ok(theirs)) => self.greeted(link, &theirs),
                Some(Err(_)) => {
                    log::foreigner(self.lines[link].peer);
                    self.link_down(link);
                    self.answer(link, Answer::Mismatch);
                }
                None => {}
            }
            if self.lines[link].is_up {
                news.signals().for_each(|signal| self.tell(Input::Heard { peer: link, signal }));
            }
            if news.is_broken {
                self.hang_up(link);
            }
        }
    }

    /// This machine's greeting to the peer of a link.
    fn greeting(&self, link: usize) -> Greeting {
        let plain = Greeting::new(self.config.id, self.lines[link].peer, self.facts, self.config.instance);
        self.machine.greeting(link, plain, self.chip.now())
    }

    /// The peer greets, or answers: if it belongs here, the link is up.
    fn greeted(&mut self, link: usize, theirs: &Greeting) {
        let (ours, line) = (self.greeting(link), &self.lines[link]);
        let (peer, told) = (line.peer, if line.dials { line.told } else { ours.progress });
        let is_another = line.instance.is_some_and(|instance| instance != theirs.instance);
        let answer = if ours.judge(theirs).is_err() {
            Answer::Mismatch
        } else if self.has_started && is_another && !theirs.resumed {
            Answer::RunHasBegun
        } else if theirs.answer != Answer::Welcome {
            theirs.answer
        } else if self.machine.handle(Input::Up { peer: link, told, theirs: *theirs }, self.chip.now()).is_err() {
            Answer::ClaimsTooMuch
        } else {
            Answer::Welcome
        };
        if answer != Answer::Welcome {
            log::stranger(peer, answer);
            self.link_down(link);
            self.answer(link, answer);
            return;
        }
        self.answer_with(link, ours);
        let line = &mut self.lines[link];
        (line.is_up, line.instance, line.heard) = (true, Some(theirs.instance), self.chip.now());
        self.facts.number = self.facts.number.or(theirs.run.number);
        log::link_up(peer);
    }

    fn answer(&mut self, link: usize, answer: Answer) {
        let ours = self.greeting(link);
        self.answer_with(link, Greeting { answer, ..ours });
    }

    fn answer_with(&mut self, link: usize, greeting: Greeting) {
        if !self.lines[link].dials {
            self.chip.send(link, &greeting.encode());
        }
    }

    /// The link is down, until there is a greeting; was it up?
    pub(super) fn link_down(&mut self, link: usize) -> bool {
        let now = self.chip.now();
        self.shared[link].with(|receiver| receiver.close());
        let line = &mut self.lines[link];
        line.greet = now.after(REDIAL);
        let was_up = core::mem::take(&mut line.is_up);
        if was_up {
            self.tell(Input::Down { peer: link });
        }
        was_up
    }

    /// Greets, and notices silence.
    pub(super) fn look_after_links(&mut self) {
        for link in 0..LINKS {
            let now = self.chip.now();
            let line = &self.lines[link];
            if line.is_up && now > line.heard.after(SILENCE_MAX) {
                // A peer that is done has left.
                if !self.machine.is_done_with(link) {
                    log::silent(line.peer);
                }
                // If the peer had hung up, any words since then have made it hang up again.
                self.link_down(link);
            } else if line.dials && !line.is_up && now >= line.greet {
                let greeting = self.greeting(link);
                let line = &mut self.lines[link];
                (line.greet, line.told) = (now.after(GREET_EVERY), greeting.progress);
                self.chip.send(link, &greeting.encode());
            }
        }
    }
}
