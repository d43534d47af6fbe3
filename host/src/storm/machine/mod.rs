//! One machine in a storm: the parts of a live one, without sockets and threads.

mod files;
mod meeting;
mod turn;

use clockring::{
    clock::Clock,
    handshake::RunFacts,
    inbox::{Tickets, generic::Inbox},
    machine::{Input, Intake, Settings, Stage},
    moment::Elapsed,
    ring::{MachineId, RingSize},
};

pub(super) use turn::Death;

use super::{
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
        peer::Peer,
        resume::{self, Told},
    },
    experiment::Experiment,
    failure::Failure,
    rundir::{LogBefore, LogWriter, Manifest, RunDirectory, StampText, TornEnd},
};

/// Send events kept in memory: few, so that a peer that was away often gets its missed messages from the log.
const RECENT_MAX: usize = 8;

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
}
