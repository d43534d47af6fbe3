//! Accepts connections, hears who is there, and hands each to the link of the peer it belongs to.
//!
//! Nothing said here is believed before it is checked, nobody is waited for longer than a greeting may take, and the
//! work done at the same time is bounded, so that a stranger at the door cannot hold up the ring.

use std::{
    io,
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::Sender,
    },
    thread,
    time::{Duration, Instant},
};

use clockring::{
    cursor::Cursor,
    handshake::{Greeting, Mismatch, Verdict},
    ring::MachineId,
};
use socket2::SockRef;

use super::{Identity, RingEvent};
use crate::link::greeting::{self, Refusal};

/// How many connections may be saying who they are at the same time: every machine of the largest ring, and as many
/// strangers. More are closed at once; a machine that is turned away tries again.
const GREETINGS_MAX: usize = 52;

/// How often a refused connection is told of. Who is refused more often is counted.
const REFUSAL_NOTICE_EVERY: Duration = Duration::from_secs(1);

/// A connection that has introduced itself as a peer.
pub(super) type Caller = (TcpStream, Greeting);

/// The way in: the state that the accepting thread, the greeters and the peers' links share.
#[derive(Debug)]
pub struct Doorway {
    pub(super) identity: Identity,
    /// By machine index.
    peers: Vec<PeerDoor>,
    pub(super) events: Sender<RingEvent>,
    run_has_begun: AtomicBool,
    closing: AtomicBool,
    greeting_now: AtomicUsize,
    refusals: Mutex<RefusalNotices>,
}

#[derive(Debug)]
struct PeerDoor {
    callers: Sender<Caller>,
    presence: Mutex<Presence>,
}

/// What is known of a peer's process.
#[derive(Debug, Default)]
struct Presence {
    /// The instance that was last linked.
    instance: Option<u64>,
    /// Its connection, while it is up.
    connection: Option<TcpStream>,
}

#[derive(Debug, Default)]
struct RefusalNotices {
    last: Option<Instant>,
    untold: u64,
}

impl Doorway {
    /// The way in to this machine. `callers` are the inlets of the links, by machine index; that of the machine
    /// itself is never used.
    pub(super) fn new(identity: Identity, callers: Vec<Sender<Caller>>, events: Sender<RingEvent>) -> Arc<Self> {
        let peers =
            callers.into_iter().map(|callers| PeerDoor { callers, presence: Mutex::default() }).collect::<Vec<_>>();
        Arc::new(Self {
            identity,
            peers,
            events,
            run_has_begun: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            greeting_now: AtomicUsize::new(0),
            refusals: Mutex::default(),
        })
    }

    /// From now on, only a machine that goes on from its log may take the place of one that is gone.
    pub fn begin_run(&self) {
        self.run_has_begun.store(true, Ordering::Relaxed);
    }

    /// Has the run begun?
    pub fn run_has_begun(&self) -> bool {
        self.run_has_begun.load(Ordering::Relaxed)
    }

