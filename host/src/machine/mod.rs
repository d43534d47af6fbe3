//! A machine: a process made live, with sockets, a timer and a log.
//!
//! One thread ticks: it takes messages from the inbox, writes rows, then frames, and never blocks. One thread per
//! link reads: bytes into frames, frames into the inbox. A machine's life has three parts: it gathers the ring
//! (`gathering`), ticks (`ticking`), and settles what is still under way (`settling`); in all of them it hears of its links
//! (`hearing`).

mod gathering;
mod hearing;
mod lateness;
mod link_news;
mod observer;
pub(crate) mod outbox;
pub(crate) mod peer;
pub(crate) mod resume;
mod settling;
mod spin;
pub(crate) mod state;
mod ticking;

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, Sender},
    thread,
};

use clockring::{
    clock::Clock,
    cursor::Cursor,
    frame::Signal,
    inbox::{Inbox, Lane, LaneOutput, Tickets},
    message::Message,
    ring::{MachineId, RingSize},
};

pub use lateness::Lateness;
pub use observer::{Nobody, Observer};
pub use spin::Spin;
pub use ticking::BATCH_MAX;

use self::{
    outbox::{Outbox, RECENT_MAX},
    peer::{Peer, Source},
    state::State,
};
use crate::{
    experiment::{Experiment, LANE_CAPACITY},
    failure::Failure,
    link::{Address, Key},
    ring::{self, Doorway, Identity, PeerLane, RingEvent},
    rundir::{Ended, LogWriter, Manifest, StampText},
    system_time::now_ns,
};

/// A lane has a slot more than it holds messages.
const LANE_SLOTS: usize = LANE_CAPACITY + 1;

/// What [`run`] needs to know.
#[derive(Debug)]
pub struct Config {
    /// This machine.
    pub id: MachineId,
    /// The experiment it takes part in.
    pub experiment: Experiment,
    /// Where it listens.
    pub listener: TcpListener,
    /// Where the machines of the ring listen, by machine index; its own address is not used.
    pub addresses: Vec<Address>,
    /// Where its log goes.
    pub log_dir: LogDir,
    /// May it replace a log that is there?
    pub overwrite: bool,
    /// Does it go on from the log that it left in the given directory, if there is one?
    pub resume: bool,
    /// The key of the ring, without which no link leaves this computer.
    pub key: Option<Key>,
    /// Does it wait for the disk before it sends, to survive a loss of power too?
    pub durable: bool,
    /// Does it spin before a tick is due?
    pub spin: Spin,
    /// How many messages of each link its queue holds, 1 to [`LANE_CAPACITY`]; one that resumes keeps what it had.
    pub capacity: usize,
}

/// Where the logs of a run go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogDir {
    /// Into this directory.
    Given(PathBuf),
    /// Into a new directory in this one, named by the time that machine A tells all others.
    NewIn(PathBuf),
}

/// How a machine's run went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The run directory.
    pub directory: PathBuf,
    /// The completed manifest.
    pub manifest: Manifest,
    /// How late ticks came.
    pub lateness: Lateness,
}

/// The two ends of the way to tell a machine to stop.
#[must_use]
pub fn control() -> (Stop, Control) {
    let (sender, receiver) = mpsc::channel();
    (Stop(sender.clone()), Control { sender, receiver })
}

/// Tells a machine to stop.
#[derive(Clone, Debug)]
pub struct Stop(Sender<RingEvent>);

impl Stop {
    /// Stops the machine, and with it the run.
    pub fn stop(&self) {
        // Fails only if the machine has stopped already.
        let _ = self.0.send(RingEvent::Stop);
    }
}

/// Where a machine hears of everything that is no message.
#[derive(Debug)]
pub struct Control {
    sender: Sender<RingEvent>,
    receiver: Receiver<RingEvent>,
}

/// Runs one machine, from its first link to its last message.
///
/// # Errors
/// If it cannot take part in the ring, or cannot write its log.
pub fn run<C, O>(config: Config, control: Control, observer: &mut O) -> Result<Outcome, Failure>
where
    C: Clock,
    C::Stamp: StampText + Send,
    O: Observer<C::Stamp>,
{
    let listens = config.listener.local_addr();
    let listens = listens.map_err(|error| Failure::run(format!("{}: where does it listen? {error}", config.id)))?;
    demand_key(config.id, listens, &config.addresses, config.key.as_ref())?;
    let ring = config.experiment.ring;
    let past = match &config.log_dir {
        LogDir::Given(directory) if config.resume => {
            resume::read::<C>(config.id, &config.experiment, directory, RECENT_MAX)?
        }
        LogDir::Given(_) | LogDir::NewIn(_) => None,
    };
    if let (LogDir::Given(directory), Some(past)) = (&config.log_dir, &past)
        && past.manifest.ended.is_some()
    {
        observer.notice("has ended already, and its log is complete");
        let (directory, manifest) = (directory.clone(), past.manifest.clone());
        return Ok(Outcome { directory, manifest, lateness: Lateness::new() });
    }
    let resumed = past.is_some();
    let mut capacity = config.capacity;
    let (mut outbox, mut received) = (Outbox::new(config.id, RECENT_MAX), vec![Cursor::START; ring.get()]);
    let mut state = State::<C>::new(config.id, &config.experiment);
    let mut before = None;
    if let Some(past) = past {
        if past.cut_bytes > 0 {
            let (path, bytes) = (past.log.path().display(), past.cut_bytes);
            observer.notice(&format!("cut off the end of {path}, {bytes} bytes that were not a whole row"));
        }
        (state, outbox, received) = (past.state, past.outbox, past.received);
        capacity = past.manifest.capacity;
        before = Some((past.log, past.manifest));
    }

    let peers: Vec<MachineId> = ring.others(config.id).into_iter().collect();
    let mut lanes: Vec<Lane<Message<C::Stamp>, LANE_SLOTS>> = peers.iter().map(|_| Lane::new()).collect();
    let tickets = Tickets::new();
    let mut inbox = Inbox::new();
    let senders = lanes.iter_mut().filter_map(|lane| inbox.connect(lane, &tickets));
    let senders: Vec<_> = senders.map(|sender| PeerLane::new(sender, capacity)).collect();
    let instance = getrandom::u64()
        .map_err(|error| Failure::run(format!("{}: the system gives no random numbers: {error}", config.id)))?;
    let identity = Identity { id: config.id, ring, clock: C::KIND, instance, resumed };
    let (doorway, links) =
        ring::links::<C>(identity, config.key.as_ref(), &config.addresses, &received, senders, &control.sender);

    thread::scope(|scope| {
        let listener = &config.listener;
        let _leaving = Leaving { doorway: &doorway, listener };
        scope.spawn(|| doorway.receive(listener));
        for link in links {
            scope.spawn(|| link.run());
        }
        let machine = Machine {
            config: &config,
            events: control.receiver,
            doorway: &doorway,
            observer,
            peers: peers.into_iter().map(Peer::new).collect(),
            inbox,
            sent_before: outbox.latest(),
            outbox,
            run: now_ns(),
            first: None,
            last: Vec::new(),
            stopping: None,
        };
        machine.live(state, before)
    })
}

