//! The world of a storm: time, the machines that are alive, and the way they leave.

use std::time::Duration;

use clockring::{
    clock::Clock,
    machine::{Leaving, Stage},
    moment::Monotonic,
    ring::MachineId,
};

use super::{
    START,
    account::Account,
    chance::Chance,
    links::Link,
    machine::{Death, Machine},
    plan::{Plan, STORMS_FOR},
};
use crate::{
    failure::Failure,
    rundir::{Ended, Manifest, RunDirectory, StampText},
};

/// The time of a machine that does not come back.
pub(super) const NEVER: Monotonic = Monotonic::from_ns(u64::MAX);

/// The longest time until everybody has left, after the last fault or the end of the run, whichever is later.
const CALM_MAX: Duration = Duration::from_secs(30);

/// A person who sees that a run does not end by itself waits this long at most before a stop signal.
const PATIENCE_MAX_MS: u64 = 2_000;

/// Once nobody ticks, time passes so many times faster.
const HASTE: u32 = 8;

/// A machine's process, or the time at which it has one again.
pub(super) enum Fate<C: Clock> {
    Alive {
        machine: Box<Machine<C>>,
        paused_until: Monotonic,
    },
    Dead {
        until: Monotonic,
    },
    /// It left by itself.
    Left {
        events: u64,
        is_complete: bool,
    },
}

impl<C> Fate<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    pub(super) fn stage(&self) -> Option<Stage> {
        match self {
            Self::Alive { machine, .. } => Some(machine.stage()),
            Self::Dead { .. } | Self::Left { .. } => None,
        }
    }
}

/// Everything.
pub(super) struct World<C: Clock> {
    pub(super) plan: Plan,
    pub(super) directory: RunDirectory,
    pub(super) now: Monotonic,
    pub(super) machines: Vec<Fate<C>>,
    pub(super) links: Vec<Link>,
    pub(super) chance: Chance,
    pub(super) wires_made: u64,
    pub(super) account: Account,
    /// Somebody has ticked.
    has_begun: bool,
}

