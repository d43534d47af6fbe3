//! The fluid limit against the simulator: what theory says of flows holds within a per cent or two over long runs, and
//! what it says of jumps holds where its limits say it should.

use std::{num::NonZeroUsize, time::Duration};

use host::{
    experiment::PhaseChoice,
    sweep::{Grid, Measure, Rates, Results, Tally, tallies, work},
};

const SECONDS: u64 = 500;

/// Each machine's tally for a setting, over some long runs.
fn long_runs(rates: &str, sides: u32, phase: PhaseChoice) -> Vec<Tally> {
    let grid = Grid {
        rates: Some(vec![rates.parse::<Rates>().unwrap()]),
        sides: Some(vec![sides]),
        phase: Some(vec![phase]),
        runs: Some(6),
        duration: Some(Duration::from_secs(SECONDS)),
        ..Grid::default()
    };
    let plan = grid.plan().unwrap();
    let mut results = Results::new();
    let jobs: Vec<usize> = (0..plan.jobs().len()).collect();
    let kept = work(&plan, &jobs, NonZeroUsize::MIN, |job, tallies| {
        results.insert(job, tallies);
        Ok::<(), ()>(())
    });
    assert_eq!(kept, Ok(()));
    tallies(&plan, &results).remove(0)
}

fn mean(tally: &Tally, measure: Measure) -> f64 {
    tally.observed(measure).mean().unwrap()
}

fn theory(tally: &Tally, measure: Measure) -> f64 {
    tally.expected(measure).unwrap()
}

const RATES: [&str; 10] =
    ["1,6,6", "1,3,6", "3,3,3", "1,2,3", "2,5", "6,6", "1,10,100", "1,2,3,4,5", "4,4,4,4,4,4,4,4", "0.5,5,5,5,50"];

#[test]
fn the_share_of_receives_is_what_theory_expects() {
    for rates in RATES {
        for sides in [8, 10, 25] {
            for (machine, tally) in long_runs(rates, sides, PhaseChoice::Random).iter().enumerate() {
                let (share, expected) = (mean(tally, Measure::ReceiveShare), theory(tally, Measure::ReceiveShare));
                // A queue near saturation is empty now and then: for about the square root of all ticks.
                let empty = 1.0 / (tally.rate.mean().unwrap() * SECONDS as f64).sqrt();
                assert!(
                    (share - expected).abs() < 0.01 + empty,
                    "{rates}, {sides} sides, machine {machine}: {share}, {expected}"
                );
            }
        }
    }
}

#[test]
fn queues_grow_as_theory_expects_and_only_where_it_expects_it() {
    for rates in RATES {
        for sides in [8, 10, 25] {
            for (machine, tally) in long_runs(rates, sides, PhaseChoice::Aligned).iter().enumerate() {
                let (left, expected) = (mean(tally, Measure::QueueFinal), theory(tally, Measure::QueueFinal));
                // A queue near saturation wanders by about the square root of the messages.
                let wander = 3.0 * (tally.rate.mean().unwrap() * SECONDS as f64).sqrt();
                assert!(
                    (left - expected).abs() < 0.02 * expected + wander,
                    "{rates}, {sides} sides, {machine}: {left}, {expected}"
                );
            }
        }
    }
}

#[test]
fn a_clock_that_nobody_can_push_ahead_jumps_as_theory_expects() {
    // One machine is alone the fastest, or all tick together: then no clock is ever ahead of the fastest by more than
    // the ticks that it takes to say so.
    for (rates, sides) in [("1,3,6", 10), ("1,10,100", 10), ("1,1,10", 10), ("3,3,3", 10), ("1,6,6", 4), ("1,6,6", 10)]
    {
        for (machine, tally) in long_runs(rates, sides, PhaseChoice::Aligned).iter().enumerate() {
            let (jump, expected) = (mean(tally, Measure::JumpMean), theory(tally, Measure::JumpMean));
            assert!(
                (jump / expected - 1.0).abs() < 0.03,
                "{rates}, {sides} sides, machine {machine}: {jump}, {expected}"
            );
        }
    }
}

#[test]
fn every_clock_rises_at_least_as_fast_as_theory_expects_and_little_faster() {
    for rates in RATES {
        for phase in [PhaseChoice::Aligned, PhaseChoice::Random] {
            for (machine, tally) in long_runs(rates, 10, phase).iter().enumerate() {
                let ratio = mean(tally, Measure::JumpMean) / theory(tally, Measure::JumpMean);
                assert!((0.97..1.35).contains(&ratio), "{rates}, {}, machine {machine}: {ratio}", phase.name());
            }
        }
    }
}
