//! Streams that nobody shares, and a fair die.

use rand_core::Rng;

use super::{machine, random, ring};
use crate::{
    chance::{Die, Purpose, stream},
    ring::RingSize,
};

/// Every purpose that a stream of this machine can have.
fn purposes() -> impl Iterator<Item = Purpose> {
    let links = ring(RingSize::MAX).machines().map(Purpose::Link);
    [Purpose::Rolls, Purpose::Rate, Purpose::Phase].into_iter().chain(links)
}

/// What depends on the first number of every stream of a machine.
fn digest(seed: u64, letter: char) -> u64 {
    let first = |purpose| stream(seed, machine(letter), purpose).next_u64();
    purposes().fold(0, |digest, purpose| digest.rotate_left(5) ^ first(purpose))
}

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

    fn a_seed_means_the_same_rates_phases_and_links_for_ever() {
        let first = |purpose| stream(7, machine('A'), purpose).next_u64();
        let [rate, phase] = [Purpose::Rate, Purpose::Phase].map(first);
        let links = ['B', 'C'].map(|to| first(Purpose::Link(machine(to))));
        assert_eq!((rate, phase), (0x672471eab35911c0, 0xb89548d616fb68fa));
        assert_eq!(links, [0x97e3dff2d24d5e09, 0x50398faf0bfbede4]);
        let digests = [
            0x3ca81fa9bc4c99e5, 0xb183bcca52e44445, 0x6ea50dcef7621c82, 0x247d59c827eab714, 0x66e6e6f2c5f1361b,
            0x544d15ea0010ce38, 0x5bac6009e04826a4, 0x9ac1ec7a9de550b7, 0xb953d464702e8d9c, 0x5b0a1677a3c947e3,
            0x0b8ec72f5f48304e, 0x427615d73099c1b7, 0x8a8f303d999f4bd1, 0x35a3c59a2953bdf4, 0x270814f65378623d,
            0xa05196ccd0a90fd2, 0xe3901f03610f8bcf, 0x5c353111038d74b6, 0xa160983634d9c84b, 0x82bd661884d911e5,
            0x8ee8d9930bb497e0, 0xd2f7f5fb3ee7d3b8, 0xd6c6bdf5b726d869, 0x75a42ea7fc79681a, 0xed0b3e41dc219a1b,
            0x671914de00e14d26,
        ];
        assert!(('A'..='Z').map(|letter| digest(7, letter)).eq(digests));
    }

    fn no_two_streams_of_a_run_are_the_same() {
        const STREAMS: usize = RingSize::MAX * (3 + RingSize::MAX);
        let mut seen = heapless::Vec::<u64, STREAMS>::new();
        for machine in ring(RingSize::MAX).machines() {
            seen.extend(purposes().map(|purpose| stream(7, machine, purpose).next_u64()));
        }
        seen.sort_unstable();
        assert_eq!(seen.len(), STREAMS);
        assert!(seen.windows(2).all(|pair| pair[0] != pair[1]));
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
