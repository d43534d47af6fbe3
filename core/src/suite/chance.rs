//! Streams that nobody shares, and a fair die.

use rand_core::Rng;

use super::{machine, random, ring};
use crate::{
    chance::{Die, Purpose, stream},
    ring::RingSize,
};

const PURPOSES: [Purpose; 3] = [Purpose::Rolls, Purpose::Rate, Purpose::Phase];

fn square(number: f64) -> f64 {
    number * number
}

suite! {
    fn the_same_seed_gives_the_same_rolls() {
        let rolls = || {
            let mut die = Die::new(10, stream(42, machine('B'), Purpose::Rolls));
            core::array::from_fn::<u32, 50, _>(|_| die.roll())
        };
        assert_eq!(rolls(), rolls());
    }

    /// A run is repeated from its seed, years later and on another machine: these numbers must never change.
    fn a_seed_means_the_same_rolls_for_ever() {
        let rolls = |letter| {
            let mut die = Die::new(10, stream(7, machine(letter), Purpose::Rolls));
            core::array::from_fn::<u32, 12, _>(|_| die.roll())
        };
        assert_eq!(rolls('A'), [7, 8, 6, 2, 6, 10, 1, 5, 5, 6, 7, 5]);
        assert_eq!(rolls('Z'), [7, 4, 5, 3, 4, 5, 8, 6, 4, 6, 5, 5]);
    }

    fn no_two_machines_share_a_stream() {
        for seed in [0, 1, 7, u64::MAX] {
            let mut seen = heapless::Vec::<u64, { 8 * RingSize::MAX }>::new();
            for machine in ring(RingSize::MAX).machines() {
                let mut chance = stream(seed, machine, Purpose::Rolls);
                for _ in 0..8 {
                    let number = chance.next_u64();
                    assert!(!seen.contains(&number), "not even with an offset");
                    seen.push(number).unwrap();
                }
            }
        }
    }

    fn no_two_purposes_share_a_stream() {
        let first = |purpose| stream(5, machine('A'), purpose).next_u64();
        let [rolls, rate, phase] = PURPOSES.map(first);
        assert!(rolls != rate && rate != phase && phase != rolls);
    }

    fn every_seed_has_streams_of_its_own() {
        let first = |seed| stream(seed, machine('A'), Purpose::Rolls).next_u64();
        for seed in 0..200 {
            for earlier in 0..seed {
                assert_ne!(first(seed), first(earlier));
            }
        }
    }

    fn a_die_shows_each_face_equally_often() {
        const ROLLS: u32 = 60_000;
        let mut die = Die::new(10, random(11));
        let mut counts = [0_u32; 10];
        for _ in 0..ROLLS {
            counts[die.roll() as usize - 1] += 1;
        }
        // Chi-squared with 9 degrees of freedom is above 27.9 once in a thousand; this seed is the same every time.
        let expected = f64::from(ROLLS / 10);
        let chi_squared: f64 = counts.iter().map(|count| square(f64::from(*count) - expected) / expected).sum();
        assert!(chi_squared < 27.9, "{counts:?}");
    }

    fn a_die_has_no_face_too_many_and_none_too_few() {
        for sides in 1..=12 {
            let mut die = Die::new(sides, random(u64::from(sides)));
            let mut seen = 0_u32;
            for _ in 0..300 {
                let face = die.roll();
                assert!((1..=sides).contains(&face));
                seen |= 1 << face;
            }
            assert_eq!(seen.count_ones(), sides);
        }
    }

    /// With 3 · 2³⁰ faces, a scaled or divided draw without rejection shows every third face twice as often.
    fn a_die_has_no_modulo_bias() {
        let mut die = Die::new(3 << 30, random(12));
        let mut thirds = [0_u32; 3];
        for _ in 0..30_000 {
            thirds[(die.roll() - 1) as usize % 3] += 1;
        }
        assert!(thirds.iter().all(|count| (9_700..10_300).contains(count)), "{thirds:?}");
        let mut regions = [0_u32; 3];
        for _ in 0..30_000 {
            regions[((die.roll() - 1) >> 30) as usize] += 1;
        }
        assert!(regions.iter().all(|count| (9_700..10_300).contains(count)), "{regions:?}");
    }

    fn a_die_without_sides_has_one() {
        let mut die = Die::new(0, random(13));
        assert!((0..10).all(|_| die.roll() == 1));
    }

    fn the_largest_die_reaches_far() {
        let mut die = Die::new(u32::MAX, random(14));
        assert!((0..100).any(|_| die.roll() > u32::MAX / 4 * 3));
    }
}
