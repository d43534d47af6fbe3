//! `report`: what its page says, without looking at it. What it shows is tested in a browser: see web/tests.

use std::{fs, path::Path, process::Command};

use tempfile::{TempDir, tempdir};
use tests::program::outcome;

fn clockring(arguments: &[&str]) -> Command {
    tests::program::clockring(env!("CARGO_BIN_EXE_clockring-under-test"), arguments)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn simulated(arguments: &[&str]) -> TempDir {
    let directory = tempdir().unwrap();
    let (status, _, said) =
        outcome(clockring(&[&["sim", "--quiet", "--log-dir", text(directory.path())], arguments].concat()));
    assert_eq!(status, 0, "{said}");
    directory
}

fn report(directory: &Path) -> String {
    let (status, shown, said) = outcome(clockring(&["report", text(directory)]));
    assert_eq!(status, 0, "{said}");
    let page = directory.join("report.html");
    assert!(shown.contains(text(&page)), "it says where it wrote: {shown}");
    fs::read_to_string(page).unwrap()
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let directory = simulated(&["--rates", "1,3,6", "--seed", "7"]);
    let page = report(directory.path());
    for outside in ["src=", "@import", "url(", "<link rel=\"stylesheet\""] {
        assert!(!page.contains(outside), "the page asks for something with {outside}");
    }
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
}

#[test]
fn the_page_tells_the_verdict_of_check() {
    let directory = simulated(&["--rates", "1,3,6", "--seed", "7", "--for", "20"]);
    assert!(report(directory.path()).contains("Every log is causally right"));
    let log = directory.path().join("B.csv");
    let rows = fs::read_to_string(&log).unwrap();
    let last = rows.trim_end().lines().last().unwrap();
    let (start, _queue) = last.rsplit_once(',').unwrap();
    let (start, clock) = start.rsplit_once(',').unwrap();
    let spoilt = format!("{start},{},0", clock.parse::<u64>().unwrap() + 5);
    fs::write(&log, rows.replace(last, &spoilt)).unwrap();
    let page = report(directory.path());
    let (_, checked, _) = outcome(clockring(&["check", text(directory.path()), "--json"]));
    let verdict: serde_json::Value = serde_json::from_str(&checked).unwrap();
    let total = verdict["violations_total"].as_u64().unwrap();
    assert!(total > 0 && page.contains(&format!("cannot all be true: {total} violation")), "{verdict}");
    assert!(page.contains("B.csv:61"));
}

#[test]
fn theory_stands_beside_what_was_observed() {
    let directory = simulated(&["--rates", "1,6,6", "--seed", "7"]);
    let page = report(directory.path());
    // By the fluid limit, two messages a second come for A, which jumps by 3 and has 60 waiting after a minute.
    for words in ["(theory: 2)", "theory 3<", "theory 60<", "theory 180<"] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn pictures_are_files_of_their_own() {
    let directory = simulated(&["--rates", "1,3,6", "--seed", "7"]);
    let pictures = directory.path().join("pictures");
    let (status, _, said) = outcome(clockring(&["report", text(directory.path()), "--svg", text(&pictures)]));
    assert_eq!(status, 0, "{said}");
    for name in ["clock.svg", "queue.svg", "drift.svg", "space-time.svg"] {
        let picture = fs::read_to_string(pictures.join(name)).unwrap();
        assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"), "{name}");
    }
    let diagram = fs::read_to_string(pictures.join("space-time.svg")).unwrap();
    let marks = diagram.matches("<circle").count()
        + diagram.matches("<path d=\"M").count()
        + diagram.matches("width=\"9\"").count();
    assert_eq!(marks, 120 + 1, "120 events and the head of an arrow");
    assert!(!directory.path().join("report.html").exists(), "no page unless asked for");
}

#[test]
fn a_sweep_has_a_page_too() {
    let directory = tempdir().unwrap();
    let table = directory.path().join("sweep.csv");
    let arguments = ["sweep", "--rates", "1,6,6", "--sides", "10,4", "--runs", "20", "--quiet", "-o", text(&table)];
    let (status, _, said) = outcome(clockring(&arguments));
    assert_eq!(status, 0, "{said}");
    let (status, _, said) = outcome(clockring(&["report", text(&table)]));
    assert_eq!(status, 0, "{said}");
    let page = fs::read_to_string(directory.path().join("sweep.html")).unwrap();
    assert!(page.contains("2 settings, 20 simulated runs of each"));
    // Six machines, six measures.
    assert_eq!(page.matches("class=\"mean\"").count(), 36);
    assert_eq!(page.matches("class=\"expected\"").count(), 24);
}

#[test]
fn what_is_no_run_and_no_sweep_is_refused_by_name() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("shopping.csv");
    fs::write(&file, "what,how many\nmilk,2\n").unwrap();
    for source in [directory.path(), &file, Path::new("/nowhere")] {
        let (status, _, said) = outcome(clockring(&["report", text(source)]));
        assert!(status == 2 && said.contains(text(source)), "{said}");
    }
}

/// The page's text between two words.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let start = page.find(before).unwrap_or_else(|| panic!("no «{before}» on the page")) + before.len();
    &page[start..start + page[start..].find(after).unwrap_or_else(|| panic!("no «{after}» after «{before}»"))]
}