    /// Is the machine about to leave?
    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Ends everything that waits: the accepting thread and the links.
    pub fn close(&self, listener: &TcpListener) {
        self.closing.store(true, Ordering::Relaxed);
        // Wakes the accepting thread on Linux; elsewhere its time-out does.
        let _ = SockRef::from(listener).shutdown(Shutdown::Both);
        for peer in &self.peers {
            if let Some(connection) = &lock(&peer.presence).connection {
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
    }

    /// Accepts connections until the doorway is closed.
    pub fn accept(self: &Arc<Self>, listener: &TcpListener) {
        const LOOK_UP_EVERY: Duration = Duration::from_secs(1);
        // `accept` obeys the receive time-out, which is how this thread notices the end where nothing else wakes it.
        let _ = SockRef::from(listener).set_read_timeout(Some(LOOK_UP_EVERY));
        while !self.is_closing() {
            match listener.accept() {
                Ok((stream, address)) => self.greet(stream, address.to_string()),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                // Out of descriptors, most likely: some will be free again soon.
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// Hears a caller on a thread of its own.
    fn greet(self: &Arc<Self>, stream: TcpStream, address: String) {
        if self.greeting_now.fetch_add(1, Ordering::Relaxed) >= GREETINGS_MAX {
            self.greeting_now.fetch_sub(1, Ordering::Relaxed);
            self.tell_of_refusal(address, format!("{GREETINGS_MAX} others are being heard already"));
            return;
        }
        let doorway = Arc::clone(self);
        let greeter = thread::Builder::new().name("greeter".to_owned()).spawn(move || {
            if let Err(refusal) = doorway.hear(stream) {
                doorway.tell_of_refusal(address, refusal.to_string());
            }
            doorway.greeting_now.fetch_sub(1, Ordering::Relaxed);
        });
        if greeter.is_err() {
            self.greeting_now.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn hear(&self, mut stream: TcpStream) -> Result<(), Refusal> {
        let theirs = greeting::hear(&mut stream)?;
        // A machine that was stopped for a while finds many calls of peers that have given up since.
        if has_left(&stream)? {
            return Ok(());
        }
        let peer = MachineId::from_letter(theirs.from).filter(|peer| *peer != self.identity.id);
        let door = peer.and_then(|peer| Some((peer, self.peers.get(peer.index())?)));
        let Some((peer, door)) = door else {
            return self.turn_away(stream, self.identity.id, Verdict::NameTaken);
        };
        if let Err(mismatch) = self.judge(&theirs, peer) {
            self.turn_away(stream, peer, Verdict::Mismatch)?;
            return Err(Refusal::Mismatch(mismatch));
        }
        if let Some(verdict) = self.admit(&theirs, door) {
            return self.turn_away(stream, peer, verdict);
        }
        // Fails only if the machine is about to leave.
        let _ = door.callers.send((stream, theirs));
        Ok(())
    }

    fn judge(&self, theirs: &Greeting, peer: MachineId) -> Result<(), Mismatch> {
        self.identity.greeting(peer, Cursor::START).judge(theirs)
    }

    /// May this instance have the peer's place? If it is the one that has it, its old connection is cut.
    fn admit(&self, theirs: &Greeting, door: &PeerDoor) -> Option<Verdict> {
        let presence = lock(&door.presence);
        match &presence.connection {
            Some(connection) if presence.instance == Some(theirs.instance) => {
                let _ = connection.shutdown(Shutdown::Both);
                None
            }
            Some(_) => Some(Verdict::NameTaken),
            None if self.may_replace(&presence, theirs) => None,
            None => Some(Verdict::RunHasBegun),
        }
    }

    /// Is this the machine that the run began with, as far as can be known here?
    pub(super) fn recognises(&self, peer: MachineId, theirs: &Greeting) -> bool {
        self.peers.get(peer.index()).is_some_and(|door| self.may_replace(&lock(&door.presence), theirs))
    }

    fn may_replace(&self, before: &Presence, theirs: &Greeting) -> bool {
        // A machine that has just gone on from its log does not know who was there before it died.
        let known = before.instance.map_or(self.identity.resumed, |instance| instance == theirs.instance);
        known || theirs.resumed || !self.run_has_begun()
    }

    fn turn_away(&self, mut stream: TcpStream, peer: MachineId, verdict: Verdict) -> Result<(), Refusal> {
        let ours = Greeting { verdict, ..self.identity.greeting(peer, Cursor::START) };
        greeting::answer(&mut stream, &ours)?;
        if verdict == Verdict::Mismatch { Ok(()) } else { Err(Refusal::Refused(verdict)) }
    }

    /// This instance of a peer is linked over this connection.
    pub(super) fn linked(&self, peer: MachineId, instance: u64, connection: Option<TcpStream>) {
        if let Some(door) = self.peers.get(peer.index()) {
            *lock(&door.presence) = Presence { instance: Some(instance), connection };
        }
    }

    /// The connection of this peer is gone.
    pub(super) fn unlinked(&self, peer: MachineId) {
        if let Some(door) = self.peers.get(peer.index()) {
            lock(&door.presence).connection = None;
        }
    }

    fn tell_of_refusal(&self, who: String, mut why: String) {
        let mut notices = lock(&self.refusals);
        let now = Instant::now();
        if notices.last.is_some_and(|last| now - last < REFUSAL_NOTICE_EVERY) {
            notices.untold += 1;
            return;
        }
        if notices.untold > 0 {
            why += &format!(" ({} more refused since the last notice)", notices.untold);
        }
        *notices = RefusalNotices { last: Some(now), untold: 0 };
        let _ = self.events.send(RingEvent::Refused { who, why });
    }
}

/// Has the other side closed the connection?
fn has_left(stream: &TcpStream) -> io::Result<bool> {
    stream.set_nonblocking(true)?;
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    match peeked {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Ok(count) => Ok(count == 0),
        Err(error) => Err(error),
    }
}

/// What is behind these locks is whole between any two statements, so a thread that died holding one left no harm.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
