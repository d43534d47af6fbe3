//! Every execution of a small ring, from the first greeting to the last thanks, explored by `stateright`: links are cut
//! at any moment, processes crash and go on from their logs, patience runs out. The machines and their intakes are
//! those of `core`; the driver, logs, manifests and wires are as small as they can be, and time stands still.
//!
//! Each property has a fault, planted in the driver, that breaks it: the model must find it.

mod choices;
mod driver;
mod world;

use std::collections::BTreeSet;

use clockring::{clock::LamportStamp, event::EventKind, frame::Frame, machine::Leaving, ring::MachineId};
use stateright::{Checker, HasDiscoveries, Model, Property};
use world::{Action, Fate, Ring, State, id};

/// A fault planted in the driver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    /// It reports rows as logged that are not.
    LogsTooEarly,
    /// It reports facts as written that are not.
    WritesTooLate,
    /// After a crash, only sends move the clock.
    RelivesSendsOnly,
    /// After a crash, a machine that has ended ticks again.
    ForgetsItsEnd,
    /// After a crash, messages accounted for are received again.
    ForgetsAccounts,
    /// Messages that waited in the lanes are not written down with the account.
    ForgetsWhatIsLeft,
    /// A new link goes on after the last message sent over the old one.
    ResumesNowhere,
    /// A new link begins with the first message, and duplicates are taken again.
    TakesTwice,
    /// It takes every peer for ready.
    DoesNotGather,
    /// The end of a peer is dropped as long as it ticks itself.
    DropsSignals,
}

const RISES: &str = "timestamps rise, and a receive is later than its send";
const LOGGED: &str = "a message on a wire is in its sender's log";
const IN_ORDER: &str = "messages are received or left, in order and once";
const STARTS: &str = "no machine ticks before all links were up at every machine";
const ENDS: &str = "a machine that has ended makes no more events";
const COMPLETE: &str = "a machine that leaves complete has everything, and so have its peers";
const COMES_TO_REST: &str = "all machines leave complete in the end";
const LAWS: [&str; 7] = [RISES, LOGGED, IN_ORDER, STARTS, ENDS, COMPLETE, COMES_TO_REST];

const RECEIVES_AFTER_DEATH: &str = "a machine that died receives after it came back";
const LEFT: &str = "a message is left in the queue";
const AGAIN: &str = "a machine leaves before a peer is complete, and all are started again";

impl Model for Ring {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.first()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.extend(self.possible(state));
        self.wrong(state, actions);
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        self.next(before, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(RISES, |_, state: &State| {
                state.disks.iter().all(|disk| {
                    disk.rows.windows(2).all(|pair| pair[0].clock < pair[1].clock)
                        && disk
                            .rows
                            .iter()
                            .all(|row| !matches!(row.kind, EventKind::Receive { stamp, .. } if row.clock <= stamp))
                })
            }),
            Property::always(LOGGED, |ring: &Self, state: &State| {
                pairs(ring).all(|(from, to)| {
                    let sent = sent(state, from, to);
                    state.wires[from][to].iter().flatten().all(|frame| match Frame::<LamportStamp>::decode(frame) {
                        Some(Frame::Message(message)) => sent.contains(&message.stamp.0),
                        _ => true,
                    })
                })
            }),
            Property::always(IN_ORDER, |ring: &Self, state: &State| {
                pairs(ring).all(|(from, to)| sent(state, from, to).starts_with(&taken(state, from, to)))
            }),
            Property::always(STARTS, |_, state: &State| {
                state.ready.iter().all(|ready| *ready) || state.disks.iter().all(|disk| disk.rows.is_empty())
            }),
            Property::always(ENDS, |_, state: &State| {
                state.disks.iter().all(|disk| disk.ended_at.is_none_or(|rows| rows == disk.rows.len()))
            }),
            Property::always(COMPLETE, |ring: &Self, state: &State| {
                pairs(ring).all(|(from, to)| {
                    let is_complete = |me: usize| state.fates[me] == Fate::Left(Leaving::Complete);
                    !(is_complete(from) || is_complete(to)) || sent(state, from, to) == taken(state, from, to)
                })
            }),
            Property::always(COMES_TO_REST, |ring: &Self, state: &State| {
                let is_complete = |fate: &Fate| *fate == Fate::Left(Leaving::Complete);
                pairs(ring).any(|(from, to)| state.can_arrive(from, to))
                    || state.fates.iter().all(is_complete)
                    || !ring.possible(state).is_empty()
            }),
            Property::sometimes(RECEIVES_AFTER_DEATH, |_, state: &State| {
                state.crashes > 0
                    && state
                        .disks
                        .iter()
                        .any(|disk| disk.rows.last().is_some_and(|row| matches!(row.kind, EventKind::Receive { .. })))
            }),
            Property::sometimes(LEFT, |_, state: &State| state.disks.iter().any(|disk| !disk.left.is_empty())),
            Property::sometimes(AGAIN, |_, state: &State| state.again),
        ]
    }
}

