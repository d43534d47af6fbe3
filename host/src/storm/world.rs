//! The world of a storm: time, the machines that are alive, and the way they leave.

use std::{fs, time::Duration};

use clockring::{
    clock::{Clock, ClockKind},
    machine::{APART_MAX, Leaving, SILENCE_MAX, Stage},
    moment::{Elapsed, Monotonic},
    ring::MachineId,
};

use super::{
    START,
    account::Account,
    chance::Chance,
    choices::{Choices, Fault},
    clocks::Clocks,
    disk::{OnDisk, Tampering},
    harm::Harm,
    links::Link,
    machine::{Cause, Death, Machine},
    plan::Plan,
};
use crate::{
    failure::Failure,
    rundir::{Ended, Manifest, RunDirectory, StampText, TornEnd},
};

/// The time of a machine that does not come back.
pub(super) const NEVER: Monotonic = Monotonic::from_ns(u64::MAX);

/// The longest time until everybody has left, after the last fault or the end of the run, whichever is later.
const CALM_MAX: Duration = Duration::from_secs(30);

/// The longest time until all have heard that one was stopped: a silent link is noticed and made again, and three beats go
/// by.
const HEARD_MAX: Duration = SILENCE_MAX.saturating_add(Duration::from_secs(4));

/// A person who sees that a run does not end by itself waits this long at most before a stop signal: less than machines
/// wait that are not patient, or longer.
const PATIENCES_MAX_MS: [u64; 2] = [2_000, 15_000];

/// Once nobody ticks, time passes so many times faster.
const HASTE: u32 = 8;

/// A machine's process, or the time at which it has one again.
pub(super) enum Fate<C: Clock> {
    Alive {
        machine: Box<Machine<C>>,
        paused_until: Monotonic,
        /// It dies at this point of a turn, of the next one that comes to it.
        doom: Option<Death>,
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

    /// Has it a process, or will it have one?
    pub(super) fn lives_on(&self) -> bool {
        match self {
            Self::Alive { .. } => true,
            Self::Dead { until } => *until != NEVER,
            Self::Left { .. } => false,
        }
    }

    /// The machine, if its process runs.
    pub(super) fn awake(&mut self, now: Monotonic) -> Option<&mut Machine<C>> {
        match self {
            Self::Alive { machine, paused_until, .. } if *paused_until <= now => Some(machine),
            Self::Alive { .. } | Self::Dead { .. } | Self::Left { .. } => None,
        }
    }

    fn ticks(&self) -> bool {
        self.stage() == Some(Stage::Ticking)
    }
}

/// Everything.
pub(super) struct World<C: Clock> {
    pub(super) plan: Plan,
    choices: Choices,
    /// Faults so far.
    faults: u64,
    pub(super) directory: RunDirectory,
    pub(super) now: Monotonic,
    pub(super) machines: Vec<Fate<C>>,
    /// By machine index.
    pub(super) clocks: Vec<Clocks>,
    /// The disks of those that do not live, by machine index.
    pub(super) on_disk: Vec<OnDisk>,
    pub(super) harm: Harm,
    pub(super) links: Vec<Link>,
    /// Losses of power, and the computers.
    pub(super) reboots: Vec<(Monotonic, usize)>,
    pub(super) chance: Chance,
    pub(super) wires_made: u64,
    processes_made: u64,
    pub(super) account: Account,
    /// The moment at which somebody was seen to tick.
    begun: Option<Monotonic>,
}

impl<C> World<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// The world of a plan, before anything has happened.
    pub(super) fn new(plan: Plan, choices: &Choices, directory: &RunDirectory) -> Self {
        let ring = plan.experiment.ring;
        let pairs = ring.machines().flat_map(|one| ring.machines().map(move |other| [one, other]));
        Self {
            machines: plan.starts.iter().map(|start| Fate::Dead { until: *start }).collect(),
            clocks: plan.clocks.clone(),
            on_disk: plan.clocks.iter().map(|_| OnDisk::default()).collect(),
            harm: Harm::default(),
            links: pairs.filter(|[one, other]| one < other).map(Link::between).collect(),
            reboots: Vec::new(),
            choices: choices.clone(),
            faults: 0,
            directory: directory.clone(),
            now: START,
            chance: Chance::new(plan.experiment.seed, 1),
            wires_made: 0,
            processes_made: 0,
            account: Account::default(),
            begun: None,
            plan,
        }
    }

