//! The command as a person meets it: exit status and words, for runs that are right, wrong, incomplete or no runs at all.

use std::{fs, path::Path};

use clockring::clock::ClockKind;
use host::{check::Rule, rundir::HEADER};
use tempfile::TempDir;
use tests::program::{clockring, outcome};

use crate::run_text::{Setting, good_run};

pub(crate) fn run(arguments: &[&str]) -> (i32, String, String) {
    outcome(clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments))
}

fn good() -> TempDir {
    good_run(Setting { machines: 3, sides: 4, seed: 1, ticks: 200, clock: ClockKind::Lamport, death: None }).write()
}

fn check(directory: &Path) -> (i32, String, String) {
    run(&["check", directory.to_str().expect("a path")])
}

#[test]
fn a_good_run_is_right_and_comes_out_again() {
    let directory = good();
    let (status, said, _) = check(directory.path());
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("right. No rule is broken.") && !said.contains("rules broken:"), "{said}");
    assert!(said.contains("of these have ordered timestamps all the same"), "{said}");
    let messages = said.lines().find(|line| line.starts_with("messages: ")).expect("a line on messages");
    assert!(messages.ends_with(" waiting at the end"), "nothing else is said of a sound run: {messages}");
    let (status, said, _) = run(&["replay", directory.path().to_str().expect("a path")]);
    assert_eq!(status, 0, "{said}");
    assert!(said.ends_with("reproduced exactly\n"), "{said}");
}

#[test]
fn a_wrong_run_is_a_finding_with_file_and_line() {
    let directory = good();
    let log = directory.path().join("A.csv");
    let text = fs::read_to_string(&log).expect("a log");
    let rows: Vec<&str> = text.lines().collect();
    let without_fifth: Vec<&str> = rows[..5].iter().chain(&rows[6..]).copied().collect();
    fs::write(&log, without_fifth.join("\n") + "\n").expect("written");
    let (status, said, _) = check(directory.path());
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("A.csv:6 is tick 6, but the tick before it, at A.csv:5, is 4"), "{said}");
    let (status, said, _) = run(&["replay", directory.path().to_str().expect("a path")]);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("A.csv:6 differs\n  log:    6,"), "{said}");
}

#[test]
fn the_first_cause_comes_first_and_its_consequences_are_folded() {
    let directory = good();
    let log = directory.path().join("C.csv");
    let text = fs::read_to_string(&log).expect("a log");
    let rows: Vec<&str> = text.lines().collect();
    let lost = rows.iter().position(|row| row.contains(",send,AB,")).expect("a send to all");
    let kept: Vec<&str> = rows[..lost].iter().chain(&rows[lost + 1..]).copied().collect();
    fs::write(&log, kept.join("\n") + "\n").expect("written");
    let path = directory.path().to_str().expect("a path");

    let (_, said, _) = run(&["check", path]);
    let (_, all, _) = run(&["check", "--all", path]);
    let (_, json, _) = run(&["check", "--json", "--all", path]);
    let report: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let violations = report["violations"].as_array().expect("a list");
    let following = violations.len() as u64 - 1;
    assert_eq!((&report["first_causes_total"], &report["violations_total"]), (&1.into(), &(following + 1).into()));
    assert!(violations[0]["follows"].is_null() && violations[0]["rule"] == "tick-numbering", "{json}");
    assert!(violations[1..].iter().all(|violation| violation["follows"] == 0), "{json}");
    let counts = violations[0]["consequences"].as_object().expect("counts");
    assert_eq!(counts.values().filter_map(serde_json::Value::as_u64).sum::<u64>(), following);

    let broken = counts.len() + 1;
    let headline = format!("WRONG. 1 first cause with {following} consequences, {broken} rules broken.");
    assert!(said.contains(&headline), "«{headline}»: {said}");
    let words = |violation: &serde_json::Value| violation["text"].as_str().expect("a sentence").to_owned();
    let list: Vec<String> = Rule::ALL
        .iter()
        .filter_map(|rule| counts.get(rule.name()).map(|count| format!("{} {count}", rule.name())))
        .collect();
    let folded = format!(
        "\ntick-numbering: {}\n  its consequences: {} (--all shows them)\n",
        words(&violations[0]),
        list.join(", ")
    );
    assert!(said.contains(&folded) && !said.contains(&words(&violations[1])), "{said}");
    let places: Vec<Option<usize>> = violations.iter().map(|violation| all.find(&words(violation))).collect();
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{all}");
}

