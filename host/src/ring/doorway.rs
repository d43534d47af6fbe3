//! Who may come in: the state that the reception and the peers' links share.

use std::{
    net::{IpAddr, Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Sender, SyncSender},
    },
};

use clockring::{
    cursor::Cursor,
    handshake::{Greeting, Mismatch, Verdict},
    ring::MachineId,
};
use socket2::SockRef;

use super::{Identity, RingEvent, refusals::Refusals};
use crate::link::{Address, Connection, Key, Refusal};

/// How many connections of one peer may wait for its link to take them up: one that is good, and one that was left
/// behind.
pub(super) const CALLERS_MAX: usize = 2;

/// A connection that has introduced itself as a peer.
pub(super) type Caller = (Connection, Greeting);

/// The way in.
#[derive(Debug)]
pub struct Doorway {
    pub(super) identity: Identity,
    pub(super) events: Sender<RingEvent>,
    key: Option<Key>,
    /// Where peers are expected to come from.
    expected: Vec<IpAddr>,
    /// By machine index.
    peers: Vec<PeerDoor>,
    run_has_begun: AtomicBool,
    closing: AtomicBool,
    refusals: Refusals,
}

#[derive(Debug)]
struct PeerDoor {
    callers: SyncSender<Caller>,
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

impl Doorway {
    /// The way in to this machine. `addresses` are those of the machines and `callers` the inlets of their links, by
    /// machine index; those of the machine itself are never used.
    pub(super) fn new(
        identity: Identity,
        key: Option<Key>,
        addresses: &[Address],
        callers: Vec<SyncSender<Caller>>,
        events: Sender<RingEvent>,
    ) -> Arc<Self> {
        let door = |callers| PeerDoor { callers, presence: Mutex::default() };
        Arc::new(Self {
            identity,
            events: events.clone(),
            key,
            expected: addresses.iter().map(Address::ip).collect(),
            peers: callers.into_iter().map(door).collect(),
            run_has_begun: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            refusals: Refusals::new(events),
        })
    }

    pub(super) fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    pub(super) fn expects(&self, address: IpAddr) -> bool {
        self.expected.contains(&address)
    }

    pub(super) fn refusals(&self) -> &Refusals {
        &self.refusals
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
        // Wakes the reception on Linux; elsewhere its time-out does.
        let _ = SockRef::from(listener).shutdown(Shutdown::Both);
        for peer in &self.peers {
            if let Some(connection) = &lock(&peer.presence).connection {
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
    }

    /// A connection has introduced itself: hands it to the link of the peer that it is, or turns it away.
    pub(super) fn admit(&self, connection: Connection, theirs: Greeting) -> Result<(), Refusal> {
        connection.stream().set_nonblocking(false)?;
        let peer = MachineId::from_letter(theirs.from).filter(|peer| *peer != self.identity.id);
        let door = peer.and_then(|peer| Some((peer, self.peers.get(peer.index())?)));
        let Some((peer, door)) = door else {
            return self.turn_away(connection, self.identity.id, Verdict::NameTaken);
        };
        if let Err(mismatch) = self.judge(&theirs, peer) {
            self.turn_away(connection, peer, Verdict::Mismatch)?;
            return Err(Refusal::Mismatch(mismatch));
        }
        if let Some(verdict) = self.verdict(&theirs, door) {
            return self.turn_away(connection, peer, verdict);
        }
        // Fails if the machine is about to leave, or has not taken up the calls before; then the peer calls again.
        let _ = door.callers.try_send((connection, theirs));
        Ok(())
    }

    fn judge(&self, theirs: &Greeting, peer: MachineId) -> Result<(), Mismatch> {
        self.identity.greeting(peer, Cursor::START).judge(theirs)
    }

    /// May this instance have the peer's place? If it is the one that has it, its old connection is cut.
    fn verdict(&self, theirs: &Greeting, door: &PeerDoor) -> Option<Verdict> {
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

    fn turn_away(&self, mut connection: Connection, peer: MachineId, verdict: Verdict) -> Result<(), Refusal> {
        let ours = Greeting { verdict, ..self.identity.greeting(peer, Cursor::START) };
        connection.say(&ours)?;
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
}

/// What is behind these locks is whole between any two statements, so a thread that died holding one left no harm.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
