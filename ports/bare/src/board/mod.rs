//! One machine of a live ring of three, on a board: two UARTs for links, a timer for ticks, defmt for a log.
//!
//! An interrupt handler takes a UART's bytes to its [`Receiver`], which puts messages straight into the link's lane.
//! [`run`] does all the rest outside of interrupts, as `clockring::machine` says. A UART cannot see its other end: a
//! greeting makes a link, and silence breaks it, until there is a greeting again.

mod config;
mod line;
mod log;

use core::{cell::RefCell, time::Duration};

use clockring::{
    chance::{Die, Purpose, Stream, stream},
    clock::{ClockKind, Lamport, LamportStamp},
    cursor::Cursor,
    frame::{self, NO_FRAME},
    handshake::RunFacts,
    machine::{Fact, Input, Leaving, Machine, Say, Sent, Settings, Stage},
    process::Turn,
    ring::{MachineId, RingSize},
    time::{Phase, Schedule},
};
use critical_section::{Mutex, with};

pub use clockring::moment::Monotonic;
pub use config::Config;

use self::line::Line;
use crate::{
    links::{LINKS, Queue, Storage, links},
    receiver::Receiver,
};

/// A chip's services for the machine.
pub trait Chip {
    /// Time since some moment before the start.
    fn now(&self) -> Monotonic;

    /// Sleeps until then, or until an interrupt has happened.
    fn sleep_until(&mut self, moment: Monotonic);

    /// Sends all these bytes on a link: 0 is the next machine's, 1 the one before's.
    fn send(&mut self, link: usize, bytes: &[u8]);
}