#[test]
fn of_each_rule_five_first_causes_are_shown_unless_all_are_asked_for() {
    let mut wrong =
        good_run(Setting { machines: 2, sides: 4, seed: 1, ticks: 60, clock: ClockKind::Lamport, death: None });
    // From here on every time is 1 ns before the one of the row before.
    let lines = &mut wrong.machines[0].lines;
    let rows = lines.len() as u64;
    for (row, line) in lines.iter_mut().enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        *line = format!("{},{},{}", cells[0], u64::MAX - row as u64, cells[2..].join(","));
    }
    let directory = wrong.write();
    let path = directory.path().to_str().expect("a path");
    let shown = |said: &str| said.matches("ns earlier than").count() as u64;
    let (_, said, _) = run(&["check", path]);
    assert_eq!(shown(&said), 5, "{said}");
    assert!(said.contains(&format!("\nmore first causes: time-order {} (--all shows them)\n", rows - 1 - 5)), "{said}");
    let (_, said, _) = run(&["check", "--all", path]);
    assert_eq!((shown(&said), said.contains("more first causes")), (rows - 1, false), "{said}");
}

#[test]
fn json_has_the_same_verdict_as_words() {
    let directory = good();
    let path = directory.path().to_str().expect("a path").to_owned();
    let (status, said, _) = run(&["check", "--json", &path]);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((status, &report["right"], &report["violations_total"]), (0, &true.into(), &0.into()));
    let log = fs::read_to_string(directory.path().join("B.csv")).expect("a log");
    fs::write(directory.path().join("B.csv"), log.replacen("\n1,", "\n2,", 1)).expect("written");
    let (status, said, _) = run(&["check", "--json", &path]);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((status, &report["right"]), (1, &false.into()));
    let first = &report["violations"][0];
    assert_eq!(
        (&first["rule"], &first["at"]["line"], &first["at"]["row"]),
        (&"tick-numbering".into(), &2.into(), &0.into())
    );
    assert!(first["at"]["file"].as_str().is_some_and(|file| file.ends_with("B.csv")));
}

#[test]
fn json_of_several_runs_is_one_document() {
    let json = |arguments: &[&str]| -> (i32, serde_json::Value) {
        let (status, said, _) = run(&[&["check", "--json"], arguments].concat());
        (status, serde_json::from_str(&said).expect("one JSON document"))
    };
    let directories = [good(), good()];
    let paths: Vec<&str> = directories.iter().map(|directory| directory.path().to_str().expect("a path")).collect();
    let (status, report) = json(&paths);
    let alone = |path: &str| json(&[path]).1;
    assert_eq!(
        (status, &report["right"], &report["runs"]),
        (0, &true.into(), &vec![alone(paths[0]), alone(paths[1])].into())
    );
    let log = directories[1].path().join("A.csv");
    fs::write(&log, fs::read_to_string(&log).expect("a log").replacen("\n1,", "\n2,", 1)).expect("written");
    let (status, report) = json(&paths);
    assert_eq!((status, &report["right"]), (1, &false.into()));
    assert_eq!((&report["runs"][0]["right"], &report["runs"][1]["right"]), (&true.into(), &false.into()));
    let (_, said, _) = run(&["check", paths[0], paths[1]]);
    let verdicts: Vec<usize> =
        ["right. No rule is broken.", "WRONG."].iter().filter_map(|verdict| said.find(verdict)).collect();
    assert!(verdicts.len() == 2 && verdicts.is_sorted(), "as text, one after the other: {said}");
}

