//! A board's words, in defmt. The decoder on the computer reads these sentences (`ports/src/board/log.rs`): a word that
//! names the kind, and the rest as in a run directory's files.

use clockring::{
    clock::LamportStamp,
    cursor::Cursor,
    event::EventKind,
    handshake::Answer,
    machine::{Fact, IntakeError, Leaving, Row},
    message::Message,
    moment::Elapsed,
    ring::MachineId,
};
use defmt::println;
use defmt_semihosting as _;

use crate::receiver::{Losses, Mishap};

/// The machine starts to tick, in the run with this number.
pub fn started(run: Option<u64>) {
    println!("started {=u64}", run.unwrap_or(0));
}

/// A row of the log, with the time at which a message that was received had `arrived`; times are since the start.
pub fn row(row: &Row<LamportStamp>, queue: usize, arrived: Elapsed) {
    let (tick, elapsed_ns) = (row.tick, row.elapsed.ns());
    let (clock, queue) = (row.event.clock.0, queue as u32);
    match row.event.kind {
        EventKind::Internal => println!("row {=u64},{=u64},internal,,,{=u64},{=u32},", tick, elapsed_ns, clock, queue),
        EventKind::Send { to } => {
            let mut to = to.into_iter().map(letter);
            let (first, second) = (to.next().unwrap_or('?'), to.next());
            match second {
                None => {
                    println!("row {=u64},{=u64},send,{=char},,{=u64},{=u32},", tick, elapsed_ns, first, clock, queue)
                }
                Some(second) => println!(
                    "row {=u64},{=u64},send,{=char}{=char},,{=u64},{=u32},",
                    tick, elapsed_ns, first, second, clock, queue
                ),
            }
        }
        EventKind::Receive { from, stamp } => println!(
            "row {=u64},{=u64},receive,{=char},{=u64},{=u64},{=u32},{=u64}",
            tick,
            elapsed_ns,
            letter(from),
            stamp.0,
            clock,
            queue,
            arrived.min(row.elapsed).ns()
        ),
    }
}

/// A fact of the end, for the manifest: about the peer at the end of a link, and the cursor that belongs to it.
pub fn fact(fact: Fact, peer: MachineId, upto: Cursor, ticks: u64, elapsed: Elapsed) {
    match fact {
        Fact::Ended { stopped } => println!("ended {=u64} {=bool} {=u64}", ticks, stopped, elapsed.ns()),
        Fact::Accounted(_) => println!("accounted {=char} {=u64}", letter(peer), upto.to_u64()),
        Fact::Delivered(_) => println!("delivered {=char} {=u64}", letter(peer), upto.to_u64()),
    }
}

/// A message that waited at the end.
pub fn left(message: &Message<LamportStamp>) {
    println!("left {=char} {=u64}", letter(message.from), message.stamp.0);
}

/// The messages to this peer after the first cursor and up to the second are beyond recovery: memory did not reach so
/// far back when the peer asked.
pub fn forgotten(peer: MachineId, after: Cursor, upto: Cursor) {
    println!("forgotten {=char} {=u64} {=u64}", letter(peer), after.to_u64(), upto.to_u64());
}

/// Something went wrong on the link to this peer.
pub fn mishap(peer: MachineId, mishap: Mishap) {
    let peer = letter(peer);
    match mishap {
        Mishap::Overrun(upto) => println!("overrun {=char} {=u64}", peer, upto.to_u64()),
        Mishap::Broken(IntakeError::Garbage { bytes }) => println!("garbage {=char} {=u64}", peer, bytes),
        Mishap::Broken(IntakeError::Misdirected { from, to }) => {
            println!("misdirected {=char} {=char} {=char}", peer, letter(from), letter(to));
        }
        Mishap::Broken(IntakeError::Refused(_)) => println!("absurd {=char}", peer),
    }
}

/// The link to this peer is up.
pub fn link_up(peer: MachineId) {
    println!("up {=char}", letter(peer));
}

/// Nothing was heard of this peer for too long.
pub fn silent(peer: MachineId) {
    println!("silent {=char}", letter(peer));
}

/// This peer does not read.
pub fn deaf(peer: MachineId) {
    println!("deaf {=char}", letter(peer));
}

/// The speaker on this peer's link does not belong there; the answer it got, or gave itself.
pub fn stranger(peer: MachineId, answer: Answer) {
    println!("stranger {=char} {=u8}", letter(peer), answer as u8);
}

/// The speaker on this peer's link has another protocol.
pub fn foreigner(peer: MachineId) {
    println!("foreigner {=char}", letter(peer));
}

/// The mishaps on the link to this peer, counted over the whole run.
pub fn losses(peer: MachineId, losses: Losses) {
    let Losses { overruns, garbage_bytes, misdirected, refused } = losses;
    println!("losses {=char} {=u32} {=u64} {=u32} {=u32}", letter(peer), overruns, garbage_bytes, misdirected, refused);
}

/// The machine leaves.
pub fn gone(how: Leaving) {
    match how {
        Leaving::NeverStarted => println!("gone unstarted"),
        Leaving::Complete => println!("gone complete"),
        Leaving::Incomplete => println!("gone incomplete"),
    }
}

fn letter(machine: MachineId) -> char {
    machine.letter() as char
}
