//! The program as a person starts it: a process with arguments, output and an exit status.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

/// The program, not started yet. `binary` is `env!("CARGO_BIN_EXE_clockring-under-test")`.
pub fn clockring(binary: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs it to its end: exit status, standard output, standard error.
pub fn outcome(mut command: Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program speaks UTF-8");
    (status.code().expect("an exit status"), text(stdout), text(stderr))
}

/// The program under `strace`, on which every system call of this name fails, as on a disk that does. `None` where there
/// is no `strace`, and says so.
pub fn failing(call: &str, program: &Command) -> Option<Command> {
    if Command::new("strace").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("NOT RUN: strace is not there");
        return None;
    }
    let mut traced = clockring("strace", &["-f", "-qq", "-s", "8", "-e", &format!("trace={call},connect")]);
    traced.args(["-e", &format!("inject={call}:error=EIO")]).arg(program.get_program()).args(program.get_args());
    Some(traced)
}

/// Starts it, and waits until a line of its standard error contains these words.
pub fn started(mut command: Command, words: &str) -> Child {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut said = BufReader::new(child.stderr.take().expect("standard error"));
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert_ne!(said.read_line(&mut line).expect("text"), 0, "it ended without saying «{words}»");
    }
    // What it goes on to say must find a reader.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    child
}

/// Sends a signal to a process that this test has started.
pub fn signal(child: &Child, name: &str) {
    kill(name, &child.id().to_string());
}

/// Sends a signal to a process that this test has started as the first of a group, and to all of that.
pub fn signal_group(first: &Child, name: &str) {
    kill(name, &format!("-{}", first.id()));
}

fn kill(signal: &str, whom: &str) {
    let status = Command::new("kill").args(["-s", signal, "--", whom]).status().expect("kill is there");
    assert!(status.success());
}

/// The first of so many free ports in a row, given to no other test of this process.
pub fn free_ports(count: u16) -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Below the range for outgoing connections (32768 and up), from a place that differs between processes.
    let start = 10_000 + (std::process::id() as u16 % 200) * 100;
    loop {
        let first = start + GIVEN.fetch_add(count, Ordering::Relaxed);
        if (first..first + count).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return first;
        }
    }
}

/// The logs in a run directory.
pub fn logs(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a run directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut logs: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|name| name == "csv")).collect();
    logs.sort();
    logs
}

/// The number of whole rows in a log, which may not be there yet.
pub fn rows(log: &Path) -> usize {
    std::fs::read_to_string(log).map_or(0, |text| text.matches('\n').count().saturating_sub(1))
}