/// Without a key, everything stays on this computer: where a machine listens, and the ways to its peers.
///
/// # Errors
/// If something leaves it.
pub fn demand_key(id: MachineId, listens: SocketAddr, addresses: &[Address], key: Option<&Key>) -> Result<(), Failure> {
    let advice = "give --key-file, with a key made by `clockring key`, to every machine of the ring";
    if key.is_some() {
        return Ok(());
    }
    if !listens.ip().is_loopback() {
        return Err(Failure::usage(format!("{id}: {listens} can be reached from other computers: {advice}")));
    }
    match addresses.iter().find(|address| !address.ip().is_loopback()) {
        Some(address) => Err(Failure::usage(format!("{id}: the way to {address} leaves this computer: {advice}"))),
        None => Ok(()),
    }
}

/// Closes the doorway whatever way the machine ends, since threads wait there.
struct Leaving<'a> {
    doorway: &'a Doorway,
    listener: &'a TcpListener,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.doorway.close(self.listener);
    }
}

/// The most lanes an inbox may have: one for every peer of the largest ring.
const LANES_MAX: usize = RingSize::MAX - 1;

/// A live machine, as its tick thread sees it.
struct Machine<'a, S, O> {
    config: &'a Config,
    events: Receiver<RingEvent>,
    doorway: &'a Doorway,
    observer: &'a mut O,
    peers: Vec<Peer<S>>,
    inbox: Inbox<LaneOutput<'a, Message<S>>, LANES_MAX>,
    outbox: Outbox<S>,
    /// The last event sent before this process started.
    sent_before: Cursor,
    /// The number that the run is named by: what machine A says, once it is ready.
    run: u64,
    /// What every link says first.
    first: Option<Signal>,
    /// What every link says when it has nothing else to send.
    last: Vec<Signal>,
    /// Why the machine is to stop before its time.
    stopping: Option<Ended>,
}

impl<S, O> Machine<'_, S, O>
where
    S: StampText,
    O: Observer<S>,
{
    fn live<C: Clock<Stamp = S>>(
        mut self,
        mut state: State<C>,
        before: Option<(LogWriter, Manifest)>,
    ) -> Result<Outcome, Failure> {
        let (mut early_log, manifest) = match before {
            Some((log, manifest)) => {
                self.run = manifest.run.unwrap_or(self.run);
                (self.log_from_before(log), Some(manifest))
            }
            None => (self.log_before_start()?, None),
        };
        let goes_on = manifest.filter(|_| state.ticks > 0);
        if goes_on.is_some() {
            self.first = Some(Signal::Ready { run: self.run });
            self.gather_again()?;
        } else if let Err(failure) = self.gather() {
            // What is to come back keeps what it wrote down.
            if !self.config.resume {
                early_log.abandon();
            }
            return Err(failure);
        }
        let (directory, mut log) = self.open_log(early_log)?;
        self.doorway.begin_run();
        let mut manifest = match goes_on {
            Some(mut manifest) => {
                manifest.restarts.push(state.ticks + 1);
                manifest
            }
            None => self.manifest(now_ns()),
        };
        self.write_manifest(&directory, &manifest)?;
        self.observer.started(&manifest, &directory);
        let lateness = self.tick(&manifest, &mut state, &mut log)?;
        manifest.ticks = Some(state.ticks);
        self.settle(&directory, &mut manifest, log.path())?;
        Ok(Outcome { directory, manifest, lateness })
    }

    fn peer(&mut self, id: MachineId) -> Option<&mut Peer<S>> {
        self.peers.iter_mut().find(|peer| peer.id == id)
    }

    /// Sends to every peer what there is for it.
    fn flush(&mut self, log: &Path) -> Result<(), Failure> {
        let source = Source {
            machine: self.config.id,
            ring: self.config.experiment.ring,
            outbox: &self.outbox,
            log,
            first: self.first,
            last: &self.last,
        };
        for peer in &mut self.peers {
            peer.flush(&source).map_err(|error| {
                Failure::run(format!("{}: cannot send {} what it missed: {error}", self.config.id, peer.id))
            })?;
        }
        Ok(())
    }
}
