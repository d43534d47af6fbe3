//! Sentences about runs of every kind are English, and true: of rings of two and of twenty-six, of ties, of machines that
//! made no tick, and of runs that broke.

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use tests::{
    english::{plain, slip},
    program::outcome,
};

fn clockring(arguments: &[&str]) -> Command {
    tests::program::clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A run, and everything that is said of it.
struct Told {
    directory: TempDir,
    /// The page as a reader sees it: a line per paragraph, item and cell.
    page: String,
    /// The page's paragraphs on the machines.
    words: String,
    /// The output of `replay`.
    said: String,
}

/// A simulated run with these arguments, separated by spaces.
fn simulated(arguments: &str) -> TempDir {
    let directory = tempdir().unwrap();
    let run = directory.path().join("first");
    let (status, _, said) = outcome(clockring(
        &[&["sim", "--quiet", "--log-dir", text(&run)], &arguments.split(' ').collect::<Vec<_>>()[..]].concat(),
    ));
    assert_eq!(status, 0, "{said}");
    directory
}

fn told(directory: TempDir) -> Told {
    let run = directory.path().join("first");
    let (status, _, said) = outcome(clockring(&["report", text(&run)]));
    assert_eq!(status, 0, "{said}");
    let html = fs::read_to_string(run.join("report.html")).unwrap();
    let (_, said, _) = outcome(clockring(&["replay", text(&run)]));
    let page = plain(&html[html.find("<body>").unwrap()..]);
    let words =
        html.split("<section id=\"words\">").nth(1).map(|words| plain(words.split("</section>").next().unwrap()));
    Told { directory, page, words: words.unwrap_or_default(), said }
}

/// Reads everything that is said of a run.
fn demand_english(told: &Told, about: &str) {
    let is_row = |line: &&str| line.starts_with("  log:") || line.starts_with("  replay:");
    for line in told.page.lines().chain(told.said.lines().filter(|line| !is_row(line))) {
        assert_eq!(slip(line), None, "{about}: «{line}»");
    }
    assert!(told.page.contains("The run “first”"), "a name is no instruction");
}

const RINGS: [&str; 16] = [
    "--rates 1,3,6 --seed 7 --for 20",
    "--rates 1,6,6 --seed 7 --sides 4",
    "--rates 3,3,3 --seed 7",
    "--rates 3,3,3 --seed 7 --phase random --sides 3",
    "--rates 1,9 --seed 4 --for 30",
    "--rates 5,5 --seed 4 --for 30 --sides 2",
    "--rates 5,5 --seed 1 --for 200ms",
    "--rates 6,6,1 --seed 3 --for 1",
    "--rates 1,1,1 --seed 3 --for 1",
    "--rates 1,1,1 --seed 3 --for 2 --sides 3",
    "--rates 0.1,5,6 --seed 1 --for 3",
    "--rates 1,2,3 --seed 1 --for 100ms",
    "--machines 26 --seed 2 --for 20 --sides 30",
    "--machines 26 --rate 6 --seed 2 --for 20 --sides 26",
    "--rates 2,3,6 --seed 5 --latency exp:300ms",
    "--rates 1,6,6 --seed 7 --sides 1000 --for 5",
];

#[test]
fn every_sound_run_is_told_in_english_with_no_superlative_where_two_tie() {
    for arguments in RINGS {
        for clock in ["lamport", "vector", "hybrid"] {
            let about = format!("{arguments} --clock {clock}");
            let told = told(simulated(&about));
            demand_english(&told, &about);
            assert!(!told.page.contains("Faults"), "{about}: nothing happened to it");
            assert!(!told.words.contains("undelivered"), "{about}: {}", told.words);
            let rates = rates(&told.directory.path().join("first"));
            let most = rates.iter().copied().fold(0.0, f64::max);
            let fastest = rates.iter().filter(|rate| **rate == most).count();
            if told.page.contains(" that of ") {
                assert_eq!(told.page.contains(", the fastest"), fastest == 1, "{about}: «the fastest» of {fastest}");
            }
            if clock == "lamport" {
                assert_eq!(
                    told.words.matches("It is the fastest").count(),
                    usize::from(fastest == 1 && most_ticked(&told)),
                    "{about}:\n{}",
                    told.words
                );
                if fastest == rates.len() {
                    assert!(!told.words.contains("slow machine"), "{about}: no machine is slow where all are equal");
                    assert!(!told.words.contains("no machine is faster"), "{about}: as all are as fast");
                }
            }
        }
    }
}

/// Did the fastest machine make a tick?
fn most_ticked(told: &Told) -> bool {
    !told.words.is_empty()
}

fn manifests(run: &Path) -> Vec<Value> {
    let files = ('A'..='Z').map(|machine| run.join(format!("{machine}.json"))).filter(|file| file.exists());
    files.map(|file| serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()).collect()
}

fn rates(run: &Path) -> Vec<f64> {
    manifests(run).iter().map(|manifest| manifest["rate"].as_f64().unwrap()).collect()
}

/// Changes a machine's manifest.
fn change(run: &Path, machine: char, change: impl FnOnce(&mut serde_json::Map<String, Value>)) {
    let path = run.join(format!("{machine}.json"));
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(manifest.as_object_mut().unwrap());
    fs::write(&path, manifest.to_string()).unwrap();
}

/// The rows of a log.
fn rows(run: &Path, machine: char) -> Vec<String> {
    fs::read_to_string(run.join(format!("{machine}.csv"))).unwrap().lines().skip(1).map(str::to_owned).collect()
}

fn write_rows(run: &Path, machine: char, rows: &[String]) {
    fs::write(run.join(format!("{machine}.csv")), format!("{}\n{}\n", host::rundir::HEADER, rows.join("\n"))).unwrap();
}

/// Takes the end from a manifest.
fn kill(run: &Path, machine: char) {
    change(run, machine, |manifest| {
        for key in ["ended", "ended_ns", "ticks", "left_in_queue", "stopped", "accounted", "delivered"] {
            manifest.remove(key);
        }
    });
}

/// A run with faults: they come first, and theory is left out.
fn told_of_faults(directory: TempDir, about: &str) -> Told {
    let told = told(directory);
    demand_english(&told, about);
    let place = |text: &str| told.page.find(text).unwrap_or_else(|| panic!("{about}: no «{text}» in\n{}", told.page));
    assert!(place("\nFaults\n") < place("In words"), "{about}: faults come first");
    assert!(
        ["✓", "✗", "?"]
            .iter()
            .all(|verdict| told.page.find(verdict).is_none_or(|verdict| place("\nFaults\n") < verdict))
    );
    assert!(told.page.contains("Theory is left out: "), "{about}");
    assert!(!told.page.contains("theory ") && !told.page.contains("(theory"), "{about}: theory knows no faults");
    told
}

#[test]
fn a_death_comes_before_everything_else_and_nothing_keeps_up_with_what_is_undelivered() {
    let arguments = "--rates 6,1,6 --sides 4 --seed 2";
    let directory = simulated(arguments);
    let run = directory.path().join("first");
    let all = rows(&run, 'B');
    let last_send = all.iter().rposition(|row| row.contains(",send,")).map_or(0, |row| row + 1);
    let kept = &all[..last_send.max(15)];
    write_rows(&run, 'B', kept);
    kill(&run, 'B');
    let sent: usize = ['A', 'C']
        .into_iter()
        .flat_map(|machine| rows(&run, machine))
        .filter(|row| {
            let fields: Vec<&str> = row.split(',').collect();
            fields[2] == "send" && fields[3].contains('B')
        })
        .count();
    let waiting: usize = kept.last().unwrap().split(',').nth(6).unwrap().parse().unwrap();
    let received = kept.iter().filter(|row| row.contains(",receive,")).count();
    let undelivered = sent - received - waiting;
    let told = told_of_faults(directory, arguments);
    let died = format!("B died: its log ends at {} s, after {} ticks", kept.len(), kept.len());
    assert!(told.page.contains(&died), "{died} in\n{}", told.page);
    assert!(
        told.page
            .contains(&format!("{undelivered} messages that were sent to B were not received before its log ends."))
    );
    let of_b = told.words.lines().find(|line| line.starts_with("B made ")).unwrap();
    assert!(!of_b.contains("keeps up") && of_b.contains(&format!("{undelivered} are undelivered")), "{of_b}");
    assert!(told.page.contains("messages sent to it and undelivered"));
}

#[test]
fn a_restart_is_told_with_its_tick() {
    for (restarts, words) in [(vec![30], "was restarted once"), (vec![30, 40], "was restarted twice")] {
        let directory = simulated("--rates 1,3,6 --seed 7 --for 20");
        let run = directory.path().join("first");
        change(&run, 'B', |manifest| drop(manifest.insert("restarts".to_owned(), restarts.clone().into())));
        let told = told_of_faults(directory, words);
        let sentence =
            format!("B died and {words}; it resumed from its log at tick 30, 0.333 s after the event before");
        assert!(told.page.contains(&sentence), "{sentence} in\n{}", told.page);
    }
}

#[test]
fn lost_messages_are_counted_one_by_one() {
    for lost in [1, 2] {
        let directory = simulated("--rates 1,6,6 --seed 7 --for 20");
        let run = directory.path().join("first");
        let mut gone = Vec::new();
        change(&run, 'A', |manifest| {
            let left = manifest["left_in_queue"].as_array_mut().unwrap();
            gone = left.split_off(left.len() - lost);
        });
        let broken = told_of_faults(directory, "left out of the account");
        let sentence = [
            "1 message that was sent to A did not arrive: it is neither",
            "2 messages that were sent to A did not arrive: they are neither",
        ][lost - 1];
        assert!(broken.page.contains(sentence), "{}", broken.page);

        let directory = simulated("--rates 1,6,6 --seed 7 --for 20");
        let run = directory.path().join("first");
        change(&run, 'A', |manifest| {
            let left = manifest["left_in_queue"].as_array_mut().unwrap();
            left.truncate(left.len() - lost);
            manifest.insert("overruns".to_owned(), gone.into());
        });
        let overrun = told_of_faults(directory, "found the queue full");
        let sentence = [
            "1 message found the queue of A full, which cannot push back, and was lost",
            "2 messages found the queue of A full, which cannot push back, and were lost",
        ][lost - 1];
        assert!(overrun.page.contains(sentence), "{}", overrun.page);
        assert!(!overrun.words.contains("A (theory") && overrun.page.contains("messages lost to its full queue"));
    }
}

#[test]
fn a_link_that_stood_still_is_told_and_nothing_came_meanwhile() {
    let mut told_of = 0;
    for seed in 1..=6 {
        let arguments = format!("--rates 4,6,6 --seed {seed} --stalls 5s/20s");
        let directory = simulated(&arguments);
        let run = directory.path().join("first");
        // As a run over a real network, where a stall is no setting.
        "ABC".chars().for_each(|machine| change(&run, machine, |manifest| drop(manifest.remove("time"))));
        let (_, table, _) = outcome(clockring(&["export", text(&run), "--format", "csv"]));
        let messages: Vec<Vec<String>> = table
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>())
            .filter(|row| row[3] == "receive")
            .collect();
        let told = told_of_faults(directory, &arguments);
        for line in told.page.lines().filter(|line| line.contains(" stood still: ")) {
            let words: Vec<&str> = line.split(' ').collect();
            let (from, to) = (words[3], words[5]);
            let time = |number: &str, unit: &str| {
                number.parse::<f64>().unwrap() / if unit.starts_with("ms") { 1000.0 } else { 1.0 }
            };
            let times: Vec<f64> = words
                .windows(2)
                .filter(|pair| pair[1].starts_with("s") && pair[0].parse::<f64>().is_ok() || pair[1].starts_with("ms"))
                .map(|pair| time(pair[0], pair[1]))
                .collect();
            let [since, until] = times[..] else { panic!("{line}") };
            let started = 946_684_800_000_000_000_u64;
            let at = |nanoseconds: &str| (nanoseconds.parse::<u64>().unwrap() - started) as f64 / 1e9;
            let sent_meanwhile = messages.iter().filter(|row| {
                row[0] == to && row[4] == from && at(&row[9]) >= since - 0.05 && at(&row[9]) <= until + 0.05
            });
            let received_at: Vec<f64> = sent_meanwhile.map(|row| at(&row[2])).collect();
            // Times on the page have three digits.
            assert!(
                until - since > 0.9 && received_at.iter().all(|time| *time > until - 0.06),
                "{line}: {received_at:?}"
            );
            told_of += 1;
        }
    }
    assert!(told_of > 5, "{told_of} stalls of some twenty");
}