impl<C> World<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// The world of a plan, before anything has happened.
    pub(super) fn new(plan: Plan, directory: &RunDirectory) -> Self {
        let ring = plan.experiment.ring;
        let pairs = ring.machines().flat_map(|one| ring.machines().map(move |other| [one, other]));
        Self {
            machines: plan.starts.iter().map(|start| Fate::Dead { until: *start }).collect(),
            links: pairs.filter(|[one, other]| one < other).map(Link::between).collect(),
            directory: directory.clone(),
            now: START,
            chance: Chance::new(plan.experiment.seed, 1),
            wires_made: 0,
            account: Account::default(),
            has_begun: false,
            plan,
        }
    }

    /// The storm and the calm after it; then all are started once more.
    pub(super) fn run(mut self) -> Result<Account, Failure> {
        while self.now < self.plan.calm_from {
            self.trouble();
            self.pass(true)?;
            let ticks = |fate: &Fate<C>| fate.stage() == Some(Stage::Ticking);
            if !self.has_begun && self.machines.iter().any(ticks) {
                self.has_begun = true;
                self.plan.calm_from = self.plan.calm_from.max(self.now.after(STORMS_FOR));
            }
        }
        self.calm()?;
        self.all_start_again();
        self.last_life()?;
        for fate in &self.machines {
            if let Fate::Left { events, .. } = fate {
                self.account.events += events;
            }
        }
        Ok(self.account)
    }

    /// Nothing goes wrong any more, so all leave; where that takes a person, after a signal.
    fn calm(&mut self) -> Result<(), Failure> {
        let signal_at = self.now.after(Duration::from_millis(self.chance.below(PATIENCE_MAX_MS)));
        let mut was_signalled = false;
        let mut deadline = self.deadline();
        while self.somebody_lives() {
            if !was_signalled && self.now >= signal_at && self.needs_a_person() && !self.somebody_comes_back() {
                (0..self.machines.len()).for_each(|index| self.signal(index));
                (was_signalled, deadline) = (true, self.now.after(CALM_MAX));
            }
            if self.now > deadline {
                return Err(self.never_ends());
            }
            self.pass(false)?;
        }
        Ok(())
    }

    /// All are started once more, and everything there is between them gets settled.
    fn last_life(&mut self) -> Result<(), Failure> {
        let mut deadline = self.deadline();
        let mut needs_a_person = self.plan.experiment.duration.is_none();
        while !self.machines.iter().all(|fate| matches!(fate, Fate::Left { .. })) {
            if needs_a_person && self.all_have_begun() {
                let ticks = |fate: &Fate<C>| fate.stage() == Some(Stage::Ticking);
                self.machines.iter().position(ticks).into_iter().for_each(|index| self.signal(index));
                (needs_a_person, deadline) = (false, self.now.after(CALM_MAX));
            }
            if self.now > deadline {
                return Err(self.never_ends());
            }
            self.pass(false)?;
        }
        if self.machines.iter().all(|fate| matches!(fate, Fate::Left { is_complete: true, .. })) {
            return Ok(());
        }
        Err(Failure::run("all were started once more, and not all ended complete"))
    }

    /// The time by which all should have left: a run that begins now would end before it.
    fn deadline(&self) -> Monotonic {
        self.now.after(self.plan.experiment.duration.unwrap_or_default() + CALM_MAX)
    }

    fn somebody_lives(&self) -> bool {
        self.machines.iter().any(|fate| matches!(fate, Fate::Alive { .. })) || self.somebody_comes_back()
    }

    fn somebody_comes_back(&self) -> bool {
        self.machines.iter().any(|fate| matches!(fate, Fate::Dead { until } if *until != NEVER))
    }

    fn never_ends(&self) -> Failure {
        let stages: Vec<String> =
            self.machines.iter().filter_map(Fate::stage).map(|stage| format!("{stage:?}")).collect();
        Failure::run(format!("it never ends: at {:?} there are still machines, {}", self.now, stages.join(", ")))
    }

    /// Something goes wrong about once in so many steps: seldom enough that a ring gathers, and more often in the short time
    /// of the end.
    pub(super) fn trouble_every(&self) -> u64 {
        let is_at = |stage: fn(Stage) -> bool| self.machines.iter().filter_map(Fate::stage).any(stage);
        match self.plan.trouble_every {
            every if !self.has_begun => every * 8,
            every if is_at(|stage| matches!(stage, Stage::Settling { .. })) => every / 5,
            every => every,
        }
    }

    /// A moment less than so many steps from now.
    pub(super) fn soon(&mut self, steps_max: u64) -> Monotonic {
        self.now.after(self.plan.step * self.chance.below(steps_max) as u32)
    }

    /// A step of time; in a storm, machines may die in it.
    fn pass(&mut self, storms: bool) -> Result<(), Failure> {
        let is_slow = |fate: &Fate<C>| matches!(fate.stage(), Some(Stage::Gathering | Stage::Ticking));
        let haste = if storms || self.machines.iter().any(is_slow) { 1 } else { HASTE };
        self.now = self.now.after(self.plan.step * haste);
        self.mend_links()?;
        let (now, trouble_every) = (self.now, self.trouble_every());
        for index in 0..self.machines.len() {
            match &mut self.machines[index] {
                Fate::Dead { until } if *until <= now => self.starts(index, storms)?,
                Fate::Alive { machine, paused_until } if *paused_until <= now => {
                    machine.receive(now)?;
                    let dies = storms && self.chance.once_in(20 * trouble_every);
                    let death = dies.then(|| self.chance.one_of(&Death::ALL));
                    if !machine.turn(now, death, &mut self.chance)? {
                        self.dies(index);
                    } else if let Stage::Left(leaving) = machine.stage() {
                        self.leaves(index, leaving)?;
                    }
                }
                Fate::Alive { .. } | Fate::Dead { .. } | Fate::Left { .. } => {}
            }
        }
        Ok(())
    }

    fn starts(&mut self, index: usize, storms: bool) -> Result<(), Failure> {
        let id = MachineId::from_index(index).unwrap_or_else(|| unreachable!("a machine of the ring"));
        let was_known = self.directory.manifest(id).exists();
        let machine = Machine::start(id, &self.plan.experiment, &self.directory, self.now)?;
        if storms && self.chance.once_in(8) {
            self.dies_at_its_start(&machine, was_known)?;
            self.machines[index] = Fate::Dead { until: self.soon(400).after(self.plan.step) };
        } else {
            self.machines[index] = Fate::Alive { machine: Box::new(machine), paused_until: START };
        }
        Ok(())
    }

    /// A machine is done, and says how in its manifest.
    fn leaves(&mut self, index: usize, leaving: Leaving) -> Result<(), Failure> {
        let Fate::Alive { machine, .. } = &self.machines[index] else { return Ok(()) };
        let (id, events) = (machine.id(), machine.events());
        let wrong = |what: &str| Err(Failure::run(format!("{id} left {leaving:?}: {what}")));
        if leaving != Leaving::Complete && self.account.signals.total() == 0 {
            return wrong("nobody had asked it to");
        }
        if leaving == Leaving::Incomplete && !self.needs_a_person() {
            return wrong("every peer was there");
        }
        let path = self.directory.manifest(id);
        let manifest = Manifest::read(&path).map_err(|error| Failure::run(format!("{}: {error}", path.display())))?;
        let stopped = manifest.stopped == Some(true);
        let expected = match leaving {
            Leaving::NeverStarted => None,
            Leaving::Incomplete => Some(Ended::Incomplete),
            Leaving::Complete if stopped => Some(Ended::Interrupted),
            Leaving::Complete => Some(Ended::Complete),
        };
        if manifest.ended != expected {
            return wrong(&format!("its manifest says {:?}", manifest.ended));
        }
        if stopped && self.account.signals.total() == 0 {
            return wrong("it was stopped, and nobody had stopped it");
        }
        if machine.was_stopped_in_mid_run() && !stopped {
            return wrong("it was stopped, and its manifest says that it was not");
        }
        self.machines[index] = Fate::Left { events, is_complete: leaving == Leaving::Complete };
        self.close_links(index);
        Ok(())
    }
}
