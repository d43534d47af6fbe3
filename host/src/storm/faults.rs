//! Whatever goes wrong in a storm, or is asked of its machines.

use clockring::{clock::Clock, machine::Stage, moment::Monotonic};

use super::{
    clocks::Clocks,
    machine::{Cause, Machine},
    wire::Wire,
    world::{Fate, NEVER, World},
};
use crate::{failure::Failure, rundir::StampText};

impl<C> World<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// What the plan has for this moment, and what chance adds.
    pub(super) fn trouble(&mut self) {
        let now = self.now;
        while let Some(due) = self.plan.signals.iter().position(|(at, _)| *at <= now) {
            let (_, machine) = self.plan.signals.swap_remove(due);
            self.signal(machine.index());
        }
        if let Some((_, machine)) = self.plan.absence.filter(|(at, _)| *at <= now) {
            self.goes_away(machine.index());
        }
        let trouble_every = self.trouble_every();
        if self.chance.once_in(trouble_every) {
            self.something_goes_wrong();
        }
    }

    fn something_goes_wrong(&mut self) {
        let machine = self.chance.below(self.machines.len() as u64) as usize;
        let link = self.chance.below(self.links.len() as u64) as usize;
        match self.chance.below(9) {
            0 | 1 => self.pauses(machine),
            2 => self.dies(machine),
            3 => self.sets_clock(machine),
            _ => self.link_fails(link),
        }
    }

    /// A process stands still for a while.
    fn pauses(&mut self, index: usize) {
        let until = self.soon(400);
        if let Fate::Alive { machine, paused_until } = &mut self.machines[index] {
            *paused_until = until;
            self.account.pauses.count(machine.stage());
        }
    }

    /// Somebody sets the wall clock of a computer, whether or not its machine lives.
    fn sets_clock(&mut self, index: usize) {
        self.clocks[index].set_wall(&mut self.chance);
        if let Some(stage) = self.machines[index].stage() {
            self.account.clocks_set.count(stage);
        }
    }

    /// The process of a machine has ended by itself, and said why. A person mends that, and starts it again.
    pub(super) fn fails(&mut self, index: usize, cause: Cause) {
        match cause {
            Cause::ClocksApart => {
                self.account.clocks_apart += 1;
                self.clocks.iter_mut().for_each(Clocks::correct_wall);
            }
        }
        let until = self.soon(400).after(self.plan.step);
        self.is_dead_until(index, until);
    }

    fn link_fails(&mut self, index: usize) {
        let slow_until = self.soon(1_000);
        let link = &self.links[index];
        let Some(wires) = &link.wires else { return };
        let Some(stage) = link.ends.iter().find_map(|end| self.machines[end.index()].stage()) else { return };
        // In one direction, or in both.
        let directions = self.chance.one_of(&[(0, 1), (1, 2), (0, 2)]);
        let wires = &wires[directions.0..directions.1];
        match self.chance.below(5) {
            0 => {
                self.account.silences.count(stage);
                wires.iter().for_each(Wire::fall_silent);
            }
            1 => {
                self.account.slow.count(stage);
                wires.iter().for_each(|wire| wire.slow_down(slow_until));
            }
            2 => {
                self.account.damages.count(stage);
                wires.iter().for_each(Wire::damage);
            }
            _ => {
                self.account.cuts.count(stage);
                self.break_link(index, None);
            }
        }
    }

    /// A machine's process is gone, with everything that was not in its files. It will have another.
    pub(super) fn dies(&mut self, index: usize) {
        let Fate::Alive { machine, .. } = &self.machines[index] else { return };
        self.account.deaths.count(machine.stage());
        let until = self.soon(400).after(self.plan.step);
        self.is_dead_until(index, until);
    }

    fn is_dead_until(&mut self, index: usize, until: Monotonic) {
        self.machines[index] = Fate::Dead { until };
        for link in 0..self.links.len() {
            if let Some(end) = self.links[link].end(index) {
                self.break_link(link, Some(end));
            }
        }
    }

    /// A process that has just started is killed at once, perhaps before its files were whole.
    pub(super) fn dies_at_its_start(&mut self, machine: &Machine<C>, was_known: bool) -> Result<(), Failure> {
        self.account.deaths.count(machine.stage());
        if was_known { Ok(()) } else { machine.unmake(&mut self.chance) }
    }

    fn goes_away(&mut self, index: usize) {
        let is_there = match self.machines[index] {
            Fate::Alive { .. } => true,
            Fate::Dead { until } => until != NEVER,
            Fate::Left { .. } => false,
        };
        if is_there {
            self.account.absences += 1;
            self.is_dead_until(index, NEVER);
        }
    }

    /// A person stops a machine.
    pub(super) fn signal(&mut self, index: usize) {
        let reading = self.clocks[index].at(self.now);
        if let Fate::Alive { machine, .. } = &mut self.machines[index] {
            self.account.signals.count(machine.stage());
            machine.stop(reading);
        }
    }

    /// Is there something that only a person ends: a run without an end, or a machine that others wait for in vain?
    pub(super) fn needs_a_person(&self) -> bool {
        let has_left_early = |fate: &Fate<C>| match fate {
            Fate::Dead { until } => *until == NEVER,
            Fate::Left { is_complete, .. } => !is_complete,
            Fate::Alive { .. } => false,
        };
        self.plan.experiment.duration.is_none() || self.machines.iter().any(has_left_early)
    }

    /// All processes end, and all start once more.
    pub(super) fn all_start_again(&mut self) {
        (0..self.machines.len()).for_each(|index| self.is_dead_until(index, self.now));
    }

    /// Are all in the middle of the run, or after it?
    pub(super) fn all_have_begun(&self) -> bool {
        self.machines.iter().all(|fate| match fate {
            Fate::Alive { machine, .. } => machine.stage() != Stage::Gathering,
            Fate::Dead { .. } => false,
            Fate::Left { .. } => true,
        })
    }
}
