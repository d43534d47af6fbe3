//! The machine of core, through its whole life and many deaths: nothing is lost, nothing comes twice, and it ends.

mod turn;
mod world;

use std::time::Duration;

use clockring::{event::EventKind, machine::Leaving};

use crate::world::{World, id};

/// Longest time for the world to come to rest after the last fault.
const REST_MAX: Duration = Duration::from_secs(120);

impl World {
    /// The fault of the final state, if any.
    fn objection(&self) -> Option<String> {
        for (index, disk) in self.disks.iter().enumerate() {
            if self.left[index] != Some(Leaving::Complete) {
                return Some(format!("{} did not leave complete: {:?}", id(index), self.left[index]));
            }
            for (peer, other) in self.disks.iter().enumerate().filter(|(peer, _)| *peer != index) {
                let sent: Vec<u64> = disk
                    .rows
                    .iter()
                    .filter(|(event, _)| matches!(event.kind, EventKind::Send { to } if to.contains(id(peer))))
                    .map(|(event, _)| event.clock.0)
                    .collect();
                let received = other.rows.iter().filter_map(|(event, _)| match event.kind {
                    EventKind::Receive { from, stamp } if from == id(index) => Some(stamp.0),
                    _ => None,
                });
                let left = other.left.iter().filter(|left| left.from == id(index)).map(|left| left.stamp.0);
                let taken: Vec<u64> = received.chain(left).collect();
                if sent != taken {
                    return Some(format!("{} to {}: sent {sent:?}, taken {taken:?}", id(index), id(peer)));
                }
            }
        }
        None
    }
}

/// The whole life under faults, and then without any.
fn live(seed: u64) -> Result<(u64, u64, u64), String> {
    let mut world = World::new(seed);
    for _ in 0..world.below(600) {
        world.pass(true);
    }
    // All are started once more.
    for index in 0..world.ring.get() {
        world.die(index);
        world.start(index);
    }
    let rest_until = world.now.after(REST_MAX);
    while world.left.iter().any(Option::is_none) {
        if world.now > rest_until {
            return Err(format!("it never ends: {:?}", world.left));
        }
        world.pass(false);
    }
    let events = world.disks.iter().map(|disk| disk.rows.len() as u64).sum();
    world.objection().map_or(Ok((events, world.deaths, world.cuts)), Err)
}

#[test]
fn nothing_is_lost_in_any_life_and_every_life_ends() {
    let cases: u64 = std::env::var("LIVES").ok().and_then(|text| text.parse().ok()).unwrap_or(500);
    let (mut events, mut deaths, mut cuts) = (0, 0, 0);
    for seed in 0..cases {
        match live(seed) {
            Ok(counts) => {
                (events, deaths, cuts) = (events + counts.0, deaths + counts.1, cuts + counts.2);
            }
            Err(reason) => panic!("seed {seed}: {reason}"),
        }
    }
    println!("{cases} lives: {events} events, {deaths} deaths, {cuts} cuts");
    assert!(deaths > cases && cuts > cases);
}