/// The rows of a run in causal order, as `export --format csv` writes them.
fn events(directory: &Path) -> Vec<Vec<String>> {
    let (status, table, said) = outcome(clockring(&["export", text(directory), "--format", "csv"]));
    assert_eq!(status, 0, "{said}");
    table.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn messages_are_as_old_as_the_page_says() {
    for arguments in ["--rates 1,3,6 --seed 7", "--rates 2,9,9 --seed 3 --latency exp:300ms"] {
        let directory = simulated(&arguments.split(' ').collect::<Vec<_>>());
        let page = report(directory.path());
        let events = events(directory.path());
        // Columns: 0 machine, 2 time, 3 event, 4 peer, 5 stamp, 6 clock, 10 latency.
        let receives: Vec<&Vec<String>> = events.iter().filter(|row| row[0] == "A" && row[3] == "receive").collect();
        let mut ages: Vec<f64> = receives.iter().map(|row| row[10].parse::<f64>().unwrap() / 1e9).collect();
        let mut risen: Vec<u64> = Vec::new();
        for receive in &receives {
            let until: u64 = receive[2].parse().unwrap();
            let of_sender = events.iter().filter(|row| row[0] == receive[4] && row[2].parse::<u64>().unwrap() <= until);
            let clock = of_sender.map(|row| row[6].parse::<u64>().unwrap()).max().unwrap();
            risen.push(clock - receive[5].parse::<u64>().unwrap());
        }
        ages.sort_by(f64::total_cmp);
        risen.sort_unstable();
        let stated = between(&page, "the median message had been sent ", " since");
        let expected = format!(
            "{} before it was received, the oldest {}, and in the median the sender's clock had risen by {}",
            host::wording::seconds(ages[ages.len() / 2]),
            host::wording::seconds(*ages.last().unwrap()),
            risen[risen.len() / 2]
        );
        assert_eq!(stated, expected, "{arguments}");
        assert!(!page.contains("above the sender's"), "a receive lifts a clock above a timestamp, not above a clock");
    }
}

/// The commands that a page offers to have the same again.
fn offered(page: &str) -> Vec<String> {
    let section =
        page.split("<section id=\"repeat\">").nth(1).map_or("", |section| section.split("</section>").next().unwrap());
    section.split("<code>").skip(1).map(|code| code.split("</code>").next().unwrap().to_owned()).collect()
}

fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let runs = files.filter(|path| path.extension().is_some_and(|name| name != "html"));
    let mut files: Vec<_> =
        runs.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())).collect();
    files.sort();
    files
}

#[test]
fn the_same_again_is_the_same_to_the_byte() {
    for arguments in [
        "--rates 1,3,6 --seed 7",
        "--seed 12 --for 500ms",
        "--rates 0.25,3.5 --seed 3 --for 20 --sides 4 --phase random --latency uniform:1ms..5ms",
        "--rates 2,3,4,5 --seed 4 --for 40 --clock vector --latency exp:50ms --bursts 100ms:2s/10s --stalls 1s/9s",
        "--rates 6,6,6 --seed 5 --for 30.000000001 --clock hybrid --latency 2s",
    ] {
        let directory = simulated(&arguments.split(' ').collect::<Vec<_>>());
        let [command] = &offered(&report(directory.path()))[..] else { panic!("{arguments}: one command") };
        let again = tempdir().unwrap();
        let words: Vec<&str> = command.strip_prefix("clockring ").unwrap().split(' ').collect();
        let (status, _, said) =
            outcome(clockring(&[&words[..], &["--quiet", "--log-dir", text(again.path())]].concat()));
        assert_eq!(status, 0, "{command}: {said}");
        assert!(files(directory.path()) == files(again.path()), "{arguments}: {command}");
    }
}

#[test]
fn a_command_that_gives_another_run_is_not_offered() {
    let directory = simulated(&["--rates", "1,3,6", "--seed", "7", "--for", "20"]);
    let log = directory.path().join("C.csv");
    let rows = fs::read_to_string(&log).unwrap();
    fs::write(&log, rows.replace(",120,0,", ",121,0,")).unwrap();
    let [replay] = &offered(&report(directory.path()))[..] else { panic!("a changed run can only be replayed") };
    assert_eq!(*replay, format!("clockring replay {}", text(directory.path())));

    let live = tempdir().unwrap();
    let arguments =
        ["ring", "--rates", "20,30", "--for", "1", "--seed", "7", "--base-port", "0", "--quiet", "--log-dir"];
    let (status, _, said) = outcome(clockring(&[&arguments[..], &[text(live.path())]].concat()));
    assert_eq!(status, 0, "{said}");
    let page = report(live.path());
    let [replay, ring] = &offered(&page)[..] else { panic!("the events, and the experiment") };
    assert_eq!(ring, "clockring ring --rates 20,30 --sides 10 --seed 7 --for 1");
    let words: Vec<&str> = replay.strip_prefix("clockring ").unwrap().split(' ').collect();
    let (status, shown, _) = outcome(clockring(&words));
    assert!(status == 0 && shown.contains("reproduced exactly"), "{shown}");
    assert!(!page.contains("clockring sim"), "a simulation gives other events than a live run");
}
