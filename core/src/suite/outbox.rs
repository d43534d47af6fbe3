//! A link that comes back goes on where it was, or is told that it has to read the log.

use rand_core::Rng;

use super::{below, machine, random, ring};
use crate::{
    clock::LamportStamp,
    cursor::Cursor,
    event::{Event, EventKind},
    machine::{Outbox, Sent},
};

type Slots<const N: usize> = [Option<Sent<LamportStamp>>; N];

/// An outbox after sends at these times, to all.
fn after<const N: usize>(times: impl IntoIterator<Item = u64>) -> Outbox<LamportStamp, Slots<N>> {
    let mut outbox = Outbox::new(machine('A'), [None; N]);
    let to = ring(3).others(machine('A'));
    for time in times {
        outbox.add(&Event { kind: EventKind::Send { to }, clock: LamportStamp(time) });
    }
    outbox
}

/// The times of the sends after this one; `None` if some are only in the log.
fn missed<const N: usize>(
    outbox: &Outbox<LamportStamp, Slots<N>>,
    cursor: u64,
) -> Option<impl Iterator<Item = u64> + '_> {
    let first = outbox.find(Cursor::from_u64(cursor))?;
    Some((first..).map_while(|number| outbox.get(number)).map(|sent| sent.stamp.0))
}

suite! {
    fn whoever_is_behind_gets_exactly_what_came_after() {
        // Times rise by more than one, as they do; and the numbers of the sends have wrapped around the storage.
        for sends in 0..40_u64 {
            let times = || (1..=sends).map(|number| 3 * number);
            let outbox = after::<8>(times());
            for cursor in 0..=3 * sends + 3 {
                let expected = times().filter(|time| *time > cursor);
                match missed(&outbox, cursor) {
                    Some(missed) => assert!(missed.eq(expected), "{sends} sends, after {cursor}"),
                    None => assert!(expected.count() > 8, "{sends} sends, after {cursor}"),
                }
            }
            assert_eq!(outbox.latest(), Cursor::from_u64(3 * sends));
        }
    }

    fn whoever_is_too_far_behind_reads_the_log() {
        let outbox = after::<4>([2, 4, 6, 8, 10]);
        assert!(missed(&outbox, 1).is_none(), "the send at 2 has been let go");
        assert!(missed(&outbox, 2).unwrap().eq([4, 6, 8, 10]));
    }

    fn a_number_stays_when_older_sends_are_let_go() {
        let (mut outbox, to) = (after::<4>([]), ring(3).others(machine('A')));
        for time in 1..=20 {
            outbox.add(&Event { kind: EventKind::Send { to }, clock: LamportStamp(time) });
            for number in 0..30 {
                let kept = number < time && number + 4 >= time;
                assert_eq!(outbox.get(number).map(|sent| sent.stamp.0), kept.then_some(number + 1));
            }
        }
    }

    fn only_sends_are_kept() {
        let mut outbox = after::<4>([1]);
        outbox.add(&Event { kind: EventKind::Internal, clock: LamportStamp(2) });
        let receive = EventKind::Receive { from: machine('B'), stamp: LamportStamp(5) };
        outbox.add(&Event { kind: receive, clock: LamportStamp(6) });
        assert!(missed(&outbox, 0).unwrap().eq([1]));
        assert_eq!(outbox.latest(), Cursor::from_u64(1));
    }

    fn of_the_storage_the_largest_power_of_two_is_used() {
        assert_eq!([after::<0>([]).capacity(), after::<1>([]).capacity()], [0, 1]);
        assert_eq!([after::<7>([]).capacity(), after::<8>([]).capacity()], [4, 8]);
        let outbox = after::<7>(1..=6);
        assert!(missed(&outbox, 2).unwrap().eq(3..=6));
        assert!(missed(&outbox, 1).is_none());
    }

    fn without_storage_everything_is_in_the_log() {
        let outbox = after::<0>([1, 2]);
        assert!(missed(&outbox, 1).is_none());
        assert!(missed(&outbox, 2).unwrap().eq([]), "unless nothing was missed");
        assert!(missed(&after::<0>([]), 0).unwrap().eq([]));
    }

    fn a_cursor_anywhere_finds_its_place() {
        let chance = &mut random(91);
        for _ in 0..200 {
            let mut time = 0;
            let times: [u64; 16] = core::array::from_fn(|_| {
                time += 1 + below(5, chance) as u64;
                time
            });
            let outbox = after::<16>(times);
            let cursor = u64::from(chance.next_u32()) % (time + 3);
            assert!(missed(&outbox, cursor).unwrap().eq(times.into_iter().filter(|time| *time > cursor)));
        }
    }
}
