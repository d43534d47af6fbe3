//! Expectations of a run: the fluid limit of the model.
//!
//! Think of ticks and messages as flows. A tick without a waiting message sends to one given other machine with
//! probability 2/sides: by the face of that machine, or by the face of all. A machine spends a tick on every message
//! that arrives, as long as it has any, and the rest of its ticks, the *spare* ones, on rolling the die. So with rates
//! r and arrival rates a, both in ticks per second,
//!
//! > aᵢ = 2/sides · Σ sⱼ over j ≠ i, and sᵢ = max(0, rᵢ − aᵢ).
//!
//! From this follows everything else, with R for the fastest rate:
//!
//! - A machine with arrivals above its rate is *saturated*: it only receives, and its queue grows by aᵢ − rᵢ a second.
//! - The fastest clock advances by one a tick, R a second, and the others follow it by the timestamps they hear. A
//!   machine that is not saturated hears the latest news: it jumps by R/rᵢ on average.
//! - A saturated one takes in a second only rᵢ of the aᵢ messages that were sent to it in a second, so it lives in an
//!   ever more distant past: it jumps by R/aᵢ, and drifts behind by R − R·rᵢ/aᵢ a second.
//!
//! # Limits
//!
//! A limit for long runs: it has no chance and no beginning. It leaves out:
//!
//! - Before the first message comes, and between messages, a clock rises by one a tick. Observed mean jumps of slow
//!   machines are therefore off by about R / (rᵢ · messages received), and where hardly any message is sent in a run
//!   (many sides, a short time) every mean jump is near 1.
//! - Phase and latency. Ticks of equal rate that are aligned cross, so that no machine is ahead; at random phases
//!   machines of the fastest rate push each other ahead, and all mean jumps rise by some per cent (13 at 3/3/3 and 10
//!   sides).
//! - The queue of a machine that is not saturated is some messages long now and then; here it is zero. Near saturation
//!   queues wander by about the square root of the ticks made, and that many ticks find them empty.
//! - Capacity: a saturated machine's full lane holds messages in the network, where they are counted all the same.

use std::time::Duration;

/// The fluid limit's expectations of one machine.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Expectation {
    /// Ticks per second.
    pub rate: f64,
    /// Messages that are sent to it, per second.
    pub arrivals: f64,
    /// The mean clock jump.
    pub jump_mean: f64,
    /// Growth of the queue per second, in messages.
    pub queue_growth: f64,
    /// The share of ticks that receive, 0 to 1.
    pub receive_share: f64,
    /// Growth per second of its clock's distance behind the fastest machine's.
    pub drift_growth: f64,
}

impl Expectation {
    /// Number of messages that wait after a run of this length, those on their way included.
    pub fn queue_after(&self, duration: Duration) -> f64 {
        self.queue_growth * duration.as_secs_f64()
    }

    /// By how much the clock is behind that of the fastest machine after a run of this length.
    pub fn drift_after(&self, duration: Duration) -> f64 {
        self.drift_growth * duration.as_secs_f64()
    }
}

/// The fluid limit's expectations of machines with these rates, in ticks per second, and dice of this many sides.
///
/// Solves for the spare ticks by projected gradient steps. The matrix of the system has ones on its diagonal and
/// p = 2/sides elsewhere, so its eigenvalues are 1 − p and 1 + p·(N − 1); steps of one over the largest converge for
/// every ring, faster than by 0.9 a step unless sides are as few as 2. Equal machines stay equal in every step.
pub fn expect(rates: &[f64], sides: u32) -> Vec<Expectation> {
    let p = 2.0 / f64::from(sides);
    let step = 1.0 / (1.0 + p * (rates.len() as f64 - 1.0));
    let fastest = rates.iter().copied().fold(0.0, f64::max);
    let mut spare = rates.to_vec();
    for _ in 0..STEPS_MAX {
        let all: f64 = spare.iter().sum();
        let mut change_max: f64 = 0.0;
        for (spare, rate) in spare.iter_mut().zip(rates) {
            let excess = *spare + p * (all - *spare) - rate;
            let next = (*spare - step * excess).max(0.0);
            change_max = change_max.max((next - *spare).abs());
            *spare = next;
        }
        if change_max <= PRECISION * fastest {
            break;
        }
    }
    let all: f64 = spare.iter().sum();
    let expectation = |(rate, spare): (&f64, &f64)| {
        let (rate, arrivals) = (*rate, p * (all - spare));
        Expectation {
            rate,
            arrivals,
            jump_mean: fastest / arrivals.max(rate),
            queue_growth: (arrivals - rate).max(0.0),
            receive_share: (arrivals / rate).min(1.0),
            drift_growth: fastest * (1.0 - rate / arrivals.max(rate)),
        }
    };
    rates.iter().zip(&spare).map(expectation).collect()
}

