//! Rates, and deadlines without drift.

use core::convert::Infallible;

use rand_core::{Rng, TryRng};

use super::{below, random, text};
use crate::time::{Phase, Rate, RateError, Schedule};

const SECOND_NS: u64 = 1_000_000_000;

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

/// How many ticks are due by `end_ns`, and when the last of them is.
fn ticks_until(end_ns: u64, mut schedule: Schedule) -> (u64, u64) {
    let (mut ticks, mut last_ns) = (0, 0);
    while schedule.due().ns() <= end_ns {
        ticks += 1;
        last_ns = schedule.due().ns();
        schedule.advance();
    }
    (ticks, last_ns)
}

suite! {
    fn sixty_seconds_at_six_a_second_are_exactly_360_ticks() {
        let schedule = Schedule::new(rate("6"), Phase::ALIGNED);
        assert_eq!(ticks_until(60 * SECOND_NS, schedule), (360, 60 * SECOND_NS));
    }

    fn an_hour_has_exactly_3600_times_the_rate() {
        for per_second in 1..=7 {
            let schedule = Schedule::new(Rate::per_second(per_second).unwrap(), Phase::ALIGNED);
            assert_eq!(ticks_until(3600 * SECOND_NS, schedule), (3600 * u64::from(per_second), 3600 * SECOND_NS));
        }
    }

    fn fractional_rates_do_not_drift() {
        // An odd number of millionths: the period is no whole number of nanoseconds.
        for (text, seconds, ticks) in [("0.5", 100, 50), ("2.5", 60, 150), ("0.333333", 3_000_000, 999_999)] {
            assert_eq!(ticks_until(seconds * SECOND_NS, Schedule::new(rate(text), Phase::ALIGNED)).0, ticks);
        }
    }

    fn every_tick_is_due_where_the_formula_says() {
        let chance = &mut random(1);
        for _ in 0..60 {
            let millionths = 1_000 + u64::from(chance.next_u32()) * (1 + below(200, chance) as u64);
            let phase = Phase::draw(chance);
            let mut schedule = Schedule::new(Rate::from_millionths(millionths).unwrap(), phase);
            // φ is a multiple of 2^-20, so this is exact.
            let phase_parts = (phase.fraction() * f64::from(1 << 20)) as u128;
            for before in 0..20 {
                let parts = (before << 20) + phase_parts;
                let due_ns = ((parts * 1_000_000_000_000_000) >> 20) / u128::from(millionths);
                assert_eq!(u128::from(schedule.due().ns()), due_ns);
                schedule.advance();
            }
        }
    }

    fn the_first_aligned_tick_comes_after_one_whole_period() {
        assert_eq!(Schedule::new(rate("4"), Phase::ALIGNED).due().ns(), SECOND_NS / 4);
        assert_eq!(Schedule::new(Rate::MIN, Phase::ALIGNED).due().ns(), 1_000 * SECOND_NS);
        assert_eq!(Schedule::new(Rate::MAX, Phase::ALIGNED).due().ns(), 1_000);
    }

    fn a_random_phase_lies_in_the_first_period() {
        let chance = &mut random(2);
        let (mut smallest, mut largest) = (1.0_f64, 0.0_f64);
        for _ in 0..1_000 {
            let phase = Phase::draw(chance);
            assert!(phase.fraction() > 0.0 && phase.fraction() <= 1.0);
            assert!(Schedule::new(rate("2"), phase).due().ns() <= SECOND_NS / 2);
            smallest = smallest.min(phase.fraction());
            largest = largest.max(phase.fraction());
        }
        assert!(smallest < 0.01 && largest > 0.99, "a thousand phases cover the period");
    }

    fn a_phase_is_never_zero_and_at_most_one() {
        let drawn = |word| Phase::draw(&mut Constant(word));
        assert!(drawn(0).fraction() > 0.0);
        assert_eq!(drawn(u32::MAX), Phase::ALIGNED);
    }

    fn a_phase_moves_every_tick_and_changes_no_period() {
        let phase = Phase::draw(&mut random(3));
        let (mut moved, mut aligned) = (Schedule::new(rate("8"), phase), Schedule::new(rate("8"), Phase::ALIGNED));
        let early_ns = aligned.due().ns() - moved.due().ns();
        for _ in 0..1_000 {
            assert_eq!(aligned.due().ns() - moved.due().ns(), early_ns);
            moved.advance();
            aligned.advance();
        }
    }

    fn deadlines_never_go_back() {
        let mut schedule = Schedule::new(Rate::MIN, Phase::ALIGNED);
        let mut last_ns = 0;
        for _ in 0..100_000 {
            schedule.advance();
            assert!(schedule.due().ns() > last_ns);
            last_ns = schedule.due().ns();
        }
    }

    fn rates_are_written_as_they_are_read() {
        for written in ["1", "6", "0.5", "2.25", "0.001", "1000000", "999999.999999", "0.333333"] {
            assert_eq!(text(rate(written)), written);
        }
        assert_eq!(rate("2.25").millionths(), 2_250_000);
        assert_eq!((rate("06.50"), rate(".5"), rate("3.")), (rate("6.5"), rate("0.5"), rate("3")));
    }

    fn what_is_no_rate_is_refused() {
        for text in ["", ".", "-1", "+1", "1e3", "NaN", "inf", "1.2.3", " 1", "1 ", "1,5", "٣", "0x10"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError::NotANumber), "{text}");
        }
        for text in ["0", "0.0", "0.000999", "1000000.000001", "99999999999999999999999999"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError::OutOfRange), "{text}");
        }
        assert_eq!(text(RateError::OutOfRange), "a rate is 0.001 to 1000000 ticks per second");
        assert_eq!(text(RateError::TooFine), "a rate has at most six decimals");
        assert!(text(RateError::NotANumber).contains("such as 3 or 0.5"));
        assert_eq!("0.0000001".parse::<Rate>(), Err(RateError::TooFine));
        assert_eq!((Rate::per_second(0), Rate::per_second(1_000_001)), (None, None));
        assert_eq!((Rate::from_millionths(999), Rate::from_millionths(u64::MAX)), (None, None));
    }
}

/// Chance that always says the same.
struct Constant(u32);

impl TryRng for Constant {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from(self.0))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(self.0 as u8);
        Ok(())
    }
}
