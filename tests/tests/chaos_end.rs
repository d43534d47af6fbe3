//! Real rings of processes under faults at the end of their run: killed around it, and away over it. Nothing may be lost
//! once all are there again.
//!
//! `CHAOS_SEED=7 CHAOS_RINGS=40 cargo test --release -p tests --test chaos_end -- --nocapture` kills a thousand times.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use tests::{
    chaos::{Chance, ChaosRing, demand_check_and_replay, setting},
    judge,
};

const BINARY: &str = env!("CARGO_BIN_EXE_clockring-under-test");

const MACHINES: usize = 3;

/// Kills of a ring, from a second before its end on.
const KILLS: usize = 25;

/// Nothing is lost, by three judges.
fn demand_right(directory: &Path) {
    judge::demand_complete(directory, MACHINES);
    demand_check_and_replay(BINARY, directory);
}

#[test]
fn kills_around_the_end_of_a_run_lose_nothing() {
    let (first, rings) = (setting("CHAOS_SEED", 1), setting("CHAOS_RINGS", 2));
    for seed in first..first + rings {
        println!("again: CHAOS_SEED={seed} CHAOS_RINGS=1 cargo test -p tests --test chaos_end");
        let mut chance = Chance::new(seed);
        let directory = tempfile::tempdir().unwrap();
        let rate = chance.one_of(&["20", "100", "300"]);
        let arguments = ["--rate", rate, "--seed", &seed.to_string(), "--for", "2", "--quiet"];
        let mut ring = ChaosRing::start_directly(BINARY, directory.path(), MACHINES, &arguments);
        ring.wait_until_it_ticks();
        let began = Instant::now();
        thread::sleep(Duration::from_secs(1).saturating_sub(began.elapsed()));
        let mut kills = 0;
        while kills < KILLS {
            let victim = chance.below(MACHINES as u32) as usize;
            if let Some(status) = ring.ended(victim) {
                assert!(status.success(), "{status}:\n{}", ring.what_it_said(victim));
            }
            kills += usize::from(ring.kill(victim));
            thread::sleep(chance.milliseconds(60));
            ring.bring_back(victim);
            thread::sleep(chance.milliseconds(120));
        }
        // All at once, at last.
        (0..MACHINES).for_each(|machine| kills += usize::from(ring.kill(machine)));
        ring.end_by_themselves();
        demand_right(directory.path());
        println!("seed {seed}: {kills} kills at {rate} events a second, all right");
    }
}

/// A way for machine B to be away, and to be there again.
type Absence = (&'static str, fn(&mut ChaosRing, bool));

/// Longer than the patience of a machine that was given no reason to wait.
const AWAY: Duration = Duration::from_secs(13);

#[test]
fn a_machine_that_is_away_over_the_end_of_a_run_loses_nothing() {
    const B: usize = 1;
    let absences: [Absence; 5] = [
        ("stopped", |ring, away| if away { ring.freeze(B) } else { ring.thaw(B) }),
        ("cut off", |ring, away| ring.pull_cable(B, away)),
        ("heard by nobody", |ring, away| ring.silence(B, away)),
        ("behind a slow line", |ring, away| ring.slow_down(B, away)),
        ("dead", |ring, away| {
            if away {
                ring.kill(B);
            } else {
                ring.bring_back(B);
            }
        }),
    ];
    thread::scope(|scope| {
        for (what, absence) in absences {
            scope.spawn(move || {
                let directory = tempfile::tempdir().unwrap();
                let arguments = ["--rate", "100", "--seed", "3", "--for", "2", "--quiet"];
                let mut ring = ChaosRing::start(BINARY, directory.path(), MACHINES, &arguments);
                ring.wait_until_it_ticks();
                thread::sleep(Duration::from_secs(1));
                absence(&mut ring, true);
                thread::sleep(AWAY);
                if what != "behind a slow line" {
                    assert!(ring.ended(0).is_none(), "{what}: A waits for B:\n{}", ring.what_it_said(0));
                }
                absence(&mut ring, false);
                ring.end_by_themselves();
                demand_right(directory.path());
                println!("{what}: nothing is lost");
            });
        }
    });
}
