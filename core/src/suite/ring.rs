//! Names, ring order, and who dials whom.

use super::{machine, ring, sizes, text};
use crate::ring::{MachineId, RingSize};

/// Every machine there can be.
fn alphabet() -> impl Iterator<Item = MachineId> + Clone {
    ring(RingSize::MAX).machines()
}

suite! {
    fn every_letter_is_a_machine_and_nothing_else_is() {
        for byte in 0..=u8::MAX {
            let machine = MachineId::from_letter(byte);
            assert_eq!(machine.map(MachineId::letter), byte.is_ascii_uppercase().then_some(byte));
            assert_eq!(machine.map(|machine| machine.letter_str().as_bytes()[0]), machine.map(MachineId::letter));
        }
        assert_eq!(alphabet().count(), 26);
        for index in 0..26 {
            assert_eq!(MachineId::from_index(index).unwrap().index(), index);
        }
        assert_eq!((MachineId::from_index(26), MachineId::from_index(256)), (None, None));
    }

    fn a_machine_is_written_as_its_letter() {
        assert_eq!((text(machine('A')), text(machine('Z'))), ("A".try_into().unwrap(), "Z".try_into().unwrap()));
        assert_eq!(text(format_args!("{:?} {:>3}", machine('Q'), machine('B'))), "Q   B");
    }

    fn a_ring_has_2_to_26_machines() {
        for machines in [0, 1, 27, 258, usize::MAX] {
            assert_eq!(RingSize::new(machines), None);
        }
        assert!(sizes().all(|size| size.machines().count() == size.get()));
    }

    fn the_last_machine_is_followed_by_the_first() {
        assert_eq!(ring(3).after(machine('C'), 1), machine('A'));
        assert_eq!(ring(26).after(machine('Z'), 1), machine('A'));
        assert_eq!(ring(3).after(machine('B'), 3), machine('B'));
    }

    fn distance_undoes_after() {
        for size in sizes() {
            for from in size.machines() {
                for places in 0..size.get() {
                    assert_eq!(size.distance(from, size.after(from, places)), places);
                }
            }
        }
    }

    fn the_others_are_everybody_else_in_ring_order() {
        assert!(ring(4).others(machine('C')).into_iter().eq([machine('D'), machine('A'), machine('B')]));
        for size in sizes() {
            for from in size.machines() {
                let others = size.others(from);
                assert_eq!(others.count(), size.get() - 1);
                assert!(others.into_iter().eq((1..size.get()).map(|places| size.after(from, places))));
            }
        }
    }

    fn a_peer_is_one_machine_and_never_oneself() {
        let size = ring(5);
        for from in size.machines() {
            assert!(size.peer(from, 0).is_none() && size.peer(from, 5).is_none() && size.peer(from, 261).is_none());
            for places in 1..5 {
                let peer = size.peer(from, places).unwrap();
                assert_eq!(peer.count(), 1);
                assert!(peer.into_iter().eq([size.after(from, places)]));
            }
        }
    }

    fn peers_contain_exactly_those_they_list() {
        for size in sizes() {
            let from = size.after(machine('A'), 1);
            let all_and_one = [size.others(from), size.peer(from, 1).unwrap()];
            for peers in all_and_one {
                for machine in alphabet() {
                    assert_eq!(peers.contains(machine), peers.into_iter().any(|peer| peer == machine));
                }
            }
        }
    }

    fn every_pair_has_exactly_one_connection() {
        for size in sizes() {
            for one in size.machines() {
                for other in size.machines() {
                    assert_eq!(size.dials(one, other) != size.dials(other, one), one != other, "{one} {other}");
                }
            }
        }
    }

    fn in_a_ring_of_three_each_dials_the_next() {
        for from in ring(3).machines() {
            assert!(ring(3).dials(from, ring(3).after(from, 1)));
        }
    }

    fn of_two_that_face_each_other_the_first_in_the_alphabet_dials() {
        for (machines, first, second) in [(2, 'A', 'B'), (4, 'A', 'C'), (4, 'B', 'D'), (26, 'M', 'Z')] {
            assert!(ring(machines).dials(machine(first), machine(second)));
            assert!(!ring(machines).dials(machine(second), machine(first)));
        }
    }

    fn each_machine_dials_about_half_of_the_others() {
        for size in sizes() {
            for from in size.machines() {
                let dialled = size.machines().filter(|other| size.dials(from, *other)).count();
                let (fewest, most) = ((size.get() - 1) / 2, size.get() / 2);
                assert!((fewest..=most).contains(&dialled));
            }
        }
    }

    fn machines_outside_the_ring_do_no_harm() {
        for size in sizes() {
            for one in alphabet() {
                for other in alphabet().filter(|other| !size.contains(one) || !size.contains(*other)) {
                    assert_eq!(size.distance(one, other), 0);
                    assert!(!size.dials(one, other));
                }
                for places in [0, 1, 25, 26, 27, usize::MAX] {
                    assert!(size.after(one, places).index() < RingSize::MAX);
                }
            }
        }
    }
}
