//! Part files: the jobs of a sweep that are done, kept as they end.
//!
//! A part file has a line that says which sweep it belongs to and which share of it, and then a line for every job that
//! is done, in no particular order, all in JSON. A sweep that was interrupted goes on from its part file; the parts of
//! a sweep that was spread over several computers make the whole.

use std::{
    collections::BTreeMap,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

use super::{grid::Grid, measure::Tally, plan::Plan};
use crate::failure::Failure;

/// The share of a sweep that one process does: the jobs that leave `number - 1` when their number is divided by `of`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Does this job belong to it?
    pub fn has(self, job: usize) -> bool {
        job % self.of == self.number - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, of) = text.split_once('/').ok_or("give a shard such as 2/8: the second of eight")?;
        match (number.parse(), of.parse()) {
            (Ok(number), Ok(of)) if number >= 1 && number <= of => Ok(Self { number, of }),
            _ => Err("a shard is 1/N to N/N"),
        }
    }
}

/// Finished jobs, by number, with the tally of every machine.
pub type Results = BTreeMap<usize, Vec<Tally>>;

#[derive(Serialize, Deserialize)]
struct Header {
    version: String,
    grid: Grid,
    shard: Shard,
}

#[derive(Serialize, Deserialize)]
struct Line {
    job: usize,
    machines: Vec<Tally>,
}

/// Another version may cut a sweep into other jobs.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A part file, open for the jobs that are still to be done.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    file: File,
    results: Results,
}

impl Part {
    /// Opens the part file of this shard: creates it, or goes on with its content.
    ///
    /// # Errors
    /// If the file belongs to another sweep or shard, or cannot be written.
    pub fn open(path: &Path, plan: &Plan, shard: Shard) -> Result<Self, Failure> {
        if path.exists() {
            return Self::resume(path, plan, shard);
        }
        let file = OpenOptions::new().append(true).create_new(true).open(path);
        let mut part = Self {
            path: path.to_owned(),
            file: file.map_err(|error| cannot_write(path, &error))?,
            results: Results::new(),
        };
        part.write(&Header { version: VERSION.to_owned(), grid: plan.grid().clone(), shard })?;
        Ok(part)
    }

    fn resume(path: &Path, plan: &Plan, shard: Shard) -> Result<Self, Failure> {
        let read = Read::from_file(path, plan)?;
        if read.shard != shard {
            return Err(Failure::usage(format!(
                "{} is shard {} of this sweep, not {shard}: give another -o, or remove it",
                path.display(),
                read.shard
            )));
        }
        let file = OpenOptions::new().append(true).open(path).and_then(|file| {
            // A job cut off in the middle of its line is done again.
            file.set_len(read.whole_bytes)?;
            Ok(file)
        });
        let file = file.map_err(|error| cannot_write(path, &error))?;
        Ok(Self { path: path.to_owned(), file, results: read.results })
    }

    /// The finished jobs.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// Keeps a job that is done.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn add(&mut self, job: usize, machines: Vec<Tally>) -> Result<(), Failure> {
        let line = Line { job, machines };
        self.write(&line)?;
        self.results.insert(job, line.machines);
        Ok(())
    }

    /// Removes the file: its results are elsewhere.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(self) -> io::Result<()> {
        drop(self.file);
        fs::remove_file(self.path)
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), Failure> {
        let mut text = serde_json::to_vec(line).map_err(|error| cannot_write(&self.path, &error.into()))?;
        text.push(b'\n');
        self.file.write_all(&text).map_err(|error| cannot_write(&self.path, &error))
    }
}

/// Puts parts together to the whole of a sweep.
///
/// # Errors
/// If one cannot be read, if they are not of one sweep, or if together they are not all of it.
pub fn merge(parts: &[PathBuf]) -> Result<(Plan, Results), Failure> {
    let first = parts.first().ok_or_else(|| Failure::usage("give the parts to put together"))?;
    let grid = header(first, &read(first)?)?.grid;
    let plan = grid.plan().map_err(|error| Failure::usage(format!("{}:1: {error}", first.display())))?;
    let mut results = Results::new();
    for path in parts {
        for (job, tallies) in Read::from_file(path, &plan)?.results {
            if results.insert(job, tallies).is_some() {
                return Err(Failure::usage(format!(
                    "{}: what is in this part is in another one too: give each part once",
                    path.display()
                )));
            }
        }
    }
    let (done, jobs) = (results.len(), plan.jobs().len());
    if done < jobs {
        return Err(Failure::usage(format!(
            "these parts are {done} of the {jobs} jobs of the sweep: a part is missing, or was interrupted; run its \
             shard again, which goes on where it stopped"
        )));
    }
    Ok((plan, results))
}

/// The content of a part file.
struct Read {
    shard: Shard,
    results: Results,
    /// The length of the file up to its last whole line.
    whole_bytes: u64,
}

impl Read {
    fn from_file(path: &Path, plan: &Plan) -> Result<Self, Failure> {
        let name = path.display();
        let text = read(path)?;
        let Header { version, grid, shard } = header(path, &text)?;
        if version != VERSION || grid != *plan.grid() {
            return Err(Failure::usage(format!(
                "{name}:1: a part of another sweep: its grid, runs, seed or version differ; give another -o, or remove it"
            )));
        }
        let whole_bytes = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let lines = text[..whole_bytes].split(|byte| *byte == b'\n').enumerate().skip(1);
        let mut results = Results::new();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let line: Line = serde_json::from_slice(line)
                .map_err(|error| Failure::usage(format!("{name}:{}: not a job of a sweep: {error}", index + 1)))?;
            let fits = shard.has(line.job)
                && plan.jobs().get(line.job).is_some_and(|job| plan.machines(job) == line.machines.len());
            if !fits || results.insert(line.job, line.machines).is_some() {
                return Err(Failure::usage(format!("{name}:{}: not a job of this sweep, or one twice", index + 1)));
            }
        }
        Ok(Self { shard, results, whole_bytes: whole_bytes as u64 })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
}

fn header(path: &Path, text: &[u8]) -> Result<Header, Failure> {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    serde_json::from_slice(line).map_err(|_| {
        Failure::usage(format!("{}:1: not a part of a sweep: give another file, or remove it", path.display()))
    })
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::run(format!("cannot write {}: {error}; what was done before is kept", path.display()))
}
