//! Runs a ring of three processes, ours or the naive one, and says what it did and what it took.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use bench::processor::of_children;
use host::{
    check::{Run, judge},
    rundir::{Manifest, RunDirectory, Summary},
};

use crate::Outcome;

/// How long a ring runs: a second at some millions of rows a second is some hundred megabytes of logs.
pub(crate) const SECONDS: u64 = 1;

/// What a run did.
pub(crate) struct Figures {
    pub(crate) events_per_second: f64,
    /// Every one goes over a link and into a lane, and is received or accounted for as left there.
    pub(crate) messages_per_second: f64,
    /// Of all processes, from their start to their end.
    pub(crate) cpu_ns_per_message: f64,
}

impl Figures {
    pub(crate) fn messages_per_event(&self) -> f64 {
        self.messages_per_second / self.events_per_second
    }
}

/// `clockring ring --rate max`.
pub(crate) fn ours() -> Outcome<Figures> {
    let directory = directory("ours")?;
    let seconds = SECONDS.to_string();
    timed(&directory, || {
        let mut ring = Command::new(env::current_exe()?);
        ring.args(["ring", "--rate", "max", "--for", &seconds, "--seed", "7", "--quiet", "--base-port", "0"]);
        let status = ring.arg("--log-dir").arg(&directory).status()?;
        if status.success() { Ok(()) } else { Err("the ring failed".into()) }
    })
}

/// The ring of `naive.rs`.
pub(crate) fn naive() -> Outcome<Figures> {
    let directory = directory("naive")?;
    let listeners: Vec<TcpListener> = (0..3).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<Result<_, _>>()?;
    let ports: Vec<String> =
        listeners.iter().map(|listener| Ok(listener.local_addr()?.port().to_string())).collect::<Outcome<_>>()?;
    drop(listeners);
    timed(&directory, || {
        let machines: Vec<_> = (0..3)
            .map(|index: usize| {
                let mut machine = Command::new(env::current_exe()?);
                machine.arg("naive").arg(index.to_string()).args(&ports).arg(&directory).spawn()
            })
            .collect::<Result<_, _>>()?;
        for mut machine in machines {
            if !machine.wait()?.success() {
                return Err("the naive ring failed".into());
            }
        }
        Ok(())
    })
}

fn directory(name: &str) -> Outcome<PathBuf> {
    let directory = memory().join(format!("clockring-bench-{}-{name}", std::process::id()));
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

/// Where logs go: memory if there is a file system in it, so that it is not a disk that is measured.
pub(crate) fn memory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { env::temp_dir() }
}

fn timed(directory: &Path, ring: impl FnOnce() -> Outcome<()>) -> Outcome<Figures> {
    let before = of_children();
    ring()?;
    let cpu = of_children() - before;
    let (mut events, mut messages, mut seconds) = (0, 0, 0_f64);
    let directory = &RunDirectory::at(directory);
    for machine in directory.machines()? {
        let manifest = Manifest::read(&directory.manifest(machine))?;
        let summary = Summary::read(directory, &manifest)?;
        events += summary.ticks;
        messages += summary.sent;
        seconds = seconds.max((summary.last_ns - summary.first_ns) as f64 / 1e9);
    }
    let verdict = judge(&Run::load(directory)?);
    if verdict.violations.total() > 0 {
        return Err(format!("the checker finds {} violations in {}", verdict.violations.total(), directory).into());
    }
    fs::remove_dir_all(directory.path())?;
    Ok(Figures {
        events_per_second: events as f64 / seconds,
        messages_per_second: messages as f64 / seconds,
        cpu_ns_per_message: cpu.as_nanos() as f64 / messages as f64,
    })
}
