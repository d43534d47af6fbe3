//! Rings under faults in virtual time, from the first greeting to the last goodbye: every seed of a small range passes,
//! and the faults are really there, at every stage.

use clockring::{clock::ClockKind, ring::RingSize};
use host::{
    rundir::RunDirectory,
    storm::{self, Choices},
};

#[test]
fn nothing_is_lost_in_any_storm() {
    let directory = tempfile::tempdir().unwrap();
    let storms = storm::run_many(1, 100, &Choices::default(), &RunDirectory::at(directory.path()), |_| {});
    let storms = storms.unwrap_or_else(|(seed, failure)| panic!("clockring storm --seed {seed} --runs 1: {failure}"));
    let account = storms.account;
    for (what, by_stage, least) in [
        ("deaths", account.deaths, 40),
        ("cuts", account.cuts, 20),
        ("silences", account.silences, 10),
        ("slow links", account.slow, 10),
        ("damages", account.damages, 10),
        ("pauses", account.pauses, 20),
        ("set clocks", account.clocks_set, 20),
        ("power cuts", account.power_cuts, 20),
        ("strangers", account.strangers, 20),
        ("stop signals", account.signals, 2),
    ] {
        assert!(by_stage.least() >= least, "{what}: {by_stage}");
    }
    assert!(account.absences > 5 && account.events > 10_000, "{account:?}");
    assert!(account.tampered > 5 && account.refused > 20 && account.clocks_apart > 5, "{account:?}");
}

#[test]
fn the_same_seed_is_the_same_storm() {
    let logs = || {
        let directory = tempfile::tempdir().unwrap();
        storm::run(7, &Choices::default(), &RunDirectory::at(directory.path())).unwrap();
        let read = |name: &str| std::fs::read(directory.path().join(name)).unwrap();
        (read("A.csv"), read("B.csv"))
    };
    assert_eq!(logs(), logs());
}

#[test]
fn nothing_is_lost_in_any_ring_with_any_clock() {
    let directory = tempfile::tempdir().unwrap();
    for (seed, machines) in [2, 5, 9].into_iter().enumerate() {
        for clock in ClockKind::ALL {
            let choices = Choices { clock: Some(clock), machines: RingSize::new(machines), ..Choices::default() };
            let account = storm::run(seed as u64, &choices, &RunDirectory::at(directory.path()));
            assert!(account.is_ok(), "{machines} {clock:?}: {account:?}");
            let logs = RunDirectory::at(directory.path()).machines().unwrap();
            assert_eq!(logs.len(), machines, "the logs of the last storm, and no others");
        }
    }
}
