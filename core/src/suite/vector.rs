//! Vector clocks: exactly happened-before.

use core::cmp::Ordering;

use super::{below, machine, random};
use crate::{
    clock::{COUNT_MAX, Clock, Refusal, Vector, VectorStamp},
    moment::UnixTime,
};

suite! {
    fn a_vector_counts_its_owners_events_in_its_owners_place() {
        let mut clock = Vector::<3>::new(machine('B'));
        clock.advance(UnixTime::EPOCH);
        assert_eq!(clock.advance(UnixTime::EPOCH), VectorStamp([0, 2, 0]));
        assert_eq!(clock.value().count(machine('B')), 2);
        assert_eq!(clock.value().count(machine('Z')), 0);
    }

    fn a_receive_learns_what_its_sender_knew() {
        let mut clock = Vector::<3>::resume(machine('B'), VectorStamp([1, 4, 7]));
        assert_eq!(clock.observe(&VectorStamp([3, 2, 7]), UnixTime::EPOCH), VectorStamp([3, 5, 7]));
    }

    fn events_that_do_not_know_of_each_other_are_concurrent() {
        let (mut a, mut b) = (Vector::<2>::new(machine('A')), Vector::<2>::new(machine('B')));
        let (one, other) = (a.advance(UnixTime::EPOCH), b.advance(UnixTime::EPOCH));
        assert_eq!(one.partial_cmp(&other), None);
        let after_both = a.observe(&other, UnixTime::EPOCH);
        assert!(one < after_both && other < after_both);
    }

    fn the_order_of_vectors_is_a_partial_order() {
        let chance = &mut random(31);
        for _ in 0..5_000 {
            let [a, b, c] = [(); 3].map(|()| VectorStamp::<3>([(); 3].map(|()| below(3, chance) as u64)));
            assert_eq!(a.partial_cmp(&b), b.partial_cmp(&a).map(Ordering::reverse), "antisymmetric");
            assert_eq!(a.partial_cmp(&b) == Some(Ordering::Equal), a == b, "equal means the same");
            assert!(!(a < b && b < c) || a < c, "transitive");
        }
    }

    fn one_count_too_large_is_refused() {
        assert_eq!(Vector::admit(&VectorStamp([COUNT_MAX; 3]), UnixTime::EPOCH), Ok(()));
        for place in 0..3 {
            let mut stamp = VectorStamp([0; 3]);
            stamp.0[place] = COUNT_MAX + 1;
            assert_eq!(Vector::admit(&stamp, UnixTime::EPOCH), Err(Refusal::CountTooLarge));
        }
    }
}
