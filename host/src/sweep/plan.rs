//! The work of a sweep: settings, and the jobs they are cut into.

use super::grid::{Grid, Impossible};
use crate::{duration::duration_text, sim::Scenario};

/// A sweep, spelled out.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    grid: Grid,
    settings: Vec<Scenario>,
    runs: u64,
    jobs: Vec<Job>,
}

/// Some runs of one setting, simulated by one thread and tallied together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Job {
    /// The place of the setting in the plan.
    pub setting: usize,
    /// The seed of the first run; the next run has the next seed.
    pub seed: u64,
    /// Number of runs.
    pub runs: u64,
}

/// Ticks of a job, roughly: some milliseconds of work, so that all cores have something to do until the end, and an
/// interrupted sweep loses little. Part of a sweep's result: sums depend, in their last digits, on the places where
/// they are cut.
const JOB_TICKS: f64 = 250_000.0;

impl Grid {
    /// Every combination, in the order of the lists: rates change slowest, then machines, sides, phase, latency.
    ///
    /// # Errors
    /// The first value that is not possible.
    pub fn plan(&self) -> Result<Plan, Impossible> {
        Ok(Plan::new(self.clone(), self.scenarios()?, self.runs()?))
    }
}

impl Plan {
    /// The settings of a grid, each with this many runs, with seeds that rise by one from the setting's own.
    fn new(grid: Grid, settings: Vec<Scenario>, runs: u64) -> Self {
        let jobs = settings.iter().enumerate().flat_map(|(place, setting)| {
            let size = ((JOB_TICKS / ticks_of_run(setting)) as u64).clamp(1, runs);
            let seed = setting.experiment().seed;
            (0..runs.div_ceil(size)).map(move |job| Job {
                setting: place,
                seed: seed.wrapping_add(job * size),
                runs: size.min(runs - job * size),
            })
        });
        Self { jobs: jobs.collect(), grid, settings, runs }
    }

    /// The grid it was made from. The same version makes the same plan of the same grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The name of the experiment.
    pub fn name(&self) -> &str {
        self.grid.name.as_deref().unwrap_or(super::NAME_DEFAULT)
    }

    /// The settings, each with the seed of its first run.
    pub fn settings(&self) -> &[Scenario] {
        &self.settings
    }

    /// Number of runs of each setting.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// The jobs, setting by setting and in order of seeds.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// Number of machines in a job's setting.
    pub fn machines(&self, job: &Job) -> usize {
        self.settings[job.setting].experiment().ring.get()
    }

    /// About how many ticks a job has.
    pub fn ticks(&self, job: &Job) -> u64 {
        (ticks_of_run(&self.settings[job.setting]) * job.runs as f64) as u64
    }
}

fn ticks_of_run(setting: &Scenario) -> f64 {
    let experiment = setting.experiment();
    let rates = experiment.ring.machines().filter_map(|machine| experiment.pace(machine).per_second());
    (rates.sum::<f64>() * setting.duration().as_secs_f64()).max(1.0)
}

/// A setting as it stands in files and tables.
#[derive(Clone, PartialEq, Debug)]
pub struct SettingText {
    /// Number of machines.
    pub machines: usize,
    /// Their rates in ring order, 1/6/6, or `drawn`.
    pub rates: String,
    /// Faces of the die.
    pub sides: u32,
    /// The phases of first ticks.
    pub phase: String,
    /// The time a message takes.
    pub latency: String,
    /// Spells of more latency; empty for none.
    pub bursts: String,
    /// Spells in which nothing arrives; empty for none.
    pub stalls: String,
    /// The time for which each run ticks.
    pub duration: String,
}

impl SettingText {
    /// The text of a setting.
    pub fn of(setting: &Scenario) -> Self {
        let (experiment, network) = (setting.experiment(), setting.network());
        let rates: Option<Vec<String>> = experiment.rates.iter().map(|rate| Some(rate.as_ref()?.to_string())).collect();
        Self {
            machines: experiment.ring.get(),
            rates: rates.map_or_else(|| "drawn".to_owned(), |rates| rates.join("/")),
            sides: experiment.sides,
            phase: experiment.phase.name().to_owned(),
            latency: network.latency.to_string(),
            bursts: network.bursts.map_or_else(String::new, |bursts| bursts.to_string()),
            stalls: network.stalls.map_or_else(String::new, |stalls| stalls.to_string()),
            duration: duration_text(setting.duration()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_of_a_setting_is_in_one_job_with_a_seed_of_its_own() {
        for runs in [1, 2, 7, 1000, 1001] {
            let grid = Grid {
                sides: Some(vec![4, 10]),
                rates: Some(vec!["1,3,6".parse().unwrap(), "300".parse().unwrap()]),
                runs: Some(runs),
                seed: Some(50),
                ..Grid::default()
            };
            let plan = grid.plan().unwrap();
            for setting in 0..4 {
                let jobs = plan.jobs().iter().filter(|job| job.setting == setting);
                let seeds: Vec<u64> = jobs.flat_map(|job| job.seed..job.seed + job.runs).collect();
                assert_eq!(seeds, (50..50 + runs).collect::<Vec<_>>());
            }
            assert!(plan.jobs().len() >= 4 && plan.jobs().is_sorted_by_key(|job| job.setting));
        }
    }
}
