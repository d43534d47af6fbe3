//! `--watch` in a real terminal (tmux), by what the screen shows.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use tempfile::tempdir;
use tests::{
    judge,
    program::{clockring, free_ports, outcome, rows},
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

/// A terminal with a shell in it. Ends with the test.
struct Terminal {
    socket: String,
}

impl Terminal {
    /// `None`, and a loud word, if there is no tmux here.
    fn open(name: &str) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            eprintln!("*** NOT RUN: tests of --watch: there is no tmux on this computer");
            return None;
        }
        let terminal = Self { socket: format!("clockring-{}-{name}", std::process::id()) };
        terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "100",
            "-y",
            "30",
            "env PS1='$ ' TERM=screen sh",
        ]);
        Some(terminal)
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").args(["-L", &self.socket]).args(arguments).output().expect("tmux runs");
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    fn run(&self, command: &str) {
        self.keys(&[command, "Enter"]);
    }

    /// Waits until the screen is as wanted, and returns it.
    fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let screen = self.tmux(&["capture-pane", "-p"]);
            if wanted(&screen) {
                return screen;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "no {what} on the screen:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Is the terminal as a shell wants it: its own screen, lines and echo?
    fn demand_restored(&self) {
        self.run("clear; stty -a | grep -o ' -\\?icanon\\| -\\?echo ' | tr -d '\\n'; echo ' end'");
        let screen = self.until("modes", |screen| {
            screen.lines().any(|line| line.trim_end().ends_with(" end") && !line.contains("stty"))
        });
        let modes = screen.lines().find(|line| line.contains(" end") && !line.contains("stty")).unwrap_or_default();
        assert!(modes.contains(" icanon") && modes.contains(" echo ") && !modes.contains('-'), "{modes}");
        assert_eq!(self.tmux(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]).trim(), "0 1");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.socket, "kill-server"]).output();
    }
}

fn ring(directory: &Path, more: &str) -> String {
    let directory = directory.display();
    format!(
        "{BINARY} ring --watch --rates 5,10,20 --sides 6 --seed 7 --base-port 0 --log-dir {directory} {more}; echo status $?"
    )
}

#[test]
fn the_view_lives_pauses_steps_back_and_leaves_the_terminal_as_it_was() {
    let Some(terminal) = Terminal::open("keys") else { return };
    let directory = tempdir().unwrap();
    terminal.run(&ring(directory.path(), "--for forever"));
    let screen = terminal.until("messages", |screen| screen.contains("◀") && screen.contains("▶"));
    for words in ["LIVE", "waiting", "sent/s", "received/s", "q quit", "▲", "│", "░"] {
        assert!(screen.contains(words), "«{words}» is missing:\n{screen}");
    }
    for machine in ["A   5 ", "B   10", "C   20"] {
        assert!(screen.contains(machine), "{machine}:\n{screen}");
    }
    terminal.keys(&["Space"]);
    let paused = terminal.until("pause", |screen| screen.contains("PAUSED"));
    let event = |screen: &str| -> usize {
        let place = screen.split("event ").nth(1).expect("the place").split(' ').next();
        place.expect("a number").parse().expect("a number")
    };
    terminal.keys(&["Left", "Left", "Left"]);
    let three_before = event(&paused) - 3;
    terminal.until("three events before", |screen| screen.contains("PAUSED") && event(screen) == three_before);
    terminal.keys(&["Home"]);
    terminal.until("the first event", |screen| screen.contains("PAUSED") && event(screen) == 1);
    terminal.keys(&["End"]);
    terminal.until("life", |screen| screen.contains("LIVE"));
    terminal.keys(&["q"]);
    terminal.until("the end", |screen| screen.contains("status 0"));
    terminal.demand_restored();
    judge::demand_complete(directory.path(), 3);
}

#[test]
fn what_is_shown_of_a_machine_is_the_last_row_of_its_log() {
    let Some(terminal) = Terminal::open("rows") else { return };
    let directory = tempdir().unwrap();
    terminal.run(&ring(directory.path(), "--for 2"));
    let screen = terminal.until("the end of the run", |screen| screen.contains("ENDED"));
    for machine in ["A", "B", "C"] {
        let log = std::fs::read_to_string(directory.path().join(format!("{machine}.csv"))).unwrap();
        let last: Vec<&str> = log.lines().last().unwrap().split(',').collect();
        let line = screen.lines().find(|line| line.starts_with(&format!("{machine}  "))).expect("a line per machine");
        let shown: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(
            [shown[3], shown[4], shown[6]],
            [last[0], last[5], last[6]],
            "tick, clock, queue of {machine}: {line}"
        );
    }
    terminal.keys(&["q"]);
    terminal.until("the table", |screen| screen.contains("status 0"));
    assert_eq!([10, 20, 40], ["A", "B", "C"].map(|machine| rows(&directory.path().join(format!("{machine}.csv")))));
    terminal.demand_restored();
}

#[test]
fn signals_leave_the_terminal_as_it_was() {
    for keys in [&["C-c"][..], &[]] {
        let Some(terminal) = Terminal::open(if keys.is_empty() { "term" } else { "ctrl-c" }) else { return };
        let directory = tempdir().unwrap();
        terminal.run(&ring(directory.path(), "--for forever"));
        terminal.until("events", |screen| screen.contains("LIVE") && screen.contains('▲'));
        if keys.is_empty() {
            let pid = terminal.tmux(&["display-message", "-p", "#{pane_pid}"]);
            let children = Command::new("pkill").args(["-TERM", "-P", pid.trim()]).status().expect("pkill is there");
            assert!(children.success());
        } else {
            terminal.keys(keys);
        }
        terminal.until("the end", |screen| screen.contains("status 0"));
        terminal.demand_restored();
    }
}

#[test]
fn one_machine_can_be_watched_and_shows_the_others_of_this_computer() {
    let Some(terminal) = Terminal::open("id") else { return };
    let directory = tempdir().unwrap();
    let port = free_ports(3).to_string();
    let path = directory.path().to_str().unwrap();
    let shared = ["--rate", "10", "--sides", "5", "--for", "2", "--seed", "3", "--base-port", &port, "--log-dir", path];
    let others = ["B", "C"].map(|machine| {
        let command = clockring(BINARY, &[&["--id", machine, "--quiet"], &shared[..]].concat());
        std::thread::spawn(move || outcome(command))
    });
    terminal.run(&format!("{BINARY} --id A --watch {}; echo status $?", shared.join(" ")));
    terminal.until("the end of the run", |screen| {
        screen.contains("ENDED") && screen.contains("C   10") && screen.contains('■')
    });
    terminal.keys(&["q"]);
    terminal.until("the end", |screen| screen.contains("status 0"));
    terminal.demand_restored();
    for other in others {
        let (status, _, said) = other.join().expect("no panic");
        assert_eq!(status, 0, "{said}");
    }
}

#[test]
fn without_a_terminal_there_is_plain_output() {
    let directory = tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let arguments =
        ["ring", "--watch", "--rate", "10", "--for", "1", "--base-port", "0", "--seed", "1", "--log-dir", path];
    let (status, shown, said) = outcome(clockring(BINARY, &arguments));
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("--watch needs a terminal"), "{said}");
    assert!(shown.contains("tick") && shown.contains("complete") && !shown.contains('\u{1b}'), "{shown}");
}
