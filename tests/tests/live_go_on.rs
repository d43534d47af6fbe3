//! Runs that were cut short, and the commands that their sentences print: each works as it stands.

#![cfg(target_os = "linux")]

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::{TempDir, tempdir};
use tests::{
    chaos::wait_until,
    judge,
    program::{clockring, outcome},
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    outcome(clockring(BINARY, arguments))
}

/// Runs a line of a shell in which this program is called `clockring`.
fn shell(line: &str) -> (i32, String, String) {
    let programs = tempdir().unwrap();
    symlink(BINARY, programs.path().join("clockring")).unwrap();
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("PATH", path).stdin(Stdio::null());
    outcome(command)
}

/// The commands in a text that go on with a run.
fn commands(text: &str) -> Vec<String> {
    let from = |line: &str| line.find("clockring ring --resume").map(|place| line[place..].trim_end().to_owned());
    // In brackets, it ends with them.
    let command = |line: String| line.split_once(')').map_or(line.clone(), |(command, _)| command.to_owned());
    text.lines().filter_map(from).map(command).collect()
}

/// A ring of three in a directory with a space in its name, of which A is killed in the middle of its run. What `ring`
/// said, and how it ended.
fn cut_short() -> (TempDir, std::path::PathBuf, i32, String) {
    let home = tempdir().unwrap();
    let path = home.path().join("a run");
    let arguments = "ring --rates 40,70,100 --sides 4 --seed 7 --phase random --for 1500ms --base-port 0 --log-dir";
    let arguments: Vec<&str> = arguments.split(' ').chain([text(&path)]).collect();
    let mut ring = clockring(BINARY, &arguments);
    let ring = ring.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the ring ticks", || {
        let log = |machine| fs::read_to_string(path.join(format!("{machine}.csv"))).unwrap_or_default();
        ['A', 'B', 'C'].iter().all(|machine| log(machine).lines().count() > 10)
    });
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", ring.id())).unwrap();
    let a = children.split(' ').next().unwrap();
    assert!(Command::new("kill").args(["-s", "KILL", a]).status().unwrap().success());
    let output = ring.wait_with_output().unwrap();
    (home, path, output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
fn every_command_that_is_printed_finishes_the_run() {
    let (home, path, status, said) = cut_short();
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("A: died (signal: 9 (SIGKILL)); the others go on without it"), "{said}");
    let (status, shown, _) = run(&["check", text(&path)]);
    assert_eq!(status, 4, "{shown}");
    assert!(shown.contains("A was killed or still runs, and lacks "), "{shown}");

    let (status, _, refused) = run(&["ring", "--base-port", "0", "--log-dir", text(&path)]);
    assert!(
        status == 2 && refused.contains("A.csv is there already") && refused.contains("is not finished"),
        "{refused}"
    );
    let printed = [commands(&said), commands(&shown), commands(&refused)].concat();
    // Of B, of C, of `ring` at its end, of `check`, and of `ring` at its start.
    assert_eq!(printed.len(), 5, "{said}\n{shown}\n{refused}");
    let (status, _, wrong) = run(&["report", text(&path)]);
    assert_eq!(status, 0, "{wrong}");
    let page = fs::read_to_string(path.join("report.html")).unwrap();
    assert!(page.contains("Right so far, not finished.") && !page.contains("causally right"));
    assert_eq!(page.matches("<code>clockring ring --resume --log-dir '").count(), 1);
    let kept = home.path().join("kept");
    copy(&path, &kept);
    for command in printed {
        fs::remove_dir_all(&path).unwrap();
        copy(&kept, &path);
        let (status, _, said) = shell(&format!("{command} --quiet --base-port 0"));
        assert_eq!(status, 0, "{command}: {said}");
        judge::demand_complete(&path, 3);
        for (machine, rate, ticks) in [('A', 40, 60), ('B', 70, 105), ('C', 100, 150)] {
            let manifest = judge::manifest(&path, machine);
            assert_eq!((&manifest["rate"], &manifest["ticks"]), (&rate.into(), &ticks.into()), "{command}");
        }
        let (status, shown, _) = run(&["check", text(&path)]);
        assert_eq!(status, 0, "{shown}");
    }

    // A run that is finished stays as it is.
    let before = fs::read(path.join("A.json")).unwrap();
    let (status, _, said) = run(&["ring", "--resume", "--base-port", "0", "--log-dir", text(&path)]);
    assert_eq!(status, 0, "{said}");
    for machine in ['A', 'B', 'C'] {
        let words = format!("{machine}: has made its last tick already;");
        assert!(said.contains(&words) && !said.contains("goes on with tick"), "{said}");
    }
    assert_eq!(fs::read(path.join("A.json")).unwrap(), before);
}

