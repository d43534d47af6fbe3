//! One machine in a storm: the parts of a live one, without sockets and threads.

mod files;
mod meeting;

use std::fmt::Display;

use clockring::{
    clock::Clock,
    handshake::RunFacts,
    inbox::{Tickets, generic::Inbox},
    machine::{Input, Intake, Leaving, Settings, Stage},
    moment::Elapsed,
    ring::{MachineId, RingSize},
};

use super::{
    chance::Chance,
    clocks::Reading,
    disk::OnDisk,
    end::{End, LANE_CAPACITY, Lane},
};
use crate::{
    connect::physical_time::PhysicalTime,
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
    rundir::{DiskFault, Ended, LogBefore, LogWriter, Manifest, RunDirectory, StampText, TornEnd},
};

/// Send events kept in memory: few, so that a peer that was away often gets its missed messages from the log.
const RECENT_MAX: usize = 8;

/// The most ticks of one turn.
const BATCH_MAX: usize = 4;

/// The number of the run.
pub(super) const RUN: u64 = 1;

/// A machine that runs.
pub(super) struct Machine<C: Clock> {
    experiment: Experiment,
    directory: RunDirectory,
    /// The log that a death left, until the machine has gathered.
    left: Option<LogBefore>,
    /// The log from then on.
    log: Option<LogWriter>,
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
    /// The facts of the run known by now.
    run: RunFacts,
    /// Drawn when the process started.
    instance: u64,
    /// Does it go on from its log?
    resumed: bool,
    /// The instance of each peer that was last linked, in the order of `peers`.
    instances: Vec<Option<u64>>,
    /// Does it wait for the disk before it says something?
    durable: bool,
    on_disk: OnDisk,
    /// The end that was cut off its log.
    torn: Option<TornEnd>,
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
    /// Its log has lost rows, of which a peer has messages.
    LostRows,
    /// Its files are not as it left them.
    Damaged,
    /// Its peers do not want it.
    Unwanted,
}

/// The points in a turn at which a machine dies: in the first turn that has rows, or facts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Death {
    /// Before its rows are written.
    BeforeRows,
    /// While they are written: some bytes of them are in the log.
    AmidRows,
    /// While they are written, since the disk is full.
    DiskFull,
    /// Once they are written, since the disk does not keep them; if the log is not durable, nobody notices.
    DiskFails,
    /// Once they are written, and on the disk if the log is durable; none of their frames is sent.
    AfterRows,
    /// Before the facts that are due are in the manifest; everything that may be said was said.
    BeforeFacts,
    /// Once they are; no peer was told.
    AfterFacts,
    /// Once some peers have been sent theirs.
    AmidFrames,
}

impl Death {
    /// Does it come with rows to be written?
    const fn is_of_rows(self) -> bool {
        !matches!(self, Self::BeforeFacts | Self::AfterFacts | Self::AmidFrames)
    }

