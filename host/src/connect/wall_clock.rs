//! The offset between the wall clocks of two machines, as far as a greeting shows it.

use std::ops::RangeInclusive;

/// A lower bound on how far a peer's wall clock is ahead of this machine's, in nanoseconds; negative if it is behind, 0
/// if the two may agree. The greeting that says `theirs_ns` was made while this machine's clock showed one of these
/// times.
pub(super) fn ahead_ns(theirs_ns: u64, made: &RangeInclusive<u64>) -> i64 {
    let ahead_of = |ours_ns: u64| {
        let ahead = i128::from(theirs_ns) - i128::from(ours_ns);
        ahead.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    };
    let (least, most) = (ahead_of(*made.end()), ahead_of(*made.start()));
    0.clamp(least, most.max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_delay_explains_is_an_offset() {
        assert_eq!(ahead_ns(150, &(100..=200)), 0);
        assert_eq!(ahead_ns(100, &(100..=200)), 0);
        assert_eq!(ahead_ns(230, &(100..=200)), 30);
        assert_eq!(ahead_ns(60, &(100..=200)), -40);
        assert_eq!(ahead_ns(u64::MAX, &(0..=0)), i64::MAX);
    }

    #[test]
    fn a_clock_that_was_set_back_meanwhile_is_no_reason_to_panic() {
        let set_back = RangeInclusive::new(200, 100);
        assert_eq!(ahead_ns(150, &set_back), 50);
    }
}
