//! The link to one peer, for as long as the machine lives: dial or wait, greet, read until it breaks, begin again.

use std::{
    fmt, io,
    net::SocketAddr,
    ops::RangeInclusive,
    sync::{
        Arc,
        mpsc::{Receiver, Sender},
    },
    thread,
    time::Duration,
};

use clockring::{
    clock::Clock,
    cursor::Cursor,
    frame,
    handshake::{Answer, Greeting},
    machine::{Arrival, Intake, IntakeError, Received, SILENCE_MAX},
    moment::{Elapsed, Monotonic, UnixTime},
    progress::Progress,
    ring::MachineId,
};
use socket2::SockRef;

use super::{
    Doorway, Identity, RingEvent, doorway::Caller, pause::Pause, peer_lane::PeerLane, refusals::OtherSide,
    wall_clock::ahead_ns,
};
use crate::{
    link::{Address, Connection, GREETING_TIME_MAX, Incoming, Refusal},
    system_time::Clocks,
};

/// Interval at which a link that waits for a caller looks whether the machine leaves.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Time for which a machine that resumes does not believe the answer that its name is taken: a peer takes
/// [`SILENCE_MAX`] to notice a death, and this is several times as long.
const NAME_TAKEN_PATIENCE: Duration = Duration::from_secs(20);

/// Interval between looks at a full lane. The operating system's buffers bridge the time, and then the peer's.
const LANE_FULL_LOOK_EVERY: Duration = Duration::from_millis(1);

/// Bytes read at once: enough to make the cost of a system call vanish.
const READ_SIZE: usize = 1 << 16;

