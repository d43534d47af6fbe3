//! What a tick costs, in instructions and in stack, on whatever this runs on.

use core::{
    fmt::Write,
    hint::black_box,
    mem::MaybeUninit,
    ptr,
};

use clockring::{
    clock::LamportStamp,
    event::EventKind,
    frame::Frame,
    message::Message,
    ring::{MachineId, RingSize},
};
use rand_core::{Rng, SeedableRng};
use rand_xorshift::XorShiftRng;

use crate::machine::{Storage, machine};

/// Ticks to measure: enough for every kind of event to come after every other, with every filling of the queues.
const TICKS: u32 = 4_000;

/// The costs of one kind of work.
#[derive(Clone, Copy, Default)]
struct Cost {
    times: u32,
    sum: u32,
    max: u32,
}

impl Cost {
    fn add(&mut self, instructions: u32) {
        self.times += 1;
        self.sum += instructions;
        self.max = self.max.max(instructions);
    }
}

/// Runs the model's mix on one machine, whose peers send at random, and writes for each kind of event how many
/// instructions its ticks took, and how much stack was used.
///
/// `instructions` is a counter that goes up by one per instruction.
pub fn run(instructions: fn() -> u32, out: &mut impl Write) {
    let mut costs = [Cost::default(); 5];
    let stack = stack_used(|| measure(instructions, &mut costs));
    let names = ["internal", "send_one", "send_all", "receive", "frame_in"];
    for (name, cost) in names.iter().zip(costs) {
        let mean = cost.sum / cost.times.max(1);
        let _ = writeln!(out, "cost {name} {} {mean} {}", cost.times, cost.max);
    }
    let _ = writeln!(out, "stack {stack}");
}

#[inline(never)]
fn measure(instructions: fn() -> u32, costs: &mut [Cost; 5]) {
    let [a, b, c] = [b'A', b'B', b'C'].map(|letter| MachineId::from_letter(letter));
    let (Some(a), Some(b), Some(c)) = (a, b, c) else { return };
    let mut storage = Storage::new();
    let Some((mut machine, mut links)) = machine(b, 10, 7, &mut storage) else { return };
    let ring = RingSize::new(3);
    let chance = &mut XorShiftRng::seed_from_u64(1);
    let start = instructions();
    let overhead = instructions().wrapping_sub(start);
    for tick in 0..TICKS {
        let mut kind = 0;
        let start = instructions();
        machine.tick(
            u64::from(tick),
            |event, _| {
                kind = match event.kind {
                    EventKind::Internal => 0,
                    EventKind::Send { to } => to.count(),
                    EventKind::Receive { .. } => 3,
                }
            },
            |to, bytes| {
                black_box((to, bytes));
            },
        );
        let end = instructions();
        costs[kind].add(end.wrapping_sub(start).wrapping_sub(overhead));
        // Now and then a burst, so that the queues fill.
        let messages = chance.next_u32() % if tick % 64 < 8 { 3 } else { 2 };
        for _ in 0..messages {
            let place = chance.next_u32() as usize % 2;
            let message = Message { from: [c, a][place], to: b, stamp: LamportStamp(u64::from(tick)) };
            let bytes = Frame::Message(message).encode();
            let start = instructions();
            for byte in bytes {
                black_box(links[place].receive(byte, 0));
            }
            let end = instructions();
            costs[4].add(end.wrapping_sub(start).wrapping_sub(overhead));
        }
    }
    black_box(ring);
}

/// How far beneath the caller's frame `act` goes: a pattern is laid there first, and what is left of it afterwards is
/// counted.
#[inline(never)]
fn stack_used(act: impl FnOnce()) -> usize {
    const REGION: usize = 4096;
    const PATTERN: u8 = 0xA5;
    // Leaves room for what this function itself still needs.
    const GAP: usize = 256;
    let mut marker = MaybeUninit::<u8>::uninit();
    let top = black_box(marker.as_mut_ptr()).addr() - GAP;
    let bottom = top - REGION;
    for address in bottom..top {
        // SAFETY: this is free stack: beneath every live frame, and the ports leave far more than this much.
        unsafe { ptr::with_exposed_provenance_mut::<u8>(address).write_volatile(PATTERN) };
    }
    act();
    let untouched = (bottom..top)
        // SAFETY: as above.
        .take_while(|address| unsafe { ptr::with_exposed_provenance::<u8>(*address).read_volatile() } == PATTERN)
        .count();
    REGION - untouched + GAP
}
