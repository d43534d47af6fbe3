//! Lamport's rules, to the number.

use super::{below, machine, random};
use crate::{
    clock::{COUNT_MAX, Clock, Lamport, LamportStamp, Refusal},
    moment::UnixTime,
};

fn at(value: u64) -> Lamport {
    Lamport::resume(machine('A'), LamportStamp(value))
}

suite! {
    fn a_lamport_clock_starts_at_zero_and_counts_by_one() {
        let mut clock = Lamport::new(machine('A'));
        assert_eq!(clock.value(), LamportStamp(0));
        for count in 1..=100 {
            assert_eq!(clock.advance(UnixTime::EPOCH), LamportStamp(count));
        }
    }

    fn a_receive_is_the_larger_of_both_plus_one() {
        let chance = &mut random(21);
        for _ in 0..1_000 {
            let (ours, theirs) = (below(1_000, chance) as u64, below(1_000, chance) as u64);
            let mut clock = at(ours);
            assert_eq!(clock.observe(&LamportStamp(theirs), UnixTime::EPOCH), LamportStamp(ours.max(theirs) + 1));
            assert_eq!(clock.value(), LamportStamp(ours.max(theirs) + 1));
        }
    }

    fn a_receive_of_an_old_message_ticks_once_and_not_twice() {
        assert_eq!(at(10).observe(&LamportStamp(3), UnixTime::EPOCH), LamportStamp(11));
        assert_eq!(at(10).observe(&LamportStamp(10), UnixTime::EPOCH), LamportStamp(11));
    }

    fn lamport_clocks_do_not_look_at_the_time() {
        let (mut early, mut late) = (at(4), at(4));
        assert_eq!(early.advance(UnixTime::EPOCH), late.advance(UnixTime::from_ns(u64::MAX)));
        assert_eq!(early.observe(&LamportStamp(9), UnixTime::from_ns(7)), late.observe(&LamportStamp(9), UnixTime::from_ns(8)));
    }

    fn a_count_that_no_honest_clock_reaches_is_refused() {
        assert_eq!(Lamport::admit(&LamportStamp(COUNT_MAX), UnixTime::EPOCH), Ok(()));
        assert_eq!(Lamport::admit(&LamportStamp(COUNT_MAX + 1), UnixTime::EPOCH), Err(Refusal::CountTooLarge));
        assert_eq!(Lamport::admit(&LamportStamp(u64::MAX), UnixTime::EPOCH), Err(Refusal::CountTooLarge));
    }
}
