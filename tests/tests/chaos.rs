//! A real ring of processes under faults drawn from a seed: killed, stopped, cut off, unplugged, brought back. When it
//! is over, nothing may be lost, nothing may come twice, and no timestamp may be used again.
//!
//! `CHAOS_SEED=7 CHAOS_FAULTS=2000 cargo test --release -p tests --test chaos -- --nocapture` is a long run; about half
//! of the faults are kills. Without these it is a short one.

use std::{fmt, thread};

use tempfile::TempDir;
use tests::{
    chaos::{Chance, ChaosRing, demand_check_and_replay, setting},
    judge,
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

/// How many faults of each kind there were.
#[derive(Default)]
struct Faults {
    kills: u64,
    stops: u64,
    cuts: u64,
    pulled: u64,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, stops, cuts, pulled } = self;
        write!(f, "{kills} kills, {stops} stops, {cuts} cuts, {pulled} pulled cables")
    }
}

/// Prints how to see a failure again, unless it is disarmed.
struct HowToRepeat(u64, u64, Option<TempDir>);

impl Drop for HowToRepeat {
    fn drop(&mut self) {
        if thread::panicking() {
            let kept = self.2.take().map(TempDir::keep);
            eprintln!("again: CHAOS_SEED={} CHAOS_FAULTS={} cargo test -p tests --test chaos", self.0, self.1);
            eprintln!("logs: {kept:?}");
        }
    }
}

#[test]
fn whatever_happens_to_processes_and_links_nothing_is_lost_and_nothing_comes_twice() {
    let (seed, count) = (setting("CHAOS_SEED", 1), setting("CHAOS_FAULTS", 25));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let _how = HowToRepeat(seed, count, Some(directory));
    let mut chance = Chance::new(seed);

    let machines = 2 + chance.below(3) as usize;
    let rates: Vec<String> = (0..machines).map(|_| chance.one_of(&["6", "50", "200", "1000"]).to_owned()).collect();
    let sides = (machines as u32 + chance.below(6)).to_string();
    let arguments =
        ["--rates", &rates.join(","), "--sides", &sides, "--seed", &seed.to_string(), "--for", "forever", "--quiet"];
    let mut ring = ChaosRing::start(BINARY, &path, machines, &arguments);
    ring.wait_until_it_ticks();

    let mut faults = Faults::default();
    for _ in 0..count {
        let victim = chance.below(machines as u32) as usize;
        match chance.below(8) {
            0..4 => {
                faults.kills += u64::from(ring.kill(victim));
                if chance.below(4) == 0 {
                    let other = chance.below(machines as u32) as usize;
                    faults.kills += u64::from(ring.kill(other));
                }
                thread::sleep(chance.milliseconds(100));
                (0..machines).for_each(|machine| ring.bring_back(machine));
            }
            4 => {
                ring.freeze(victim);
                thread::sleep(chance.milliseconds(400));
                // Killed while it is stopped, sometimes.
                if chance.below(3) == 0 {
                    faults.kills += u64::from(ring.kill(victim));
                    ring.bring_back(victim);
                }
                ring.thaw(victim);
                faults.stops += 1;
            }
            5 | 6 => {
                ring.cut(victim);
                faults.cuts += 1;
            }
            _ => {
                ring.pull_cable(victim, true);
                thread::sleep(chance.milliseconds(300));
                ring.pull_cable(victim, false);
                faults.pulled += 1;
            }
        }
        thread::sleep(chance.milliseconds(150));
    }
    ring.end();

    let logs = judge::demand_complete(&path, machines);
    demand_check_and_replay(BINARY, &path);
    let events: usize = logs.values().map(Vec::len).sum();
    let rates = rates.join(", ");
    println!("seed {seed}: {machines} machines at {rates}, {sides} sides: {faults}; {events} events, all right");
}
