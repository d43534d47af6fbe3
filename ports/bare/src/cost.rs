//! The cost of a tick, in instructions and in stack, on any chip.

use core::{fmt::Arguments, hint::black_box, mem::MaybeUninit, ptr};

use clockring::{
    clock::LamportStamp,
    event::EventKind,
    frame::Frame,
    message::Message,
    moment::{Monotonic, UnixTime},
    ring::{MachineId, RingSize},
};
use rand_core::{Rng, SeedableRng};
use rand_xorshift::XorShiftRng;

use crate::{
    links::{LINKS, Link, Storage},
    process::{Ticker, ticker},
};

/// Ticks to measure: enough for every kind of event to come after every other, with every filling of the queues.
const TICKS: u32 = 4_000;

/// The kinds of work measured, in the order of the output. The last two are not part of a tick: a frame's bytes made of
/// a message, and all bytes of a frame received, which ends with the message in its lane.
const WORK: [&str; 6] = ["internal", "send_one", "send_all", "receive", "frame_out", "frame_in"];
const RECEIVE: usize = 3;
const FRAME_OUT: usize = 4;
const FRAME_IN: usize = 5;

/// A counter of instructions, as the chip has it.
#[derive(Clone, Copy)]
pub struct Counter {
    /// Reads it.
    pub now: fn() -> u32,
    /// Number of instructions between two readings.
    pub between: fn(u32, u32) -> u32,
}

/// The costs of one kind of work, in instructions.
#[derive(Clone, Copy, Default)]
struct Cost {
    times: u32,
    sum: u32,
    max: u32,
}

/// Runs the model's mix on one process, whose peers send at random. Prints for each kind of work the number of times it
/// was done, the instructions it took, mean and largest, and the bytes of stack that all of it used at most.
pub fn run(counter: Counter, print: fn(Arguments)) {
    let mut storage: Storage = Storage::new();
    let Some((mut ticker, mut links)) = MachineId::from_letter(b'B').and_then(|id| ticker(id, 10, 7, &mut storage))
    else {
        return;
    };
    let mut costs = [Cost::default(); WORK.len()];
    let stack = stack_used(|| {
        Bench { counter, overhead: 0, costs: &mut costs }.run(&mut ticker, &mut links);
    });
    for (name, Cost { times, sum, max }) in WORK.iter().zip(costs) {
        print(format_args!("cost {name} {times} {} {max}\n", sum / times.max(1)));
    }
    print(format_args!("stack {stack}\n"));
}

struct Bench<'a> {
    counter: Counter,
    /// The difference of two readings with nothing between them.
    overhead: u32,
    costs: &'a mut [Cost; WORK.len()],
}

impl Bench<'_> {
    #[inline(never)]
    fn run(&mut self, ticker: &mut Ticker, links: &mut [Link; LINKS]) -> Option<()> {
        let (ring, id) = (RingSize::new(LINKS + 1)?, ticker.id());
        let chance = &mut XorShiftRng::seed_from_u64(1);
        self.overhead = self.timed(|| ()).1;
        for tick in 0..TICKS {
            let (step, instructions) = self.timed(|| ticker.tick(UnixTime::from_ns(u64::from(tick))));
            let kind = match step.event.kind {
                EventKind::Internal => 0,
                EventKind::Send { to } => to.count(),
                EventKind::Receive { .. } => RECEIVE,
            };
            self.add(kind, instructions);
            for message in step.messages {
                let (_, instructions) = self.timed(|| black_box(&Frame::Message(message).encode()).len());
                self.add(FRAME_OUT, instructions);
            }
            // Every so often a burst, so that the queues fill.
            for _ in 0..chance.next_u32() % if tick % 64 < 8 { 3 } else { 2 } {
                let place = chance.next_u32() as usize % LINKS;
                let stamp = LamportStamp(u64::from(tick));
                let bytes = Frame::Message(Message { from: ring.after(id, place + 1), to: id, stamp }).encode();
                let link = links.get_mut(place)?;
                let (_, instructions) = self
                    .timed(|| bytes.into_iter().find_map(|byte| link.receive(byte, Monotonic::default()).transpose()));
                self.add(FRAME_IN, instructions);
            }
        }
        Some(())
    }

    #[inline]
    fn timed<T>(&self, work: impl FnOnce() -> T) -> (T, u32) {
        let start = (self.counter.now)();
        let result = black_box(work());
        let end = (self.counter.now)();
        (result, (self.counter.between)(start, end).saturating_sub(self.overhead))
    }

    fn add(&mut self, work: usize, instructions: u32) {
        if let Some(cost) = self.costs.get_mut(work) {
            cost.times += 1;
            cost.sum += instructions;
            cost.max = cost.max.max(instructions);
        }
    }
}

/// Bytes of stack that `act` uses beneath this function's frame: a pattern is laid there first, and the rest of it
/// afterwards is counted.
#[inline(never)]
fn stack_used(act: impl FnOnce()) -> usize {
    const REGION: usize = 4096;
    const PATTERN: u8 = 0xA5;
    /// For this function's own needs.
    const GAP: usize = 256;
    let mut marker = MaybeUninit::<u8>::uninit();
    let top = black_box(marker.as_mut_ptr()).addr() - GAP;
    let bottom = top - REGION;
    for address in bottom..top {
        // SAFETY: free stack, beneath every live frame. The chips have more than this much.
        unsafe { ptr::with_exposed_provenance_mut::<u8>(address).write_volatile(PATTERN) };
    }
    act();
    let is_untouched =
        // SAFETY: as above.
        |address: &usize| unsafe { ptr::with_exposed_provenance::<u8>(*address).read_volatile() } == PATTERN;
    REGION - (bottom..top).take_while(is_untouched).count() + GAP
}