#[test]
fn a_run_that_goes_on_and_a_log_alone_are_told_as_what_they_are() {
    let directory = simulated("--rates 1,3,6 --seed 7 --for 20");
    let run = directory.path().join("first");
    "ABC".chars().for_each(|machine| kill(&run, machine));
    let running = told(directory);
    demand_english(&running, "no machine has ended");
    assert!(
        running.page.contains("No machine had ended when this page was written") && !running.page.contains("Faults")
    );

    let directory = simulated("--rates 1,3,6 --seed 7 --for 20");
    let run = directory.path().join("first");
    for file in ["B.csv", "B.json", "C.csv", "C.json"] {
        fs::remove_file(run.join(file)).unwrap();
    }
    let alone = told(directory);
    demand_english(&alone, "a log alone");
    assert!(
        alone.page.contains("3 machines (1 log here)")
            && alone.words.contains("A made 20 ticks and received 20 messages.")
    );
    assert!(!alone.page.contains("fastest,") && !alone.words.contains("fastest"), "the others may be faster");
    assert!(alone.page.contains("Theory is left out: it takes the rates of all machines, and not all logs are here."));
}

#[test]
fn a_broken_log_is_told_in_english_and_without_theory() {
    for rows_broken in [1, 2, 5] {
        let directory = simulated("--rates 1,3,6 --seed 7 --for 20");
        let run = directory.path().join("first");
        let mut all = rows(&run, 'C');
        for row in all.iter_mut().rev().take(rows_broken) {
            let (start, queue) = row.rsplit_once(',').unwrap();
            let (start, _) = start.rsplit_once(',').unwrap();
            *row = format!("{start},1,{queue}");
        }
        write_rows(&run, 'C', &all);
        let told = told(directory);
        demand_english(&told, "a broken log");
        assert!(told.page.contains("cannot all be true"), "{}", told.page);
        assert!(told.page.contains("Theory is left out: the logs contradict each other."));
        assert!(!told.words.contains("keeps up"), "{}", told.words);
    }
}

#[test]
fn a_sweep_is_told_in_english() {
    for (arguments, heading) in [
        ("--rates 1,6,6 --runs 1 --for 5", "1 setting, 1 simulated run."),
        ("--rates 1,6,6 --runs 20 --for 20", "1 setting, 20 simulated runs."),
        ("--rates 3,3 --sides 2,10 --runs 2 --for 1", "2 settings, 2 simulated runs of each."),
    ] {
        let directory = tempdir().unwrap();
        let file = directory.path().join("first.csv");
        let all: Vec<&str> = ["sweep", "-o", text(&file)].into_iter().chain(arguments.split(' ')).collect();
        let (status, table, said) = outcome(clockring(&all));
        assert_eq!(status, 0, "{said}");
        assert_eq!(outcome(clockring(&["report", text(&file)])).0, 0);
        let page = plain(&fs::read_to_string(directory.path().join("first.html")).unwrap());
        for line in page.lines().chain(table.lines()) {
            assert_eq!(slip(line), None, "{arguments}: «{line}»");
        }
        assert!(page.contains("A sweep\n"), "it has no name of its own: {page}");
        assert!(page.contains(heading), "{heading}");
    }
}
