//! `sweep`: many simulated runs over a grid of settings.

use std::{
    fs,
    io::{self, BufWriter, Write},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};

use clap::{Args, Subcommand};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{run_table::say, sweep_table};
use crate::{
    duration::parse_duration,
    experiment::PhaseChoice,
    failure::Failure,
    sim::{Bursts, Latency, Spells},
    sweep::{ExperimentFile, Grid, Part, Plan, Rates, Results, Shard, csv, merge, tallies, work},
};

/// Many simulated runs over a grid of settings: statistics of every machine, beside what theory expects.
///
/// The grid is every combination of the lists given, in an experiment file or here; what is given here takes the place
/// of what the file says. A sweep that was interrupted goes on where it stopped when it is started again.
///
/// An experiment file is TOML with any of these keys: name, about, rates = [[1, 6, 6], [3]], machines = [3, 5],
/// sides = [10], phase = ["aligned", "random"], latency = ["0.2ms", "exp:50ms"], bursts, stalls, runs = 400, seed = 1,
/// for = "60s".
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  clockring sweep experiments/equal-rates.toml           an experiment from its file
  clockring sweep --rates 1,6,6 --rates 1,3,6 --sides 10,4 --phase aligned,random
  clockring sweep --rates 3 --machines 3,5,9 --latency 0.2ms,exp:50ms --runs 1000 -o latency.csv
  clockring sweep big.toml --shard 2/8                   the second of eight parts, on another computer
  clockring sweep merge big.*.part -o big.csv            the parts put together"
)]
pub(super) struct SweepArgs {
    #[command(subcommand)]
    command: Option<SweepCommand>,

    /// An experiment file, in TOML: see experiments/
    file: Option<PathBuf>,

    #[command(flatten)]
    grid: GridArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// Do only this part of the sweep, 2/8 for the second of eight, and write it to a file for `sweep merge`
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,

    /// How many threads work [default: one per core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

#[derive(Debug, Subcommand)]
enum SweepCommand {
    Merge(MergeArgs),
}

/// Put the parts of a sweep together: exactly what one process would have written.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  clockring sweep merge big.1-of-2.part big.2-of-2.part -o big.csv")]
struct MergeArgs {
    /// The part files that `sweep --shard` wrote
    #[arg(required = true)]
    parts: Vec<PathBuf>,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
struct OutputArgs {
    /// The file for the statistics, in CSV [default: the experiment's name, in this directory]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Replace what is there already, and start again
    #[arg(long)]
    overwrite: bool,

    /// Show nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Args)]
struct GridArgs {
    /// Ticks per second of each machine, in ring order; one number for all of them; or `drawn`. May be repeated
    #[arg(long, value_name = "R,R,…")]
    rates: Vec<Rates>,

    /// How many machines, where the rates leave it open [default: 3]
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    machines: Vec<usize>,

    /// Faces of the die [default: 10]
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    sides: Vec<u32>,

    /// Where first ticks fall [default: aligned]
    #[arg(long, value_enum, value_delimiter = ',')]
    phase: Vec<PhaseChoice>,

    /// The time a message takes: 0.2ms, uniform:1ms..5ms, exp:50ms [default: 0.2ms]
    #[arg(long, value_name = "TIME,…", value_delimiter = ',')]
    latency: Vec<Latency>,

    /// Spells of more latency on each link, as in `sim`
    #[arg(long, value_name = "EXTRA:LENGTH/EVERY")]
    bursts: Option<Bursts>,

    /// Spells in which nothing arrives on a link, as in `sim`
    #[arg(long, value_name = "LENGTH/EVERY")]
    stalls: Option<Spells>,

    /// How many runs of each setting [default: 400]
    #[arg(long, value_name = "N")]
    runs: Option<u64>,

    /// The seed of the first run of each setting; the next run has the next seed [default: 1]
    #[arg(long)]
    seed: Option<u64>,

