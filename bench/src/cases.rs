//! The steps of the hot path, each by itself: one list for the clock on the wall and for the instruction counter.

use std::hint::black_box;

use clockring::{
    assembler::Assembler,
    clock::{Clock, Hybrid, HybridStamp, Lamport, LamportStamp, Vector, VectorStamp},
    frame::Frame,
    inbox::{Inbox, Lane, Tickets},
    message::Message,
    moment::UnixTime,
    process::{Process, Turn},
    ring::{MachineId, RingSize},
};
use host::rundir::Row;

use crate::mission::{BATCH, Storage};

/// What measures the cases.
pub trait Meter {
    /// Measures `work`, which is one step of this name.
    fn case<R>(&mut self, name: &str, work: impl FnMut() -> R);
}

/// A ring of three, and the first two of its machines.
pub fn ring() -> (RingSize, MachineId, MachineId) {
    let ring = RingSize::new(3).expect("three machines make a ring");
    let [a, b] = [b'A', b'B'].map(|letter| MachineId::from_letter(letter).expect("a letter"));
    (ring, a, b)
}

/// A message with this timestamp, from B to A.
pub fn message(stamp: u64) -> Message<LamportStamp> {
    let (_, a, b) = ring();
    Message { from: b, to: a, stamp: LamportStamp(stamp) }
}

/// Hands every case to the meter.
pub fn all(meter: &mut impl Meter) {
    ticks(meter);
    clocks(meter);
    frames(meter);
    rows(meter);
    inbox(meter);
}

fn ticks(meter: &mut impl Meter) {
    let (ring, a, _) = ring();
    for (name, waiting, face) in [
        ("tick/internal", None, 10),
        ("tick/send_one", None, 1),
        ("tick/send_all", None, 3),
        ("tick/receive", Some(message(1_234_567)), 0),
    ] {
        let mut process = Process::<Lamport>::new(a, ring);
        meter.case(name, || {
            let turn = Turn::of(black_box(waiting), || process.rolled(black_box(face)));
            process.step(turn, UnixTime::EPOCH)
        });
    }
}

fn clocks(meter: &mut impl Meter) {
    let (_, a, _) = ring();
    let mut clock = Lamport::new(a);
    meter.case("lamport/advance/ours", || black_box(&mut clock).advance(UnixTime::EPOCH));
    let mut clock = Lamport::new(a);
    meter.case("lamport/observe/ours", || clock.observe(&LamportStamp(black_box(1_234_567)), UnixTime::EPOCH));
    let mut clock = Vector::<3>::new(a);
    meter.case("vector/advance/ours", || {
        clock.advance(UnixTime::EPOCH);
        black_box(&clock);
    });
    let mut clock = Vector::<3>::new(a);
    let stamp = VectorStamp([0, 500, 700]);
    meter.case("vector/observe/ours", || {
        clock.observe(black_box(&stamp), UnixTime::EPOCH);
        black_box(&clock);
    });
    const NOW: UnixTime = UnixTime::from_ns(1_800_000_000_000_000_000);
    let mut clock = Hybrid::new(a);
    meter.case("hybrid/advance/fixed/ours", || clock.advance(black_box(NOW)));
    let mut clock = Hybrid::new(a);
    meter.case("hybrid/observe/fixed/ours", || clock.try_observe(&HybridStamp(black_box(NOW.ns())), NOW));
}

fn frames(meter: &mut impl Meter) {
    let frame = Frame::Message(message(1_234_567));
    meter.case("frame/encode", || black_box(&frame).encode());
    let bytes = frame.encode();
    meter.case("frame/decode", || Frame::<LamportStamp>::decode(black_box(&bytes)));
    let mut assembler = Assembler::<LamportStamp>::new();
    meter.case("frame/assemble", || assembler.take(&mut black_box(bytes.as_slice())));
}

fn rows(meter: &mut impl Meter) {
    let (ring, a, _) = ring();
    let rows = some_rows();
    let mut text = Vec::with_capacity(1 << 16);
    let mut next = rows.iter().cycle();
    meter.case("row/as_text", || {
        if text.len() > 1 << 15 {
            text.clear();
        }
        if let Some(row) = next.next() {
            row.write(ring, &mut text);
        }
    });
    let lines: Vec<Vec<u8>> = rows
        .iter()
        .map(|row| {
            let mut line = Vec::new();
            row.write(ring, &mut line);
            line.pop();
            line
        })
        .collect();
    let mut next = lines.iter().cycle();
    meter.case("row/parse", || next.next().map(|line| Row::<LamportStamp>::parse(line, a, ring)));
}

/// A batch of rows of the model's mix, with times as long as they are.
fn some_rows() -> Vec<Row<LamportStamp>> {
    let mut storage = Box::<Storage>::default();
    let mut mission = storage.mission(7);
    let ids: Vec<MachineId> = mission.ids().collect();
    for machine in ids.iter().cycle().take(ids.len() * 10) {
        mission.tick(*machine, BATCH);
        mission.deliver(*machine);
    }
    let rows = mission.rows(ids[0]).iter();
    rows.map(|row| Row { time: UnixTime::from_ns(1_800_000_000_000_000_000 + row.tick), ..*row }).collect()
}

fn inbox(meter: &mut impl Meter) {
    let tickets = Tickets::new();
    let mut lanes = [(); 2].map(|()| Box::new(Lane::<_, 4096>::new()));
    let mut inbox = Inbox::<_, 2>::new();
    let [mut from_b, _from_c] = lanes.each_mut().map(|lane| inbox.connect(lane, &tickets).expect("room for two lanes"));
    meter.case("inbox/push_pop", || {
        from_b.push(message(black_box(1_234_567))).expect("room for one message");
        inbox.pop()
    });
}
