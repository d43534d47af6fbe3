//! The judgement of a storm's logs: they are right and come out again, or the fault is told.

use clockring::clock::Clock;

use super::world::World;
use crate::{
    check::{self, Run, Verdict, Violations},
    failure::Failure,
    replay::{Difference, replay},
    rundir::{Ended, Manifest, StampText},
};

impl<C> World<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// While not all have ended in good order, `check` says that the run is not finished; and right so far, unless files
    /// were harmed.
    pub(super) fn demand_unfinished(&self) -> Result<(), Failure> {
        let has_ended = |machine| {
            let manifest = Manifest::read(&self.directory.manifest(machine));
            manifest.is_ok_and(|manifest| manifest.ended.is_some_and(Ended::is_in_good_order))
        };
        if self.plan.experiment.ring.machines().all(has_ended) {
            return Ok(());
        }
        // An unreadable one says so.
        let Ok(run) = Run::load(&self.directory) else { return Ok(()) };
        let Verdict { unfinished, violations, .. } = check::judge(&run);
        if unfinished.is_empty() && violations.total() == 0 {
            return Err(Failure::run("not all machines have ended, and check calls the run right and finished"));
        }
        if self.harm.is_done() { Ok(()) } else { demand_right(&violations) }
    }

    /// The logs are right, and come out again. Where files were harmed, they need not; but if a byte that rows tell
    /// is another, it is told.
    pub(super) fn judge(&self) -> Result<(), Failure> {
        let fault = self.first_fault();
        let is_told = fault.is_err() || self.harm.has_cut || !self.harm.refused.is_empty() || !self.have_all_ended();
        if let Some(tampering) = self.harm.tampering.filter(|tampering| tampering.tells() && !is_told) {
            return Err(Failure::run(format!("a log was changed, and nobody says so: {tampering:?}")));
        }
        match fault {
            Err(_) if self.harm.is_done() => Ok(()),
            result => result,
        }
    }

    fn first_fault(&self) -> Result<(), Failure> {
        let run = Run::load(&self.directory)?;
        demand_right(&check::judge(&run).violations)?;
        for log in &run.logs {
            let replayed = replay(&self.directory, &log.manifest).map_err(|error| Failure::run(error.to_string()))?;
            if let Some(Difference { line, why, .. }) = replayed.difference {
                return Err(Failure::run(format!("{}: line {line} is replayed otherwise: {why}", log.machine)));
            }
            if Some(replayed.rows) != log.manifest.ticks {
                let rows = replayed.rows;
                return Err(Failure::run(format!("{}: {rows} rows came out again, and not all", log.machine)));
            }
        }
        Ok(())
    }
}

fn demand_right(violations: &Violations) -> Result<(), Failure> {
    let Some(first) = violations.kept().first() else { return Ok(()) };
    let (total, rule) = (violations.total(), first.rule);
    Err(Failure::run(format!("{total} violations; the first breaks {rule:?}: {}", first.text)))
}
