//! One turn of a machine, and the points in it at which it dies.

use std::fmt::Display;

use clockring::{
    clock::Clock,
    machine::{Input, Leaving, Stage},
};

use super::Machine;
use crate::{
    driver::peer::Source,
    failure::Failure,
    rundir::{DiskFault, Ended, StampText},
    storm::{chance::Chance, clocks::Reading},
};

/// The most ticks of one turn.
const BATCH_MAX: usize = 4;

/// The points in a turn at which a machine dies: in the first turn that has rows, or facts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::storm) enum Death {
    /// Before its rows are written.
    BeforeRows,
    /// While they are written: some bytes of them are in the log.
    AmidRows,
    /// While they are written, since the disk is full.
    DiskFull,
    /// Once they are written, since the disk does not keep them; if the log is not durable, nobody notices.
    DiskFails,
    /// Once they are written, and on the disk if the log is durable; none of their frames is sent.
    AfterRows,
    /// Before the facts that are due are in the manifest; everything that may be said was said.
    BeforeFacts,
    /// Once they are; no peer was told.
    AfterFacts,
    /// Once some peers have been sent theirs.
    AmidFrames,
}

impl Death {
    /// Does it come with rows to be written?
    const fn is_of_rows(self) -> bool {
        !matches!(self, Self::BeforeFacts | Self::AfterFacts | Self::AmidFrames)
    }

    pub(in crate::storm) const ALL: [Self; 8] = [
        Self::BeforeRows,
        Self::AmidRows,
        Self::DiskFull,
        Self::DiskFails,
        Self::AfterRows,
        Self::BeforeFacts,
        Self::AfterFacts,
        Self::AmidFrames,
    ];
}

impl<C> Machine<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// One turn: the effects of time alone, the ticks that are due, their rows, the facts due in the manifest, frames.
    /// Returns whether the machine is still alive.
    pub(in crate::storm) fn turn(
        &mut self,
        now: Reading,
        death: Option<Death>,
        chance: &mut Chance,
    ) -> Result<bool, Failure> {
        self.core.proceed(now.timer);
        self.begin(now)?;
        self.tick(now);
        self.say_early(now, chance)?;
        if !self.write_rows(death, chance)? {
            return Ok(false);
        }
        self.core.logged();
        let has_facts = death.is_some() && self.core.due().next().is_some();
        if death == Some(Death::BeforeFacts) && has_facts {
            self.say(self.peers.len(), now)?;
            return Ok(false);
        }
        self.say_early(now, chance)?;
        self.settle(now)?;
        if death == Some(Death::AfterFacts) && has_facts {
            return Ok(false);
        }
        let dies = death == Some(Death::AmidFrames);
        let peers = if dies { chance.below(self.peers.len() as u64) as usize } else { self.peers.len() };
        self.say(peers, now)?;
        Ok(!dies)
    }

    /// Writes the rows of this turn. Returns whether the machine is still alive.
    fn write_rows(&mut self, death: Option<Death>, chance: &mut Chance) -> Result<bool, Failure> {
        let (id, ticks) = (self.id(), self.stage() == Stage::Ticking);
        // The file is asked only where the answer matters: this is every turn of every machine.
        let before = if death.is_some() { self.log_length() } else { 0 };
        let failed = |what: &dyn Display| Failure::run(format!("{id}: {what}"));
        let Some(log) = &mut self.log else { return Ok(!death.is_some_and(Death::is_of_rows)) };
        let rows = log.pending_bytes();
        let death = death.filter(|death| death.is_of_rows() && (rows > 0 || !ticks));
        match death {
            Some(Death::BeforeRows) => return Ok(false),
            Some(Death::DiskFull) => log.fail_next(DiskFault::Full { room: chance.below(rows as u64) as usize }),
            Some(Death::DiskFails) => log.fail_next(DiskFault::Sync),
            _ => {}
        }
        let written = log.commit();
        match death {
            None => written.map(|()| true).map_err(|error| failed(&error)),
            Some(Death::DiskFull) if self.log_length() != before => {
                Err(failed(&"the disk was full, and a part of the rows is in the log"))
            }
            Some(Death::AmidRows) => {
                self.tear(before + chance.below(self.log_length() - before + 1));
                Ok(false)
            }
            Some(_) => Ok(false),
        }
    }

    /// A driver may ask for frames at any time: what is not logged or written is not said.
    fn say_early(&mut self, now: Reading, chance: &mut Chance) -> Result<(), Failure> {
        if chance.once_in(8) { self.say(self.peers.len(), now) } else { Ok(()) }
    }

    /// Sends what there is to say to so many peers.
    fn say(&mut self, peers: usize, now: Reading) -> Result<(), Failure> {
        let source = self.log.as_ref().map(|log| Source { ring: self.experiment.ring, log: log.path() });
        for peer in &mut self.peers[..peers] {
            peer.flush(&mut self.core, now.timer, source)
                .map_err(|error| Failure::run(format!("{}: {error}", peer.id)))?;
        }
        Ok(())
    }

    /// The run begins, or goes on.
    fn begin(&mut self, now: Reading) -> Result<(), Failure> {
        let stage = self.core.stage();
        if self.is_running || matches!(stage, Stage::Gathering | Stage::Left(_)) {
            return Ok(());
        }
        self.is_running = true;
        if let Some(left) = self.left.take() {
            let (log, torn) = left.go_on().map_err(|error| Failure::run(format!("{}: {error}", self.id())))?;
            (self.log, self.torn) = (Some(log), torn);
        }
        if !self.has_begun {
            self.manifest.started = self.physical(now).start_of(self.core.elapsed(now.timer));
        } else if stage == Stage::Ticking {
            self.manifest.restarts.push(self.core.ticks() + 1);
        }
        self.manifest.run = self.manifest.run.or(self.run.number);
        self.physical_time.start_at(self.manifest.started);
        self.core.start_at(self.manifest.started);
        // Times in the log are counted from the start in it.
        self.write_manifest(true)
    }

    fn tick(&mut self, now: Reading) {
        for _ in 0..BATCH_MAX {
            let elapsed = self.core.elapsed(now.timer);
            if self.core.stage() != Stage::Ticking {
                break;
            }
            if self.course.is_over(elapsed) {
                self.tell(Input::Over, now);
                break;
            }
            let misses_something = self.core.is_catching_up() && self.inbox.is_empty();
            if misses_something || self.course.take_tick(elapsed).is_none() {
                break;
            }
            let taken = self.inbox.pop_counted();
            let row = self.course.make(&mut self.core, taken, self.manifest.started, now.timer);
            if let Some(log) = &mut self.log {
                log.add(&row);
            }
        }
    }

    fn settle(&mut self, now: Reading) -> Result<(), Failure> {
        if matches!(self.core.stage(), Stage::Settling { .. }) {
            while let Some(received) = self.inbox.pop() {
                self.accounting.leave(&received.message, &self.manifest);
            }
            let due = self.accounting.note(&self.core, &mut self.manifest, now.timer);
            if !due.is_empty() {
                self.write_manifest(self.durable)?;
                due.into_iter().for_each(|fact| self.core.written(fact));
                self.core.proceed(now.timer);
            }
        }
        if self.core.stage() == Stage::Left(Leaving::Incomplete) {
            self.manifest.ended = Some(Ended::Incomplete);
            self.write_manifest(self.durable)?;
        }
        Ok(())
    }
}
