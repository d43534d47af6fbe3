//! `sweep`: the figures that are known, the same result however the work is spread, and grids that cannot be.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::{TempDir, tempdir};
use tests::program::outcome;

fn clockring(arguments: &[&str]) -> Command {
    tests::program::clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments)
}

/// Runs `sweep` in this directory with these arguments, separated by spaces.
fn sweep(arguments: &str, directory: &TempDir) -> (i32, String, String) {
    let mut command = clockring(&["sweep"]);
    command.args(arguments.split_whitespace()).current_dir(directory.path());
    outcome(command)
}

fn demand_success(arguments: &str, directory: &TempDir) -> String {
    let (status, shown, said) = sweep(arguments, directory);
    assert_eq!(status, 0, "`sweep {arguments}`: {said}");
    shown
}

/// The interval of a measure of a machine in a CSV file: the line whose columns hold all these words.
fn interval(csv: &str, words: &[&str]) -> (f64, f64) {
    let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let place = |name| header.iter().position(|column| *column == name).unwrap();
    let found: Vec<Vec<&str>> = csv
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .filter(|columns| words.iter().all(|word| columns.contains(word)))
        .collect();
    let [line] = &found[..] else { panic!("{} lines with {words:?}", found.len()) };
    (line[place("low95")].parse().unwrap(), line[place("high95")].parse().unwrap())
}

#[test]
fn known_figures_lie_in_the_intervals() {
    let directory = tempdir().unwrap();
    demand_success(
        "--rates 1,6,6 --rates 1,3,6 --rates 3,3,3 --sides 10,4 --phase aligned,random --runs 400 -o s.csv -q",
        &directory,
    );
    let csv = fs::read_to_string(directory.path().join("s.csv")).unwrap();
    // From a simulation of 400 runs by another hand, so it has an interval of its own: about as wide as ours.
    for (setting, measure, machines) in [
        (["1/6/6", "10", "aligned"], "jump_mean", [2.98, 1.00, 1.00]),
        (["1/6/6", "10", "random"], "jump_mean", [3.20, 1.07, 1.07]),
        (["1/3/6", "10", "aligned"], "jump_mean", [3.97, 1.99, 1.00]),
        (["3/3/3", "10", "aligned"], "jump_mean", [1.00, 1.00, 1.00]),
        (["3/3/3", "10", "random"], "jump_mean", [1.13, 1.13, 1.13]),
        (["1/6/6", "4", "aligned"], "jump_mean", [1.51, 1.00, 1.00]),
        (["1/6/6", "4", "random"], "jump_mean", [1.70, 1.11, 1.11]),
        (["1/6/6", "10", "aligned"], "queue_final", [61.0, 0.0, 0.0]),
        (["1/3/6", "10", "aligned"], "queue_final", [31.0, 0.0, 0.0]),
        (["1/6/6", "4", "aligned"], "queue_final", [180.0, 0.0, 0.0]),
    ] {
        for (machine, known) in ["A", "B", "C"].into_iter().zip(machines) {
            let (low, high) = interval(&csv, &[&setting[..], &[machine, measure]].concat());
            // A figure of two decimals, or a queue of whole messages, stands for all that is rounded to it.
            let rounding = if measure == "queue_final" { 0.5 } else { 0.005 };
            let theirs = (high - low) / 2.0;
            assert!(
                low - theirs - rounding <= known && known <= high + theirs + rounding,
                "{setting:?} {measure} of {machine}: {known} is not in {low} to {high}"
            );
        }
    }
}

#[test]
fn parts_put_together_are_what_one_process_writes() {
    let directory = tempdir().unwrap();
    let grid = "--rates 1,3,6 --rates drawn --machines 3 --latency 0.2ms,exp:100ms --runs 900 --for 30 -q";
    demand_success(&format!("{grid} --threads 1 -o whole.csv"), &directory);
    demand_success(&format!("{grid} --threads 3 -o threads.csv"), &directory);
    for number in 1..=3 {
        demand_success(&format!("{grid} --shard {number}/3 -o {number}.part"), &directory);
    }
    demand_success("merge 2.part 3.part 1.part -o merged.csv -q", &directory);
    let read = |name| fs::read_to_string(directory.path().join(name)).unwrap();
    assert!(read("whole.csv") == read("threads.csv"), "the number of threads shows in the result");
    assert!(read("whole.csv") == read("merged.csv"), "the number of parts shows in the result");
    for (parts, words) in [
        ("1.part 2.part", "a part is missing"),
        ("1.part 2.part 3.part 3.part", "give each part once"),
        ("1.part whole.csv", "not a part"),
        ("1.part none.part", "cannot read none.part"),
    ] {
        let (status, _, said) = sweep(&format!("merge {parts} -o none.csv"), &directory);
        assert!(status == 2 && said.contains(words), "merge {parts}: {status}, {said}");
    }
}

