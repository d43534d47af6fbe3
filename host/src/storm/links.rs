//! The links of a storm: connections that are made, break, and are noticed to have broken.

use std::time::Duration;

use clockring::{clock::Clock, moment::Monotonic, ring::MachineId};

use super::{
    START,
    chance::Chance,
    wire::Wire,
    world::{Fate, World},
};
use crate::{failure::Failure, rundir::StampText};

/// The longest that bytes are under way.
const LATENCY_MAX: Duration = Duration::from_millis(400);

/// A link between two machines.
pub(super) struct Link {
    pub(super) ends: [MachineId; 2],
    /// From the first end to the second, and back. `None` while there is no connection.
    pub(super) wires: Option<[Wire; 2]>,
    /// The moments at which the ends notice that the connection is broken; `None` while it is whole.
    notices: Option<[Monotonic; 2]>,
    /// The earliest moment of the next connection.
    dialled: Monotonic,
}

impl Link {
    pub(super) const fn between(ends: [MachineId; 2]) -> Self {
        Self { ends, wires: None, notices: None, dialled: START }
    }

    pub(super) fn end(&self, machine: usize) -> Option<usize> {
        self.ends.iter().position(|end| end.index() == machine)
    }
}

impl<C> World<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// A connection breaks. Each end notices in its own time; the one that is `gone` at once.
    pub(super) fn break_link(&mut self, index: usize, gone: Option<usize>) {
        let mut notices = [(); 2].map(|()| self.soon(300));
        let link = &mut self.links[index];
        let Some(wires) = &link.wires else { return };
        wires.iter().for_each(Wire::cut);
        if let Some(before) = link.notices {
            notices = before;
        }
        if let Some(end) = gone {
            notices[end] = START;
        }
        link.notices = Some(notices);
    }

    /// A machine has left. Its last words still come.
    pub(super) fn close_links(&mut self, machine: usize) {
        for link in &mut self.links {
            if let Some(end) = link.end(machine)
                && link.wires.is_some()
            {
                let mut notices = link.notices.unwrap_or([self.now.after(LATENCY_MAX); 2]);
                notices[end] = START;
                link.notices = Some(notices);
            }
        }
    }

    /// Ends notice broken links, and new connections are made.
    pub(super) fn mend_links(&mut self) -> Result<(), Failure> {
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
                    let reading = self.clocks[end.index()].at(now);
                    if at <= now
                        && let Fate::Alive { machine, .. } = &mut self.machines[end.index()]
                    {
                        machine.link_down(peer, reading);
                    }
                }
                if notices.iter().all(|at| *at <= now) {
                    (link.wires, link.notices) = (None, None);
                    let dialled = self.soon(100);
                    self.links[index].dialled = dialled;
                }
            }
            let link = &self.links[index];
            if link.wires.is_none() && link.dialled <= now {
                self.connect(index)?;
            }
        }
        Ok(())
    }

    fn connect(&mut self, index: usize) -> Result<(), Failure> {
        let [one, other] = self.links[index].ends;
        let now = self.now;
        let Ok([first, second]) = self.machines.get_disjoint_mut([one.index(), other.index()]) else { return Ok(()) };
        let (
            Fate::Alive { machine: first, paused_until: one_until },
            Fate::Alive { machine: second, paused_until: other_until },
        ) = (first, second)
        else {
            return Ok(());
        };
        if *one_until.max(other_until) > now {
            return Ok(());
        }
        let mut wire = || {
            self.wires_made += 1;
            Wire::new(Chance::new(self.plan.experiment.seed, 1 + self.wires_made))
        };
        let (there, back) = (wire(), wire());
        let [at_one, at_other] = [one, other].map(|end| self.clocks[end.index()].at(now));
        let [ours, theirs] = [first.greeting(other, at_one), second.greeting(one, at_other)];
        let one_fails = first.link_up(other, [back.clone(), there.clone()], ours.progress, theirs, at_one)?;
        let other_fails = second.link_up(one, [there.clone(), back.clone()], theirs.progress, ours, at_other)?;
        for wire in [&there, &back] {
            wire.set_time(now);
        }
        self.links[index].wires = Some([there, back]);
        for (end, cause) in [(one, one_fails), (other, other_fails)] {
            if let Some(cause) = cause {
                self.fails(end.index(), cause);
            }
        }
        Ok(())
    }
}
