//! The faults of a storm, and the requests to its machines.

use std::time::Duration;

use clockring::{clock::Clock, machine::Stage, moment::Monotonic, ring::MachineId};

use super::{
    choices::Fault,
    clocks::Clocks,
    disk::{Files, Tampering},
    machine::{Cause, Machine},
    wire::Wire,
    world::{Fate, NEVER, World},
};
use crate::{failure::Failure, rundir::StampText};

/// The longest sleep of a computer: longer, and peers that are done with its machine might have left.
const SLEEP_MAX_MS: u64 = 4_000;

impl<C> World<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// The faults of this moment, by the plan and by chance.
    pub(super) fn trouble(&mut self) -> Result<(), Failure> {
        let now = self.now;
        for (_, machine) in self.plan.signals.extract_if(.., |(at, _)| *at <= now).collect::<Vec<_>>() {
            if self.may(Fault::Signals) {
                self.signal(machine.index());
            }
        }
        for (_, index) in self.reboots.extract_if(.., |(at, _)| *at <= now).collect::<Vec<_>>() {
            if self.may(Fault::Power) {
                self.power_fails(index)?;
            }
        }
        if let Some((_, machine)) = self.plan.absence.take_if(|(at, _)| *at <= now)
            && self.may(Fault::Absences)
        {
            self.goes_away(machine.index());
        }
        let trouble_every = self.trouble_every();
        if self.chance.once_in(trouble_every) { self.something_goes_wrong() } else { Ok(()) }
    }

    fn something_goes_wrong(&mut self) -> Result<(), Failure> {
        let machine = self.chance.below(self.machines.len() as u64) as usize;
        let link = self.chance.below(self.links.len() as u64) as usize;
        let fault = match self.chance.below(11) {
            0 | 1 => Fault::Pauses,
            2 => Fault::Deaths,
            3 => Fault::Clocks,
            4 => Fault::Strangers,
            5 | 6 if self.plan.power_cuts => Fault::Power,
            5 | 6 if self.plan.tampering => Fault::Logs,
            _ => Fault::Links,
        };
        if !self.may(fault) {
            return Ok(());
        }
        match fault {
            Fault::Pauses => self.pauses(machine),
            Fault::Deaths => self.dies(machine),
            Fault::Clocks => self.sets_clock(machine),
            Fault::Power => self.power_fails(machine)?,
            Fault::Logs => self.tampers(machine)?,
            Fault::Strangers => self.stranger_comes(machine)?,
            Fault::Links => self.link_fails(link),
            // At moments of the plan.
            Fault::Signals | Fault::Absences => {}
        }
        Ok(())
    }

    /// A process stands still for a while; if its computer sleeps, its timer stands too.
    fn pauses(&mut self, index: usize) {
        let sleeps = self.chance.once_in(4);
        let until = if sleeps {
            self.now.after(Duration::from_millis(self.chance.below(SLEEP_MAX_MS)))
        } else {
            self.soon(400)
        };
        if let Fate::Alive { machine, paused_until, .. } = &mut self.machines[index]
            && *paused_until <= self.now
        {
            *paused_until = until;
            if sleeps {
                self.clocks[index].sleep(self.now, until);
            }
            self.account.pauses.count(machine.stage());
        }
    }

    /// The wall clock of a computer is set, whether or not its machine lives.
    fn sets_clock(&mut self, index: usize) {
        self.clocks[index].set_wall(&mut self.chance);
        if let Some(stage) = self.machines[index].stage() {
            self.account.clocks_set.count(stage);
        }
    }

    /// A computer loses power, or all do.
    fn power_fails(&mut self, index: usize) -> Result<(), Failure> {
        let computers = if self.chance.once_in(4) { 0..self.machines.len() } else { index..index + 1 };
        for index in computers {
            let Some(machine) = MachineId::from_index(index) else { continue };
            if let Some(stage) = self.machines[index].stage() {
                self.account.power_cuts.count(stage);
            }
            if self.machines[index].lives_on() {
                let until = self.soon(400).after(self.plan.step);
                self.is_dead_until(index, until);
            }
            let files = Files::of(machine, &self.directory);
            let lost = files.lose_power(&self.on_disk[index], &mut self.chance);
            let [log, manifest] = lost.map_err(|error| Failure::run(format!("{machine}: {error}")))?;
            if self.plan.durable {
                // Nothing of it was said to anybody, or it would be on the disk.
                continue;
            }
            if log {
                self.harm.logs.push(machine);
            }
            if log || manifest {
                self.harm.machines.push(machine);
            }
        }
        Ok(())
    }

    /// A disk failed, and its computer loses power soon after the machine has come back.
    pub(super) fn reboots_soon(&mut self, index: usize) {
        let Fate::Dead { until } = self.machines[index] else { return };
        let back_for = self.plan.step * self.chance.below(200) as u32;
        self.reboots.push((until.after(back_for), index));
    }

    /// A machine dies, and before it comes back its log is changed. Once in a storm.
    fn tampers(&mut self, index: usize) -> Result<(), Failure> {
        let Some(machine) = MachineId::from_index(index) else { return Ok(()) };
        self.dies(index);
        let tampering = Files::of(machine, &self.directory).tamper(&mut self.chance);
        if let Some(tampering) = tampering.map_err(|error| Failure::run(format!("{machine}: {error}")))? {
            self.plan.tampering = false;
            self.harm.tampering = Some(tampering);
            self.account.tampered += 1;
            self.harm.logs.push(machine);
            self.harm.machines.push(machine);
        }
        Ok(())
    }

    /// The process of a machine has ended by itself, and said why.
    ///
    /// # Errors
    /// If there was no reason.
    pub(super) fn fails(&mut self, index: usize, cause: Cause) -> Result<(), Failure> {
        let Some(machine) = MachineId::from_index(index) else { return Ok(()) };
        // A changed row claims a message that was never sent, and its sender takes its own log for the wrong one.
        let is_claimed = cause == Cause::LostRows && self.harm.tampering.is_some_and(Tampering::is_byte);
        let until = match cause {
            Cause::ClocksApart => {
                // A person mends that, and starts it again.
                self.account.clocks_apart += 1;
                self.clocks.iter_mut().for_each(Clocks::correct_wall);
                self.soon(400).after(self.plan.step)
            }
            Cause::LostRows | Cause::Damaged | Cause::Unwanted
                if is_claimed || self.harm.machines.contains(&machine) =>
            {
                self.account.refused += 1;
                self.harm.refused.push(machine);
                NEVER
            }
            Cause::LostRows | Cause::Damaged | Cause::Unwanted => {
                return Err(Failure::run(format!("{machine} does not go on ({cause:?}), and nothing was lost")));
            }
        };
        self.is_dead_until(index, until);
        Ok(())
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
        if let Fate::Alive { machine, .. } = &self.machines[index] {
            self.on_disk[index] = machine.on_disk();
        }
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
        if self.machines[index].lives_on() {
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
        self.plan.experiment.duration.is_none() || self.harm.is_done() || self.machines.iter().any(has_left_early)
    }

    /// All processes end, and all start once more.
    pub(super) fn all_start_again(&mut self) {
        (0..self.machines.len()).for_each(|index| self.is_dead_until(index, self.now));
    }

    /// Are all in the middle of the run, or after it?
    pub(super) fn all_have_begun(&self) -> bool {
        self.machines.iter().all(|fate| match fate {
            Fate::Alive { machine, .. } => machine.stage() != Stage::Gathering,
            Fate::Dead { until } => *until == NEVER,
            Fate::Left { .. } => true,
        })
    }
}
