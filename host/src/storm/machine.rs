//! One machine in a storm: the parts of a live one, without sockets and threads.

use std::{
    collections::VecDeque,
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
};

use clockring::{
    clock::Clock,
    cursor::Cursor,
    event::{Event, EventKind},
    inbox::{Draw, Entry, Inbox, Take, Tickets},
    message::Message,
    ring::{MachineId, RingSize},
};

use super::{
    chance::Chance,
    wire::{Wire, WireOutgoing},
};
use crate::{
    experiment::Experiment,
    failure::Failure,
    machine::{
        outbox::Outbox,
        peer::{Peer, Source},
        resume,
        state::State,
    },
    ring::{Intake, Taken},
    rundir::{Ended, LeftInQueue, LogError, LogReader, LogWriter, Manifest, Row, StampText, log_path, manifest_path},
    sim::EPOCH_NS,
};

/// How many messages wait per link at most: few, so that senders meet a full lane.
const LANE_CAPACITY: usize = 16;

/// How many send events are kept in memory: few, so that a peer that was away is often sent what it missed from the log.
const RECENT_MAX: usize = 8;

/// The most ticks of one turn.
const BATCH_MAX: usize = 4;

/// A machine that runs.
pub(super) struct Machine<C: Clock> {
    id: MachineId,
    ring: RingSize,
    directory: PathBuf,
    log: LogWriter,
    manifest: Manifest,
    state: State<C>,
    outbox: Outbox<C::Stamp>,
    /// The last event sent to each machine, by machine index: what it has to have in the end.
    sent: Vec<Cursor>,
    peers: Vec<Peer<C::Stamp>>,
    /// By peer, in the order of `peers`.
    ends: Vec<End<C>>,
    inbox: Inbox<Lane<C::Stamp>, { RingSize::MAX - 1 }>,
    tickets: Tickets,
    left: Vec<LeftInQueue>,
}

/// The receiving end of a link.
struct End<C: Clock> {
    intake: Intake<C>,
    wire: Option<Wire>,
}

struct Lane<S>(VecDeque<Entry<Message<S>>>);

impl<S> Take for Lane<S> {
    type Item = Message<S>;

    fn take(&mut self) -> Option<Entry<Message<S>>> {
        self.0.pop_front()
    }

    fn waiting(&self) -> usize {
        self.0.len()
    }
}

/// Notes for each destination of a send that it is the last so far.
fn note_send<S: StampText>(id: MachineId, event: &Event<S>, sent: &mut [Cursor]) {
    if let EventKind::Send { to } = event.kind {
        to.into_iter().for_each(|to| sent[to.index()] = Cursor::after(&event.clock, id));
    }
}

/// Where in a turn a machine dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Death {
    /// Before its rows are written.
    BeforeRows,
    /// While they are written: some bytes of them are in the log.
    AmidRows,
    /// When they are written, and their frames are not sent.
    AfterRows,
    /// When some peers have been sent theirs.
    AmidFrames,
}

