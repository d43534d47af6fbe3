//! One machine of a live ring of three, on a board: two UARTs for links, a timer for ticks, defmt for a log.
//!
//! An interrupt handler takes a UART's bytes to its [`Receiver`], which puts messages straight into the link's lane.
//! [`run`] does all the rest outside of interrupts. A UART does not know whether anybody is at its other end: a
//! greeting makes a link, and silence breaks it, until there is a greeting again.

mod config;
mod log;
mod receiver;
mod recent;
mod sending;

use clockring::{
    frame::Signal,
    handshake::Greeting,
    ring::RingSize,
    time::{Phase, Schedule},
};
use critical_section::with;

pub use config::Config;
pub use receiver::{Heard, Receiver, Shared};

use self::sending::Peer;
use crate::machine::{LINKS, Machine, Storage, machine};

/// The queues of a board's machine: each lane holds what a few dozen ticks bring.
pub type BoardStorage = Storage<64>;

/// What a chip does for the machine.
pub trait Chip {
    /// Time since some moment before the start, in nanoseconds.
    fn now_ns(&self) -> u64;

    /// Sleeps until then, or until an interrupt has happened.
    fn sleep_until(&mut self, ns: u64);

    /// Sends all these bytes on a link: 0 is the next machine's, 1 the one before's.
    fn send(&mut self, link: usize, bytes: &[u8]);
}

/// How often links are looked after when no tick is due.
const LOOK_EVERY_NS: u64 = 50_000_000;

/// How long to wait for the goodbye of a peer that may still lack what this machine said last: for a link to be made
/// again, twice.
const GOODBYE_MAX_NS: u64 = 10_000_000_000;

/// Where a machine is in its life.
enum Stage {
    /// Until every link is up at every machine.
    Gathering,
    /// Until the time is over.
    Ticking { start_ns: u64 },
    /// Until every peer has ended too.
    Settling,
    /// Until every peer has left.
    Leaving { since_ns: u64 },
}

/// Gives the link's interrupt handlers their receivers, and starts the machine. `None` if the machine is not one of
/// three.
pub fn start(
    config: &Config,
    shared: [&'static Shared; LINKS],
    storage: &'static mut BoardStorage,
) -> Option<Machine<'static>> {
    let (machine, links) = machine(config.id, config.sides, config.seed, storage)?;
    for (shared, link) in shared.into_iter().zip(links) {
        with(|cs| shared.borrow(cs).replace(Some(Receiver::new(link))));
    }
    Some(machine)
}

/// Runs the machine to its end.
pub fn run(chip: impl Chip, config: Config, machine: Machine<'static>, shared: [&'static Shared; LINKS]) -> Option<()> {
    let ring = RingSize::new(LINKS + 1)?;
    let peers = [1, 2].map(|places| Peer::new(ring, config.id, ring.after(config.id, places)));
    let schedule = Schedule::new(config.rate, Phase::ALIGNED);
    let recent = recent::Recent::new();
    let mut board = Board {
        chip,
        ring,
        config,
        machine,
        shared,
        peers,
        schedule,
        recent,
        ticks: 0,
        first: None,
        last: None,
        leaving: false,
        stop: false,
    };
    let mut stage = Stage::Gathering;
    loop {
        board.hear();
        stage = match stage {
            Stage::Gathering => board.gather(),
            Stage::Ticking { start_ns } => board.tick(start_ns),
            Stage::Settling => board.settle(),
            Stage::Leaving { since_ns } => {
                let now_ns = board.chip.now_ns();
                if board.peers.iter().all(|peer| peer.gone) || now_ns > since_ns + GOODBYE_MAX_NS {
                    board.report();
                    return Some(());
                }
                stage
            }
        };
        board.look_after_links();
        let now_ns = board.chip.now_ns();
        let due_ns = match stage {
            Stage::Ticking { start_ns } => start_ns + board.schedule.due_ns().min(board.config.duration_ns),
            _ => u64::MAX,
        };
        board.chip.sleep_until(due_ns.min(now_ns + LOOK_EVERY_NS));
    }
}

