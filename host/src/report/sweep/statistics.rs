//! The file that `clockring sweep` writes.

use std::{fs::File, path::Path};

use serde::Deserialize;

use crate::failure::Failure;

/// The results of a sweep.
#[derive(Debug)]
pub struct Statistics {
    /// The experiment's name.
    pub name: String,
    /// Number of runs of each setting.
    pub runs: u64,
    /// A line per setting, machine and measure.
    pub(super) lines: Vec<Line>,
}

/// A line of the file; the columns are those of [`crate::sweep::csv::HEADER`].
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    experiment: String,
    pub(super) setting: u64,
    rates: String,
    sides: String,
    phase: String,
    latency: String,
    bursts: String,
    stalls: String,
    #[serde(rename = "for")]
    duration: String,
    runs: u64,
    pub(super) machine: String,
    pub(super) rate: Option<f64>,
    pub(super) measure: String,
    pub(super) mean: Option<f64>,
    pub(super) low95: Option<f64>,
    pub(super) high95: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) theory: Option<f64>,
}

impl Statistics {
    /// Reads the file.
    ///
    /// # Errors
    /// If it cannot be read or holds no statistics; the message names the file and the line.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let file = File::open(path).map_err(|error| Failure::usage(format!("{shown}: cannot read: {error}")))?;
        let lines: Result<Vec<Line>, csv::Error> = csv::Reader::from_reader(file).deserialize().collect();
        let lines = lines.map_err(|error| {
            Failure::usage(format!("{shown}: not the statistics of a sweep, as `clockring sweep` writes them: {error}"))
        })?;
        let Some(first) = lines.first() else {
            return Err(Failure::usage(format!("{shown}: there is no line of statistics in it")));
        };
        Ok(Self { name: first.experiment.clone(), runs: first.runs, lines })
    }

    /// The lines of one measure.
    pub(super) fn of(&self, measure: &str) -> Vec<&Line> {
        self.lines.iter().filter(|line| line.measure == measure).collect()
    }

    /// The numbers of the settings.
    pub(super) fn settings(&self) -> Vec<u64> {
        let mut settings: Vec<u64> = self.lines.iter().map(|line| line.setting).collect();
        settings.dedup();
        settings
    }
}

impl Line {
    /// The setting in words.
    pub(super) fn setting_text(&self) -> String {
        let mut text =
            format!("{}, {} sides, {}, {}, {}", self.rates, self.sides, self.phase, self.latency, self.duration);
        for (what, value) in [("bursts", &self.bursts), ("stalls", &self.stalls)] {
            if !value.is_empty() {
                text.push_str(&format!(", {what} {value}"));
            }
        }
        text
    }

    /// Does theory lie within the interval of the mean? `None` where one of them is not known.
    pub(super) fn agrees(&self) -> Option<bool> {
        let (theory, low, high) = (self.theory?, self.low95?, self.high95?);
        // The file has six decimals.
        Some(theory >= low - 1e-6 && theory <= high + 1e-6)
    }

    /// The distance between theory and the mean; 0 if one of them is not known.
    pub(super) fn difference(&self) -> f64 {
        self.mean.zip(self.theory).map_or(0.0, |(mean, theory)| (mean - theory).abs())
    }
}
