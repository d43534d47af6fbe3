//! The world of a storm: time, the machines that are alive, the wires between them, and the faults.

use std::{ops::AddAssign, time::Duration};

use clockring::{
    clock::Clock,
    machine::Leaving,
    moment::Monotonic,
    ring::{MachineId, RingSize},
    time::Rate,
};

use super::{
    chance::Chance,
    machine::{Death, Machine},
    wire::Wire,
};
use crate::{
    experiment::{Experiment, Pace, PhaseChoice},
    failure::Failure,
    rundir::{RunDirectory, StampText},
};

/// Time passes in steps.
const STEP_NS: u64 = 1_000_000;

/// The longest that bytes are under way.
const LATENCY_MAX_NS: u64 = 400 * STEP_NS;

/// The time that machines tick.
const LENGTH_NS: u64 = 2_000 * STEP_NS;

/// Longest time after the storm until every machine has left.
const CALM_MAX_NS: u64 = 60_000 * STEP_NS;

/// The account of a storm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Account {
    /// Machines that died.
    pub deaths: u64,
    /// Machines that were stopped for a while.
    pub stops: u64,
    /// Links that were cut.
    pub cuts: u64,
    /// Events that were logged.
    pub events: u64,
}

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.deaths += other.deaths;
        self.stops += other.stops;
        self.cuts += other.cuts;
        self.events += other.events;
    }
}

/// A machine's process, or the time at which it has one again.
enum Fate<C: Clock> {
    Alive {
        machine: Box<Machine<C>>,
        stopped_until_ns: u64,
    },
    Dead {
        until_ns: u64,
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
    notices_ns: Option<[u64; 2]>,
    /// The earliest moment of the next connection.
    dialled_ns: u64,
}

/// Everything.
pub(super) struct World<C: Clock> {
    experiment: Experiment,
    directory: RunDirectory,
    now_ns: u64,
    machines: Vec<Fate<C>>,
    links: Vec<Link>,
    chance: Chance,
    seed: u64,
    wires_made: u64,
    /// Something goes wrong about once in so many steps.
    trouble_every: u64,
    account: Account,
}

impl<C> World<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// The world of a seed: how many machines, how fast, which die, how rough.
    pub(super) fn new(seed: u64, directory: &RunDirectory) -> Result<Self, Failure> {
        let mut chance = Chance::new(seed, 0);
        let ring = RingSize::new(2 + chance.below(3) as usize).unwrap_or_else(|| unreachable!("2 to 4 is a ring"));
        let rates = ring.machines().map(|_| Rate::per_second(chance.one_of(&[5, 20, 100, 400])).map(Pace::Rate));
        let experiment = Experiment {
            ring,
            rates: rates.collect(),
            sides: (ring.get() as u64 + chance.below(6)) as u32,
            seed,
            phase: PhaseChoice::Random,
            clock: C::KIND,
            duration: Some(Duration::from_nanos(LENGTH_NS)),
        };
        let pairs = ring.machines().flat_map(|one| ring.machines().map(move |other| [one, other]));
        let link = |ends| Link { ends, wires: None, notices_ns: None, dialled_ns: 0 };
        let start = |id| {
            let machine = Box::new(Machine::start(id, &experiment, directory, Monotonic::default())?);
            Ok(Fate::Alive { machine, stopped_until_ns: 0 })
        };
        Ok(Self {
            machines: ring.machines().map(start).collect::<Result<_, Failure>>()?,
            links: pairs.filter(|[one, other]| one < other).map(link).collect(),
            experiment,
            directory: directory.clone(),
            now_ns: 0,
            trouble_every: chance.one_of(&[10, 30, 100]),
            chance,
            seed,
            wires_made: 0,
            account: Account::default(),
        })
    }

