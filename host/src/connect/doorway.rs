//! Admission to the machine: the state that the reception and the peers' links share.

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
    handshake::{Answer, Greeting, RunFacts},
    machine::RunTime,
    moment::{Elapsed, Monotonic, UnixTime},
    ring::MachineId,
};
use socket2::SockRef;

use super::{
    Identity, RingEvent, admission::Known, physical_time::PhysicalTime, refusals::Refusals, standing::Standing,
};
use crate::{
    link::{Address, Connection, Key, Refusal},
    system_time::Clocks,
};

/// Connections of one peer that may wait for its link to take them up: a good one, and one left behind.
pub(super) const CALLERS_MAX: usize = 2;

/// A connection that has introduced itself as a peer.
pub(super) type Caller = (Connection, Greeting);

/// The way in.
#[derive(Debug)]
pub struct Doorway {
    pub(super) identity: Identity,
    pub(super) events: Sender<RingEvent>,
    key: Option<Key>,
    /// The addresses that peers are expected to come from.
    expected: Vec<IpAddr>,
    /// By machine index.
    peers: Vec<PeerDoor>,
    /// The facts of the run known by now.
    run: Mutex<RunFacts>,
    run_has_begun: AtomicBool,
    pub(super) clocks: Clocks,
    physical_time: Mutex<PhysicalTime>,
    leaving: AtomicBool,
    closing: AtomicBool,
    refusals: Refusals,
}

#[derive(Debug)]
struct PeerDoor {
    callers: SyncSender<Caller>,
    presence: Mutex<Presence>,
    standing: Standing,
}

/// The known state of a peer's process.
#[derive(Debug, Default)]
struct Presence {
    /// The instance that was last linked.
    instance: Option<u64>,
    /// Its connection, while it is up.
    connection: Option<TcpStream>,
}

