//! A tick is one event: what a face of the die does, and what a message does.

use core::cell::Cell;

use rand_core::Rng;

use super::{machine, random, ring, sizes};
use crate::{
    clock::{Clock, Lamport, LamportStamp},
    event::EventKind,
    message::Message,
    moment::UnixTime,
    process::{Process, Step, Turn},
    ring::{MachineId, RingSize},
};

fn process(id: char, machines: usize) -> Process<Lamport> {
    Process::new(machine(id), ring(machines))
}

fn message(from: char, to: char, stamp: u64) -> Message<LamportStamp> {
    Message { from: machine(from), to: machine(to), stamp: LamportStamp(stamp) }
}

/// What machine `id` of `size` does when the die shows `face`.
fn rolled(id: MachineId, size: RingSize, face: usize) -> Step<LamportStamp> {
    roll(&mut Process::new(id, size), face as u32)
}

/// What a process does when no message waits and the die shows `face`.
fn roll(process: &mut Process<Lamport>, face: u32) -> Step<LamportStamp> {
    process.step(Turn::of(None, || process.rolled(face)), UnixTime::EPOCH)
}

/// Whom a step sends to, in order.
fn receivers(step: Step<LamportStamp>) -> heapless::Vec<MachineId, { RingSize::MAX }> {
    step.messages.map(|message| message.to).collect()
}

suite! {
    fn in_a_ring_of_three_face_1_is_the_next_2_the_one_before_3_both() {
        for (id, faces) in [('A', ["B", "C", "BC"]), ('B', ["C", "A", "CA"]), ('C', ["A", "B", "AB"])] {
            for (face, expected) in (1..).zip(faces) {
                let to = receivers(rolled(machine(id), ring(3), face));
                assert!(to.into_iter().eq(expected.chars().map(machine)));
            }
        }
    }

    fn face_k_sends_to_the_kth_machine_after_this_one() {
        for size in sizes() {
            for id in size.machines() {
                for face in 1..size.get() {
                    assert_eq!(receivers(rolled(id, size, face)), [size.after(id, face)]);
                }
            }
        }
    }

    fn face_n_sends_to_all_the_others() {
        for size in sizes() {
            for id in size.machines() {
                assert!(receivers(rolled(id, size, size.get())).into_iter().eq(size.others(id)));
            }
        }
    }

    fn any_other_face_is_internal_and_sends_nothing() {
        for size in sizes() {
            for face in [0, size.get() + 1, size.get() + 7, 256 + 1, u32::MAX as usize] {
                let step = rolled(machine('B'), size, face);
                assert_eq!((step.event.kind, step.messages.count()), (EventKind::Internal, 0));
            }
        }
    }

    /// Seven of ten faces, and no "60 %".
    fn with_ten_sides_three_machines_have_seven_internal_faces() {
        let is_internal = |face: &usize| rolled(machine('A'), ring(3), *face).event.kind == EventKind::Internal;
        assert_eq!((1..=10).filter(is_internal).count(), 7);
    }

    fn with_as_many_sides_as_machines_no_face_is_internal() {
        assert!((1..=4).all(|face| rolled(machine('D'), ring(4), face).messages.count() > 0));
    }

    fn nobody_sends_to_itself() {
        for size in sizes() {
            for id in size.machines() {
                for face in 1..=size.get() {
                    assert!(!receivers(rolled(id, size, face)).contains(&id));
                }
            }
        }
    }

    fn send_to_all_is_one_event_with_one_timestamp() {
        let mut process = process('A', 5);
        roll(&mut process, 9);
        let step = roll(&mut process, 5);
        assert_eq!((step.event.clock, process.clock().value()), (LamportStamp(2), LamportStamp(2)));
        assert!(step.messages.eq(['B', 'C', 'D', 'E'].map(|to| message('A', to, 2))));
    }

    fn a_message_carries_the_timestamp_of_its_send_event_after_the_increment() {
        let mut process = process('C', 3);
        for count in 1..=20 {
            let step = roll(&mut process, 1);
            assert_eq!(step.event.clock, LamportStamp(count));
            assert!(step.messages.eq([message('C', 'A', count)]));
        }
    }

    fn a_receive_merges_before_it_is_logged() {
        let mut process = process('B', 3);
        let step = process.step(Turn::Deliver(message('A', 'B', 41)), UnixTime::EPOCH);
        assert_eq!(step.event.kind, EventKind::Receive { from: machine('A'), stamp: LamportStamp(41) });
        assert_eq!((step.event.clock, step.messages.count()), (LamportStamp(42), 0));
        assert_eq!(process.clock().value(), LamportStamp(42));
    }

    fn a_receive_sends_nothing_and_rolls_nothing() {
        let rolls = Cell::new(0);
        let roll = || {
            rolls.set(rolls.get() + 1);
            process('B', 3).rolled(rolls.get())
        };
        assert_eq!(Turn::of(Some(message('A', 'B', 1)), roll), Turn::Deliver(message('A', 'B', 1)));
        assert_eq!(rolls.get(), 0, "a waiting message must not use up a roll: replay counts on it");
        let to = ring(3).peer(machine('B'), 1).unwrap();
        assert_eq!(Turn::of(None::<Message<LamportStamp>>, roll), Turn::Send { to });
        rolls.set(9);
        assert_eq!(Turn::of(None::<Message<LamportStamp>>, roll), Turn::Internal);
        assert_eq!(rolls.get(), 10);
    }

    fn every_turn_moves_the_clock_exactly_once() {
        let chance = &mut random(61);
        let mut process = process('A', 3);
        let mut clock = 0;
        for _ in 0..2_000 {
            let number = u64::from(chance.next_u32() % 3_000);
            let (turn, expected) = if number % 2 == 0 {
                (Turn::Deliver(message('B', 'A', number)), clock.max(number) + 1)
            } else {
                (Turn::of(None, || process.rolled(number as u32 % 10)), clock + 1)
            };
            assert_eq!(process.step(turn, UnixTime::EPOCH).event.clock, LamportStamp(expected));
            clock = expected;
        }
    }

    fn the_same_turns_give_the_same_steps() {
        let run = || {
            let (mut process, chance) = (process('B', 4), &mut random(62));
            let turn = |number: u32| match number % 3 {
                0 => Turn::Deliver(message('C', 'B', u64::from(number % 1_000))),
                1 => Turn::Send { to: ring(4).others(machine('B')) },
                _ => Turn::Internal,
            };
            core::array::from_fn::<_, 50, _>(|_| process.step(turn(chance.next_u32()), UnixTime::EPOCH).event)
        };
        assert_eq!(run(), run());
    }

    fn a_process_goes_on_where_its_clock_stopped() {
        let clock = Lamport::resume(machine('A'), LamportStamp(99));
        let mut process = Process::with_clock(machine('A'), ring(3), clock);
        assert_eq!(process.step(Turn::Internal, UnixTime::EPOCH).event.clock, LamportStamp(100));
    }
}