#[test]
fn an_unreadable_file_is_named_with_its_line() {
    type Harm = fn(&Path);
    let harms: [(Harm, &str); 9] = [
        (|path| fs::remove_file(path.join("B.csv")).expect("removed"), "B.csv is missing: the ring has 3 machines"),
        (|path| fs::remove_file(path.join("B.json")).expect("removed"), "B.json is missing"),
        (|path| fs::write(path.join("B.csv"), "").expect("written"), "B.csv:1: the file is empty"),
        (|path| fs::write(path.join("B.csv"), [0xC1, 0, 10, 255]).expect("written"), "B.csv:1: not a Clockring log"),
        (
            |path| fs::write(path.join("B.csv"), "1,2,internal,,,1,0\n").expect("written"),
            "B.csv:1: not a Clockring log",
        ),
        (|path| fs::write(path.join("B.json"), "{\n\"id\": \"B\",\n").expect("written"), "B.json:3: not a manifest"),
        (
            |path| fs::write(path.join("B.json"), [0xC1, 0, 255]).expect("written"),
            "B.json:1: not a manifest: it is not text",
        ),
        (
            |path| fs::copy(path.join("B.json"), path.join("D.json")).map(drop).expect("copied"),
            "D.json: a ring of 3 machines has no machine D",
        ),
        (
            |path| {
                fs::remove_dir_all(path).expect("removed");
                fs::create_dir(path).expect("made");
            },
            "no run is here",
        ),
    ];
    for (harm, words) in harms {
        let directory = good();
        harm(directory.path());
        let (status, said, error) = check(directory.path());
        assert_eq!(status, 2, "{words}: {said}{error}");
        assert!(error.contains(words), "«{words}» is not said: {error}");
    }
    let (status, _, error) = run(&["check", "/no/such/place"]);
    assert!(status == 2 && error.contains("/no/such/place: cannot read"), "{error}");
}

#[test]
fn garbage_in_a_log_is_a_finding_and_the_rest_is_judged() {
    let directory = good();
    let log = directory.path().join("B.csv");
    let mut bytes = fs::read(&log).expect("a log");
    let second = HEADER.len() + 1;
    // Longer than any line may be, and no text.
    let garbage: Vec<u8> = (0..200_000_u32).map(|index| (index % 9 + 245) as u8).chain([b'\n']).collect();
    bytes.splice(second..second, garbage);
    fs::write(&log, bytes).expect("written");
    let (status, said, _) = check(directory.path());
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("B.csv:2 is not a row, the line is longer than any row"), "{said}");
    assert!(!said.contains("clock-rule"), "what comes after it is judged by what was before: {said}");
}

#[test]
fn logs_of_two_runs_in_one_directory_are_found() {
    let directory = good();
    let manifest = directory.path().join("C.json");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    fs::write(&manifest, text.replace("\"run\": 7", "\"run\": 8")).expect("written");
    let (status, said, _) = check(directory.path());
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("these are logs of different runs") && said.contains("C.json:"), "{said}");
}

#[test]
fn a_log_that_is_being_written_is_judged_up_to_where_it_is() {
    let directory = good();
    for machine in ["A", "B", "C"] {
        let manifest = directory.path().join(format!("{machine}.json"));
        let mut json: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(&manifest).expect("a manifest")).expect("JSON");
        for field in ["ended", "ended_ns", "ticks", "left_in_queue", "stopped", "accounted", "delivered"] {
            json.as_object_mut().expect("an object").remove(field);
        }
        fs::write(&manifest, json.to_string()).expect("written");
    }
    let (status, said, _) = check(directory.path());
    assert_eq!(status, 4, "{said}");
    assert_eq!(said.matches(" was killed or still runs").count(), 3, "{said}");
}
