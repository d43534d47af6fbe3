//! Strangers in numbers at the door: ticks stay on time, memory stays flat, peers still come in, nothing is logged.
//!
//! `HOSTILE=100000 cargo test --release -p tests --test hostile -- --nocapture` is the full size, and prints what it
//! measured; without it the numbers are small.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use host::link::{Key, noise};
use tempfile::tempdir;
use tests::{
    chaos::{ChaosRing, wait_until},
    judge,
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");
const RATE: u64 = 100;

/// How many strangers call.
fn strangers() -> usize {
    std::env::var("HOSTILE").ok().and_then(|count| count.parse().ok()).unwrap_or(3_000)
}

/// One stranger of the kind that this number stands for. What is left open is returned.
fn call(address: SocketAddr, kind: usize) -> Option<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()?;
    let wrong_key = || noise::hello(&Key::from_bytes([9; 32])).expect("random numbers").0;
    let said = match kind % 6 {
        // Garbage, more than anybody reads.
        0 => stream.write_all(&[0xC1; 4096]),
        // A browser.
        1 => stream.write_all(b"GET / HTTP/1.1\r\nHost: clockring\r\n\r\n"),
        // Another ring.
        2 => stream.write_all(&wrong_key()),
        // A handshake that breaks off.
        3 => stream.write_all(&wrong_key()[..17]),
        // Slow: a byte, and then nothing for as long as it may stay.
        4 => stream.write_all(b"C"),
        // Nothing at all.
        _ => Ok(()),
    };
    said.ok()?;
    match kind % 6 {
        // These do not say enough to be sent away for it.
        1 | 3..=5 => Some(stream),
        _ => {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
            let _ = stream.read(&mut [0; 64]);
            None
        }
    }
}

/// Strangers are elsewhere, and what they do costs this computer nothing: as near to that as a thread comes that shares
/// processors with the ring.
fn step_back(nice: &str) {
    if let Ok(thread) = fs::read_link("/proc/thread-self")
        && let Some(thread) = thread.file_name()
    {
        let _ = Command::new("renice").args(["-n", nice, "-p"]).arg(thread).stdout(Stdio::null()).status();
    }
}

/// Calls from several threads until so many have called; each keeps some connections open that say nothing.
fn attack(address: SocketAddr, count: usize) -> Duration {
    const THREADS: usize = 4;
    const KEPT_OPEN: usize = 100;
    let (next, began) = (AtomicUsize::new(0), Instant::now());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                step_back("19");
                let mut open = std::collections::VecDeque::new();
                loop {
                    let kind = next.fetch_add(1, Ordering::Relaxed);
                    if kind >= count {
                        break;
                    }
                    open.extend(call(address, kind));
                    if open.len() > KEPT_OPEN {
                        open.pop_front();
                    }
                }
            });
        }
    });
    began.elapsed()
}

/// The same attack on somebody else of this computer, who hangs up at once: what it costs to have the attackers here,
/// whatever they attack.
fn attack_somebody_else(count: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, over) = (listener.local_addr().unwrap(), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            step_back("10");
            for _caller in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        attack(address, count);
        over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(address);
    });
}

/// Resident memory of a process, in KiB.
fn memory_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The most files that a process has open while something happens.
fn open_files_max<T>(process: u32, during: impl FnOnce() -> T) -> (usize, T) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut max = 0;
            while !over.load(Ordering::Relaxed) {
                max = max.max(fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count));
                thread::sleep(Duration::from_millis(1));
            }
            max
        });
        let result = during();
        over.store(true, Ordering::Relaxed);
        (watcher.join().unwrap(), result)
    })
}

/// How late the ticks of machine A between these times were: median and 99th percentile, in microseconds.
fn lateness_us(directory: &Path, from_ns: u64, to_ns: u64) -> (u64, u64) {
    let started_ns = judge::manifest(directory, 'A')["started_ns"].as_u64().unwrap();
    let logs = judge::read(directory);
    let ticks = logs[&'A'].iter().filter(|event| (from_ns..to_ns).contains(&event.time_ns));
    let mut late: Vec<u64> =
        ticks.map(|event| (event.time_ns - started_ns - event.tick * 1_000_000_000 / RATE) / 1000).collect();
    late.sort_unstable();
    let quantile = |share: usize| late[(late.len() - 1) * share / 100];
    (quantile(50), quantile(99))
}

#[test]
fn strangers_in_numbers_neither_delay_ticks_nor_keep_peers_out() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("ring.key");
    Key::from_bytes([1; 32]).write(&file).unwrap();
    let rate = RATE.to_string();
    let arguments = ["--rate", &rate, "--seed", "7", "--for", "forever", "--key-file", file.to_str().unwrap()];
    let mut ring = ChaosRing::start_directly(BINARY, directory.path(), 3, &arguments);
    ring.wait_until_it_ticks();

    let quiet_from = host::system_time::now().ns();
    let warm = attack(ring.address(0), 300);
    let memory_before = memory_kib(ring.process(0));
    let rows = || fs::read_to_string(directory.path().join("A.csv")).unwrap().lines().count();
    let enough = rows() + 500;
    wait_until("an undisturbed while has passed", || rows() > enough);

    let elsewhere_from = host::system_time::now().ns();
    attack_somebody_else(strangers());
    let attack_from = host::system_time::now().ns();
    let (files_before, ()) = open_files_max(ring.process(0), || thread::sleep(Duration::from_millis(20)));
    let (files, took) = open_files_max(ring.process(0), || attack(ring.address(0), strangers()));
    let attack_to = host::system_time::now().ns();
    let memory_after = memory_kib(ring.process(0));

    // While the next wave comes, a peer that dials A dies and has to find its way in.
    let wave = thread::spawn({
        let address = ring.address(0);
        move || attack(address, strangers() / 4)
    });
    ring.kill(2);
    ring.bring_back(2);
    wait_until("C is let in", || ring.what_it_said(0).contains("the link to C is up again"));
    let under_attack = !wave.is_finished();
    wave.join().unwrap();

    let refusals = ring.what_it_said(0).matches("refused").count();
    ring.end();
    judge::demand_complete(directory.path(), 3);
    let late = |from_ns, to_ns| lateness_us(directory.path(), from_ns, to_ns);
    let quiet = late(quiet_from, elsewhere_from);
    let (elsewhere, loud) = (late(elsewhere_from, attack_from), late(attack_from, attack_to));
    println!(
        "{} strangers in {:.1} s (warm-up {:.1} s); A's ticks late by (median, p99) {quiet:?} us undisturbed, \
         {elsewhere:?} us while somebody else here is attacked, {loud:?} us under attack; memory {memory_before} KiB before, {memory_after} KiB after; \
         at most {files} files open, {files_before} before; {refusals} notices; \
         C let in under attack: {under_attack}",
        strangers(),
        took.as_secs_f64(),
        warm.as_secs_f64(),
    );
    assert!(memory_after < memory_before + 8 * 1024, "memory grew from {memory_before} to {memory_after} KiB");
    // Those who have not said who they are, and those who were just accepted.
    assert!(files <= files_before + 80, "{files} files open, {files_before} before");
    assert!(refusals < 200, "{refusals} notices");
}
