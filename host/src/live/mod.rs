//! A machine: a process made live, with sockets, a timer and a log.
//!
//! One thread ticks: it takes messages from the inbox, writes rows, then frames, and never blocks. One thread per link
//! reads: bytes into frames, frames into the inbox. A machine's life has three parts: it gathers the ring
//! (`gathering`), ticks (`ticking`), and settles messages still under way (`settling`); in all of them it hears of its
//! links (`hearing`).

mod gathering;
mod hearing;
mod lateness;
mod link_news;
mod observer;
mod settling;
mod spin;
mod ticking;
mod unsettled;

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{
        atomic::AtomicUsize,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use clockring::{
    clock::Clock,
    cursor::Cursor,
    handshake::RunFacts,
    inbox::{Inbox, Lane, Tickets},
    machine::{Received, Settings, Stage},
    moment::Monotonic,
    ring::{MachineId, RingSize},
};

pub use lateness::Lateness;
pub use observer::{Nobody, Observer};
pub use spin::Spin;
pub use ticking::BATCH_MAX;

use self::link_news::LinkNews;
use crate::{
    connect::{self, Doorway, Identity, PeerLane, RingEvent},
    driver::{
        Core,
        course::Course,
        new_core,
        peer::{Peer, Source},
        resume::{self, Told},
    },
    experiment::{Experiment, LANE_CAPACITY},
    failure::Failure,
    link::{Address, Key},
    rundir::{Ended, LogBefore, Manifest, RunDirectory, StampText},
    system_time::{Clocks, WallClock},
};

/// Number of send events kept. At 6 ticks a second that is a quarter of an hour, at a million a second 8 ms: longer
/// than a turn of the tick loop, the time to bridge for links that are up.
const RECENT_MAX: usize = 8192;

const _: () = assert!(RECENT_MAX >= BATCH_MAX, "the sends of a turn are kept");

/// A lane has a slot more than it holds messages.
const LANE_SLOTS: usize = LANE_CAPACITY + 1;

/// The settings of [`run`].
#[derive(Debug)]
pub struct Config {
    /// This machine.
    pub id: MachineId,
    /// The experiment it takes part in. Its seed is the one that the ring agrees on.
    pub experiment: Experiment,
    /// The seed that this machine was given, if any.
    pub seed: Option<u64>,
    /// Its listening socket.
    pub listener: TcpListener,
    /// The listening addresses of the ring's machines, by machine index; its own is not used.
    pub addresses: Vec<Address>,
    /// The directory of its log.
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
    /// Messages that the queue of each link holds, 1 to [`LANE_CAPACITY`]; a machine that resumes keeps its old number.
    pub capacity: usize,
    /// Source of the time of day.
    pub wall_clock: WallClock,
}

/// The directory for the logs of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogDir {
    /// Into this directory.
    Given(RunDirectory),
    /// Into a new directory in this one, named by the time that machine A tells all others.
    NewIn(PathBuf),
}

/// The result of a machine's run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The run directory.
    pub directory: RunDirectory,
    /// The completed manifest.
    pub manifest: Manifest,
    /// The lateness of its ticks.
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

/// The channel of all events but messages.
#[derive(Debug)]
pub struct Control {
    sender: Sender<RingEvent>,
    receiver: Receiver<RingEvent>,
}