    pub(super) const ALL: [Self; 8] = [
        Self::BeforeRows,
        Self::AmidRows,
        Self::DiskFull,
        Self::DiskFails,
        Self::AfterRows,
        Self::BeforeFacts,
        Self::AfterFacts,
        Self::AmidFrames,
    ];
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
        (durable, on_disk): (bool, OnDisk),
        instance: u64,
        now: Reading,
    ) -> Result<Self, Failure> {
        let ring = experiment.ring;
        let failed = |error: std::io::Error| Failure::run(format!("{id}: {error}"));
        let settings = Settings { id, ring, endless: experiment.duration.is_none(), patient: true };
        let told = Told { settings, experiment, capacity: LANE_CAPACITY, recent_max: RECENT_MAX, durable };
        let past = resume::read::<C>(&told, directory, now.timer)?;
        let has_begun = past.as_ref().is_some_and(resume::Past::has_begun);
        let resumed = past.is_some();
        let lost_manifest = past.as_ref().is_some_and(|past| past.lost_manifest);
        let (left, log, manifest, core, course) = match past {
            Some(past) => (Some(past.log), None, past.manifest, past.core, past.course),
            None => {
                let mut log = LogWriter::create(&directory.log(id), ring, true).map_err(failed)?;
                log.set_durable(durable);
                let manifest = Manifest::of(id, experiment, LANE_CAPACITY, now.wall);
                (
                    None,
                    Some(log),
                    manifest,
                    new_core::<C>(settings, RECENT_MAX, now.timer)?,
                    Course::new(id, experiment),
                )
            }
        };
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
        // As on a computer: the number is A's, and one whose manifest is lost asks its peers.
        let number = if lost_manifest { None } else { manifest.run.or((id.index() == 0).then_some(RUN)) };
        let run = RunFacts {
            machines: ring.get() as u16,
            sides: experiment.sides,
            clock: C::KIND.letter(),
            payload: 0,
            number,
            seed: Some(experiment.seed),
        };
        let instances = ring.others(id).into_iter().map(|_| None).collect();
        let peers = ring.others(id).into_iter().enumerate().map(|(place, peer)| Peer::new(peer, place)).collect();
        let mut machine = Self {
            experiment: experiment.clone(),
            directory: directory.clone(),
            has_begun,
            is_running: false,
            was_stopped: false,
            accounting: Accounting::of(&manifest),
            left,
            log,
            manifest,
            core,
            course,
            peers,
            ends,
            inbox,
            tickets: Tickets::new(),
            physical_time,
            run,
            instance,
            resumed,
            instances,
            durable,
            on_disk,
            torn: None,
        };
        // A resumable machine writes its manifest before it says Ready: from then on peers rely on it.
        machine.write_manifest(durable || !resumed)?;
        Ok(machine)
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

    /// The time of the run.
    pub(super) fn elapsed(&self, now: Reading) -> Elapsed {
        self.core.elapsed(now.timer)
    }

    /// A person stops it.
    pub(super) fn stop(&mut self, now: Reading) {
        self.was_stopped |= self.stage() == Stage::Ticking;
        self.tell(Input::Stop, now);
    }

    /// The peer whose messages it refuses again and again, since their times are out of bounds.
    pub(super) fn refuses_for_ever(&self) -> Option<MachineId> {
        let place = self.ends.iter().position(End::refuses_for_ever)?;
        self.peers.get(place).map(|peer| peer.id)
    }

    /// Was it stopped by a person while it ticked?
    pub(super) fn was_stopped_in_mid_run(&self) -> bool {
        self.was_stopped
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
        self.say_early(now, chance)?;
        if !self.write_rows(death, chance)? {
            return Ok(false);
        }
        self.core.logged();
        let has_facts = death.is_some() && self.core.due().next().is_some();
        if death == Some(Death::BeforeFacts) && has_facts {
            self.say(self.peers.len(), now)?;
            return Ok(false);
        }
        self.say_early(now, chance)?;
        self.settle(now)?;
        if death == Some(Death::AfterFacts) && has_facts {
            return Ok(false);
        }
        let dies = death == Some(Death::AmidFrames);
        let peers = if dies { chance.below(self.peers.len() as u64) as usize } else { self.peers.len() };
        self.say(peers, now)?;
        Ok(!dies)
    }

    /// Writes the rows of this turn. Returns whether the machine is still alive.
    fn write_rows(&mut self, death: Option<Death>, chance: &mut Chance) -> Result<bool, Failure> {
        let (id, ticks) = (self.id(), self.stage() == Stage::Ticking);
        // The file is asked only where the answer matters: this is every turn of every machine.
        let before = if death.is_some() { self.log_length() } else { 0 };
        let failed = |what: &dyn Display| Failure::run(format!("{id}: {what}"));
        let Some(log) = &mut self.log else { return Ok(!death.is_some_and(Death::is_of_rows)) };
        let rows = log.pending_bytes();
        let death = death.filter(|death| death.is_of_rows() && (rows > 0 || !ticks));
        match death {
            Some(Death::BeforeRows) => return Ok(false),
            Some(Death::DiskFull) => log.fail_next(DiskFault::Full { room: chance.below(rows as u64) as usize }),
            Some(Death::DiskFails) => log.fail_next(DiskFault::Sync),
            _ => {}
        }
        let written = log.commit();
        match death {
            None => written.map(|()| true).map_err(|error| failed(&error)),
            Some(Death::DiskFull) if self.log_length() != before => {
                Err(failed(&"the disk was full, and a part of the rows is in the log"))
            }
            Some(Death::AmidRows) => {
                self.tear(before + chance.below(self.log_length() - before + 1));
                Ok(false)
            }
            Some(_) => Ok(false),
        }
    }

    /// A driver may ask for frames at any time: what is not logged or written is not said.
    fn say_early(&mut self, now: Reading, chance: &mut Chance) -> Result<(), Failure> {
        if chance.once_in(8) { self.say(self.peers.len(), now) } else { Ok(()) }
    }

    /// Sends what there is to say to so many peers.
    fn say(&mut self, peers: usize, now: Reading) -> Result<(), Failure> {
        let source = self.log.as_ref().map(|log| Source { ring: self.experiment.ring, log: log.path() });
        for peer in &mut self.peers[..peers] {
            peer.flush(&mut self.core, now.timer, source)
                .map_err(|error| Failure::run(format!("{}: {error}", peer.id)))?;
        }
        Ok(())
    }

    /// The run begins, or goes on.
    fn begin(&mut self, now: Reading) -> Result<(), Failure> {
        let stage = self.core.stage();
        if self.is_running || matches!(stage, Stage::Gathering | Stage::Left(_)) {
            return Ok(());
        }
        self.is_running = true;
        if let Some(left) = self.left.take() {
            let (log, torn) = left.go_on().map_err(|error| Failure::run(format!("{}: {error}", self.id())))?;
            (self.log, self.torn) = (Some(log), torn);
        }
        if !self.has_begun {
            self.manifest.started = self.physical(now).start_of(self.core.elapsed(now.timer));
        } else if stage == Stage::Ticking {
            self.manifest.restarts.push(self.core.ticks() + 1);
        }
        self.manifest.run = self.manifest.run.or(self.run.number);
        self.physical_time.start_at(self.manifest.started);
        self.core.start_at(self.manifest.started);
        // Times in the log are counted from the start in it.
        self.write_manifest(true)
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
            let row = self.course.make(&mut self.core, taken, self.manifest.started, now.timer);
            if let Some(log) = &mut self.log {
                log.add(&row);
            }
        }
    }

    fn settle(&mut self, now: Reading) -> Result<(), Failure> {
        if matches!(self.core.stage(), Stage::Settling { .. }) {
            while let Some(received) = self.inbox.pop() {
                self.accounting.leave(&received.message, &self.manifest);
            }
            let due = self.accounting.note(&self.core, &mut self.manifest, now.timer);
            if !due.is_empty() {
                self.write_manifest(self.durable)?;
                due.into_iter().for_each(|fact| self.core.written(fact));
                self.core.proceed(now.timer);
            }
        }
        if self.core.stage() == Stage::Left(Leaving::Incomplete) {
            self.manifest.ended = Some(Ended::Incomplete);
            self.write_manifest(self.durable)?;
        }
        Ok(())
    }
}
