//! Every small execution, deeper than the suite of `core` goes on a microcontroller.

use clockring::{
    clock::{Hybrid, Lamport, Vector},
    suite::explore,
};

#[test]
fn every_execution_of_seven_events_of_two_processes_keeps_the_clock_condition() {
    assert!(explore::<Lamport, 2>(7, false).unwrap() > 500_000);
    assert!(explore::<Hybrid, 2>(7, false).unwrap() > 500_000);
    assert!(explore::<Vector<2>, 2>(7, true).unwrap() > 500_000);
}

#[test]
fn every_execution_of_five_events_of_three_processes_keeps_the_clock_condition() {
    assert!(explore::<Lamport, 3>(5, false).unwrap() > 300_000);
    assert!(explore::<Hybrid, 3>(5, false).unwrap() > 300_000);
    assert!(explore::<Vector<3>, 3>(5, true).unwrap() > 300_000);
}
