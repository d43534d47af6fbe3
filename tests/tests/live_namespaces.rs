//! Three machines on three computers, as far as one computer can play them: each in a network namespace of its own, wired
//! to a switch, so that a partition is a partition: no reset, no error, nothing comes through.
//!
//! Needs `ip` and the right to make namespaces; without these it is not run, and says so.

#![cfg(target_os = "linux")]

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use host::link::Key;
use tempfile::tempdir;
use tests::{chaos::wait_until, judge, program::signal};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");
const MACHINES: [char; 3] = ['A', 'B', 'C'];

fn ip(arguments: &str) -> Result<(), String> {
    let output = Command::new("ip").args(arguments.split(' ')).output().map_err(|error| format!("ip: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("ip {arguments}: {}", said.trim())) }
}

/// A switch and a computer for each machine, gone when dropped.
struct Network {
    switch: String,
}

impl Network {
    fn new() -> Result<Self, String> {
        let network = Self { switch: format!("clockring-{}", std::process::id()) };
        let switch = &network.switch;
        ip(&format!("netns add {switch}"))?;
        ip(&format!("-n {switch} link add name switch type bridge"))?;
        ip(&format!("-n {switch} link set switch up"))?;
        for machine in MACHINES {
            let computer = network.computer(machine);
            ip(&format!("netns add {computer}"))?;
            ip(&format!("-n {switch} link add name to-{machine} type veth peer name wire netns {computer}"))?;
            ip(&format!("-n {computer} addr add {}/24 dev wire", address(machine)))?;
            ip(&format!("-n {computer} link set wire up"))?;
            ip(&format!("-n {switch} link set to-{machine} up"))?;
            network.plug(machine, true)?;
        }
        Ok(network)
    }

    fn computer(&self, machine: char) -> String {
        format!("{}-{machine}", self.switch)
    }

    /// Plugs a computer into the switch, or out of it. The computer does not notice: its own end stays up.
    fn plug(&self, machine: char, into: bool) -> Result<(), String> {
        let what = if into { "master switch" } else { "nomaster" };
        ip(&format!("-n {} link set to-{machine} {what}", self.switch))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for namespace in MACHINES.map(|machine| self.computer(machine)).iter().chain([&self.switch]) {
            let _ = ip(&format!("netns del {namespace}"));
        }
    }
}

fn address(machine: char) -> String {
    format!("10.77.0.{}", machine as u32 - 'A' as u32 + 1)
}

/// A machine's process, ended when dropped.
struct Process(Child);

impl Process {
    fn start(network: &Network, machine: char, directory: &Path, key: &Path) -> Self {
        let said = fs::File::create(directory.join(format!("{machine}.said"))).unwrap();
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &network.computer(machine), BINARY, "--id", &machine.to_string()]);
        command.args(["--machines", "3", "--rate", "100", "--sides", "4", "--seed", "7", "--for", "forever"]);
        command.args(["--listen", &format!("{}:7101", address(machine))]);
        for peer in MACHINES.into_iter().filter(|peer| *peer != machine) {
            command.args(["--peer", &format!("{peer}={}:7101", address(peer))]);
        }
        command.arg("--key-file").arg(key).arg("--log-dir").arg(directory);
        Self(command.stdout(Stdio::null()).stderr(said).stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn rows(directory: &Path, machine: char) -> usize {
    fs::read_to_string(directory.join(format!("{machine}.csv"))).unwrap_or_default().lines().count()
}

fn said(directory: &Path, machine: char) -> String {
    fs::read_to_string(directory.join(format!("{machine}.said"))).unwrap()
}

#[test]
fn a_partition_of_the_network_heals_and_nothing_is_lost() {
    let network = match Network::new() {
        Ok(network) => network,
        Err(why) => return eprintln!("NOT RUN: a_partition_of_the_network_…: it takes network namespaces: {why}"),
    };
    let directory = tempdir().unwrap();
    let path = directory.path();
    let key = path.join("ring.key");
    Key::from_bytes([1; Key::LENGTH]).write(&key).unwrap();
    let mut ring = MACHINES.map(|machine| Process::start(&network, machine, path, &key));
    wait_until("the ring ticks", || MACHINES.iter().all(|machine| rows(path, *machine) > 20));

    // TCP heals the first by itself. The second is longer than a link may be silent, so links are given up and made anew.
    for seconds in [2, 8] {
        network.plug('A', false).unwrap();
        let before = rows(path, 'B');
        thread::sleep(Duration::from_secs(seconds));
        assert!(rows(path, 'B') > before + 20, "the others tick on");
        network.plug('A', true).unwrap();
        let before = rows(path, 'A');
        wait_until("A ticks on", || rows(path, 'A') > before + 200);
    }
    for (machine, other) in [('A', 'B'), ('B', 'A'), ('C', 'A')] {
        wait_until("the link is down", || said(path, machine).contains(&format!("the link to {other} is down")));
        wait_until("the link is up", || said(path, machine).contains(&format!("the link to {other} is up again")));
    }

    ring.iter().for_each(|process| signal(&process.0, "TERM"));
    for (process, machine) in ring.iter_mut().zip(MACHINES) {
        let status = process.0.wait().unwrap();
        assert!(status.success(), "{machine} ended with {status}:\n{}", said(path, machine));
    }
    judge::demand_complete(path, 3);
}