    /// The storm and the calm after it; then all are started once more.
    pub(super) fn run(mut self) -> Result<Account, Failure> {
        while self.now < self.plan.calm_from.max(self.begun.map_or(START, |begun| begun.after(self.plan.storms_for))) {
            self.trouble()?;
            self.pass(true)?;
        }
        self.calm(false)?;
        self.demand_unfinished()?;
        self.all_start_again();
        self.calm(true)?;
        if !self.have_all_ended() && !self.harm.is_done() {
            return Err(Failure::run("all were started once more, and not all ended complete"));
        }
        // The cost of the harm is told.
        self.demand_unfinished()?;
        self.judge()?;
        for fate in &self.machines {
            if let Fate::Left { events, .. } = fate {
                self.account.events += events;
            }
        }
        Ok(self.account)
    }

    pub(super) fn have_all_ended(&self) -> bool {
        self.machines.iter().all(|fate| matches!(fate, Fate::Left { is_complete: true, .. }))
    }

    /// Nothing goes wrong any more, so all leave; where that takes a person, after a signal to one of them, of which all
    /// others hear in time.
    fn calm(&mut self, is_last: bool) -> Result<(), Failure> {
        let patience_max_ms = self.chance.one_of(&PATIENCES_MAX_MS);
        let mut signal_at = self.now.after(Duration::from_millis(self.chance.below(patience_max_ms)));
        let mut deadline = self.deadline();
        let mut unsignalled: Vec<usize> = (0..self.machines.len()).collect();
        let mut has_stopped = false;
        while self.somebody_lives() {
            // In the last life a machine is not asked to leave before it could complete, if it can.
            let could_complete = !is_last || self.all_have_begun() || !self.harm.refused.is_empty();
            let is_time = self.now >= signal_at && !unsignalled.is_empty() && could_complete;
            if is_time && self.needs_a_person() && !self.somebody_comes_back() {
                if has_stopped && self.harm.refused.is_empty() && self.machines.iter().any(Fate::ticks) {
                    return Err(Failure::run(format!(
                        "not all hear of a stop: at {:?} there are {}",
                        self.now,
                        self.living()
                    )));
                }
                unsignalled.retain(|index| self.machines[*index].stage().is_some());
                if !unsignalled.is_empty() {
                    let which = self.chance.below(unsignalled.len() as u64) as usize;
                    has_stopped = self.stop(unsignalled.swap_remove(which));
                }
                (signal_at, deadline) = (self.now.after(HEARD_MAX), self.now.after(CALM_MAX));
            }
            if self.now > deadline {
                return Err(self.never_ends());
            }
            self.pass(false)?;
        }
        Ok(())
    }

    /// A person stops a machine. Is its run one that has begun, so that the others hear of it?
    fn stop(&mut self, index: usize) -> bool {
        let has_begun = self.machines[index].stage() != Some(Stage::Gathering);
        self.signal(index);
        has_begun
    }

    /// The time by which all should have left: a run that begins now would end before it.
    fn deadline(&self) -> Monotonic {
        self.now.after(self.plan.experiment.duration.unwrap_or_default() + CALM_MAX)
    }

    /// The most time that a run can have taken, by a timer that goes too fast, and a wall clock that was behind at the start.
    fn elapsed_max(&self) -> Elapsed {
        let Some(begun) = self.begun else { return Elapsed::default() };
        let time = self.now.since(begun);
        let apart = if C::KIND == ClockKind::Hybrid { APART_MAX } else { Duration::ZERO };
        Elapsed::default().after(time + time / 100 + self.plan.step * HASTE + apart)
    }

    fn somebody_lives(&self) -> bool {
        self.machines.iter().any(Fate::lives_on)
    }

    fn somebody_comes_back(&self) -> bool {
        self.machines.iter().any(|fate| fate.lives_on() && fate.stage().is_none())
    }

    fn never_ends(&self) -> Failure {
        Failure::run(format!("it never ends: at {:?} there are still {}", self.now, self.living()))
    }

    fn living(&self) -> String {
        let stages = self.machines.iter().filter_map(|fate| match fate {
            Fate::Alive { machine, .. } => Some(format!("{} {:?}", machine.id(), machine.stage())),
            Fate::Dead { .. } | Fate::Left { .. } => None,
        });
        stages.collect::<Vec<_>>().join(", ")
    }

    /// Something goes wrong about once in so many steps: seldom enough that a ring gathers, and more often in the short time
    /// of the end.
    pub(super) fn trouble_every(&self) -> u64 {
        let is_at = |stage: fn(Stage) -> bool| self.machines.iter().filter_map(Fate::stage).any(stage);
        match self.plan.trouble_every {
            every if self.begun.is_none() => every * 8,
            every if is_at(|stage| matches!(stage, Stage::Settling { .. })) => every / 5,
            every => every,
        }
    }

