//! The links of a storm: connections that are made, break, and are noticed to have broken.

use std::time::Duration;

use clockring::{
    clock::Clock,
    handshake::{Answer, Greeting},
    moment::Monotonic,
    ring::MachineId,
};

use super::{
    START,
    chance::Chance,
    machine::{Cause, Machine},
    wire::Wire,
    world::{Fate, World},
};
use crate::{failure::Failure, link::Refusal, rundir::StampText};

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
        // What a process has said, its computer delivers after its death.
        let last_words_come = gone.is_some() && self.chance.once_in(2);
        let link = &mut self.links[index];
        let Some(wires) = &link.wires else { return };
        wires.iter().for_each(if last_words_come { Wire::end } else { Wire::cut });
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
            self.call_early(index)?;
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

    /// The caller may call again before the other end has noticed that the connection is broken. A process that is known
    /// gets its place at once, and another one of the name has to wait.
    fn call_early(&mut self, index: usize) -> Result<(), Failure> {
        let now = self.now;
        let link = &self.links[index];
        let Some(notices) = link.notices else { return Ok(()) };
        let ends = self.caller_and_callee(index);
        let [calls, is_called] = if ends == link.ends { notices } else { [notices[1], notices[0]] };
        if calls > now || is_called <= now || link.dialled > now {
            return Ok(());
        }
        let dialled = self.soon(100);
        self.links[index].dialled = dialled;
        let [at_caller, at_callee] = ends.map(|end| self.clocks[end.index()].at(now));
        let Some([caller, callee]) = self.both_awake(ends) else { return Ok(()) };
        let (ours, theirs) = (caller.greeting(ends[1], at_caller), callee.greeting(ends[0], at_callee));
        let known = callee.known(ends[0]);
        match known.answer(&theirs, &ours) {
            Answer::NameTaken if known.instance == Some(ours.instance) => {
                Err(Failure::run(format!("{} takes {} for another", ends[1], ends[0])))
            }
            Answer::Welcome => {
                self.links[index].notices = Some([now; 2]);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// One end calls the other, and both judge the greetings.
    fn connect(&mut self, index: usize) -> Result<(), Failure> {
        let now = self.now;
        let ends = self.caller_and_callee(index);
        let [at_caller, at_callee] = ends.map(|end| self.clocks[end.index()].at(now));
        let Some([caller, callee]) = self.both_awake(ends) else { return Ok(()) };
        let (ours, theirs) = (caller.greeting(ends[1], at_caller), callee.greeting(ends[0], at_callee));
        let answer = callee.known(ends[0]).answer(&theirs, &ours);
        let theirs = Greeting { answer, ..theirs };
        let known = caller.known(ends[1]);
        let judgement = known.judge_answer(&ours, &theirs);
        if answer == Answer::Welcome {
            self.link_up(index, ends, [ours, theirs], judgement.is_ok())?;
        }
        let Err(why) = judgement else { return Ok(()) };
        self.note_refusal(ends, &why)?;
        if known.must_leave(&why, true) { self.fails(ends[0].index(), Cause::Unwanted) } else { Ok(()) }
    }

    /// The ends of a link, the one that calls first.
    fn caller_and_callee(&self, index: usize) -> [MachineId; 2] {
        let [one, other] = self.links[index].ends;
        if self.plan.experiment.ring.dials(one, other) { [one, other] } else { [other, one] }
    }

    /// Both machines, if their processes run.
    fn both_awake(&mut self, ends: [MachineId; 2]) -> Option<[&mut Machine<C>; 2]> {
        let now = self.now;
        let [one, other] = self.machines.get_disjoint_mut(ends.map(MachineId::index)).ok()?;
        Some([one.awake(now)?, other.awake(now)?])
    }

    /// A connection that the callee takes for a link. The caller may not: it hangs up then.
    fn link_up(
        &mut self,
        index: usize,
        ends: [MachineId; 2],
        greetings: [Greeting; 2],
        is_taken: bool,
    ) -> Result<(), Failure> {
        let now = self.now;
        let mut wire = || {
            self.wires_made += 1;
            let wire = Wire::new(Chance::new(self.plan.experiment.seed, 1 + self.wires_made));
            wire.set_time(now);
            wire
        };
        let (there, back) = (wire(), wire());
        let readings = ends.map(|end| self.clocks[end.index()].at(now));
        let Some([caller, callee]) = self.both_awake(ends) else { return Ok(()) };
        let [ours, theirs] = greetings;
        let caller_fails = if is_taken {
            caller.link_up(ends[1], [back.clone(), there.clone()], ours.progress, theirs, readings[0])?
        } else {
            None
        };
        let callee_fails =
            callee.link_up(ends[0], [there.clone(), back.clone()], theirs.progress, ours, readings[1])?;
        let link = &mut self.links[index];
        link.wires = Some(if link.ends == ends { [there, back] } else { [back, there] });
        if !is_taken {
            let caller = link.end(ends[0].index());
            self.break_link(index, caller);
        }
        for (end, cause) in ends.into_iter().zip([caller_fails, callee_fails]) {
            if let Some(cause) = cause {
                self.fails(end.index(), cause)?;
            }
        }
        Ok(())
    }

    /// Two machines do not become linked, and one of them says so.
    fn note_refusal(&mut self, ends: [MachineId; 2], why: &Refusal) -> Result<(), Failure> {
        match ends.into_iter().find(|end| self.harm.machines.contains(end)) {
            Some(harmed) => {
                self.harm.refused.push(harmed);
                Ok(())
            }
            None => Err(Failure::run(format!("{} does not take {}: {why}", ends[0], ends[1]))),
        }
    }
}
