//! A run of 0.1, whose logs do not tell when messages arrived: read by every command, and not gone on with.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::directory::run;

/// A live ring of three, logged by 0.1.
const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/check/run_of_0_1");

#[test]
fn it_is_right_and_not_judged_by_arrivals() {
    let (status, said, _) = run(&["check", DIRECTORY]);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("right. No rule is broken."), "{said}");
    assert!(said.contains("not judged, no log tells when a message came in: arrival"), "{said}");
}

#[test]
fn it_is_replayed_reported_and_exported() {
    let (status, said, _) = run(&["replay", DIRECTORY]);
    assert_eq!(status, 0, "{said}");
    let directory = TempDir::new().expect("a directory");
    let page = directory.path().join("page.html");
    let (status, said, wrong) = run(&["report", DIRECTORY, "-o", page.to_str().expect("a path")]);
    assert_eq!(status, 0, "{said}{wrong}");
    let (status, said, _) = run(&["export", "--format", "csv", DIRECTORY]);
    assert_eq!((status, said.lines().count()), (0, 51), "a line per event, and the header");
}

#[test]
fn only_0_1_goes_on_with_it() {
    let directory = TempDir::new().expect("a directory");
    for entry in fs::read_dir(DIRECTORY).expect("files") {
        let path = entry.expect("a file").path();
        fs::copy(&path, directory.path().join(path.file_name().expect("a name"))).expect("a copy");
    }
    let log = directory.path().join("A.csv");
    let before = fs::read(&log).expect("a log");
    let (status, _, said) = resume(directory.path());
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("A.csv: it is a log of Clockring 0.1, which speaks another protocol"), "{said}");
    assert_eq!(fs::read(&log).expect("a log"), before);
}

fn resume(directory: &Path) -> (i32, String, String) {
    let directory = directory.to_str().expect("a path");
    let free = ["--listen", "127.0.0.1:0", "--peer", "B=127.0.0.1:1", "--peer", "C=127.0.0.1:1"];
    let mut arguments =
        vec!["--id", "A", "--rate", "1", "--seed", "7", "--for", "5", "--resume", "--log-dir", directory];
    arguments.extend(free);
    run(&arguments)
}
