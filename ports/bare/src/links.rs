//! The links of a machine of three and the queues behind them: the work of an interrupt handler, without UART or timer.

use clockring::{
    clock::{Lamport, LamportStamp},
    cursor::Cursor,
    frame::Signal,
    inbox::{Inbox, Lane, Sender, Tickets},
    machine::{Arrival, Intake, IntakeError, Received},
    moment::{Monotonic, UnixTime},
    ring::{MachineId, RingSize},
};

/// Number of links of a machine of three.
pub const LINKS: usize = 2;

/// The outlet of the messages of all links, in arrival order.
pub type Queue<'a> = Inbox<'a, Received<LamportStamp>, LINKS>;

/// The memory of a machine's queues, which must outlive it: a `static` on a board.
///
/// Of the places of a lane one stays free, and the inbox holds one more message as look-ahead: `SLOTS` wait per link.
pub struct Storage<const SLOTS: usize = 8> {
    lanes: [Lane<Received<LamportStamp>, SLOTS>; LINKS],
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

/// The receiving end of a link: the inlet of the UART's bytes.
pub struct Link<'a> {
    intake: Intake<Lamport>,
    lane: Sender<'a, Received<LamportStamp>>,
}

/// The thing a byte completes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    /// A message, which is in its lane.
    Message,
    /// A message that found its lane full: it is lost.
    Overrun,
    /// A signal.
    Signal(Signal),
}

/// The links of machine `id` of a ring of three, to the next machine and to the one before, connected to an inbox that
/// is empty. `None` if `id` is not in a ring of three. Inlined, so that links are made where they stay.
#[inline(always)]
pub fn links<'a, const SLOTS: usize>(
    id: MachineId,
    storage: &'a mut Storage<SLOTS>,
    inbox: &mut Queue<'a>,
) -> Option<[Link<'a>; LINKS]> {
    let ring = RingSize::new(LINKS + 1).filter(|ring| ring.contains(id))?;
    let Storage { lanes: [next, previous], tickets } = storage;
    let mut link = |lane, places| {
        let lane = inbox.connect(lane, tickets)?;
        Some(Link { intake: Intake::new(id, ring.after(id, places), Cursor::START), lane })
    };
    Some([link(next, 1)?, link(previous, 2)?])
}

impl Link<'_> {
    /// A byte has come in at this moment: a message that it completes goes into the lane.
    ///
    /// # Errors
    /// Why the link has to be made anew.
    #[inline]
    pub fn receive(&mut self, byte: u8, at: Monotonic) -> Result<Option<Taken>, IntakeError> {
        // Lamport's clock does not look at the time.
        Ok(match self.intake.push(byte, UnixTime::EPOCH)? {
            Some(Arrival::Message(message)) => {
                self.intake.keep(&message);
                let is_lost = self.lane.push(Received { message, at }).is_err();
                Some(if is_lost { Taken::Overrun } else { Taken::Message })
            }
            Some(Arrival::Signal(signal)) => Some(Taken::Signal(signal)),
            None => None,
        })
    }

    /// The machine at the other end.
    pub fn peer(&self) -> MachineId {
        self.intake.peer()
    }

    /// The last message that has come in.
    pub fn received(&self) -> Cursor {
        self.intake.received()
    }

    /// The link is made anew: an unfinished frame is forgotten.
    pub fn begin(&mut self) {
        self.intake.begin();
    }

    /// Is a frame begun and not finished?
    pub fn is_within_a_frame(&self) -> bool {
        self.intake.is_within_a_frame()
    }
}
