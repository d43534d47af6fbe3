//! The world of a storm: time, the machines that are alive, the wires between them, and the faults.

use std::time::Duration;

use clockring::{clock::Clock, machine::Leaving, moment::Monotonic, ring::MachineId};

use super::{
    account::Account,
    chance::Chance,
    machine::{Death, Machine},
    plan::Plan,
    wire::Wire,
};
use crate::{
    failure::Failure,
    rundir::{RunDirectory, StampText},
};

/// The longest that bytes are under way.
const LATENCY_MAX: Duration = Duration::from_millis(400);

/// Longest time after the storm until every machine has left.
const CALM_MAX: Duration = Duration::from_secs(60);

/// The beginning of time.
const START: Monotonic = Monotonic::from_ns(0);

/// A machine's process, or the time at which it has one again.
enum Fate<C: Clock> {
    Alive {
        machine: Box<Machine<C>>,
        stopped_until: Monotonic,
    },
    Dead {
        until: Monotonic,
    },
    /// It left by itself, after so many events.
    Left {
        events: u64,
    },
}

/// A link between two machines.
struct Link {
    ends: [MachineId; 2],
    /// From the first end to the second, and back. `None` while there is no connection.
    wires: Option<[Wire; 2]>,
    /// The moments at which the ends notice that the connection is broken; `None` while it is whole.
    notices: Option<[Monotonic; 2]>,
    /// The earliest moment of the next connection.
    dialled: Monotonic,
}

/// Everything.
pub(super) struct World<C: Clock> {
    plan: Plan,
    directory: RunDirectory,
    now: Monotonic,
    machines: Vec<Fate<C>>,
    links: Vec<Link>,
    chance: Chance,
    wires_made: u64,
    account: Account,
}