/// A receiver, shared between its interrupt handler and the main loop.
pub struct Shared(Mutex<RefCell<Option<Receiver<'static>>>>);

impl Shared {
    /// Bytes are dropped until the machine runs.
    pub const fn new() -> Self {
        Self(Mutex::new(RefCell::new(None)))
    }

    /// Takes all bytes that have come in by now: for an interrupt handler.
    pub fn take(&self, now: Monotonic, received: impl FnMut() -> Option<u8>) {
        with(|cs| {
            let mut receiver = self.0.borrow(cs).borrow_mut();
            for byte in core::iter::from_fn(received) {
                // Said here, since there is no limit to how much goes wrong before the main loop is back.
                if let Some(receiver) = receiver.as_mut()
                    && let Some(mishap) = receiver.byte(byte, now)
                {
                    log::mishap(receiver.peer(), mishap);
                }
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Receiver) -> T) -> Option<T> {
        with(|cs| self.0.borrow(cs).borrow_mut().as_mut().map(act))
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self::new()
    }
}

/// Number of sends kept: those of half a minute at 6 ticks a second, several times as long as a break that heals by
/// itself.
const KEPT: usize = 128;

/// The most ticks of one turn of the loop: their sends are kept, so that no late tick costs a message.
const BATCH_MAX: usize = KEPT / 2;

/// Interval at which links are looked after when no tick is due.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Time for the other end to read the last words before a board is switched off.
const FAREWELL: Duration = Duration::from_secs(1);

type Kept = [Option<Sent<LamportStamp>>; KEPT];

/// A board's memory: each lane holds the messages of a few dozen ticks.
pub struct BoardStorage {
    lanes: Storage<64>,
    kept: Kept,
}

impl BoardStorage {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { lanes: Storage::new(), kept: [None; KEPT] }
    }
}

impl Default for BoardStorage {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs the machine to its end. `None` if it is not one of three.
pub fn run(
    chip: impl Chip,
    config: Config,
    shared: [&'static Shared; LINKS],
    storage: &'static mut BoardStorage,
) -> Option<Leaving> {
    let ring = RingSize::new(LINKS + 1)?;
    let BoardStorage { lanes, kept } = storage;
    let mut inbox = Queue::new();
    let links = links(config.id, lanes, &mut inbox)?;
    for (shared, link) in shared.into_iter().zip(links) {
        with(|cs| shared.0.borrow(cs).replace(Some(Receiver::new(link))));
    }
    let settings = Settings { id: config.id, ring, endless: false, patient: false };
    let facts = RunFacts {
        machines: ring.get() as u16,
        sides: config.sides,
        clock: ClockKind::Lamport.letter(),
        payload: 0,
        number: (config.id.index() == 0).then_some(config.instance),
        seed: Some(config.seed),
    };
    let board = Board {
        machine: Machine::new(settings, kept.as_mut_slice(), chip.now())?,
        chip,
        die: Die::new(config.sides, stream(config.seed, config.id, Purpose::Rolls)),
        schedule: Schedule::new(config.rate, Phase::ALIGNED),
        inbox,
        lines: [1, 2].map(|places| Line::new(ring, config.id, ring.after(config.id, places))),
        shared,
        facts,
        has_started: false,
        config,
    };
    Some(board.run())
}

struct Board<C> {
    chip: C,
    config: Config,
    machine: Machine<Lamport, &'static mut [Option<Sent<LamportStamp>>], LINKS>,
    die: Die<Stream>,
    schedule: Schedule,
    inbox: Queue<'static>,
    lines: [Line; LINKS],
    shared: [&'static Shared; LINKS],
    /// The facts of the run known by now.
    facts: RunFacts,
    has_started: bool,
}

impl<C: Chip> Board<C> {
    fn run(mut self) -> Leaving {
        loop {
            self.hear();
            self.machine.proceed(self.chip.now());
            self.tick();
            self.account();
            self.look_after_links();
            self.speak();
            if let Stage::Left(how) = self.machine.stage() {
                self.leave(how);
                return how;
            }
            let now = self.chip.now();
            let look = now.after(LOOK_EVERY);
            let wake = self.machine.wake(now).map_or(look, |wake| wake.min(look));
            self.chip.sleep_until(wake.min(self.next_tick(now)));
        }
    }

    /// Tells the machine of something that no greeting is part of.
    fn tell(&mut self, input: Input) {
        // Only greetings are objected to.
        let _ = self.machine.handle(input, self.chip.now());
    }

    /// The moment at which the next tick, or the end of the time, is due.
    fn next_tick(&self, now: Monotonic) -> Monotonic {
        let due = self.schedule.due().min(self.config.duration);
        match self.machine.stage() {
            Stage::Ticking => now.after(due.since(self.machine.elapsed(now))),
            _ => now.after(LOOK_EVERY),
        }
    }

    /// Makes the ticks that are due. Each row is in the log before the next event, and before anything is said of it.
    fn tick(&mut self) {
        if !self.has_started && matches!(self.machine.stage(), Stage::Ticking | Stage::Settling { .. }) {
            self.has_started = true;
            log::started(self.facts.number);
        }
        for _ in 0..BATCH_MAX {
            if self.machine.stage() != Stage::Ticking {
                return;
            }
            let now = self.chip.now();
            let (elapsed, due) = (self.machine.elapsed(now), self.schedule.due());
            if due > self.config.duration && elapsed >= self.config.duration {
                return self.tell(Input::Over);
            }
            if due > elapsed || due > self.config.duration {
                return;
            }
            self.schedule.advance();
            let (received, queue) = self.inbox.pop_counted();
            let turn = Turn::of(received.map(|received| received.message), || self.machine.rolled(self.die.roll()));
            let row = self.machine.step(turn, now);
            let arrived = received.map_or(row.elapsed, |received| self.machine.elapsed(received.at));
            log::row(&row, queue, arrived);
            self.machine.logged();
        }
    }

    /// A board's manifest is its log: a fact that is due is a line of it before it is said.
    fn account(&mut self) {
        if !matches!(self.machine.stage(), Stage::Settling { .. }) {
            return;
        }
        while let Some(received) = self.inbox.pop() {
            log::left(&received.message);
        }
        while let Some(fact) = { self.machine.due().next() } {
            let (place, upto) = match fact {
                Fact::Ended { .. } => (0, Cursor::START),
                Fact::Accounted(place) => (place, self.machine.received(place)),
                Fact::Delivered(place) => (place, self.machine.sent(place)),
            };
            let elapsed = self.machine.elapsed(self.chip.now());
            log::fact(fact, self.peer(place), upto, self.machine.ticks(), elapsed);
            self.machine.written(fact);
        }
        self.machine.proceed(self.chip.now());
    }

    /// Sends all pending frames. A UART takes everything.
    fn speak(&mut self) {
        for link in 0..LINKS {
            if self.machine.is_unheard(link) {
                log::deaf(self.peer(link));
                self.hang_up(link);
            }
            let now = self.chip.now();
            while let Some(say) = self.machine.say(link, now) {
                match say {
                    Say::Frame(frame) => self.chip.send(link, &frame.encode()),
                    Say::FromLog(after) => {
                        // There is no log here to read from: messages that memory does not reach are lost, and that is
                        // told.
                        let upto = self.machine.forgotten();
                        log::forgotten(self.peer(link), after, upto);
                        self.machine.said(link, upto, now);
                    }
                }
            }
        }
    }

    /// Breaks a link. A UART cannot hang up, but a peer that reads bytes of no frame does: as many as a frame has, so
    /// that one cut short is filled, and found to be none.
    fn hang_up(&mut self, link: usize) {
        if self.link_down(link) {
            self.chip.send(link, &[NO_FRAME; frame::length::<LamportStamp>()]);
        }
    }

    fn peer(&self, link: usize) -> MachineId {
        self.lines.get(link).map_or(self.config.id, |line| line.peer)
    }

    fn leave(&mut self, how: Leaving) {
        for shared in self.shared {
            if let Some((peer, losses)) = shared.with(|receiver| (receiver.peer(), receiver.losses())) {
                log::losses(peer, losses);
            }
        }
        log::gone(how);
        let until = self.chip.now().after(FAREWELL);
        while self.chip.now() < until {
            self.chip.sleep_until(until);
        }
    }
}
