//! One machine in a storm: the parts of a live one, without sockets and threads.

use std::fs::{self, OpenOptions};

use clockring::{
    clock::Clock,
    handshake::{Greeting, RunFacts},
    inbox::{Tickets, generic::Inbox},
    machine::{Input, Intake, Leaving, Objection, Settings, Stage},
    moment::{Elapsed, UnixTime},
    progress::Progress,
    ring::{MachineId, RingSize},
};

use super::{
    chance::Chance,
    clocks::Reading,
    end::{End, LANE_CAPACITY, Lane},
    wire::{Wire, WireOutgoing},
};
use crate::{
    connect::physical_time::{PhysicalTime, are_too_far_apart},
    driver::{
        Core,
        accounting::Accounting,
        course::Course,
        new_core,
        peer::{Peer, Source},
        resume::{self, Told},
    },
    experiment::Experiment,
    failure::Failure,
    rundir::{Ended, LogWriter, Manifest, RunDirectory, StampText},
};

/// Send events kept in memory: few, so that a peer that was away often gets its missed messages from the log.
const RECENT_MAX: usize = 8;

/// The most ticks of one turn.
const BATCH_MAX: usize = 4;

/// A machine that runs.
pub(super) struct Machine<C: Clock> {
    experiment: Experiment,
    directory: RunDirectory,
    log: LogWriter,
    manifest: Manifest,
    core: Core<C>,
    course: Course,
    accounting: Accounting,
    peers: Vec<Peer<C::Stamp>>,
    /// By peer, in the order of `peers`.
    ends: Vec<End<C>>,
    inbox: Inbox<Lane<C::Stamp>, { RingSize::MAX - 1 }>,
    tickets: Tickets,
    physical_time: PhysicalTime,
    /// Its run had begun before this process.
    has_begun: bool,
    /// Its run goes on in this process.
    is_running: bool,
    /// A person stopped it while it ticked.
    was_stopped: bool,
}

/// Why the process of a machine ends by itself, and says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    /// Its wall clock and a peer's are too far apart to start.
    ClocksApart,
}

/// The points in a turn at which a machine dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Death {
    /// Before its rows are written.
    BeforeRows,
    /// While they are written: some bytes of them are in the log.
    AmidRows,
    /// Once they are written; none of their frames is sent.
    AfterRows,
    /// Once the facts that were due are in the manifest; no peer was told.
    AfterFacts,
    /// Once some peers have been sent theirs.
    AmidFrames,
}

impl Death {
    pub(super) const ALL: [Self; 5] =
        [Self::BeforeRows, Self::AmidRows, Self::AfterRows, Self::AfterFacts, Self::AmidFrames];
}