impl<C> World<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// The world of a plan, before anything has happened.
    pub(super) fn new(plan: Plan, directory: &RunDirectory) -> Result<Self, Failure> {
        let (experiment, seed) = (&plan.experiment, plan.experiment.seed);
        let ring = experiment.ring;
        let pairs = ring.machines().flat_map(|one| ring.machines().map(move |other| [one, other]));
        let link = |ends| Link { ends, wires: None, notices: None, dialled: START };
        let start = |id| {
            let machine = Box::new(Machine::start(id, experiment, directory, START)?);
            Ok(Fate::Alive { machine, stopped_until: START })
        };
        Ok(Self {
            machines: ring.machines().map(start).collect::<Result<_, Failure>>()?,
            links: pairs.filter(|[one, other]| one < other).map(link).collect(),
            directory: directory.clone(),
            now: START,
            chance: Chance::new(seed, 1),
            wires_made: 0,
            account: Account::default(),
            plan,
        })
    }

    /// The storm, and the calm after it.
    pub(super) fn run(mut self) -> Result<Account, Failure> {
        while self.now < START.after(self.plan.storms_for) {
            if self.chance.once_in(self.plan.trouble_every) {
                self.something_goes_wrong();
            }
            self.pass(true)?;
        }
        // All are started once more: a machine that left while a peer was away can still send it the rest.
        for index in 0..self.machines.len() {
            self.dies(index);
            self.machines[index] = Fate::Dead { until: self.now };
        }
        while !self.machines.iter().all(|fate| matches!(fate, Fate::Left { .. })) {
            if self.now > START.after(self.plan.storms_for + CALM_MAX) {
                return Err(Failure::run("it never ends"));
            }
            self.pass(false)?;
        }
        for fate in self.machines {
            if let Fate::Left { events } = fate {
                self.account.events += events;
            }
        }
        Ok(self.account)
    }

    /// A moment less than so many steps from now.
    fn soon(&mut self, steps_max: u64) -> Monotonic {
        self.now.after(self.plan.step * self.chance.below(steps_max) as u32)
    }

    /// A step of time; in a storm, machines may die in it.
    fn pass(&mut self, storms: bool) -> Result<(), Failure> {
        self.now = self.now.after(self.plan.step);
        self.mend_links()?;
        let now = self.now;
        for index in 0..self.machines.len() {
            match &mut self.machines[index] {
                Fate::Dead { until } if *until <= now => {
                    let id = MachineId::from_index(index).unwrap_or_else(|| unreachable!("a machine of the ring"));
                    let machine = Box::new(Machine::start(id, &self.plan.experiment, &self.directory, now)?);
                    self.machines[index] = Fate::Alive { machine, stopped_until: START };
                }
                Fate::Alive { machine, stopped_until } if *stopped_until <= now => {
                    machine.receive(now);
                    let deaths =
                        [Death::BeforeRows, Death::AmidRows, Death::AfterRows, Death::AfterFacts, Death::AmidFrames];
                    let dies = storms && self.chance.once_in(20 * self.plan.trouble_every);
                    let death = dies.then(|| self.chance.one_of(&deaths));
                    if !machine.turn(now, death, &mut self.chance)? {
                        self.dies(index);
                    } else if let Some((leaving, events)) = machine.left() {
                        self.leaves(index, leaving, events)?;
                    }
                }
                Fate::Alive { .. } | Fate::Dead { .. } | Fate::Left { .. } => {}
            }
        }
        Ok(())
    }

    /// A machine is done. Its last words still come.
    fn leaves(&mut self, index: usize, leaving: Leaving, events: u64) -> Result<(), Failure> {
        if leaving != Leaving::Complete {
            return Err(Failure::run(format!("a machine left {leaving:?}")));
        }
        self.machines[index] = Fate::Left { events };
        for link in &mut self.links {
            if let Some(end) = link.ends.iter().position(|end| end.index() == index)
                && link.wires.is_some()
            {
                let mut notices = link.notices.unwrap_or([self.now.after(LATENCY_MAX); 2]);
                notices[end] = START;
                link.notices = Some(notices);
            }
        }
        Ok(())
    }

    fn something_goes_wrong(&mut self) {
        match self.chance.below(3) {
            0 => {
                let index = self.chance.below(self.links.len() as u64) as usize;
                self.break_link(index, None);
                self.account.cuts += 1;
            }
            1 => {
                let index = self.chance.below(self.machines.len() as u64) as usize;
                let until = self.soon(400);
                if let Fate::Alive { stopped_until, .. } = &mut self.machines[index] {
                    *stopped_until = until;
                    self.account.stops += 1;
                }
            }
            _ => {
                let index = self.chance.below(self.machines.len() as u64) as usize;
                self.dies(index);
            }
        }
    }

    /// A machine's process is gone, with everything that was not in its log.
    fn dies(&mut self, index: usize) {
        if !matches!(self.machines[index], Fate::Alive { .. }) {
            return;
        }
        self.account.deaths += 1;
        self.machines[index] = Fate::Dead { until: self.soon(400).after(self.plan.step) };
        for link in 0..self.links.len() {
            if let Some(end) = self.links[link].ends.iter().position(|end| end.index() == index) {
                self.break_link(link, Some(end));
            }
        }
    }

    /// A connection breaks. Each end notices in its own time; the one that is `gone` at once.
    fn break_link(&mut self, index: usize, gone: Option<usize>) {
        let mut notices = [(); 2].map(|()| self.soon(300));
        let link = &mut self.links[index];
        if let Some(wires) = &link.wires {
            wires.iter().for_each(Wire::cut);
        }
        if let Some(before) = link.notices {
            notices = before;
        }
        if let Some(end) = gone {
            notices[end] = START;
        }
        link.notices = Some(notices);
    }

    /// Ends notice broken links, and new connections are made.
    fn mend_links(&mut self) -> Result<(), Failure> {
        let now = self.now;
        for index in 0..self.links.len() {
            let is_cut = |link: &Link| link.wires.iter().flatten().any(Wire::is_broken);
            if self.links[index].notices.is_none() && is_cut(&self.links[index]) {
                self.break_link(index, None);
            }
            let link = &mut self.links[index];
            let [one, other] = link.ends;
            if let Some(wires) = &link.wires {
                wires.iter().for_each(|wire| wire.set_time(now));
            }
            if let Some(notices) = link.notices {
                for (end, peer, at) in [(one, other, notices[0]), (other, one, notices[1])] {
                    if at <= now
                        && let Fate::Alive { machine, .. } = &mut self.machines[end.index()]
                    {
                        machine.link_down(peer, now);
                    }
                }
                if notices.iter().all(|at| *at <= now) {
                    (link.wires, link.notices) = (None, None);
                    let dialled = self.soon(100);
                    self.links[index].dialled = dialled;
                }
            }
            let link = &self.links[index];
            if link.wires.is_none() && link.notices.is_none() && link.dialled <= now {
                self.connect(index)?;
            }
        }
        Ok(())
    }

    fn connect(&mut self, index: usize) -> Result<(), Failure> {
        let [one, other] = self.links[index].ends;
        let mut wire = || {
            self.wires_made += 1;
            Wire::new(Chance::new(self.plan.experiment.seed, 1 + self.wires_made))
        };
        let (there, back) = (wire(), wire());
        let Ok([first, second]) = self.machines.get_disjoint_mut([one.index(), other.index()]) else { return Ok(()) };
        let now = self.now;
        if let (
            Fate::Alive { machine: first, stopped_until: one_until },
            Fate::Alive { machine: second, stopped_until: other_until },
        ) = (first, second)
            && *one_until.max(other_until) <= now
        {
            let [ours, theirs] = [first.greeting(other, now), second.greeting(one, now)];
            first.link_up(other, [back.clone(), there.clone()], ours.progress, theirs, now)?;
            second.link_up(one, [there.clone(), back.clone()], theirs.progress, ours, now)?;
            for wire in [&there, &back] {
                wire.set_time(now);
            }
            self.links[index].wires = Some([there, back]);
        }
        Ok(())
    }
}
