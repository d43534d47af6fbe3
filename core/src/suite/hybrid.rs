//! Hybrid logical clocks: rising, and close to physical time.

use rand_core::Rng;

use super::{below, machine, random};
use crate::{
    clock::{Clock, Hybrid, HybridStamp, Refusal},
    moment::UnixTime,
};

/// One unit of a hybrid clock's physical part.
const UNIT_NS: u64 = 1 << 16;
/// The 22nd of November 2026, to the unit.
const NOW_NS: u64 = 1_795_305_600_000_000_000 / UNIT_NS * UNIT_NS;
const NOW: UnixTime = UnixTime::from_ns(NOW_NS);

suite! {
    fn a_hybrid_clock_shows_physical_time_while_that_moves_on() {
        let mut clock = Hybrid::new(machine('A'));
        for step in 0..100 {
            let now_ns = NOW_NS + step * 1_000_000;
            let stamp = clock.advance(UnixTime::from_ns(now_ns));
            assert_eq!((stamp.time_ns(), stamp.count()), (now_ns / UNIT_NS * UNIT_NS, 0));
        }
    }

    fn events_within_one_unit_of_time_are_counted() {
        let mut clock = Hybrid::new(machine('A'));
        for count in 0..100 {
            let stamp = clock.advance(UnixTime::from_ns(NOW_NS + u64::from(count)));
            assert_eq!((stamp.time_ns(), stamp.count()), (NOW_NS, count));
        }
    }

    fn a_count_that_overflows_carries_into_the_time() {
        let mut clock = Hybrid::resume(machine('A'), HybridStamp(NOW_NS + UNIT_NS - 1));
        let stamp = clock.advance(NOW);
        assert_eq!((stamp.time_ns(), stamp.count()), (NOW_NS + UNIT_NS, 0));
    }

    fn a_hybrid_clock_rises_when_physical_time_goes_back() {
        let mut clock = Hybrid::new(machine('A'));
        let before = clock.advance(NOW);
        let after = clock.advance(UnixTime::from_ns(NOW_NS - 3_600_000_000_000));
        assert!(after > before);
        assert_eq!((after.time_ns(), after.count()), (NOW_NS, 1));
    }

    fn a_receive_takes_the_largest_of_three_times() {
        let (old, new) = (NOW_NS - 10 * UNIT_NS, NOW_NS + 10 * UNIT_NS);
        let receive = |ours, theirs| {
            let mut clock = Hybrid::resume(machine('A'), HybridStamp(ours));
            let stamp = clock.observe(&HybridStamp(theirs), NOW);
            (stamp.time_ns(), stamp.count())
        };
        assert_eq!(receive(old, old), (NOW_NS, 0));
        assert_eq!(receive(new, old), (new, 1));
        assert_eq!(receive(old, new + 5), (new, 6));
        assert_eq!(receive(new + 3, new + 5), (new, 6));
    }

    /// Theorem 2 and corollary 1 of the paper, with the drift that is let in as the bound.
    fn a_hybrid_clock_stays_close_to_physical_time() {
        let chance = &mut random(41);
        let mut clock = Hybrid::new(machine('A'));
        let mut now_ns = NOW_NS;
        for _ in 0..5_000 {
            now_ns += below(200_000, chance) as u64;
            let stamp = if below(2, chance) == 0 {
                clock.advance(UnixTime::from_ns(now_ns))
            } else {
                let theirs = now_ns - Hybrid::DRIFT_MAX_NS + u64::from(chance.next_u32()) % (2 * Hybrid::DRIFT_MAX_NS);
                clock.try_observe(&HybridStamp(theirs), UnixTime::from_ns(now_ns)).unwrap()
            };
            assert!(stamp.time_ns() + UNIT_NS > now_ns, "never behind");
            assert!(stamp.time_ns() <= now_ns + Hybrid::DRIFT_MAX_NS + UNIT_NS, "never further ahead than let in");
        }
    }

    fn a_time_too_far_ahead_is_refused_and_changes_nothing() {
        let mut clock = Hybrid::new(machine('A'));
        let before = clock.advance(NOW);
        let ahead_ns = (Hybrid::DRIFT_MAX_NS / UNIT_NS + 1) * UNIT_NS;
        let wrong = HybridStamp(NOW_NS + ahead_ns);
        assert_eq!(clock.try_observe(&wrong, NOW), Err(Refusal::TooFarAhead { ahead_ns }));
        assert_eq!(clock.value(), before);
        assert!(Hybrid::admit(&HybridStamp(NOW_NS + Hybrid::DRIFT_MAX_NS), NOW).is_ok());
        assert!(Hybrid::admit(&HybridStamp(0), NOW).is_ok(), "the past is no fault");
    }
}