/// The link to one peer. Runs on a thread of its own, which is the only one that pushes into the peer's lane.
pub struct PeerLink<'lane, C: Clock> {
    identity: Identity,
    peer: MachineId,
    /// The address at which to dial the peer; `None` if it is the peer that dials.
    dial: Option<Address>,
    callers: Receiver<Caller>,
    doorway: Arc<Doorway>,
    lane: PeerLane<'lane, C::Stamp>,
    events: Sender<RingEvent>,
    intake: Intake<C>,
    /// The moment of the peer's last greeting, and the time of the run by it.
    greeted: (Monotonic, Elapsed),
    clocks: Clocks,
    /// The pause before the next call.
    pause: Pause,
    /// The last refusal reported, as a person reads it: trying again every 100 ms does not repeat it.
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
            clocks: doorway.clocks,
            doorway,
            peer,
            dial,
            callers,
            lane,
            intake: Intake::new(identity.id, peer, received),
            greeted: Default::default(),
            pause: Pause::new(),
            told: String::new(),
        }
    }

    /// Keeps the link up until the machine leaves.
    pub fn run(mut self) {
        while !self.doorway.is_leaving() {
            let Some(met) = self.connect() else { continue };
            let (peer, began) = (self.peer, self.clocks.now());
            let why = self.serve(met);
            self.doorway.unlinked(peer);
            let is_refused = matches!(why, Break::Damaged(_) | Break::HungUp);
            self.pause.note(self.clocks.now().since(began), is_refused);
            self.tell(RingEvent::Down { peer, why });
            if is_refused && self.dial.is_some() {
                self.wait(self.pause.length());
            }
        }
    }

    /// Waits, unless the machine leaves. Only for a machine that dials: it gets no calls meanwhile.
    fn wait(&self, length: Duration) {
        let until = self.clocks.now().after(length);
        while !self.doorway.is_leaving() && self.clocks.now() < until {
            thread::park_timeout(until.since(self.clocks.now()).min(LOOK_EVERY));
        }
    }

    /// One attempt to get a connection that has been greeted from both sides.
    fn connect(&mut self) -> Option<Met> {
        let Some(address) = &self.dial else {
            let (mut connection, theirs) = self.wait_for_caller()?;
            let ours = self.doorway.greeting(self.peer);
            let answered = connection.say(&ours);
            self.doorway.learn(&theirs);
            // It may have waited for as long as a caller does.
            let now = self.doorway.physical(ours.elapsed);
            let made = UnixTime::from_ns(now.ns().saturating_sub(GREETING_TIME_MAX.as_nanos() as u64))..=now;
            return answered.ok().map(|()| Met { connection, told: ours.progress, theirs, made });
        };
        match self.introduce(address.found()) {
            Ok(met) => {
                self.told.clear();
                self.doorway.learn(&met.theirs);
                return Some(met);
            }
            // The peer does not listen yet, or dies while it answers.
            Err(Refusal::Io(error)) if is_peer_away(&error) => {}
            Err(Refusal::Io(why)) if why.kind() != io::ErrorKind::UnexpectedEof => {
                let sentence = why.to_string();
                if sentence != self.told {
                    self.told = sentence;
                    self.tell(RingEvent::Unreachable { peer: self.peer, address: address.clone(), why });
                }
            }
            // The peer may not have noticed yet that this machine died, and hold the place for it.
            Err(Refusal::Refused(Answer::NameTaken)) if self.identity.resumed && self.is_early() => {}
            Err(refusal) if self.doorway.known(self.peer).must_leave(&refusal, self.is_early()) => {
                self.tell(RingEvent::Unwanted { peer: self.peer, address: address.clone(), why: refusal });
            }
            Err(refusal) => {
                let sentence = refusal.to_string();
                if sentence != self.told {
                    let who = OtherSide::Listener(address.clone());
                    self.told = sentence;
                    self.tell(RingEvent::Refused { who, why: refusal, unreported: 0 });
                }
            }
        }
        if let Some(address) = &mut self.dial {
            address.look_again();
        }
        self.wait(self.pause.length());
        None
    }

    fn introduce(&self, address: SocketAddr) -> Result<Met, Refusal> {
        let mut connection = Connection::dial(address, self.doorway.key())?;
        let ours = self.doorway.greeting(self.peer);
        let asked = self.doorway.physical(ours.elapsed);
        connection.say(&ours)?;
        let theirs = connection.hear()?;
        let made = asked..=self.doorway.physical(self.doorway.elapsed(self.peer));
        self.doorway.known(self.peer).judge_answer(&ours, &theirs)?;
        Ok(Met { connection, told: ours.progress, theirs, made })
    }

    /// Is it too early to believe that another machine has this one's name?
    fn is_early(&self) -> bool {
        self.clocks.now() < Monotonic::default().after(NAME_TAKEN_PATIENCE)
    }

    fn wait_for_caller(&self) -> Option<Caller> {
        let first = self.callers.recv_timeout(LOOK_EVERY).ok()?;
        // A newer connection replaces the older one.
        Some(self.callers.try_iter().last().unwrap_or(first))
    }

    /// Announces the link and reads it until it ends.
    fn serve(&mut self, met: Met) -> Break {
        let Met { connection, told, theirs, made } = met;
        self.greeted = (self.clocks.now(), theirs.elapsed_since(self.doorway.started()));
        let stream = connection.stream().try_clone();
        self.doorway.linked(self.peer, theirs.instance, connection.stream().try_clone().ok());
        if self.doorway.is_closing() {
            return Break::Leaving;
        }
        let (mut incoming, outgoing) = match connection.split() {
            Ok(halves) => halves,
            Err(error) => return Break::Failed(error),
        };
        let ahead_ns = theirs.wall.map_or(0, |theirs| ahead_ns(theirs, &made));
        self.tell(RingEvent::Up { peer: self.peer, outgoing, told, theirs, ahead_ns });
        let end = self.read(incoming.as_mut());
        if let (Break::Damaged(_), Ok(stream)) = (&end, stream) {
            // Bytes are damaged on the wires of boards.
            let _ = SockRef::from(&stream).send_with_flags(&hanging_up::<C>(), libc::MSG_DONTWAIT);
        }
        end
    }

    fn read(&mut self, incoming: &mut dyn Incoming) -> Break {
        self.intake.begin();
        let mut buffer = vec![0; READ_SIZE];
        loop {
            let count = match incoming.receive(&mut buffer) {
                Ok(0) => return Break::Closed,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Break::Silent,
                Err(error) => return Break::Failed(error),
            };
            match self.take(&buffer[..count], incoming) {
                Err(Break::Damaged(IntakeError::Garbage { .. })) if buffer[..count].ends_with(&hanging_up::<C>()) => {
                    return Break::HungUp;
                }
                Err(end) => return end,
                Ok(()) => {}
            }
        }
    }

    fn take(&mut self, mut bytes: &[u8], incoming: &dyn Incoming) -> Result<(), Break> {
        // Once a read: all messages of one read were there together.
        let (at, peer) = (self.clocks.now(), self.peer);
        let physical = self.doorway.physical(self.doorway.elapsed_after_greeting(peer, self.greeted));
        while let Some(arrival) = self.intake.take(&mut bytes, physical).map_err(Break::Damaged)? {
            match arrival {
                Arrival::Message(message) => self.deliver(Received { message, at }, incoming)?,
                Arrival::Signal(signal) => self.tell(RingEvent::Heard { peer, signal }),
            }
        }
        Ok(())
    }

    fn deliver(&mut self, received: Received<C::Stamp>, incoming: &dyn Incoming) -> Result<(), Break> {
        // Full means that the peer has to wait: this thread stops reading, and the connection pushes back. Messages not
        // taken when the link breaks come again over the next one.
        while self.lane.push(received).is_err() {
            if self.doorway.is_closing() || incoming.is_cut() {
                return Err(Break::CutWhileFull);
            }
            thread::park_timeout(LANE_FULL_LOOK_EVERY);
        }
        self.intake.keep(&received.message);
        self.doorway.keep(self.peer, self.intake.received());
        Ok(())
    }

    fn tell(&self, event: RingEvent) {
        // Fails only if the machine is gone, and then nothing is left to tell.
        let _ = self.events.send(event);
    }
}