#[test]
fn an_interrupted_sweep_goes_on_where_it_stopped() {
    let directory = tempdir().unwrap();
    let grid = "--rates 1,6,6 --runs 2000 --for 60";
    demand_success(&format!("{grid} -o whole.csv -q"), &directory);
    demand_success(&format!("{grid} --shard 1/1 -o s.csv.part -q"), &directory);
    // As a kill in the middle of a write leaves it: some jobs, and the beginning of another.
    let part = directory.path().join("s.csv.part");
    let text = fs::read_to_string(&part).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() > 4, "too few jobs for this test: {}", lines.len());
    fs::write(&part, format!("{}\n{}", lines[..3].join("\n"), &lines[3][..20])).unwrap();
    let (status, _, said) = sweep(&format!("{grid} -o s.csv"), &directory);
    assert!(status == 0 && said.contains("2 of"), "{status}: {said}");
    let read = |name| fs::read_to_string(directory.path().join(name)).unwrap();
    assert!(read("s.csv") == read("whole.csv"), "an interruption shows in the result");
    assert!(!part.exists(), "the part is not needed any more");
}

#[test]
fn a_part_of_another_sweep_is_not_gone_on_with() {
    let directory = tempdir().unwrap();
    demand_success("--rates 1,6,6 --runs 3 --shard 1/1 -o s.csv.part -q", &directory);
    for arguments in ["--rates 1,6,6 --runs 4", "--rates 1,6,6 --runs 3 --seed 2", "--rates 1,5,6 --runs 3"] {
        let (status, _, said) = sweep(&format!("{arguments} -o s.csv"), &directory);
        assert!(status == 2 && said.contains("another sweep"), "{arguments}: {status}, {said}");
    }
    let (status, _, said) = sweep("--rates 1,6,6 --runs 3 --shard 1/2 -o s.csv.part", &directory);
    assert!(status == 2 && said.contains("shard 1/1"), "{status}: {said}");
}

#[test]
fn a_result_is_never_replaced_without_being_told_to() {
    let directory = tempdir().unwrap();
    demand_success("--runs 2 -o s.csv -q", &directory);
    let (status, _, said) = sweep("--runs 3 -o s.csv", &directory);
    assert!(status == 2 && said.contains("--overwrite"), "{status}: {said}");
    demand_success("--runs 3 -o s.csv -q --overwrite", &directory);
    assert!(fs::read_to_string(directory.path().join("s.csv")).unwrap().contains(",3,A,"));
}

#[test]
fn impossible_values_on_the_command_line_are_refused() {
    let directory = tempdir().unwrap();
    for (arguments, words) in [
        ("--rates 1,6,0", "a rate is"),
        ("--rates 1,6,max", "rates: machine C"),
        ("--rates 1,2 --machines 3", "rates: 1/2"),
        ("--rates 1 --machines 27", "machines: a ring of 27"),
        ("--machines 5 --sides 4", "sides: a die of 4"),
        ("--runs 0", "runs:"),
        ("--shard 3/2", "1/N"),
        ("--shard 0/2", "1/N"),
        ("--threads 0", "threads"),
        ("--for 0", "for:"),
        ("none.toml", "cannot read none.toml"),
    ] {
        let (status, _, said) = sweep(arguments, &directory);
        assert!(status == 2 && said.contains(words), "`sweep {arguments}`: status {status}, {said}");
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "what is refused leaves no trace");
}

#[test]
fn impossible_values_in_a_file_are_refused_with_their_line() {
    let directory = tempdir().unwrap();
    for (file, words) in [
        ("name = \"x\"\nrates = [[1, 6, 0]]\n", "x.toml:2: rate 0"),
        ("name = \"x\"\n\nsides = [10, 2]\n", "x.toml:3: sides: a die of 2"),
        ("rates = [[1, 2]]\nmachines = [3]\n", "x.toml:1: rates: 1/2"),
        ("machines = [3]\nrates = [\n", "x.toml:"),
        ("sites = [10]\n", "x.toml:1: unknown field `sites`"),
        ("latency = [\"5parsecs\"]\n", "x.toml:1: 5parsecs: `parsecs`"),
        ("\n\nfor = \"soon\"\n", "x.toml:3:"),
        ("rates = []\n", "x.toml:1: rates: the list is empty"),
        ("runs = -1\n", "x.toml:1:"),
    ] {
        fs::write(directory.path().join("x.toml"), file).unwrap();
        let (status, _, said) = sweep("x.toml", &directory);
        assert!(status == 2 && said.contains(words), "{file}: status {status}, {said}");
    }
}

#[test]
fn every_experiment_of_the_repository_runs() {
    let experiments = Path::new(env!("CARGO_MANIFEST_DIR")).join("../experiments");
    let files: Vec<PathBuf> = fs::read_dir(experiments).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 4, "the assignment has four experiments");
    let directory = tempdir().unwrap();
    for file in files {
        let shown = demand_success(&format!("{} --runs 2 --for 5", file.display()), &directory);
        let name = file.file_stem().unwrap().to_str().unwrap();
        assert!(shown.contains(&format!("statistics: {name}.csv")), "{shown}");
        assert!(directory.path().join(format!("{name}.csv")).exists());
    }
}
