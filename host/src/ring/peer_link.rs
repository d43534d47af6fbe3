//! The link to one peer, for as long as the machine lives: dial or wait, greet, read until it breaks, begin again.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        mpsc::{Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use clockring::{
    clock::Clock,
    cursor::Cursor,
    frame::{self, Signal},
    handshake::{Greeting, Verdict},
    message::Message,
    ring::MachineId,
};
use socket2::SockRef;

use super::{
    Doorway, Identity, RingEvent,
    doorway::Caller,
    intake::{Intake, Taken},
    peer_lane::PeerLane,
};
use crate::{
    link::{Address, Connection, Incoming, Refusal, SILENCE_MAX},
    system_time::now_ns,
};

/// How often a machine that does not listen yet is dialled again.
const DIAL_EVERY: Duration = Duration::from_millis(100);

/// How long a machine that comes back is told that its name is taken before it believes it: a peer takes
/// [`SILENCE_MAX`] to notice a death, and this is several times as long.
const NAME_TAKEN_PATIENCE: Duration = Duration::from_secs(20);

/// How often a full lane is looked at again. The operating system's buffers bridge the time, and then the peer's.
const LANE_FULL_LOOK_EVERY: Duration = Duration::from_millis(1);

/// How many bytes are read at once: as many as make the cost of a system call vanish.
const READ_SIZE: usize = 1 << 16;

/// A byte that begins no frame and no greeting.
const NO_FRAME: u8 = b'!';

/// The link to one peer. Runs on a thread of its own, which is the only one that pushes into the peer's lane.
pub struct PeerLink<'lane, C: Clock> {
    identity: Identity,
    peer: MachineId,
    /// Where to dial the peer; `None` if it is the peer that dials.
    dial: Option<Address>,
    callers: Receiver<Caller>,
    doorway: Arc<Doorway>,
    lane: PeerLane<'lane, C::Stamp>,
    events: Sender<RingEvent>,
    intake: Intake<C>,
    /// The peer has sent over the present link what was missed before it.
    told_all: bool,
    began: Instant,
    /// The last refusal that was told, so that trying again every 100 ms does not repeat it.
    told: String,
}

impl<'lane, C: Clock> PeerLink<'lane, C> {
    pub(super) fn new(
        doorway: Arc<Doorway>,
        peer: MachineId,
        dial: Option<Address>,
        callers: Receiver<Caller>,
        received: Cursor,
        lane: PeerLane<'lane, C::Stamp>,
    ) -> Self {
        let identity = doorway.identity;
        Self {
            identity,
            events: doorway.events.clone(),
            doorway,
            peer,
            dial,
            callers,
            lane,
            intake: Intake::new(identity.id, peer, received),
            told_all: false,
            began: Instant::now(),
            told: String::new(),
        }
    }

    /// Keeps the link up until the peer leaves, or the doorway is closed.
    pub fn run(mut self) {
        while !self.doorway.is_closing() {
            let Some((connection, theirs)) = self.connect() else { continue };
            let peer = self.peer;
            let why = self.serve(connection, &theirs);
            self.doorway.unlinked(peer);
            match why {
                Break::Goodbye => {
                    self.tell(RingEvent::Gone { peer });
                    return;
                }
                Break::Broken(why) | Break::Damaged(why) => self.tell(RingEvent::Down { peer, why }),
            }
        }
    }

    /// One attempt to get a connection that has been greeted from both sides.
    fn connect(&mut self) -> Option<Caller> {
        let Some(address) = &self.dial else {
            let (mut connection, theirs) = self.wait_for_caller()?;
            let answered = connection.say(&self.identity.greeting(self.peer, self.intake.received()));
            return answered.ok().map(|()| (connection, theirs));
        };
        match self.introduce(address.found()) {
            Ok(linked) => {
                self.told.clear();
                return Some(linked);
            }
            // Nobody listens there yet.
            Err(Refusal::Io(error)) if error.kind() != io::ErrorKind::UnexpectedEof => {}
            // The peer has not noticed yet that this machine died, and still holds the place for it.
            Err(Refusal::Refused(Verdict::NameTaken)) if self.identity.resumed && self.is_patient() => {}
            Err(refusal @ (Refusal::Refused(_) | Refusal::Mismatch(_))) => {
                self.tell(RingEvent::Unwanted { peer: self.peer, address: address.clone(), why: refusal.to_string() });
            }
            Err(refusal) => {
                let why = refusal.to_string();
                if why != self.told {
                    let who = format!("what listens at {address}");
                    self.told.clone_from(&why);
                    self.tell(RingEvent::Refused { who, why });
                }
            }
        }
        if let Some(address) = &mut self.dial {
            address.look_again();
        }
        // Nobody calls a machine that dials; waiting here ends when the doorway closes all the same.
        thread::park_timeout(DIAL_EVERY);
        None
    }