impl Doorway {
    /// The way in to this machine. `addresses` are those of the machines, `received` its cursors of their messages, and
    /// `callers` the inlets of their links, by machine index; those of the machine itself are never used.
    pub(super) fn new(
        identity: Identity,
        key: Option<Key>,
        addresses: &[Address],
        received: &[Cursor],
        callers: Vec<SyncSender<Caller>>,
        clocks: Clocks,
        events: Sender<RingEvent>,
    ) -> Arc<Self> {
        let door = |((callers, peer), received): ((_, MachineId), &Cursor)| {
            let greeting = Greeting { received: *received, ..identity.greeting(peer) };
            PeerDoor { callers, presence: Mutex::default(), standing: Standing::new(greeting) }
        };
        Arc::new(Self {
            identity,
            events: events.clone(),
            key,
            expected: addresses.iter().map(Address::ip).collect(),
            peers: callers.into_iter().zip(identity.ring.machines()).zip(received).map(door).collect(),
            run: Mutex::new(identity.run),
            run_has_begun: AtomicBool::new(false),
            clocks,
            physical_time: Mutex::default(),
            leaving: AtomicBool::new(false),
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

    /// Physical time is counted from this moment, unless the start is known already; later changes of the wall clock do not
    /// matter.
    pub fn start_at(&self, started: UnixTime) {
        lock(&self.physical_time).start_at(started);
    }

    /// The start of the run, once it is known.
    pub fn started(&self) -> Option<UnixTime> {
        lock(&self.physical_time).started()
    }

    /// The physical time when so much has elapsed of the run.
    pub fn physical(&self, elapsed: Elapsed) -> UnixTime {
        let reading = || (self.clocks.now(), self.clocks.wall());
        let is_relied_on = || self.peers.iter().any(|door| lock(&door.presence).connection.is_some());
        lock(&self.physical_time).at(elapsed, reading, is_relied_on)
    }

    /// The time since the start of the run.
    pub(super) fn elapsed(&self, peer: MachineId) -> Elapsed {
        self.elapsed_after_greeting(peer, Default::default())
    }

    /// The time since the start of the run, where a greeting has said `theirs`, and when: a link may read messages before the
    /// machine has heard of the greeting before them.
    pub(super) fn elapsed_after_greeting(&self, peer: MachineId, (at, theirs): (Monotonic, Elapsed)) -> Elapsed {
        let door = self.peers.get(peer.index());
        let mut time = door.map_or_else(RunTime::default, |door| door.standing.time());
        time.hear(theirs, at);
        time.at(self.clocks.now())
    }

    /// From now on, only a machine that goes on from its log may take the place of one that is gone.
    pub fn begin_run(&self) {
        self.run_has_begun.store(true, Ordering::Relaxed);
    }

    /// Has the run begun?
    pub fn run_has_begun(&self) -> bool {
        self.run_has_begun.load(Ordering::Relaxed)
    }

    /// From now on, no link that ends is made again, and no caller is let in.
    pub fn leave(&self, listener: &TcpListener) {
        self.leaving.store(true, Ordering::Relaxed);
        // A peer that is not done yet would call, and wait for a greeting. On Linux this also wakes the reception;
        // elsewhere its time-out does.
        let _ = SockRef::from(listener).shutdown(Shutdown::Both);
    }

    /// Are links not made any more?
    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed) || self.is_closing()
    }

    /// Is everything to end at once?
    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Ends everything that waits: the accepting thread and the links.
    pub fn close(&self, listener: &TcpListener) {
        self.closing.store(true, Ordering::Relaxed);
        self.leave(listener);
        for peer in &self.peers {
            if let Some(connection) = &lock(&peer.presence).connection {
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
    }

    /// A connection has introduced itself: hands it to the link of the peer that it is, or turns it away.
    pub(super) fn admit(&self, connection: Connection, theirs: Greeting) -> Result<(), Refusal> {
        connection.stream().set_nonblocking(false)?;
        let peer = MachineId::from_index(theirs.from.into()).filter(|peer| *peer != self.identity.id);
        let door = peer.and_then(|peer| Some((peer, self.peers.get(peer.index())?)));
        let Some((peer, door)) = door else {
            let id = self.identity.id;
            // One that this ring has no place for is of a larger one.
            return match (Greeting { to: theirs.from, ..self.greeting(id) }).judge(&theirs) {
                Ok(()) => self.turn_away(connection, id, Answer::NameTaken),
                Err(mismatch) => {
                    self.turn_away(connection, id, Answer::Mismatch)?;
                    Err(Refusal::Mismatch(mismatch))
                }
            };
        };
        let ours = self.greeting(peer);
        match self.known(peer).answer(&ours, &theirs) {
            Answer::Welcome => {}
            Answer::Mismatch => {
                self.turn_away(connection, peer, Answer::Mismatch)?;
                return ours.judge(&theirs).map_err(Refusal::Mismatch);
            }
            answer => return self.turn_away(connection, peer, answer),
        }
        if let Some(before) = &lock(&door.presence).connection {
            // Of the same process: it has given that one up.
            let _ = before.shutdown(Shutdown::Both);
        }
        // Fails if the machine is about to leave, or has not taken up the calls before; then the peer calls again.
        let _ = door.callers.try_send((connection, theirs));
        Ok(())
    }

    /// The knowledge of this machine of a peer.
    pub(super) fn known(&self, peer: MachineId) -> Known {
        let door = self.peers.get(peer.index());
        let presence = door.map(|door| lock(&door.presence));
        Known {
            resumed: self.identity.resumed,
            run_has_begun: self.run_has_begun(),
            instance: presence.as_ref().and_then(|presence| presence.instance),
            is_linked: presence.is_some_and(|presence| presence.connection.is_some()),
            sent: door.map_or(Cursor::START, |door| door.standing.sent()),
        }
    }

    /// Nothing after this message is sent to this peer before the next call.
    pub fn will_send(&self, peer: MachineId, upto: Cursor) {
        if let Some(door) = self.peers.get(peer.index()) {
            door.standing.will_send(upto);
        }
    }

    fn turn_away(&self, mut connection: Connection, peer: MachineId, answer: Answer) -> Result<(), Refusal> {
        let ours = Greeting { answer, ..self.greeting(peer) };
        connection.say(&ours)?;
        match answer {
            Answer::Mismatch => Ok(()),
            Answer::ClaimsTooMuch => Err(Refusal::ClaimsTooMuch),
            answer => Err(Refusal::Refused(answer)),
        }
    }

    /// The greeting to say to this peer now.
    pub(super) fn greeting(&self, peer: MachineId) -> Greeting {
        let run = self.run();
        match self.peers.get(peer.index()) {
            Some(door) => {
                let greeting = door.standing.greeting(self.clocks.now());
                Greeting { run, wall: Some(self.physical(greeting.elapsed)), ..greeting }
            }
            None => Greeting { run, ..self.identity.greeting(peer) },
        }
    }

    /// The facts of the run known by now.
    pub fn run(&self) -> RunFacts {
        *lock(&self.run)
    }

    /// Learns from a greeting that fits: the number of the run from machine A, a seed from any machine that was given
    /// one, the start of the run from any whose run has begun.
    pub(super) fn learn(&self, theirs: &Greeting) {
        lock(&self.physical_time).join(theirs);
        let mut run = lock(&self.run);
        run.number = run.number.or(theirs.run.number);
        run.seed = run.seed.or(theirs.run.seed);
    }

    /// Everything up to here is in this peer's lane.
    pub(super) fn keep(&self, peer: MachineId, upto: Cursor) {
        if let Some(door) = self.peers.get(peer.index()) {
            door.standing.keep(upto);
        }
    }

    /// Cursor of the last message received from this peer: all up to it are in its lane.
    pub fn received(&self, peer: MachineId) -> Cursor {
        self.peers.get(peer.index()).map_or(Cursor::START, |door| door.standing.received())
    }

    /// The next greeting to this peer says this, and the time of the run by then.
    pub fn set_greeting(&self, peer: MachineId, greeting: Greeting, time: RunTime) {
        if let Some(door) = self.peers.get(peer.index()) {
            door.standing.set(greeting, time);
        }
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

/// The state behind these locks is whole between any two statements, so a thread that died holding one left no harm.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