    /// The storm, and the calm after it.
    pub(super) fn run(mut self) -> Result<Account, Failure> {
        while self.now_ns < LENGTH_NS + LENGTH_NS / 2 {
            if self.chance.once_in(self.trouble_every) {
                self.something_goes_wrong();
            }
            self.pass(true)?;
        }
        // All are started once more: a machine that left while a peer was away can still send it the rest.
        for index in 0..self.machines.len() {
            self.dies(index);
            self.machines[index] = Fate::Dead { until_ns: self.now_ns };
        }
        while !self.machines.iter().all(|fate| matches!(fate, Fate::Left { .. })) {
            if self.now_ns > 2 * LENGTH_NS + CALM_MAX_NS {
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

    fn now(&self) -> Monotonic {
        Monotonic::from_ns(self.now_ns)
    }

    /// A step of time; in a storm, machines may die in it.
    fn pass(&mut self, storms: bool) -> Result<(), Failure> {
        self.now_ns += STEP_NS;
        self.mend_links()?;
        let now = self.now();
        for index in 0..self.machines.len() {
            match &mut self.machines[index] {
                Fate::Dead { until_ns } if *until_ns <= self.now_ns => {
                    let id = MachineId::from_index(index).unwrap_or_else(|| unreachable!("a machine of the ring"));
                    let machine = Box::new(Machine::start(id, &self.experiment, &self.directory, now)?);
                    self.machines[index] = Fate::Alive { machine, stopped_until_ns: 0 };
                }
                Fate::Alive { machine, stopped_until_ns } if *stopped_until_ns <= self.now_ns => {
                    machine.receive(now);
                    let deaths =
                        [Death::BeforeRows, Death::AmidRows, Death::AfterRows, Death::AfterFacts, Death::AmidFrames];
                    let dies = storms && self.chance.once_in(20 * self.trouble_every);
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
                let mut notices_ns = link.notices_ns.unwrap_or([self.now_ns + LATENCY_MAX_NS; 2]);
                notices_ns[end] = 0;
                link.notices_ns = Some(notices_ns);
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
                let until_ns = self.now_ns + self.chance.below(400) * STEP_NS;
                if let Fate::Alive { stopped_until_ns, .. } = &mut self.machines[index] {
                    *stopped_until_ns = until_ns;
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
        self.machines[index] = Fate::Dead { until_ns: self.now_ns + (1 + self.chance.below(400)) * STEP_NS };
        for link in 0..self.links.len() {
            if let Some(end) = self.links[link].ends.iter().position(|end| end.index() == index) {
                self.break_link(link, Some(end));
            }
        }
    }

    /// A connection breaks. Each end notices in its own time; the one that is `gone` at once.
    fn break_link(&mut self, index: usize, gone: Option<usize>) {
        let mut notices_ns = [(); 2].map(|()| self.now_ns + self.chance.below(300) * STEP_NS);
        let link = &mut self.links[index];
        if let Some(wires) = &link.wires {
            wires.iter().for_each(Wire::cut);
        }
        if let Some(before) = link.notices_ns {
            notices_ns = before;
        }
        if let Some(end) = gone {
            notices_ns[end] = 0;
        }
        link.notices_ns = Some(notices_ns);
    }

    /// Ends notice broken links, and new connections are made.
    fn mend_links(&mut self) -> Result<(), Failure> {
        let now = self.now();
        for index in 0..self.links.len() {
            let is_cut = |link: &Link| link.wires.iter().flatten().any(Wire::is_broken);
            if self.links[index].notices_ns.is_none() && is_cut(&self.links[index]) {
                self.break_link(index, None);
            }
            let link = &mut self.links[index];
            let [one, other] = link.ends;
            if let Some(wires) = &link.wires {
                wires.iter().for_each(|wire| wire.set_time(self.now_ns));
            }
            if let Some(notices_ns) = link.notices_ns {
                for (end, peer, at_ns) in [(one, other, notices_ns[0]), (other, one, notices_ns[1])] {
                    if at_ns <= self.now_ns
                        && let Fate::Alive { machine, .. } = &mut self.machines[end.index()]
                    {
                        machine.link_down(peer, now);
                    }
                }
                if notices_ns.iter().all(|at_ns| *at_ns <= self.now_ns) {
                    link.wires = None;
                    link.notices_ns = None;
                    link.dialled_ns = self.now_ns + self.chance.below(100) * STEP_NS;
                }
            }
            if link.wires.is_none() && link.notices_ns.is_none() && link.dialled_ns <= self.now_ns {
                self.connect(index)?;
            }
        }
        Ok(())
    }

    fn connect(&mut self, index: usize) -> Result<(), Failure> {
        let [one, other] = self.links[index].ends;
        let mut wire = || {
            self.wires_made += 1;
            Wire::new(Chance::new(self.seed, self.wires_made))
        };
        let (there, back) = (wire(), wire());
        let Ok([first, second]) = self.machines.get_disjoint_mut([one.index(), other.index()]) else { return Ok(()) };
        let now_ns = self.now_ns;
        let is_awake = |stopped_until_ns: u64| stopped_until_ns <= now_ns;
        if let (
            Fate::Alive { machine: first, stopped_until_ns: one_until },
            Fate::Alive { machine: second, stopped_until_ns: other_until },
        ) = (first, second)
            && is_awake(*one_until)
            && is_awake(*other_until)
        {
            let now = Monotonic::from_ns(now_ns);
            let [ours, theirs] = [first.greeting(other, now), second.greeting(one, now)];
            first.link_up(other, [back.clone(), there.clone()], ours.progress, theirs, now)?;
            second.link_up(one, [there.clone(), back.clone()], theirs.progress, ours, now)?;
            for wire in [&there, &back] {
                wire.set_time(now_ns);
            }
            self.links[index].wires = Some([there, back]);
        }
        Ok(())
    }
}