/// A short run of three, whole.
fn whole() -> TempDir {
    let directory = tempdir().unwrap();
    let arguments = ["sim", "--rate", "5", "--for", "2", "--seed", "7", "--quiet", "--log-dir"];
    let (status, _, said) = run(&[&arguments[..], &[text(directory.path())]].concat());
    assert_eq!(status, 0, "{said}");
    directory
}

fn refused(directory: &Path) -> String {
    let (status, _, said) = run(&["ring", "--resume", "--base-port", "0", "--log-dir", text(directory)]);
    assert_eq!(status, 2, "{said}");
    said
}

#[test]
fn files_that_are_missing_are_named() {
    let directory = whole();
    fs::remove_file(directory.path().join("B.json")).unwrap();
    let b = directory.path().join("B.json").display().to_string();
    let said = refused(directory.path());
    assert!(said.contains(&format!("error: {b} is missing or empty: the run of 3 machines has begun (as ")), "{said}");
    fs::remove_file(directory.path().join("B.csv")).unwrap();
    fs::remove_file(directory.path().join("C.json")).unwrap();
    let said = refused(directory.path());
    assert!(said.contains("B.json and ") && said.contains("C.json are missing or empty"), "{said}");
    assert!(said.contains("bring them together in "), "{said}");
}

#[test]
fn files_of_two_runs_are_told_apart() {
    let directory = whole();
    let manifest = directory.path().join("C.json");
    let mut json = judge::manifest(directory.path(), 'C');
    json["machines"] = 4.into();
    fs::write(&manifest, json.to_string()).unwrap();
    let said = refused(directory.path());
    assert!(said.contains("A.json and ") && said.contains("C.json are of different runs"), "{said}");
}

/// The same, with machines that were killed, in a run that was given 200 ms at 20 ticks a second.
fn killed() -> TempDir {
    let directory = whole();
    for machine in ['A', 'B', 'C'] {
        let mut json = judge::manifest(directory.path(), machine);
        for field in ["ended", "ended_ns", "ticks", "left_in_queue", "stopped", "accounted", "delivered"] {
            json.as_object_mut().unwrap().remove(field);
        }
        (json["for_s"], json["rate"]) = (0.2.into(), 20.into());
        fs::write(directory.path().join(format!("{machine}.json")), json.to_string()).unwrap();
    }
    directory
}

#[test]
fn a_machine_that_cannot_go_on_is_not_waited_for() {
    let directory = killed();
    let log = directory.path().join("B.csv");
    fs::write(&log, fs::read_to_string(&log).unwrap() + "nonsense\n").unwrap();
    let (status, _, said) = run(&["ring", "--resume", "--base-port", "0", "--log-dir", text(directory.path())]);
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("B: has failed; stopping the others\n"), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("error: machines B, ") && last.contains(" failed, and said above why; once "), "{said}");
    let again = format!("this goes on with the run: clockring ring --resume --log-dir {}", directory.path().display());
    assert!(last.ends_with(&again), "{said}");
}

#[test]
fn a_manifest_that_is_lost_in_mid_run_does_not_keep_the_ring_from_going_on() {
    let directory = killed();
    fs::write(directory.path().join("B.json"), "").unwrap();
    let path = text(directory.path());
    let arguments = ["ring", "--resume", "--rate", "20", "--for", "3", "--base-port", "0", "--log-dir", path];
    let (status, _, said) = run(&arguments);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("B: its manifest is lost, so it is made again") && said.contains("the rate, 20"), "{said}");
    judge::demand_complete(directory.path(), 3);
    assert_eq!(judge::manifest(directory.path(), 'B')["ticks"], 60);
}

#[test]
fn machines_that_had_not_begun_begin_with_those_that_left_nothing() {
    let directory = killed();
    for name in ["A", "B", "C"] {
        let log = directory.path().join(format!("{name}.csv"));
        let header = fs::read_to_string(&log).unwrap().lines().next().unwrap().to_owned();
        fs::write(&log, header + "\n").unwrap();
    }
    for file in ["B.json", "B.csv"] {
        fs::remove_file(directory.path().join(file)).unwrap();
    }
    let path = text(directory.path());
    let (status, _, said) =
        run(&["ring", "--resume", "--for", "200ms", "--base-port", "0", "--quiet", "--log-dir", path]);
    assert_eq!(status, 0, "{said}");
    judge::demand_complete(directory.path(), 3);
    assert_eq!(judge::manifest(directory.path(), 'A')["ticks"], 4);
}