/// The last bytes to a peer that has sent something that cannot be.
fn hanging_up<C: Clock>() -> Vec<u8> {
    vec![frame::NO_FRAME; frame::length::<C::Stamp>()]
}

/// Does a connection fail only since no process of the peer is there? Other errors are of this computer or of the way to
/// the peer, and a person can do something about them.
fn is_peer_away(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionReset | ConnectionAborted | BrokenPipe)
}

/// A connection that has been greeted from both sides.
struct Met {
    connection: Connection,
    /// This machine's progress, as it told the peer.
    told: Progress,
    /// The peer's greeting.
    theirs: Greeting,
    /// This machine's wall clock when the peer made its greeting, as far as can be known.
    made: RangeInclusive<UnixTime>,
}

/// Reasons for the end of a link, which is made again.
#[derive(Debug)]
pub enum Break {
    /// This machine is leaving.
    Leaving,
    /// The peer closed it.
    Closed,
    /// Nothing was heard for [`SILENCE_MAX`].
    Silent,
    /// It was cut while its lane was full.
    CutWhileFull,
    /// The connection failed.
    Failed(io::Error),
    /// The peer has refused something that this machine sent.
    HungUp,
    /// It brought bytes that cannot be.
    Damaged(IntakeError),
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaving => f.write_str("this machine is leaving"),
            Self::Closed => f.write_str("the peer closed it"),
            Self::Silent => write!(f, "nothing was heard for {} s", SILENCE_MAX.as_secs()),
            Self::CutWhileFull => f.write_str("it was cut while its messages waited for room"),
            Self::HungUp => f.write_str("the peer has refused something that came from here, and says itself why"),
            Self::Failed(error) => error.fmt(f),
            Self::Damaged(error) => error.fmt(f),
        }
    }
}
