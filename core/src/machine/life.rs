//! The stages of a machine's life, and how one follows from another.

use core::time::Duration;

use super::{
    link::{Noted, Peer},
    outbox::{Outbox, Recent},
    run_time::RunTime,
};
use crate::{
    clock::{Clock, ClockKind, Hybrid},
    cursor::Cursor,
    moment::{Elapsed, Monotonic, UnixTime},
    process::Process,
    progress::Progress,
    ring::{MachineId, RingSize},
};

/// A machine that resumes waits this long for its peers before it ticks: ten times as long as they take to dial.
const MEETING_AGAIN_MAX: Duration = Duration::from_secs(1);

/// A machine told to stop after its Ready waits this long for the others to start: many times as long as they need once
/// all links are up.
const START_MAX: Duration = Duration::from_secs(2);

/// The settings of a new machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Settings {
    /// Its name.
    pub id: MachineId,
    /// Its ring.
    pub ring: RingSize,
    /// It has no time of its own to end after: it ends with the first peer that does.
    pub endless: bool,
    /// At the end it waits for peers that are away until a person asks it to stop.
    pub patient: bool,
}

/// The stages of a machine's life.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Stage {
    /// Until every link is up at every machine.
    Gathering,
    /// Until its time is over, or a stop.
    Ticking,
    /// Until every message is accounted for.
    Settling {
        /// It was told to stop.
        stopped: bool,
    },
    /// It is done, and has nothing more to say.
    Left(Leaving),
}

/// The way a machine left.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Leaving {
    /// The ring never gathered.
    NeverStarted,
    /// Every message is accounted for, on both sides.
    Complete,
    /// Something is not accounted for, and the peer that could tell was not heard of for too long.
    Incomplete,
}

/// A member of a ring. `R` is the storage of its outbox, `PEERS` how many peers it can have.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Machine<C: Clock, R, const PEERS: usize> {
    pub(super) settings: Settings,
    pub(super) process: Process<C>,
    pub(super) outbox: Outbox<C::Stamp, R>,
    pub(super) peers: heapless::Vec<Peer, PEERS>,
    pub(super) stage: Stage,
    /// The start of this process.
    pub(super) began: Monotonic,
    /// Is the end in the manifest?
    pub(super) ended: Noted,
    /// The reason to end, as soon as it can.
    pub(super) ending: Option<Ending>,
    /// The log that this process went on from.
    pub(super) past: Option<Past>,
    pub(super) logged: Logged,
    pub(super) ticks: u64,
    pub(super) time: RunTime,
    /// The physical time of the start of the run, once it is known.
    pub(super) started: Option<UnixTime>,
}

/// Reasons to end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Ending {
    Over,
    Stopped,
}

/// The log that a process went on from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Past {
    /// The last send in it.
    pub(super) sent: Cursor,
}

/// The contents of the log.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Logged {
    pub(super) ticks: u64,
    pub(super) sends: u64,
    /// The last send.
    pub(super) sent: Cursor,
}

impl<C: Clock, R: Recent<C::Stamp>, const PEERS: usize> Machine<C, R, PEERS> {
    /// A machine before its first event. `recent` keeps its last sends: at least those of one turn, and as many more as
    /// spare reading the log. `None` if the machine is not in its ring, or `PEERS` is too few.
    pub fn new(settings: Settings, recent: R, now: Monotonic) -> Option<Self> {
        let Settings { id, ring, .. } = settings;
        if !ring.contains(id) {
            return None;
        }
        let mut peers = heapless::Vec::new();
        for peer in ring.others(id) {
            peers.push(Peer::new(peer, now)).ok()?;
        }
        Some(Self {
            settings,
            process: Process::new(id, ring),
            outbox: Outbox::new(id, recent),
            peers,
            stage: Stage::Gathering,
            began: now,
            ended: Noted::NotYet,
            ending: None,
            past: None,
            logged: Logged::default(),
            ticks: 0,
            time: RunTime::default(),
            started: None,
        })
    }

    /// Its name.
    pub const fn id(&self) -> MachineId {
        self.settings.id
    }

    /// The stage of its life.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Does everything that follows from past events, and from time alone.
    pub fn proceed(&mut self, now: Monotonic) {
        if self.stage == Stage::Gathering {
            self.gather(now);
        }
        if self.stage == Stage::Ticking
            && let Some(ending) = self.ending
        {
            self.stage = Stage::Settling { stopped: ending == Ending::Stopped };
            self.ended = Noted::Due;
            // Patience counts from here: a peer that was away may be on its way back.
            self.peers.iter_mut().for_each(|peer| peer.moved = now);
        }
        if let Stage::Settling { .. } = self.stage {
            self.settle(now);
        }
    }

    /// Has the run begun, as far as a machine that gathers knows? By a row in its log, or by the time or the end of a peer:
    /// the death of a machine is no reason to start before the others are there.
    pub(super) fn has_begun(&self) -> bool {
        self.ticks > 0
            || self.time != RunTime::default()
            || self.peers.iter().any(|peer| peer.progress.last().is_some())
    }

    /// The time of the run that has passed, by the messages that were let in before the start was known: who told of it may
    /// have just come back, at the time of its death. No clock is further ahead of physical time than is let in.
    fn elapsed_by_messages(&self) -> Elapsed {
        let latest = self.peers.iter().map(|peer| peer.received).max().unwrap_or_default();
        match self.started {
            Some(started) if C::KIND == ClockKind::Hybrid => {
                let latest = UnixTime::from_ns(latest.to_u64()).since_start(started);
                Elapsed::from_ns(latest.ns().saturating_sub(Hybrid::DRIFT_MAX_NS))
            }
            _ => Elapsed::default(),
        }
    }

    fn gather(&mut self, now: Monotonic) {
        let is_ready = |peer: &Peer| peer.is_up() && peer.progress >= Progress::Ready;
        let has_waited = |wait| now >= self.began.after(wait);
        let starts = if self.has_begun() {
            // Those that are away are not waited for. A machine that never died has met all, or none had started.
            self.ending.is_some() || self.peers.iter().all(|peer| peer.met) || has_waited(MEETING_AGAIN_MAX)
        } else {
            self.peers.iter().all(is_ready)
        };
        if starts {
            self.time.forward(self.elapsed_by_messages(), now);
            self.time.start(now);
            self.stage = Stage::Ticking;
        } else if self.ending == Some(Ending::Stopped) {
            // After Ready, peers may start without asking again: so start, then stop with them.
            let is_counted_on = self.peers.iter().any(Peer::was_told_ready);
            if !is_counted_on || has_waited(START_MAX) {
                self.stage = Stage::Left(Leaving::NeverStarted);
            }
        }
    }

    /// The moment at which a stage may end by time alone.
    pub(super) fn deadline(&self, now: Monotonic) -> Option<Monotonic> {
        let waits = [MEETING_AGAIN_MAX, START_MAX].map(|wait| self.began.after(wait));
        match self.stage {
            Stage::Gathering => waits.into_iter().find(|deadline| *deadline > now),
            Stage::Settling { .. } => self.settling_deadline(now),
            Stage::Ticking | Stage::Left(_) => None,
        }
    }
}
