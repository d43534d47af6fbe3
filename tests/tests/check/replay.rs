//! A run comes out again from its seed and the messages in its logs; any other row does not.

use clockring::clock::ClockKind;
use host::{
    replay::{Replayed, replay},
    rundir::RunDirectory,
};
use proptest::prelude::*;

use crate::run_text::{RunText, Setting, good_run};

fn replayed(run: &RunText) -> Vec<Replayed> {
    let directory = run.write();
    run.machines
        .iter()
        .map(|machine| replay(&RunDirectory::at(directory.path()), &machine.manifest).expect("a log"))
        .collect()
}

fn setting(seed: u64, clock: ClockKind) -> Setting {
    Setting { machines: 3, sides: 4, seed, ticks: 60, clock, death: None }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_run_of_any_clock_is_reproduced(seed in any::<u64>(), kind in prop::sample::select(ClockKind::ALL.to_vec())) {
        let run = good_run(setting(seed, kind));
        for (machine, replayed) in run.machines.iter().zip(replayed(&run)) {
            prop_assert_eq!(replayed.rows as usize, machine.lines.len());
            prop_assert_eq!(replayed.difference, None);
        }
    }

    #[test]
    fn another_clock_value_differs_at_its_row(seed in any::<u64>(), row in any::<prop::sample::Index>()) {
        let mut run = good_run(setting(seed, ClockKind::Lamport));
        let lines = &mut run.machine('C').lines;
        let row = row.index(lines.len());
        let mut cells: Vec<&str> = lines[row].split(',').collect();
        cells[5] = "1000000";
        lines[row] = cells.join(",");
        let logged = lines[row].clone();
        let difference = replayed(&run)[2].difference.clone().expect("a difference");
        prop_assert_eq!(difference.line, row as u64 + 2);
        prop_assert_eq!(&difference.logged, &logged);
        prop_assert_ne!(difference.replayed, logged);
    }
}

#[test]
fn another_seed_is_another_run() {
    let mut run = good_run(setting(7, ClockKind::Lamport));
    for machine in &mut run.machines {
        machine.manifest.seed = 8;
    }
    let differing = replayed(&run).into_iter().filter(|replayed| replayed.difference.is_some()).count();
    assert!(differing > 0);
}

#[test]
fn the_die_is_rolled_only_where_nothing_is_received() {
    let run = good_run(setting(3, ClockKind::Lamport));
    for (machine, replayed) in run.machines.iter().zip(replayed(&run)) {
        let receives = machine.lines.iter().filter(|line| line.contains(",receive,")).count();
        assert_eq!(replayed.rolls as usize + receives, machine.lines.len());
    }
}
