//! One machine of a ring of three, as an interrupt handler or a main loop drives it: nothing here knows a UART or a
//! timer.

use clockring::{
    assembler::Assembler,
    chance::{Die, Purpose, stream},
    clock::{Clock, Lamport, LamportStamp},
    cursor::Cursor,
    frame::{Frame, Signal},
    inbox::{Inbox, Lane, LaneInput, LaneOutput, LaneSender, Tickets},
    message::Message,
    process::{Process, Step, Turn},
    ring::{MachineId, RingSize},
};
use rand_xorshift::XorShiftRng;

/// How many links a machine of three has.
pub const LINKS: usize = 2;

type Letter = Message<LamportStamp>;

/// The memory of a machine's queues, which must outlive it: a `static` on a board.
///
/// Of the places of a lane one stays free, and the inbox holds one more message as look-ahead: `SLOTS` wait per link.
pub struct Storage<const SLOTS: usize = 8> {
    lanes: [Lane<Letter, SLOTS>; LINKS],
    tickets: Tickets,
}

impl<const SLOTS: usize> Storage<SLOTS> {
    /// Empty queues.
    pub const fn new() -> Self {
        Self { lanes: [const { Lane::new() }; LINKS], tickets: Tickets::new() }
    }
}

impl<const SLOTS: usize> Default for Storage<SLOTS> {
    fn default() -> Self {
        Self::new()
    }
}

/// What ticks.
pub struct Machine<'a> {
    process: Process<Lamport>,
    die: Die<XorShiftRng>,
    inbox: Inbox<LaneOutput<'a, Letter>, LINKS>,
}

/// The receiving end of a link: what the UART's bytes go into.
pub struct Link<'a> {
    own: MachineId,
    peer: MachineId,
    assembler: Assembler<LamportStamp>,
    received: Cursor,
    lane: LaneSender<LaneInput<'a, Letter>, &'a Tickets>,
    /// Messages that found the lane full.
    pub overruns: u32,
}

/// Machine `id` of a ring of three and its links to the next machine and to the one before. `None` if `id` is not in a
/// ring of three.
pub fn machine<const SLOTS: usize>(
    id: MachineId,
    sides: u32,
    seed: u64,
    storage: &mut Storage<SLOTS>,
) -> Option<(Machine<'_>, [Link<'_>; LINKS])> {
    let ring = RingSize::new(LINKS + 1).filter(|ring| ring.contains(id))?;
    let Storage { lanes: [next, previous], tickets } = storage;
    let mut inbox = Inbox::new();
    let mut link = |lane, places| {
        let lane = inbox.connect(lane, tickets)?;
        let (assembler, received, peer) = (Assembler::new(), Cursor::START, ring.after(id, places));
        Some(Link { own: id, peer, assembler, received, lane, overruns: 0 })
    };
    let links = [link(next, 1)?, link(previous, 2)?];
    let machine =
        Machine { process: Process::new(id, ring), die: Die::new(sides, stream(seed, id, Purpose::Rolls)), inbox };
    Some((machine, links))
}

impl Machine<'_> {
    /// One tick: its event goes to the log first, and then its messages to their links.
    #[inline]
    pub fn tick(&mut self, now_ns: u64) -> Step<LamportStamp> {
        let (inbox, die) = (&mut self.inbox, &mut self.die);
        self.process.step(Turn::of(inbox.pop(), || die.roll()), now_ns)
    }

    /// Its name.
    pub fn id(&self) -> MachineId {
        self.process.id()
    }

    /// How many messages wait.
    pub fn waiting(&self) -> usize {
        self.inbox.len()
    }

    /// A message still waiting, when the run is over.
    pub fn left(&mut self) -> Option<Letter> {
        self.inbox.pop()
    }
}

impl Link<'_> {
    /// A byte has come in: puts a message that it completes into the lane, and returns a signal that it completes.
    #[inline]
    pub fn receive(&mut self, byte: u8, now_ns: u64) -> Option<Signal> {
        match self.assembler.push(byte)? {
            Frame::Message(message) => {
                self.accept(message, now_ns);
                None
            }
            Frame::Signal { from, to, signal } => (from == self.peer && to == self.own).then_some(signal),
        }
    }

    fn accept(&mut self, message: Letter, now_ns: u64) {
        let is_ours = message.from == self.peer && message.to == self.own;
        if is_ours
            && Lamport::admit(&message.stamp, now_ns).is_ok()
            && self.received.accept(&message.stamp, message.from)
            && self.lane.push(message).is_err()
        {
            self.overruns = self.overruns.saturating_add(1);
        }
    }

    /// The machine at the other end.
    pub fn peer(&self) -> MachineId {
        self.peer
    }

    /// The last message that has come in.
    pub fn received(&self) -> Cursor {
        self.received
    }

    /// The link is made anew: whatever was unfinished is forgotten, and counted as skipped.
    pub fn begin(&mut self) {
        self.assembler.reset();
    }

    /// Is a frame begun and not finished?
    pub fn is_within_a_frame(&self) -> bool {
        self.assembler.is_within_a_frame()
    }

    /// How many bytes belonged to no frame.
    pub fn skipped(&self) -> u64 {
        self.assembler.skipped()
    }
}
