//! What a benchmark found: figures, and each beside what it is compared with, as a table, as Markdown and as JSON.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::PathBuf,
};

use serde::Serialize;
use tabled::{
    builder::Builder,
    settings::{Alignment, Style, object::Columns},
};

/// The findings of one benchmark.
#[derive(Debug, Serialize)]
pub struct Results {
    title: String,
    /// What it ran on. Only ratios of one run say something about the program.
    machine: String,
    figures: Vec<Figure>,
    comparisons: Vec<Comparison>,
}

#[derive(Debug, Serialize)]
struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
}

#[derive(Debug, Serialize)]
struct Comparison {
    ours: String,
    ours_value: f64,
    beside: String,
    beside_value: f64,
    unit: &'static str,
    ratio: f64,
    wanted: Option<Wanted>,
    met: Option<bool>,
}

/// What a ratio, ours over theirs, should be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Not more than this: for costs.
    AtMost(f64),
    /// Not less than this: for throughputs.
    AtLeast(f64),
}

impl Wanted {
    fn is_met(self, ratio: f64) -> bool {
        match self {
            Self::AtMost(limit) => ratio <= limit,
            Self::AtLeast(limit) => ratio >= limit,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(limit) => format!("≤ {limit:.2}"),
            Self::AtLeast(limit) => format!("≥ {limit:.2}"),
        }
    }
}

impl Results {
    /// Nothing found yet.
    pub fn new(title: &str) -> Self {
        Self { title: title.to_owned(), machine: machine(), figures: Vec::new(), comparisons: Vec::new() }
    }

    /// Adds a figure.
    pub fn figure(&mut self, name: &str, value: f64, unit: &'static str) {
        self.figures.push(Figure { name: name.to_owned(), value, unit });
    }

    /// Puts one of our figures beside another of the same unit.
    pub fn compare(&mut self, unit: &'static str, ours: (&str, f64), beside: (&str, f64), wanted: Option<Wanted>) {
        let ratio = ours.1 / beside.1;
        self.comparisons.push(Comparison {
            ours: ours.0.to_owned(),
            ours_value: ours.1,
            beside: beside.0.to_owned(),
            beside_value: beside.1,
            unit,
            ratio,
            wanted,
            met: wanted.map(|wanted| wanted.is_met(ratio)),
        });
    }

    /// Prints everything, and writes `bench/NAME.md` and `bench/NAME.json` to the target directory.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn publish(&self, name: &str) -> io::Result<()> {
        let directory = target_directory().join("bench");
        fs::create_dir_all(&directory)?;
        let (markdown, json) = (directory.join(format!("{name}.md")), directory.join(format!("{name}.json")));
        fs::write(&markdown, self.text(|table| table.with(Style::markdown())))?;
        fs::write(&json, serde_json::to_string_pretty(self)? + "\n")?;
        // Whoever has closed the output has the files.
        let _ = writeln!(
            io::stdout(),
            "\n{}\nwritten to {} and {}",
            self.text(|table| table.with(Style::psql())),
            markdown.display(),
            json.display()
        );
        Ok(())
    }

    fn text(&self, style: impl Fn(&mut tabled::Table) -> &mut tabled::Table) -> String {
        let mut text = format!("# {}\n\n{}\n", self.title, self.machine);
        if !self.figures.is_empty() {
            let mut rows = Builder::from_iter([["what", "median", "unit"].map(str::to_owned)]);
            for figure in &self.figures {
                rows.push_record([figure.name.clone(), number(figure.value), figure.unit.to_owned()]);
            }
            let mut table = rows.build();
            style(&mut table).modify(Columns::one(1), Alignment::right());
            let _ = write!(text, "\n{table}\n");
        }
        if !self.comparisons.is_empty() {
            let header = ["ours", "", "beside", "", "unit", "ratio", "wanted", "met"];
            let mut rows = Builder::from_iter([header.map(str::to_owned)]);
            for row in &self.comparisons {
                rows.push_record([
                    row.ours.clone(),
                    number(row.ours_value),
                    row.beside.clone(),
                    number(row.beside_value),
                    row.unit.to_owned(),
                    format!("{:.2}", row.ratio),
                    row.wanted.map_or(String::new(), Wanted::text),
                    row.met.map_or("", |met| if met { "yes" } else { "no" }).to_owned(),
                ]);
            }
            let mut table = rows.build();
            style(&mut table);
            for column in [1, 3, 5] {
                table.modify(Columns::one(column), Alignment::right());
            }
            let _ = write!(text, "\n{table}\n");
        }
        text
    }
}

/// Three significant digits; whole from 100 on.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// The directory that this program was built into.
///
/// # Panics
/// If the program is not where Cargo puts it.
pub fn target_directory() -> PathBuf {
    let program = std::env::current_exe().expect("the path of this program");
    // target/release/deps/hot_path-…
    program.ancestors().nth(3).expect("a program that Cargo built").to_owned()
}

fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown");
    format!("{}, {cores} cores, load at the end {load}", model.unwrap_or(std::env::consts::ARCH))
}
