//! The measures of a sweep, machine by machine: from one run to many.

use std::convert::Infallible;

use clockring::{
    clock::LamportStamp,
    message::Message,
    ring::{MachineId, RingSize},
};
use serde::{Deserialize, Serialize};

use super::moments::Moments;
use crate::{
    rundir::{Left, Row, Summary},
    sim::{Recorder, Scenario},
    theory::{Expectation, expect},
};

/// A measure of a machine in each run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// The mean clock jump ([`Summary::jump_mean`]).
    JumpMean,
    /// The largest clock jump.
    JumpMax,
    /// Its clock's distance behind that of the fastest machine at the end: of several that are equally fast, the first
    /// in ring order.
    Drift,
    /// Messages waiting at the end ([`Figures::waiting`](crate::rundir::Figures::waiting)).
    QueueFinal,
    /// The most messages waiting in the queue, after an event or at the end.
    QueueMax,
    /// The share of ticks that receive, 0 to 1.
    ReceiveShare,
}

impl Measure {
    /// Every measure, in the order of tables.
    pub const ALL: [Self; 6] =
        [Self::JumpMean, Self::JumpMax, Self::Drift, Self::QueueFinal, Self::QueueMax, Self::ReceiveShare];

    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::JumpMean => "jump_mean",
            Self::JumpMax => "jump_max",
            Self::Drift => "drift",
            Self::QueueFinal => "queue_final",
            Self::QueueMax => "queue_max",
            Self::ReceiveShare => "receive_share",
        }
    }

    /// The fluid limit's value of it, if any.
    fn expected(self, expectation: &Expectation, scenario: &Scenario) -> Option<f64> {
        let duration = scenario.duration();
        match self {
            Self::JumpMean => Some(expectation.jump_mean),
            Self::Drift => Some(expectation.drift_after(duration)),
            Self::QueueFinal => Some(expectation.queue_after(duration)),
            Self::ReceiveShare => Some(expectation.receive_share),
            Self::JumpMax | Self::QueueMax => None,
        }
    }
}

/// One machine over many runs.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Its rate, which differs from run to run where it is drawn.
    pub rate: Moments,
    observed: [Moments; Measure::ALL.len()],
    expected: [Moments; Measure::ALL.len()],
}

impl Tally {
    /// The observations.
    pub fn observed(&self, measure: Measure) -> &Moments {
        &self.observed[measure as usize]
    }

    /// The value expected by theory; on average, if rates are drawn.
    pub fn expected(&self, measure: Measure) -> Option<f64> {
        self.expected[measure as usize].mean()
    }

    /// Adds the runs of another tally.
    pub fn merge(&mut self, other: &Self) {
        let ours = std::iter::once(&mut self.rate).chain(&mut self.observed).chain(&mut self.expected);
        let theirs = std::iter::once(&other.rate).chain(&other.observed).chain(&other.expected);
        ours.zip(theirs).for_each(|(ours, theirs)| ours.merge(theirs));
    }
}

/// One run as it is simulated.
#[derive(Clone, Debug, Default)]
pub(super) struct Measurement {
    summaries: [Summary; RingSize::MAX],
    left: [Left; RingSize::MAX],
}

impl Recorder<LamportStamp> for Measurement {
    type Error = Infallible;

    #[inline]
    fn event(&mut self, machine: MachineId, row: &Row<LamportStamp>) -> Result<(), Infallible> {
        self.summaries[machine.index()].add(row);
        Ok(())
    }

    fn left(&mut self, machine: MachineId, message: &Message<LamportStamp>) -> Result<(), Infallible> {
        self.left[machine.index()].add(message.from, self.summaries[machine.index()].queue);
        Ok(())
    }
}

impl Measurement {
    /// Makes ready for the next run of a ring of this size.
    pub(super) fn clear(&mut self, ring: RingSize) {
        self.summaries[..ring.get()].fill(Summary::default());
        self.left[..ring.get()].fill(Left::default());
    }

    /// Adds the run to the tallies of its machines.
    pub(super) fn add_to(&self, tallies: &mut [Tally], scenario: &Scenario, theory: &Theory) {
        let fastest = theory.fastest.map_or(0, |fastest| self.summaries[fastest].clock);
        for (index, (tally, expectation)) in tallies.iter_mut().zip(&theory.expectations).enumerate() {
            let (summary, left) = (&self.summaries[index], &self.left[index]);
            let most_in_queue = left.most_in_queue(scenario.capacity(), summary);
            tally.rate.add(expectation.rate);
            for measure in Measure::ALL {
                let observed = match measure {
                    Measure::JumpMean => summary.jump_mean(),
                    Measure::JumpMax => Some(summary.jump_max as f64),
                    Measure::Drift => Some(fastest as f64 - summary.clock as f64),
                    Measure::QueueFinal => Some(left.messages as f64),
                    Measure::QueueMax => Some(most_in_queue as f64),
                    Measure::ReceiveShare => summary.receive_share(),
                };
                if let Some(observed) = observed {
                    tally.observed[measure as usize].add(observed);
                }
                if let Some(expected) = measure.expected(expectation, scenario) {
                    tally.expected[measure as usize].add(expected);
                }
            }
        }
    }
}

/// Facts of a scenario that are known without running it.
pub(super) struct Theory {
    expectations: Vec<Expectation>,
    /// The first of the fastest machines.
    fastest: Option<usize>,
}

impl Theory {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let experiment = scenario.experiment();
        let rates: Vec<f64> = experiment.ring.machines().filter_map(|id| experiment.pace(id).per_second()).collect();
        let fastest = (0..rates.len()).rev().max_by(|a, b| rates[*a].total_cmp(&rates[*b]));
        Self { expectations: expect(&rates, experiment.sides), fastest }
    }
}
