//! Theory beside a run, where it applies: it knows sound machines that tick as they were asked to, for the same time.

use crate::{
    check::Log,
    experiment::Pace,
    rundir::RunFigures,
    theory::{Expectation, expect},
    trace::Trace,
};

/// Theory's figures for a run.
pub(super) enum Expected {
    /// One of each machine, in ring order.
    Machines(Vec<Expectation>),
    /// None, and the reason.
    Nothing(String),
}

/// The largest difference from the rates asked for, and from one time for all, that leaves theory something to say.
const TOLERANCE: f64 = 0.05;

impl Expected {
    pub(super) fn new(run: &Trace, figures: &RunFigures, has_faults: bool) -> Self {
        match rates(run, figures, has_faults) {
            Ok((rates, sides)) => Self::Machines(expect(&rates, sides)),
            Err(why) => Self::Nothing(why),
        }
    }

    /// Theory's figures for one machine.
    pub(super) fn machine(&self, index: usize) -> Option<&Expectation> {
        match self {
            Self::Machines(machines) => machines.get(index),
            Self::Nothing(_) => None,
        }
    }
}

/// The rates and the sides of the die, or the reason why theory does not apply.
fn rates(run: &Trace, figures: &RunFigures, has_faults: bool) -> Result<(Vec<f64>, u32), String> {
    let logs = &run.run.logs;
    if !run.run.missing.is_empty() {
        return Err("it takes the rates of all machines, and not all logs are here".to_owned());
    }
    if run.verdict.violations.total() > 0 {
        return Err("the logs contradict each other".to_owned());
    }
    if has_faults {
        return Err("it knows no deaths, no broken links and no lost messages".to_owned());
    }
    let rate = |log: &Log| match log.manifest.rate {
        Pace::Rate(rate) => Ok(rate.millionths() as f64 / 1e6),
        Pace::Max => Err(format!("{} ticked as fast as it could, at no rate", log.machine)),
    };
    let rates = logs.iter().map(rate).collect::<Result<Vec<f64>, String>>()?;
    for ((log, machine), rate) in logs.iter().zip(&figures.machines).zip(&rates) {
        if let Some(achieved) = machine.rate_achieved.filter(|achieved| (achieved / rate - 1.0).abs() > TOLERANCE) {
            return Err(format!("{} was to tick at a rate of {rate} a second and achieved {achieved:.3}", log.machine));
        }
        let ticked_s = log.summary.ticks as f64 / rate;
        if ticked_s + 1.0 / rate < (1.0 - TOLERANCE) * figures.length_s {
            return Err(format!("{} did not tick for as long as the run lasted", log.machine));
        }
    }
    let sides = run.manifests().next().map(|manifest| manifest.sides);
    sides.map(|sides| (rates, sides)).ok_or_else(|| "there is no log".to_owned())
}
