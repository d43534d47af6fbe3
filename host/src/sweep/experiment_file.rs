//! Experiment files: a grid in TOML.

use std::{collections::BTreeMap, fs, path::Path};

use serde::de::IgnoredAny;
use toml::Spanned;

use super::{
    grid::{Grid, Impossible},
    plan::Plan,
};
use crate::failure::Failure;

/// An experiment file, read.
#[derive(Clone, PartialEq, Debug)]
pub struct ExperimentFile {
    /// The grid in it.
    pub grid: Grid,
    name: String,
    text: String,
}

impl ExperimentFile {
    /// Reads an experiment file. Without a name of its own, the experiment has that of the file.
    ///
    /// # Errors
    /// If it cannot be read, or is no grid: with the line.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| Failure::usage(format!("cannot read {name}: {error}")))?;
        let mut grid: Grid = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| line(&text, span.start));
            Failure::usage(format!("{name}:{line}: {}", error.message()))
        })?;
        if grid.name.is_none() {
            grid.name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        }
        Ok(Self { grid, name, text })
    }

    /// The plan of a grid that was made from this file, or else the fault: with the line, if it stands in the file.
    ///
    /// # Errors
    /// If a value is not possible.
    pub fn plan(&self, grid: &Grid) -> Result<Plan, Failure> {
        grid.plan().map_err(|impossible| match self.line_of(&impossible) {
            Some(line) => Failure::usage(format!("{}:{line}: {impossible}", self.name)),
            None => Failure::usage(format!("{}: {impossible}", self.name)),
        })
    }

    fn line_of(&self, impossible: &Impossible) -> Option<usize> {
        let keys: BTreeMap<String, Spanned<IgnoredAny>> = toml::from_str(&self.text).ok()?;
        Some(line(&self.text, keys.get(impossible.key)?.span().start))
    }
}

/// The number of the line that holds this byte, from 1.
fn line(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}