    /// May this happen? If so, it is counted.
    pub(super) fn may(&mut self, fault: Fault) -> bool {
        let may = !self.choices.without.contains(&fault) && self.choices.faults.is_none_or(|max| self.faults < max);
        self.faults += u64::from(may);
        may
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
            let reading = self.clocks[index].at(now);
            let dies = storms && self.chance.once_in(20 * trouble_every) && self.may(Fault::Deaths);
            match &mut self.machines[index] {
                Fate::Dead { until } if *until <= now => self.starts(index, storms)?,
                Fate::Alive { machine, paused_until, doom } if *paused_until <= now => {
                    machine.receive(reading)?;
                    if let Some(peer) = machine.refuses_for_ever().filter(|_| !self.harm.is_done()) {
                        let id = machine.id();
                        return Err(Failure::run(format!("{id} refuses messages of {peer} again and again")));
                    }
                    if dies {
                        *doom = Some(self.chance.one_of(&Death::ALL));
                    }
                    let doom = doom.filter(|_| storms);
                    let lives = machine.turn(reading, doom, &mut self.chance)?;
                    if let Some(torn) = machine.take_torn() {
                        let id = machine.id();
                        self.harm.has_cut |= self.harm.machines.contains(&id);
                        demand_part_of_a_row(id, &torn)?;
                    }
                    if !lives {
                        self.dies(index);
                        if doom == Some(Death::DiskFails) && self.plan.power_cuts && self.chance.once_in(2) {
                            self.reboots_soon(index);
                        }
                    } else if let Stage::Left(leaving) = machine.stage() {
                        self.leaves(index, leaving)?;
                    }
                }
                Fate::Alive { .. } | Fate::Dead { .. } | Fate::Left { .. } => {}
            }
        }
        let has_begun = |stage| matches!(stage, Stage::Ticking | Stage::Settling { .. });
        if self.begun.is_none() && self.machines.iter().filter_map(Fate::stage).any(has_begun) {
            self.begun = Some(now);
        }
        Ok(())
    }

    fn starts(&mut self, index: usize, storms: bool) -> Result<(), Failure> {
        let id = MachineId::from_index(index).unwrap_or_else(|| unreachable!("a machine of the ring"));
        let was_known = self.directory.manifest(id).exists();
        self.clocks[index].begin_process(self.now);
        let reading = self.clocks[index].at(self.now);
        self.processes_made += 1;
        let instance = self.processes_made;
        let disk = (self.plan.durable, self.on_disk[index].clone());
        let machine = match Machine::start(id, &self.plan.experiment, &self.directory, disk, instance, reading) {
            Err(_) if self.harm.logs.contains(&id) => return self.fails(index, Cause::Damaged),
            started => started?,
        };
        if storms && self.chance.once_in(8) && self.may(Fault::Deaths) {
            self.dies_at_its_start(&machine, was_known)?;
            self.machines[index] = Fate::Dead { until: self.soon(400).after(self.plan.step) };
        } else {
            self.machines[index] = Fate::Alive { machine: Box::new(machine), paused_until: START, doom: None };
        }
        Ok(())
    }

    /// A machine is done, and says how in its manifest.
    fn leaves(&mut self, index: usize, leaving: Leaving) -> Result<(), Failure> {
        let Fate::Alive { machine, .. } = &self.machines[index] else { return Ok(()) };
        self.on_disk[index] = machine.on_disk();
        let (id, events) = (machine.id(), machine.events());
        let wrong = |what: &str| Err(Failure::run(format!("{id} left {leaving:?}: {what}")));
        let elapsed = machine.elapsed(self.clocks[index].at(self.now));
        let has_wrong_time = self.harm.tampering.is_some_and(Tampering::is_byte);
        if elapsed > self.elapsed_max() && !has_wrong_time {
            return wrong(&format!("it counts {elapsed:?}, and not so much time has passed"));
        }
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

/// No whole line is cut off a log.
fn demand_part_of_a_row(machine: MachineId, torn: &TornEnd) -> Result<(), Failure> {
    match fs::read(&torn.kept_in) {
        Ok(end) if end.contains(&b'\n') => {
            Err(Failure::run(format!("{machine} cuts whole lines off its log: {}", torn.kept_in.display())))
        }
        _ => Ok(()),
    }
}
