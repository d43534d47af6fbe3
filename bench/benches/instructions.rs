//! How many instructions each step of the hot path takes, counted by callgrind: the same number on every run, so that
//! one more is seen.
//!
//! `cargo bench --bench instructions` compares with `bench/instructions.json` and fails if a step takes more than 1 %
//! more or less; `cargo bench --bench instructions -- --update` writes that file, for a change that is meant.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsStr,
    fmt::Write as _,
    fs, hint,
    io::{self, Write as _},
    path::Path,
    process::{Command, ExitCode},
};

use bench::{
    cases::{self, Meter},
    mission::{BATCH, Storage},
    results::target_directory,
};
use serde::{Deserialize, Serialize};

/// How often a case is repeated: enough that what comes before and after does not count.
const REPEATS: u64 = 1_000;

/// By how much a count may differ from the baseline: more than the address of a buffer changes, and less than any
/// change of the program that is worth a thought.
const TOLERANCE: f64 = 0.01;

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.json");

/// The function that is counted, with everything it calls.
const COUNTED: &str = "*counted*";

#[derive(Serialize, Deserialize)]
struct Baseline {
    /// Another compiler makes other instructions: counts are compared only if this is the same.
    compiler: String,
    /// Instructions per step.
    instructions: BTreeMap<String, f64>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, name] = arguments.as_slice()
        && flag == "--run"
    {
        all(&mut Runner { name });
        return ExitCode::SUCCESS;
    }
    match compare(arguments.iter().any(|argument| argument == "--update")) {
        Ok(report) => say(&report.text, if report.good { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
        Err(error) => say(&format!("NOT RUN: {error}\n"), ExitCode::FAILURE),
    }
}

fn say(text: &str, code: ExitCode) -> ExitCode {
    let _ = io::stdout().write_all(text.as_bytes());
    code
}

/// Every case, and the model's own mix.
fn all(meter: &mut impl Meter) {
    cases::all(meter);
    let mut storage = Box::<Storage>::default();
    let mut mission = storage.mission(7);
    let mut ids = mission.ids().collect::<Vec<_>>().into_iter().cycle();
    let mut machine = ids.next();
    meter.case("tick/mission", || {
        if let Some(id) = machine {
            if mission.rows(id).len() == BATCH {
                mission.deliver(id);
                mission.forget(id);
                machine = ids.next();
            }
            if let Some(id) = machine {
                mission.add_tick(id);
            }
        }
    });
}

/// Runs the one case of this name.
struct Runner<'a> {
    name: &'a str,
}

impl Meter for Runner<'_> {
    fn case<R>(&mut self, name: &str, work: impl FnMut() -> R) {
        if name == self.name {
            counted(work);
        }
    }
}

#[inline(never)]
fn counted<R>(mut work: impl FnMut() -> R) {
    for _ in 0..REPEATS {
        hint::black_box(work());
    }
}

/// Collects the names of the cases.
struct Names(Vec<String>);

impl Meter for Names {
    fn case<R>(&mut self, name: &str, _work: impl FnMut() -> R) {
        self.0.push(name.to_owned());
    }
}

struct Report {
    text: String,
    good: bool,
}

fn compare(update: bool) -> Result<Report, String> {
    let mut names = Names(Vec::new());
    all(&mut names);
    let mut found = Baseline { compiler: compiler()?, instructions: BTreeMap::new() };
    for name in names.0 {
        let instructions = count(&name)?;
        found.instructions.insert(name, instructions);
    }
    if update {
        let text = serde_json::to_string_pretty(&found).map_err(|error| error.to_string())?;
        fs::write(BASELINE, text + "\n").map_err(|error| format!("cannot write {BASELINE}: {error}"))?;
        return Ok(Report { text: table(&found, None).text + "written to bench/instructions.json\n", good: true });
    }
    let baseline = fs::read_to_string(BASELINE).map_err(|error| format!("cannot read {BASELINE}: {error}"))?;
    let baseline: Baseline = serde_json::from_str(&baseline).map_err(|error| format!("{BASELINE}: {error}"))?;
    if baseline.compiler == found.compiler {
        return Ok(table(&found, Some(&baseline)));
    }
    let mut report = table(&found, None);
    let _ = writeln!(
        report.text,
        "NOT JUDGED: the baseline is of {}, this is {}; write a new one with --update",
        baseline.compiler, found.compiler
    );
    Ok(report)
}

fn table(found: &Baseline, baseline: Option<&Baseline>) -> Report {
    let mut report = Report { text: format!("instructions per step, {}\n", found.compiler), good: true };
    for (name, now) in &found.instructions {
        let _ = write!(report.text, "{name:<28} {now:>8.1}");
        match baseline.map(|baseline| baseline.instructions.get(name)) {
            None => {}
            Some(None) => {
                report.good = false;
                report.text += "  not in the baseline";
            }
            Some(Some(before)) => {
                let change = now / before - 1.0;
                let good = change.abs() <= TOLERANCE;
                report.good &= good;
                let _ = write!(report.text, "  was {before:>8.1}  {:+.2} %", change * 100.0);
                report.text += if good { "" } else { "  BEYOND THE TOLERANCE" };
            }
        }
        report.text.push('\n');
    }
    if baseline.is_some() {
        report.text += if report.good {
            "all within 1 % of the baseline\n"
        } else {
            "if this is meant: cargo bench --bench instructions -- --update, in the same commit\n"
        };
    }
    report
}

fn compiler() -> Result<String, String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(&rustc).arg("-V").output().map_err(|error| format!("cannot run rustc: {error}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(format!("{version}, {}-{}", env::consts::ARCH, env::consts::OS))
}

/// Instructions per step of a case.
fn count(name: &str) -> Result<f64, String> {
    let file = target_directory().join("bench").join("callgrind.out");
    fs::create_dir_all(file.parent().unwrap_or(Path::new("."))).map_err(|error| error.to_string())?;
    let program = env::current_exe().map_err(|error| error.to_string())?;
    // Variables of the environment lie on the stack and shift what comes after them.
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg([OsStr::new("--callgrind-out-file="), file.as_os_str()].join(OsStr::new("")))
        .arg(program)
        .args(["--run", name])
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .output()
        .map_err(|error| format!("cannot run valgrind ({error}); on Debian: apt-get install valgrind"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse::<f64>().ok());
    let total = collected.filter(|total| *total > 0.0);
    total.map(|total| total / REPEATS as f64).ok_or_else(|| format!("valgrind counted nothing for {name}:\n{said}"))
}
