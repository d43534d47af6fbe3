//! Every function of `core` that a program can call, linked with a panic handler that does not exist: it links only if
//! no panic path is left in any of them. Texts for people (`Display`) are left out: those are core::fmt's.

#![no_std]
#![no_main]

use core::hint::black_box;

use bare::{links::Storage, process::ticker};
use clockring::{
    assembler::Assembler,
    chance::{Die, Purpose, stream},
    clock::{Clock, Hybrid, Lamport, Vector},
    cursor::Cursor,
    frame::Frame,
    handshake::Greeting,
    machine::{Fact, Machine, Sent, Settings},
    message::{ByteArray, Stamp},
    moment::{Elapsed, Monotonic, UnixTime},
    process::{Process, Turn},
    ring::{MachineId, RingSize},
    time::{Phase, Rate, Schedule},
};
#[cfg(not(target_has_atomic = "32"))]
use cortex_m as _;

bare::link_without_panics!();

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    loop {
        black_box((ring(), time(), greeting(), inbox(), machine()));
        black_box((clock::<Lamport>(), clock::<Vector<2>>(), clock::<Vector<26>>(), clock::<Hybrid>()));
    }
}

fn ring() -> Option<()> {
    let ring = RingSize::new(black_box(3))?;
    let [a, b] = [MachineId::from_index(black_box(0))?, MachineId::from_letter(black_box(b'B'))?];
    black_box((a.letter(), a.letter_str(), ring.after(a, black_box(1)), ring.distance(a, b), ring.dials(a, b)));
    black_box((ring.machines().rev().count(), ring.contains(b)));
    for peers in [ring.others(a), ring.peer(a, black_box(2))?] {
        black_box((peers.count(), peers.contains(b), peers.into_iter().last()));
    }
    Some(())
}

fn time() -> Option<()> {
    let mut chance = stream(black_box(1), MachineId::from_index(0)?, black_box(Purpose::Rate));
    let rate = black_box("2.5").parse::<Rate>().ok().or(Rate::per_second(black_box(1)))?;
    let mut schedule = Schedule::new(rate, Phase::draw(&mut chance));
    schedule.advance();
    black_box((schedule.due(), rate.millionths(), Die::new(black_box(10), chance).roll()));
    Some(())
}

fn greeting() -> Option<()> {
    let greeting = Greeting::decode(black_box(&[0; Greeting::LENGTH])).ok()?;
    black_box((greeting.judge(black_box(&greeting)).is_ok(), greeting.encode()));
    Some(())
}

fn inbox() -> Option<()> {
    let mut storage: Storage = Storage::new();
    let (mut ticker, [mut next, _]) = ticker(MachineId::from_index(1)?, black_box(4), black_box(7), &mut storage)?;
    black_box((
        next.receive(black_box(1), Monotonic::default()).ok(),
        next.peer(),
        next.received(),
        ticker.tick(UnixTime::EPOCH).event,
    ));
    Some(())
}

/// The work of a machine that resumes from a log, beside that in `machine`.
fn machine() -> Option<()> {
    let (id, ring) = (MachineId::from_index(black_box(1))?, RingSize::new(black_box(3))?);
    let settings = Settings { id, ring, endless: black_box(false), patient: black_box(true) };
    let recent: [Option<Sent<_>>; 4] = [None; 4];
    let mut machine = Machine::<Vector<3>, _, 2>::new(settings, recent, Monotonic::default())?;
    black_box(machine.relive(black_box(Turn::Internal), black_box(Elapsed::default())));
    machine.resume();
    machine.recall(black_box(Fact::Accounted(0)), black_box(Cursor::START));
    machine.start_at(black_box(UnixTime::default()));
    black_box((
        machine.is_catching_up(),
        machine.is_complete(),
        machine.is_done_with(black_box(0)),
        machine.progress(1),
    ));
    Some(())
}

fn clock<C: Clock>() -> Option<()> {
    let id = MachineId::from_index(black_box(1))?;
    let mut assembler = Assembler::<C::Stamp>::new();
    let mut zeros = <C::Stamp as Stamp>::Frame::ZERO;
    let mut bytes: &[u8] = black_box(zeros.as_mut());
    let frame = assembler.take(&mut bytes)?;
    black_box((frame.encode().as_ref(), frame.from(), frame.to(), assembler.skipped()));
    assembler.reset();
    if let Frame::Message(message) = frame {
        C::admit(&message.stamp, black_box(UnixTime::EPOCH)).ok()?;
        let mut cursor = Cursor::from_u64(black_box(0));
        black_box((cursor.accept(&message.stamp, id), cursor.to_u64(), C::resume(id, message.stamp).value()));
        let mut process = Process::<C>::new(id, RingSize::new(black_box(2))?);
        let sends = Turn::of(None, || process.rolled(black_box(1)));
        for turn in [Turn::Deliver(message), sends, Turn::Internal] {
            black_box(process.step(turn, black_box(UnixTime::EPOCH)).messages.last());
        }
    }
    Some(())
}