impl<C> Machine<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// A machine that starts, or goes on from what it left in the directory.
    pub(super) fn start(id: MachineId, experiment: &Experiment, directory: &Path) -> Result<Self, Failure> {
        let ring = experiment.ring;
        let failed = |error: std::io::Error| Failure::run(format!("{id}: {error}"));
        let manifest_path = manifest_path(directory, id);
        let past = resume::read::<C>(id, experiment, directory, RECENT_MAX)?;
        let (log, manifest, state, outbox, received) = match past {
            Some(mut past) => {
                past.manifest.restarts.push(past.state.ticks + 1);
                (past.log, past.manifest, past.state, past.outbox, past.received)
            }
            None => (
                LogWriter::create(&log_path(directory, id), ring, true).map_err(failed)?,
                Manifest::of(id, experiment, LANE_CAPACITY, EPOCH_NS),
                State::new(id, experiment),
                Outbox::new(id, RECENT_MAX),
                vec![Cursor::START; ring.get()],
            ),
        };
        manifest.write(&manifest_path).map_err(failed)?;
        let mut sent = vec![Cursor::START; ring.get()];
        let failed = |error: LogError| Failure::run(format!("{id}: {error}"));
        for row in LogReader::<C::Stamp>::open(log.path(), id, ring).map_err(failed)? {
            note_send(id, &row.map_err(failed)?.1.event, &mut sent);
        }
        let mut inbox = Inbox::new();
        let mut ends = Vec::new();
        for peer in ring.others(id) {
            let added = inbox.add(Lane(VecDeque::new()));
            debug_assert!(added.is_ok(), "an inbox has room for every peer");
            ends.push(End { intake: Intake::new(id, peer, received[peer.index()]), wire: None });
        }
        Ok(Self {
            id,
            ring,
            directory: directory.to_owned(),
            log,
            manifest,
            state,
            outbox,
            sent,
            peers: ring.others(id).into_iter().map(Peer::new).collect(),
            ends,
            inbox,
            tickets: Tickets::new(),
            left: Vec::new(),
        })
    }

    fn place(&self, peer: MachineId) -> usize {
        self.ring.distance(self.id, peer) - 1
    }

    /// What this machine has of a peer's messages.
    pub(super) fn received(&self, peer: MachineId) -> Cursor {
        self.ends[self.place(peer)].intake.received()
    }

    /// Has the peer everything that this machine has sent to it?
    pub(super) fn is_up_to_date(&self, peer: MachineId, received: Cursor) -> bool {
        received.to_u64() >= self.sent[peer.index()].to_u64()
    }

    pub(super) fn link_up(&mut self, peer: MachineId, incoming: Wire, outgoing: Wire, received: Cursor) {
        let place = self.place(peer);
        self.peers[place].link_up(Box::new(WireOutgoing(outgoing)), received);
        self.ends[place].intake.begin();
        self.ends[place].wire = Some(incoming);
    }

    pub(super) fn link_down(&mut self, peer: MachineId) {
        let place = self.place(peer);
        self.peers[place].link_down();
        self.ends[place].wire = None;
    }

    /// Takes in what has arrived, as far as there is room. Links that turn out to be of no use are given up.
    pub(super) fn receive(&mut self, now_ns: u64) {
        for place in 0..self.ends.len() {
            if self.receive_from(place, now_ns).is_err() {
                self.ends[place].wire = None;
                self.peers[place].link_down();
            }
        }
    }

    fn receive_from(&mut self, place: usize, now_ns: u64) -> Result<(), String> {
        let End { intake, wire } = &mut self.ends[place];
        let Some(wire) = wire else { return Ok(()) };
        let Some(lane) = self.inbox.lane_mut(place) else { return Ok(()) };
        while lane.0.len() < LANE_CAPACITY
            && let Some(piece) = wire.receive()
        {
            let mut bytes = piece.as_slice();
            while lane.0.len() < LANE_CAPACITY
                && let Some(taken) = intake.take(&mut bytes, EPOCH_NS + now_ns)?
            {
                if let Taken::Message(message) = taken {
                    lane.0.push_back(Entry::new((&self.tickets).draw(), message));
                    intake.keep(&message);
                }
            }
            wire.give_back(bytes);
        }
        Ok(())
    }

    /// One turn: the ticks that are due, their rows, their frames. Returns whether the machine is still alive.
    pub(super) fn turn(&mut self, now_ns: u64, death: Option<Death>, chance: &mut Chance) -> Result<bool, Failure> {
        let before = self.log_length();
        for _ in 0..BATCH_MAX {
            let Some(schedule) = self.state.schedule.as_mut().filter(|schedule| schedule.due_ns() <= now_ns) else {
                break;
            };
            schedule.advance();
            let (message, waiting) = self.inbox.pop_counted();
            let event = self.state.step(message, EPOCH_NS + now_ns).event;
            let queue = waiting as u64;
            self.log.add(&Row { tick: self.state.ticks, time_ns: EPOCH_NS + now_ns, event, queue });
            self.outbox.add(&event);
            note_send(self.id, &event, &mut self.sent);
        }
        if death == Some(Death::BeforeRows) {
            return Ok(false);
        }
        self.log.commit().map_err(|error| Failure::run(format!("{}: {error}", self.id)))?;
        if death == Some(Death::AmidRows) {
            self.tear(before + chance.below(self.log_length() - before + 1));
        }
        if matches!(death, Some(Death::AmidRows | Death::AfterRows)) {
            return Ok(false);
        }
        let peers = if death.is_some() { chance.below(self.peers.len() as u64) as usize } else { self.peers.len() };
        self.flush(peers)?;
        Ok(death.is_none())
    }

    fn log_length(&self) -> u64 {
        fs::metadata(self.log.path()).map_or(0, |metadata| metadata.len())
    }

    fn tear(&self, length: u64) {
        if let Ok(file) = OpenOptions::new().write(true).open(self.log.path()) {
            let _ = file.set_len(length);
        }
    }

    /// Sends the first so many peers what there is for them.
    pub(super) fn flush(&mut self, peers: usize) -> Result<(), Failure> {
        let log = self.log.path();
        let source = Source { machine: self.id, ring: self.ring, outbox: &self.outbox, log, first: None, last: &[] };
        for peer in &mut self.peers[..peers] {
            peer.flush(&source).map_err(|error| Failure::run(format!("{}: {error}", self.id)))?;
        }
        Ok(())
    }

    /// How many peers it has.
    pub(super) fn peer_count(&self) -> usize {
        self.peers.len()
    }

    /// Empties the lanes, since the run is over.
    pub(super) fn drain(&mut self) {
        while let Some(message) = self.inbox.pop() {
            self.left.push(LeftInQueue { from: message.from, stamp: message.stamp.to_json(self.ring) });
        }
    }

    /// Accounts for everything; returns the number of events.
    pub(super) fn end(mut self, now_ns: u64) -> Result<u64, Failure> {
        self.drain();
        self.manifest.ended_ns = Some(EPOCH_NS + now_ns);
        self.manifest.ended = Some(Ended::Complete);
        self.manifest.ticks = Some(self.state.ticks);
        self.manifest.left_in_queue = Some(self.left);
        let path = manifest_path(&self.directory, self.id);
        self.manifest.write(&path).map_err(|error| Failure::run(format!("{}: {error}", path.display())))?;
        Ok(self.state.ticks)
    }
}