/// The change of a step, relative to the fastest rate, at which the solution is good enough for a table.
const PRECISION: f64 = 1e-13;

/// Enough for a precision of 1e-13 at 0.9 a step (284) many times over; only two machines with two sides, with flows
/// not determined by the equations when their rates are equal, may need as many.
const STEPS_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * (1.0 + b.abs())
    }

    /// Rings of 2 to 26 machines, equal and unequal rates, few and many sides.
    fn settings() -> impl Iterator<Item = (Vec<f64>, u32)> {
        let spreads: [fn(usize) -> f64; 4] =
            [|_| 3.0, |i| 1.0 + i as f64, |i| if i == 0 { 0.1 } else { 6.0 }, |i| 1000.0_f64.powf(i as f64 / 25.0)];
        spreads.into_iter().flat_map(|rate| {
            (2..=26).flat_map(move |machines: u32| {
                [machines, machines + 1, 10.max(machines), 200]
                    .map(|sides| ((0..machines as usize).map(rate).collect(), sides))
            })
        })
    }

    #[test]
    fn the_solution_satisfies_its_equations() {
        for (rates, sides) in settings() {
            let expected = expect(&rates, sides);
            for (i, machine) in expected.iter().enumerate() {
                let spare = |j: usize| (rates[j] - expected[j].arrivals).max(0.0);
                let sent: f64 = (0..rates.len()).filter(|j| *j != i).map(spare).sum();
                let arrivals = 2.0 / f64::from(sides) * sent;
                assert!(
                    close(machine.arrivals, arrivals),
                    "{rates:?} {sides} {i}: {machine:?} but {arrivals} are sent"
                );
            }
        }
    }

    #[test]
    fn the_fastest_machine_is_never_saturated() {
        for (rates, sides) in settings() {
            let fastest = rates.iter().copied().fold(0.0, f64::max);
            for machine in expect(&rates, sides).iter().filter(|machine| machine.rate == fastest) {
                assert!(
                    close(machine.jump_mean, 1.0) && machine.receive_share <= 1.0,
                    "{rates:?} {sides}: {machine:?}"
                );
            }
        }
    }

    #[test]
    fn one_slow_machine_among_two_fast_ones_falls_behind() {
        let [slow, fast, _] = expect(&[1.0, 6.0, 6.0], 10)[..] else { panic!("three machines, three expectations") };
        // By hand: a fast machine hears 1 a second of the other's 5 spare ticks, the slow one hears 2 a second.
        assert!(close(fast.arrivals, 1.0) && close(slow.arrivals, 2.0));
        assert!(close(slow.jump_mean, 3.0) && close(slow.queue_after(Duration::from_secs(60)), 60.0));
        assert!(close(slow.drift_after(Duration::from_secs(60)), 180.0));
    }

    #[test]
    fn faces_for_everybody_and_none_to_spare_still_have_a_solution() {
        let [a, b] = expect(&[3.0, 3.0], 2)[..] else { panic!("two machines, two expectations") };
        assert!(close(a.arrivals, 1.5) && close(b.arrivals, 1.5), "equal machines share equally: {a:?} {b:?}");
    }
}