fn pairs(ring: &Ring) -> impl Iterator<Item = (usize, usize)> + use<> {
    let ring = *ring;
    (0..ring.machines).flat_map(move |from| ring.others(from).map(move |to| (from, to)))
}

fn sent(state: &State, from: usize, to: usize) -> Vec<u64> {
    let messages = state.disks[from].rows.iter().flat_map(|row| row.messages(id(from)));
    messages.filter(|message| message.to == id(to)).map(|message| message.stamp.0).collect()
}

/// The messages that one machine has of another: received, or left in the queue.
fn taken(state: &State, from: usize, to: usize) -> Vec<u64> {
    let sender: MachineId = id(from);
    let received = state.disks[to].rows.iter().filter_map(|row| match row.kind {
        EventKind::Receive { from, stamp } if from == sender => Some(stamp.0),
        _ => None,
    });
    let left = state.disks[to].left.iter().filter(|left| left.from == sender).map(|left| left.stamp.0);
    received.chain(left).collect()
}

/// Two machines and nothing that goes wrong.
const TWO: Ring = Ring {
    machines: 2,
    events: [1, 1, 0],
    crashes: 0,
    cuts: 0,
    hurries: 0,
    stops: false,
    patient: true,
    whole_turns: false,
    fault: None,
};

const THREE: Ring = Ring { machines: 3, whole_turns: true, ..TWO };

/// Explores all of it, or up to the first property that does not hold.
fn explore(ring: Ring) -> impl Checker<Ring> {
    let checker = ring.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_dfs().join();
    println!("{ring:?}: {} states", checker.unique_state_count());
    checker
}

/// All laws hold, in more than `states_min` states, and these were seen among them.
fn holds(ring: Ring, states_min: usize, seen: &[&'static str]) {
    let checker = explore(ring);
    LAWS.iter().for_each(|law| checker.assert_no_discovery(law));
    seen.iter().for_each(|name| drop(checker.assert_any_discovery(name)));
    assert!(checker.unique_state_count() > states_min, "{} states", checker.unique_state_count());
}

#[test]
fn two_machines_lose_nothing_whatever_breaks() {
    holds(Ring { crashes: 1, cuts: 1, ..TWO }, 100_000, &[RECEIVES_AFTER_DEATH, LEFT]);
}

#[test]
fn a_machine_that_lacks_more_than_memory_holds_is_sent_it_from_the_log() {
    holds(Ring { events: [2, 0, 0], crashes: 1, cuts: 1, ..TWO }, 50_000, &[LEFT]);
}

#[test]
fn leaving_too_early_loses_nothing_if_all_are_started_again() {
    holds(Ring { events: [1, 0, 0], crashes: 1, cuts: 1, hurries: 1, ..TWO }, 20_000, &[AGAIN]);
}

#[test]
fn a_stop_loses_nothing_with_or_without_patience() {
    for patient in [false, true] {
        holds(Ring { events: [1, 0, 0], cuts: 1, hurries: 1, stops: true, patient, ..TWO }, 10_000, &[LEFT]);
    }
}

#[test]
fn three_machines_lose_nothing_at_a_crash() {
    holds(THREE, 100_000, &[LEFT]);
    holds(Ring { events: [0; 3], crashes: 1, ..THREE }, 100_000, &[]);
}

#[test]
fn every_fault_of_a_driver_is_found() {
    let dies = Ring { crashes: 1, ..TWO };
    let breaks = Ring { cuts: 1, ..TWO };
    for (fault, broken, ring) in [
        (Fault::LogsTooEarly, LOGGED, TWO),
        (Fault::WritesTooLate, COMPLETE, Ring { events: [1, 0, 0], ..dies }),
        (Fault::RelivesSendsOnly, RISES, Ring { events: [2, 0, 0], ..dies }),
        (Fault::ForgetsItsEnd, ENDS, Ring { events: [1, 0, 0], ..dies }),
        (Fault::ForgetsAccounts, IN_ORDER, Ring { events: [1, 0, 0], ..dies }),
        (Fault::ForgetsWhatIsLeft, COMPLETE, TWO),
        (Fault::ResumesNowhere, COMES_TO_REST, Ring { events: [1, 0, 0], ..breaks }),
        (Fault::TakesTwice, IN_ORDER, breaks),
        (Fault::DoesNotGather, STARTS, THREE),
        (Fault::DropsSignals, COMES_TO_REST, TWO),
    ] {
        let until = HasDiscoveries::AnyOf(BTreeSet::from([broken]));
        let checker = Ring { fault: Some(fault), ..ring }.checker().finish_when(until).spawn_bfs().join();
        println!("{fault:?}: {} states", checker.unique_state_count());
        assert!(checker.discovery(broken).is_some(), "{fault:?} is not noticed by: {broken}");
    }
}
