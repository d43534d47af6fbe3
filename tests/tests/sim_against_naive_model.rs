//! The simulator against a simulation of the same model that shares no code with it, over settings nobody chose by
//! hand.

use std::{num::NonZeroUsize, time::Duration};

use host::{
    experiment::PhaseChoice,
    sim,
    sweep::{Grid, Measure, Moments, Rates, Results, Tally, tallies, work},
};
use tests::naive_model::{self, Chance, Latency, Machine, Setting};

const SETTINGS: u64 = 24;
const RUNS: u64 = 150;

/// Standard errors by which two means of the same may differ. Of a thousand comparisons none is expected to.
const STANDARD_ERRORS_MAX: f64 = 5.0;

#[test]
fn means_of_a_naive_simulation_are_means_of_ours() {
    for number in 0..SETTINGS {
        let setting = random_setting(&mut Chance::new(number));
        let (theirs, ours) = (naive(&setting, 1000 + number), sweep(&setting));
        for (machine, (theirs, ours)) in theirs.iter().zip(&ours).enumerate() {
            for measure in Measure::ALL {
                let (theirs, ours) = (&theirs[measure as usize], ours.observed(measure));
                let (their_mean, our_mean) = (theirs.mean().unwrap(), ours.mean().unwrap());
                let difference_max = STANDARD_ERRORS_MAX * (variance(theirs) + variance(ours)).sqrt() + 1e-9;
                assert!(
                    (their_mean - our_mean).abs() <= difference_max,
                    "setting {number}, machine {machine}, {measure:?}: {their_mean} and ours {our_mean} differ by more \
                     than {difference_max}: {setting:?}",
                );
            }
        }
    }
}

fn random_setting(chance: &mut Chance) -> Setting {
    let machines = 2 + chance.below(4) as usize;
    let rates = match chance.below(3) {
        0 => vec![1.0 + chance.below(8) as f64; machines],
        1 => (0..machines).map(|_| 1.0 + chance.below(6) as f64).collect(),
        _ => (0..machines).map(|_| (1 + chance.below(80)) as f64 / 8.0).collect(),
    };
    let millisecond = 1_000_000;
    Setting {
        rates,
        sides: machines as u64 + chance.below(9),
        random_phase: chance.below(2) == 1,
        latency: match chance.below(4) {
            0 => Latency::Fixed(millisecond / 5),
            1 => Latency::Fixed(250 * millisecond),
            2 => Latency::Uniform(millisecond, (1 + chance.below(1500)) * millisecond),
            _ => Latency::Exponential((1 + chance.below(500)) * millisecond),
        },
        seconds: 20.0 + chance.below(3) as f64 * 10.0,
    }
}

fn naive(setting: &Setting, seed: u64) -> Vec<[Moments; Measure::ALL.len()]> {
    let mut chance = Chance::new(seed);
    let mut moments = vec![[Moments::default(); Measure::ALL.len()]; setting.rates.len()];
    for _ in 0..RUNS {
        let machines = naive_model::run(setting, &mut chance);
        let fastest = (0..machines.len()).rev().max_by(|a, b| setting.rates[*a].total_cmp(&setting.rates[*b])).unwrap();
        for (moments, machine) in moments.iter_mut().zip(&machines) {
            let Machine { clock, ticks, received, jump_max, queue_max, left } = *machine;
            for measure in Measure::ALL {
                moments[measure as usize].add(match measure {
                    Measure::JumpMean => clock as f64 / ticks as f64,
                    Measure::JumpMax => jump_max as f64,
                    Measure::Drift => machines[fastest].clock as f64 - clock as f64,
                    Measure::QueueFinal => left as f64,
                    Measure::QueueMax => queue_max as f64,
                    Measure::ReceiveShare => received as f64 / ticks as f64,
                });
            }
        }
    }
    moments
}

fn sweep(setting: &Setting) -> Vec<Tally> {
    let ns = Duration::from_nanos;
    let rates: Vec<String> = setting.rates.iter().map(f64::to_string).collect();
    let grid = Grid {
        rates: Some(vec![rates.join(",").parse::<Rates>().unwrap()]),
        sides: Some(vec![setting.sides as u32]),
        phase: Some(vec![if setting.random_phase { PhaseChoice::Random } else { PhaseChoice::Aligned }]),
        latency: Some(vec![match setting.latency {
            Latency::Fixed(time) => sim::Latency::Fixed(ns(time)),
            Latency::Uniform(from, to) => sim::Latency::Uniform(ns(from), ns(to)),
            Latency::Exponential(mean) => sim::Latency::Exponential(ns(mean)),
        }]),
        runs: Some(RUNS),
        duration: Some(Duration::from_secs_f64(setting.seconds)),
        ..Grid::default()
    };
    let plan = grid.plan().unwrap();
    let mut results = Results::new();
    let jobs: Vec<usize> = (0..plan.jobs().len()).collect();
    work(&plan, &jobs, NonZeroUsize::MIN, |job, tallies| {
        results.insert(job, tallies);
        Ok::<(), ()>(())
    })
    .unwrap();
    tallies(&plan, &results).remove(0)
}

/// Of a mean.
fn variance(moments: &Moments) -> f64 {
    moments.standard_deviation().unwrap().powi(2) / moments.count() as f64
}