impl<C> Machine<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// A machine that starts, or resumes from its files in the directory.
    pub(super) fn start(
        id: MachineId,
        experiment: &Experiment,
        directory: &RunDirectory,
        now: Reading,
    ) -> Result<Self, Failure> {
        let ring = experiment.ring;
        let failed = |error: std::io::Error| Failure::run(format!("{id}: {error}"));
        let manifest_path = directory.manifest(id);
        let settings = Settings { id, ring, endless: experiment.duration.is_none(), patient: true };
        let told = Told { settings, experiment, capacity: LANE_CAPACITY, recent_max: RECENT_MAX, durable: false };
        let past = resume::read::<C>(&told, directory, now.timer)?;
        let has_begun = past.as_ref().is_some_and(resume::Past::has_begun);
        let (log, manifest, core, course) = match past {
            Some(past) => (past.log.go_on().map_err(failed)?.0, past.manifest, past.core, past.course),
            None => (
                LogWriter::create(&directory.log(id), ring, true).map_err(failed)?,
                Manifest::of(id, experiment, LANE_CAPACITY, now.wall),
                new_core::<C>(settings, RECENT_MAX, now.timer)?,
                Course::new(id, experiment),
            ),
        };
        // A resumable machine writes its manifest before it says Ready: from then on peers rely on it.
        manifest.write(&manifest_path).map_err(failed)?;
        let mut physical_time = PhysicalTime::default();
        if has_begun {
            physical_time.start_at(manifest.started);
        }
        let mut inbox = Inbox::new();
        let mut ends = Vec::new();
        for (place, peer) in ring.others(id).into_iter().enumerate() {
            let added = inbox.add(Lane::new());
            debug_assert!(added.is_ok(), "an inbox has room for every peer");
            ends.push(End::new(Intake::new(id, peer, core.received(place))));
        }
        let peers = ring.others(id).into_iter().enumerate().map(|(place, peer)| Peer::new(peer, place)).collect();
        Ok(Self {
            experiment: experiment.clone(),
            directory: directory.clone(),
            has_begun,
            is_running: false,
            was_stopped: false,
            accounting: Accounting::of(&manifest),
            log,
            manifest,
            core,
            course,
            peers,
            ends,
            inbox,
            tickets: Tickets::new(),
            physical_time,
        })
    }

    pub(super) fn id(&self) -> MachineId {
        self.core.id()
    }

    pub(super) fn stage(&self) -> Stage {
        self.core.stage()
    }

    /// The number of events it made.
    pub(super) fn events(&self) -> u64 {
        self.core.ticks()
    }

    /// A person stops it.
    pub(super) fn stop(&mut self, now: Reading) {
        self.was_stopped |= self.stage() == Stage::Ticking;
        self.tell(Input::Stop, now);
    }

    /// Was it stopped by a person while it ticked?
    pub(super) fn was_stopped_in_mid_run(&self) -> bool {
        self.was_stopped
    }

    /// Leaves what a first process leaves that dies before its files are whole: there is no manifest, and a part of the
    /// log's header.
    pub(super) fn unmake(&self, chance: &mut Chance) -> Result<(), Failure> {
        self.tear(chance.below(self.log_length() + 1));
        let path = self.directory.manifest(self.id());
        fs::remove_file(&path).map_err(|error| Failure::run(format!("{}: {error}", path.display())))
    }

    fn place(&self, peer: MachineId) -> usize {
        self.experiment.ring.distance(self.id(), peer) - 1
    }

    /// Its first words to a peer.
    pub(super) fn greeting(&mut self, peer: MachineId, now: Reading) -> Greeting {
        let run = RunFacts {
            machines: self.experiment.ring.get() as u16,
            sides: self.experiment.sides,
            clock: C::KIND.letter(),
            payload: 0,
            number: Some(0),
            seed: Some(self.experiment.seed),
        };
        let greeting = self.core.greeting(self.place(peer), Greeting::new(self.id(), peer, run, 0), now.timer);
        Greeting { wall: Some(self.physical(now)), ..greeting }
    }

    /// The physical time.
    fn physical(&mut self, now: Reading) -> UnixTime {
        match self.physical_time.started() {
            Some(started) => started.at(self.core.elapsed(now.timer)),
            None => {
                let is_relied_on = self.peers.iter().any(Peer::is_up);
                self.physical_time.before_start(now.timer, now.wall, is_relied_on)
            }
        }
    }

    /// The time of the run.
    pub(super) fn elapsed(&self, now: Reading) -> Elapsed {
        self.core.elapsed(now.timer)
    }

    pub(super) fn link_up(
        &mut self,
        peer: MachineId,
        wires: [Wire; 2],
        told: Progress,
        theirs: Greeting,
        now: Reading,
    ) -> Result<Option<Cause>, Failure> {
        let place = self.place(peer);
        let [incoming, outgoing] = wires;
        let ours = self.physical(now);
        self.physical_time.join(&theirs);
        let ahead_ns = theirs.wall.map_or(0, |theirs| theirs.ns() as i64 - ours.ns() as i64);
        if self.stage() == Stage::Gathering
            && self.physical_time.started().is_none()
            && are_too_far_apart(C::KIND, ahead_ns)
        {
            return Ok(Some(Cause::ClocksApart));
        }
        self.core.handle(Input::Up { peer: place, told, theirs }, now.timer).map_err(|objection| match objection {
            Objection::ClaimsTooMuch => Failure::run(format!("{peer} has messages that {} never sent", self.id())),
            Objection::LostRows => Failure::run(format!("{} has lost rows that {peer} knows of", self.id())),
        })?;
        self.peers[place].link_up(Box::new(WireOutgoing(outgoing)), theirs.received);
        self.ends[place].link_up(incoming, now.timer);
        Ok(None)
    }

    pub(super) fn link_down(&mut self, peer: MachineId, now: Reading) {
        self.link_down_at(self.place(peer), now);
    }

    fn link_down_at(&mut self, place: usize, now: Reading) {
        self.peers[place].link_down();
        self.ends[place].link_down();
        self.tell(Input::Down { peer: place }, now);
    }

    /// Tells the machine of something that no greeting is part of.
    fn tell(&mut self, input: Input, now: Reading) {
        let told = self.core.handle(input, now.timer);
        debug_assert!(told.is_ok(), "only greetings are objected to");
    }

    /// Takes in the bytes that have arrived. Links that bring wrong ones, or none for too long, are given up.
    pub(super) fn receive(&mut self, now: Reading) -> Result<(), Failure> {
        let physical = self.physical(now);
        for place in 0..self.ends.len() {
            let mut heard = Vec::new();
            let Some(lane) = self.inbox.lane_mut(place) else { continue };
            let times = (now.timer, physical);
            let is_good = self.ends[place].receive(place, (lane, &self.tickets), times, &mut heard)?;
            heard.into_iter().for_each(|input| self.tell(input, now));
            if !is_good {
                self.link_down_at(place, now);
            }
        }
        Ok(())
    }

    /// One turn: the effects of time alone, the ticks that are due, their rows, the facts due in the manifest, frames.
    /// Returns whether the machine is still alive.
    pub(super) fn turn(&mut self, now: Reading, death: Option<Death>, chance: &mut Chance) -> Result<bool, Failure> {
        self.core.proceed(now.timer);
        self.begin(now)?;
        self.tick(now);
        if death == Some(Death::BeforeRows) {
            return Ok(false);
        }
        let before = if death == Some(Death::AmidRows) { self.log_length() } else { 0 };
        self.log.commit().map_err(|error| Failure::run(format!("{}: {error}", self.id())))?;
        if death == Some(Death::AmidRows) {
            self.tear(before + chance.below(self.log_length() - before + 1));
        }
        if matches!(death, Some(Death::AmidRows | Death::AfterRows)) {
            return Ok(false);
        }
        self.core.logged();
        self.settle(now)?;
        if death == Some(Death::AfterFacts) {
            return Ok(false);
        }
        let peers = if death.is_some() { chance.below(self.peers.len() as u64) as usize } else { self.peers.len() };
        let source = Source { ring: self.experiment.ring, log: self.log.path() };
        for peer in &mut self.peers[..peers] {
            peer.flush(&mut self.core, now.timer, source)
                .map_err(|error| Failure::run(format!("{}: {error}", peer.id)))?;
        }
        Ok(death.is_none())
    }

    /// The run begins, or goes on.
    fn begin(&mut self, now: Reading) -> Result<(), Failure> {
        let stage = self.core.stage();
        if self.is_running || matches!(stage, Stage::Gathering | Stage::Left(_)) {
            return Ok(());
        }
        self.is_running = true;
        if !self.has_begun {
            self.manifest.started = self.physical(now).start_of(self.core.elapsed(now.timer));
        } else if stage == Stage::Ticking {
            self.manifest.restarts.push(self.core.ticks() + 1);
        }
        self.physical_time.start_at(self.manifest.started);
        self.core.start_at(self.manifest.started);
        self.write_manifest()
    }

    fn tick(&mut self, now: Reading) {
        for _ in 0..BATCH_MAX {
            let elapsed = self.core.elapsed(now.timer);
            if self.core.stage() != Stage::Ticking {
                break;
            }
            if self.course.is_over(elapsed) {
                self.tell(Input::Over, now);
                break;
            }
            let misses_something = self.core.is_catching_up() && self.inbox.is_empty();
            if misses_something || self.course.take_tick(elapsed).is_none() {
                break;
            }
            let taken = self.inbox.pop_counted();
            self.log.add(&self.course.make(&mut self.core, taken, self.manifest.started, now.timer));
        }
    }

    fn settle(&mut self, now: Reading) -> Result<(), Failure> {
        if self.core.stage() == Stage::Left(Leaving::Incomplete) {
            self.manifest.ended = Some(Ended::Incomplete);
            return self.write_manifest();
        }
        if !matches!(self.core.stage(), Stage::Settling { .. }) {
            return Ok(());
        }
        while let Some(received) = self.inbox.pop() {
            self.accounting.leave(&received.message, &self.manifest);
        }
        let due = self.accounting.note(&self.core, &mut self.manifest, now.timer);
        if !due.is_empty() {
            self.write_manifest()?;
            due.into_iter().for_each(|fact| self.core.written(fact));
            self.core.proceed(now.timer);
        }
        Ok(())
    }

    fn write_manifest(&self) -> Result<(), Failure> {
        let path = self.directory.manifest(self.id());
        self.manifest.write(&path).map_err(|error| Failure::run(format!("{}: {error}", path.display())))
    }

    fn log_length(&self) -> u64 {
        fs::metadata(self.log.path()).map_or(0, |metadata| metadata.len())
    }

    fn tear(&self, length: u64) {
        if let Ok(file) = OpenOptions::new().write(true).open(self.log.path()) {
            let _ = file.set_len(length);
        }
    }
}