struct Board<C: Chip> {
    chip: C,
    ring: RingSize,
    config: Config,
    machine: Machine<'static>,
    shared: [&'static Shared; LINKS],
    peers: [Peer; LINKS],
    schedule: Schedule,
    recent: recent::Recent,
    ticks: u64,
    /// What every link says first, once it is time.
    first: Option<Signal>,
    /// What every link says after the last message.
    last: Option<Signal>,
    /// Every peer has ended, and every link says goodbye after that.
    leaving: bool,
    /// A peer was told to stop, and the run with it.
    stop: bool,
}

impl<C: Chip> Board<C> {
    /// Takes note of everything that has come in besides messages.
    fn hear(&mut self) {
        let now_ns = self.chip.now_ns();
        for link in 0..LINKS {
            let Some(shared) = self.shared.get(link) else { return };
            let heard = || with(|cs| shared.borrow(cs).borrow_mut().as_mut().and_then(Receiver::heard));
            if with(|cs| shared.borrow(cs).borrow_mut().as_mut().is_some_and(Receiver::was_active)) {
                self.peers[link].heard_ns = now_ns;
            }
            while let Some(heard) = heard() {
                match heard {
                    Heard::Greeting(greeting) => self.greeted(link, &greeting),
                    Heard::Damage => self.hang_up(link),
                    Heard::Signal(Signal::Ready { .. }) => self.peers[link].ready = true,
                    Heard::Signal(Signal::Ended) => self.peers[link].ended = true,
                    Heard::Signal(Signal::Interrupted) => {
                        self.peers[link].ended = true;
                        self.stop = true;
                    }
                    Heard::Signal(Signal::Goodbye) => {
                        (self.peers[link].ended, self.peers[link].gone) = (true, true);
                    }
                    Heard::Signal(Signal::Beat) => {}
                }
            }
        }
    }

    fn gather(&mut self) -> Stage {
        if self.first.is_none() && self.peers.iter().all(|peer| peer.up) {
            let ready = Signal::Ready { run: self.config.instance };
            self.first = Some(ready);
            self.tell_all(ready);
        }
        if self.stop {
            return self.end();
        }
        if self.first.is_some() && self.peers.iter().all(|peer| peer.ready) {
            let start_ns = self.chip.now_ns();
            log::started(start_ns);
            return Stage::Ticking { start_ns };
        }
        Stage::Gathering
    }

    /// Makes the ticks that are due: rows first, then frames.
    fn tick(&mut self, start_ns: u64) -> Stage {
        loop {
            let elapsed_ns = self.chip.now_ns() - start_ns;
            let due_ns = self.schedule.due_ns();
            if self.stop || due_ns > self.config.duration_ns && elapsed_ns >= self.config.duration_ns {
                return self.end();
            }
            if due_ns > elapsed_ns || due_ns > self.config.duration_ns {
                return Stage::Ticking { start_ns };
            }
            self.schedule.advance();
            self.ticks += 1;
            let step = self.machine.tick(elapsed_ns);
            log::row(self.ticks, elapsed_ns, &step.event, self.machine.waiting());
            self.send(&step.event);
        }
    }

    fn end(&mut self) -> Stage {
        log::ended(self.ticks, self.stop);
        let last = if self.stop { Signal::Interrupted } else { Signal::Ended };
        self.last = Some(last);
        self.tell_all(last);
        Stage::Settling
    }

    fn settle(&mut self) -> Stage {
        while let Some(message) = self.machine.left() {
            log::left(&message);
        }
        if !self.peers.iter().all(|peer| peer.ended) {
            return Stage::Settling;
        }
        // What came in before the peer's end is in the inbox by now.
        while let Some(message) = self.machine.left() {
            log::left(&message);
        }
        self.leaving = true;
        self.tell_all(Signal::Goodbye);
        Stage::Leaving { since_ns: self.chip.now_ns() }
    }

    /// What the links cost: bytes that were no frames, and messages that found no room.
    fn report(&mut self) {
        for shared in self.shared {
            let Some((peer, skipped, overruns)) = with(|cs| shared.borrow(cs).borrow().as_ref().map(Receiver::losses))
            else {
                continue;
            };
            log::losses(peer, skipped, overruns);
        }
    }

    /// Answers a greeting, or takes note of an answer: the link is up, and goes on after what the peer has.
    fn greeted(&mut self, link: usize, theirs: &Greeting) {
        let ours = self.greeting(link);
        let peer = &mut self.peers[link];
        if ours.judge(theirs).is_err() {
            log::stranger(peer.id);
            return;
        }
        (peer.up, peer.heard_ns) = (true, self.chip.now_ns());
        log::link_up(peer.id);
        if !peer.dials {
            self.chip.send(link, &ours.encode());
        }
        self.resume(link, theirs.received);
    }
}