    /// How long each run ticks [default: 60s]
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    duration: Option<Duration>,
}

impl GridArgs {
    fn grid(self) -> Grid {
        fn given<T>(list: Vec<T>) -> Option<Vec<T>> {
            (!list.is_empty()).then_some(list)
        }
        Grid {
            name: None,
            about: None,
            rates: given(self.rates),
            machines: given(self.machines),
            sides: given(self.sides),
            phase: given(self.phase),
            latency: given(self.latency),
            bursts: self.bursts,
            stalls: self.stalls,
            runs: self.runs,
            seed: self.seed,
            duration: self.duration,
        }
    }
}

impl SweepArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        if let Some(SweepCommand::Merge(merge)) = self.command {
            return merge.run();
        }
        let plan = match self.file {
            None => self.grid.grid().plan().map_err(|error| Failure::usage(error.to_string()))?,
            Some(path) => {
                let file = ExperimentFile::read(&path)?;
                file.plan(&self.grid.grid().or(file.grid.clone()))?
            }
        };
        let (shard, name) = match self.shard {
            None => (Shard::WHOLE, format!("{}.csv", plan.name())),
            Some(shard) => (shard, format!("{}.{}.part", plan.name(), shard.to_string().replace('/', "-of-"))),
        };
        let output = self.output.output.unwrap_or_else(|| PathBuf::from(name));
        let part_path = match self.shard {
            None => with_suffix(&output, ".part"),
            Some(_) => output.clone(),
        };
        if self.output.overwrite {
            remove_if_there(&part_path)?;
        } else if self.shard.is_none() {
            refuse_used(&output)?;
        }
        let mut part = Part::open(&part_path, &plan, shard)?;
        do_jobs(&plan, shard, self.threads, &mut part, self.output.quiet)?;
        if self.shard.is_some() {
            if !self.output.quiet {
                say(&format!(
                    "part {shard}: {}\nput all parts together with `clockring sweep merge`",
                    output.display()
                ));
            }
        } else {
            publish(&plan, part.results(), &output, self.output.quiet)?;
            part.remove().map_err(|error| cannot_write(&part_path, &error))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl MergeArgs {
    fn run(self) -> Result<ExitCode, Failure> {
        let (plan, results) = merge(&self.parts)?;
        let output = self.output.output.unwrap_or_else(|| PathBuf::from(format!("{}.csv", plan.name())));
        if !self.output.overwrite {
            refuse_used(&output)?;
        }
        publish(&plan, &results, &output, self.output.quiet)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Does the jobs of the shard that the part does not have yet.
fn do_jobs(
    plan: &Plan,
    shard: Shard,
    threads: Option<NonZeroUsize>,
    part: &mut Part,
    quiet: bool,
) -> Result<(), Failure> {
    let ours: Vec<usize> = (0..plan.jobs().len()).filter(|job| shard.has(*job)).collect();
    let (done, open): (Vec<usize>, Vec<usize>) = ours.iter().partition(|job| part.results().contains_key(job));
    if !done.is_empty() && !quiet {
        let _ = writeln!(io::stderr(), "going on: {} of {} jobs were done before", done.len(), ours.len());
    }
    let ticks = |jobs: &[usize]| jobs.iter().map(|job| plan.ticks(&plan.jobs()[*job])).sum();
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let runs = HumanCount(plan.runs() * plan.settings().len() as u64);
    let style = ProgressStyle::with_template(&format!("{{wide_bar}} {{percent:>3}} % of {runs} runs, {{eta}} left"));
    let bar = ProgressBar::with_draw_target(Some(ticks(&ours)), target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_position(ticks(&done));
    bar.reset_eta();
    let threads = threads.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    work(plan, &open, threads, |job, tallies| {
        bar.inc(plan.ticks(&plan.jobs()[job]));
        part.add(job, tallies)
    })?;
    bar.finish_and_clear();
    Ok(())
}

/// Writes the statistics to the file, and shows them.
fn publish(plan: &Plan, results: &Results, output: &Path, quiet: bool) -> Result<(), Failure> {
    let tallies = tallies(plan, results);
    write_csv(plan, &tallies, output).map_err(|error| cannot_write(output, &error))?;
    if !quiet {
        sweep_table::print(plan, &tallies);
        say(&format!("statistics: {}", output.display()));
    }
    Ok(())
}

/// To a file beside it first, so that half of one is never seen.
fn write_csv(plan: &Plan, tallies: &[Vec<crate::sweep::Tally>], output: &Path) -> io::Result<()> {
    let unfinished = with_suffix(output, ".new");
    let mut file = BufWriter::new(fs::File::create(&unfinished)?);
    csv::write(plan, tallies, &mut file)?;
    file.into_inner()?.sync_all()?;
    fs::rename(unfinished, output)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn refuse_used(output: &Path) -> Result<(), Failure> {
    if output.exists() {
        let output = output.display();
        return Err(Failure::usage(format!("{output} is there already: choose another -o, or give --overwrite")));
    }
    Ok(())
}

fn remove_if_there(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(cannot_write(path, &error)),
        _ => Ok(()),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::run(format!("cannot write {}: {error}", path.display()))
}