/// Runs one machine, from its first link to its last message.
///
/// # Errors
/// If it cannot take part in the ring, or cannot write its log.
pub fn run<C, O>(mut config: Config, control: Control, observer: &mut O) -> Result<Outcome, Failure>
where
    C: Clock,
    C::Stamp: StampText + Send,
    O: Observer<C::Stamp>,
{
    let id = config.id;
    let listens = config.listener.local_addr();
    let listens = listens.map_err(|error| Failure::run(format!("{id}: where does it listen? {error}")))?;
    demand_key(id, listens, &config.addresses, config.key.as_ref())?;
    let ring = config.experiment.ring;
    let settings = Settings { id, ring, endless: config.experiment.duration.is_none(), patient: config.resume };
    let past = match &config.log_dir {
        LogDir::Given(directory) if config.resume => {
            let Config { experiment, capacity, durable, .. } = &config;
            let told = Told { settings, experiment, capacity: *capacity, recent_max: RECENT_MAX, durable: *durable };
            resume::read::<C>(&told, directory, Monotonic::default())?
        }
        LogDir::Given(_) | LogDir::NewIn(_) => None,
    };
    if past.as_ref().is_some_and(|past| matches!(past.manifest.ended, Some(Ended::Complete | Ended::Interrupted))) {
        // It stays for a while all the same: a peer may lack knowledge that only this machine has.
        observer.notice("has ended already, and its log is complete");
    }
    let mut number = (id.index() == 0).then(|| (config.wall_clock)().ns());
    let mut seed = config.seed;
    let (core, before) = match past {
        Some(past) => {
            if past.lost_manifest {
                observer.notice(&format!(
                    "its manifest is lost, so it is made again from the settings given here; {} agrees with them, and does not \
                     tell the rate, {}",
                    past.log.path().display(),
                    past.manifest.rate,
                ));
            }
            config.capacity = past.manifest.capacity;
            // One whose manifest is lost asks its peers which run it is.
            number = if past.lost_manifest { None } else { past.manifest.run.or(number) };
            let has_begun = past.has_begun();
            // Before the start, the seed in it was not agreed on.
            seed = if has_begun { Some(past.manifest.seed) } else { seed };
            let run = has_begun.then_some((past.manifest, past.course));
            (past.core, Some(Before { log: past.log, run }))
        }
        None => (new_core::<C>(settings, RECENT_MAX, Monotonic::default())?, None),
    };

    let peers: Vec<MachineId> = ring.others(id).into_iter().collect();
    let mut lanes: Vec<Lane<Received<C::Stamp>, LANE_SLOTS>> = peers.iter().map(|_| Lane::new()).collect();
    let tickets = Tickets::new();
    let mut inbox = Inbox::new();
    let senders = lanes.iter_mut().filter_map(|lane| inbox.connect(lane, &tickets));
    let capacity = AtomicUsize::new(config.capacity.max(1));
    let senders: Vec<_> = senders.map(|sender| PeerLane::new(sender, &capacity)).collect();
    let instance =
        getrandom::u64().map_err(|error| Failure::run(format!("{id}: the system gives no random numbers: {error}")))?;
    let facts = RunFacts {
        machines: ring.get() as u16,
        sides: config.experiment.sides,
        clock: C::KIND.letter(),
        payload: 0,
        number,
        seed,
    };
    let identity = Identity { id, ring, run: facts, instance, resumed: before.is_some() };
    let mut received = vec![Cursor::START; ring.get()];
    for (place, peer) in peers.iter().enumerate() {
        received[peer.index()] = core.received(place);
    }
    let clocks = Clocks::new(config.wall_clock);
    let (doorway, links) = connect::links::<C>(
        identity,
        config.key.as_ref(),
        &config.addresses,
        &received,
        senders,
        clocks,
        &control.sender,
    );

    if let Some(Before { run: Some((manifest, _)), .. }) = &before {
        doorway.start_at(manifest.started);
    }

    thread::scope(|scope| {
        let listener = &config.listener;
        let _leaving = Leaving { doorway: &doorway, listener };
        scope.spawn(|| doorway.receive(listener));
        for link in links {
            scope.spawn(|| link.run());
        }
        let machine = Machine {
            config: &config,
            experiment: config.experiment.clone(),
            events: control.receiver,
            doorway: &doorway,
            observer,
            identity,
            core,
            peers: peers.iter().enumerate().map(|(place, peer)| Peer::new(*peer, place)).collect(),
            news: peers.iter().map(|_| LinkNews::default()).collect(),
            inbox,
            capacity: &capacity,
            clocks,
        };
        machine.live(before)
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

/// Closes the doorway on every way out of the machine, since threads wait there.
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

/// The state that a machine left before it died.
struct Before {
    log: LogBefore,
    /// Its manifest and its course, if its run had begun.
    run: Option<(Manifest, Course)>,
}

/// A live machine, as its tick thread sees it.
struct Machine<'a, C: Clock, O> {
    config: &'a Config,
    /// The experiment, with the seed that the ring agreed on.
    experiment: Experiment,
    events: Receiver<RingEvent>,
    doorway: &'a Doorway,
    observer: &'a mut O,
    identity: Identity,
    core: Core<C>,
    peers: Vec<Peer<C::Stamp>>,
    /// The news of each link, by the place of its peer.
    news: Vec<LinkNews>,
    inbox: Inbox<'a, Received<C::Stamp>, LANES_MAX>,
    /// Messages of each link that the inbox holds.
    capacity: &'a AtomicUsize,
    clocks: Clocks,
}

impl<C, O> Machine<'_, C, O>
where
    C: Clock,
    C::Stamp: StampText,
    O: Observer<C::Stamp>,
{
    fn live(mut self, before: Option<Before>) -> Result<Outcome, Failure> {
        let mut early_log = if before.is_some() { gathering::EarlyLog::default() } else { self.log_before_start()? };
        if let Err(failure) = self.gather() {
            // A machine that will resume keeps its manifest and log.
            if !self.config.resume {
                early_log.abandon();
            }
            return Err(failure);
        }
        self.agree_on_seed();
        let (directory, mut log, run) = match before {
            Some(Before { log, run }) => {
                let (directory, log) = self.go_on(log)?;
                (directory, log, run)
            }
            None => {
                let (directory, log) = self.open_log(early_log)?;
                (directory, log, None)
            }
        };
        let (mut manifest, mut course) = match run {
            Some((mut manifest, course)) => {
                // One that has ended ticks no more.
                if self.core.stage() == Stage::Ticking {
                    manifest.restarts.push(self.core.ticks() + 1);
                }
                manifest.run = manifest.run.or(self.run_number());
                (manifest, course)
            }
            None => {
                // Of a machine that promised to come back, others may have started long ago.
                let elapsed = self.core.elapsed(self.now());
                let started = self.doorway.physical(elapsed).start_of(elapsed);
                (self.manifest(started), Course::new(self.config.id, &self.experiment))
            }
        };
        let started = manifest.started;
        self.core.start_at(started);
        self.doorway.start_at(started);
        self.doorway.begin_run();
        if self.config.resume {
            // Times in the log are counted from the start in it.
            self.write_manifest_durably(&directory, &manifest)?;
        } else {
            self.write_manifest(&directory, &manifest)?;
        }
        self.observer.started(&manifest, &directory);
        let lateness = self.tick(&manifest, &mut course, &mut log)?;
        self.settle(&directory, &mut manifest, &log)?;
        Ok(Outcome { directory, manifest, lateness })
    }

    /// The monotonic time of this process.
    fn now(&self) -> Monotonic {
        self.clocks.now()
    }

    /// The end of each turn: pending frames go to the links, and the machine's progress into the greetings.
    fn flush(&mut self, log: Option<&Path>) -> Result<(), Failure> {
        let (id, now) = (self.config.id, self.now());
        let source = log.map(|log| Source { ring: self.experiment.ring, log });
        for peer in &mut self.peers {
            // First, so that no peer has a message that this machine does not yet know of.
            self.doorway.will_send(peer.id, self.core.sent(peer.place));
            peer.flush(&mut self.core, now, source)
                .map_err(|error| Failure::run(format!("{id}: cannot send {} what it missed: {error}", peer.id)))?;
            let greeting = self.core.greeting(peer.place, self.identity.greeting(peer.id), now);
            self.doorway.set_greeting(peer.id, greeting, self.core.time());
        }
        Ok(())
    }

    /// A seed given to some machine of the ring; else one that follows from the number of the run, which is A's.
    fn agree_on_seed(&mut self) {
        let run = self.doorway.run();
        self.experiment.seed = run.seed.unwrap_or_else(|| seed_of(run.number.unwrap_or(0)));
    }

    fn run_number(&self) -> Option<u64> {
        self.doorway.run().number
    }
}

/// A seed of at most nine digits, which people can type.
fn seed_of(number: u64) -> u64 {
    number % 1_000_000_000
}
