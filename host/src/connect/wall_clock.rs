//! The offset between the wall clocks of two machines, as far as a greeting shows it.

use std::ops::RangeInclusive;

use clockring::moment::UnixTime;

/// A lower bound on how far a peer's wall clock is ahead of this machine's, in nanoseconds; negative if it is behind, 0
/// if the two may agree. The greeting that says `theirs` was made while this machine's clock showed one of these
/// times.
pub(super) fn ahead_ns(theirs: UnixTime, made: &RangeInclusive<UnixTime>) -> i64 {
    let ahead_of = |ours: &UnixTime| {
        let ahead = i128::from(theirs.ns()) - i128::from(ours.ns());
        ahead.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    };
    let (least, most) = (ahead_of(made.end()), ahead_of(made.start()));
    0.clamp(least, most.max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lead of a clock that shows `theirs_ns`, by a greeting made between two times of this machine's.
    fn lead_ns(theirs_ns: u64, from_ns: u64, to_ns: u64) -> i64 {
        ahead_ns(
            UnixTime::from_ns(theirs_ns),
            &RangeInclusive::new(UnixTime::from_ns(from_ns), UnixTime::from_ns(to_ns)),
        )
    }

    #[test]
    fn only_what_no_delay_explains_is_an_offset() {
        assert_eq!(lead_ns(150, 100, 200), 0);
        assert_eq!(lead_ns(100, 100, 200), 0);
        assert_eq!(lead_ns(230, 100, 200), 30);
        assert_eq!(lead_ns(60, 100, 200), -40);
        assert_eq!(lead_ns(u64::MAX, 0, 0), i64::MAX);
    }

    #[test]
    fn a_clock_that_was_set_back_meanwhile_is_no_reason_to_panic() {
        assert_eq!(lead_ns(150, 200, 100), 50);
    }
}