    fn introduce(&self, address: SocketAddr) -> Result<Caller, Refusal> {
        let mut connection = Connection::dial(address, self.doorway.key())?;
        let ours = self.identity.greeting(self.peer, self.intake.received());
        connection.say(&ours)?;
        let theirs = connection.hear()?;
        ours.judge(&theirs).map_err(Refusal::Mismatch)?;
        match theirs.verdict {
            Verdict::Welcome if self.doorway.recognises(self.peer, &theirs) => Ok((connection, theirs)),
            Verdict::Welcome => Err(Refusal::Stranger),
            verdict => Err(Refusal::Refused(verdict)),
        }
    }

    /// Is it too early to believe that another machine has this one's name?
    fn is_patient(&self) -> bool {
        self.began.elapsed() < NAME_TAKEN_PATIENCE
    }

    fn wait_for_caller(&self) -> Option<Caller> {
        let first = self.callers.recv_timeout(DIAL_EVERY).ok()?;
        // Who called again has given up the call before.
        Some(self.callers.try_iter().last().unwrap_or(first))
    }

    /// Announces the link and reads it until it ends.
    fn serve(&mut self, connection: Connection, theirs: &Greeting) -> Break {
        let stream = connection.stream().try_clone();
        self.doorway.linked(self.peer, theirs.instance, connection.stream().try_clone().ok());
        if self.doorway.is_closing() {
            return Break::Broken("this machine is leaving".to_owned());
        }
        let (mut incoming, outgoing) = match connection.split() {
            Ok(halves) => halves,
            Err(error) => return Break::Broken(error.to_string()),
        };
        self.tell(RingEvent::Up { peer: self.peer, outgoing, received: theirs.received });
        let end = self.read(incoming.as_mut());
        if let (Break::Damaged(_), Ok(stream)) = (&end, stream) {
            // Bytes are damaged on the wires of boards, and a board cannot see that the other end of its UART hangs up.
            // Bytes that are no frame tell it, as many as a frame has.
            let _ = SockRef::from(&stream)
                .send_with_flags(&vec![NO_FRAME; frame::length::<C::Stamp>()], libc::MSG_DONTWAIT);
        }
        end
    }

    fn read(&mut self, incoming: &mut dyn Incoming) -> Break {
        self.intake.begin();
        self.told_all = false;
        let mut buffer = vec![0; READ_SIZE];
        loop {
            let count = match incoming.receive(&mut buffer) {
                Ok(0) => return Break::Broken("the peer closed it".to_owned()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Break::Broken(format!("nothing was heard for {} s", SILENCE_MAX.as_secs()));
                }
                Err(error) => return Break::Broken(error.to_string()),
            };
            if let Err(end) = self.take(&buffer[..count], incoming) {
                return end;
            }
        }
    }

    fn take(&mut self, mut bytes: &[u8], incoming: &dyn Incoming) -> Result<(), Break> {
        let (now_ns, peer) = (now_ns(), self.peer);
        while let Some(taken) = self.intake.take(&mut bytes, now_ns).map_err(Break::Damaged)? {
            match taken {
                Taken::Message(message) => self.deliver(message, incoming)?,
                Taken::Signal(Signal::Ready { run }) => self.tell(RingEvent::Ready { peer, run }),
                Taken::Signal(Signal::Ended) => self.tell(RingEvent::Ended { peer, interrupted: false }),
                Taken::Signal(Signal::Interrupted) => self.tell(RingEvent::Ended { peer, interrupted: true }),
                Taken::Signal(Signal::Goodbye) => return Err(Break::Goodbye),
                Taken::Signal(Signal::Beat) if !self.told_all => {
                    self.told_all = true;
                    self.tell(RingEvent::ToldAll { peer });
                }
                Taken::Signal(Signal::Beat) => {}
            }
        }
        Ok(())
    }

    fn deliver(&mut self, message: Message<C::Stamp>, incoming: &dyn Incoming) -> Result<(), Break> {
        // Full means that the peer has to wait: this thread stops reading, and the connection pushes back. What was
        // not taken when the link breaks comes again over the next one.
        while self.lane.push(message).is_err() {
            if self.doorway.is_closing() || incoming.is_cut() {
                return Err(Break::Broken("it was cut while its messages waited for room".to_owned()));
            }
            thread::park_timeout(LANE_FULL_LOOK_EVERY);
        }
        self.intake.keep(&message);
        Ok(())
    }

    fn tell(&self, event: RingEvent) {
        // Fails only if the machine is gone, and then nobody needs to know.
        let _ = self.events.send(event);
    }
}

/// Why a link ended.
enum Break {
    /// The peer leaves.
    Goodbye,
    /// It broke, and is to be made again.
    Broken(String),
    /// It brought what cannot be, and is to be made again.
    Damaged(String),
}
