//! What a board says, in defmt. The decoder on the computer reads these sentences (`ports/src/board/log.rs`): a word
//! that says what it is, and the rest as in a run directory's files.

use clockring::{
    clock::LamportStamp,
    cursor::Cursor,
    event::{Event, EventKind},
    message::Message,
    ring::MachineId,
};
use defmt::println;
use defmt_semihosting as _;

/// The machine starts to tick, at this time of its own.
pub fn started(now_ns: u64) {
    println!("started {=u64}", now_ns);
}

/// A row of the log; its time is since the start.
pub fn row(tick: u64, elapsed_ns: u64, event: &Event<LamportStamp>, queue: usize) {
    let (clock, queue) = (event.clock.0, queue as u32);
    match event.kind {
        EventKind::Internal => println!("row {=u64},{=u64},internal,,,{=u64},{=u32}", tick, elapsed_ns, clock, queue),
        EventKind::Send { to } => {
            let mut to = to.into_iter().map(letter);
            let (first, second) = (to.next().unwrap_or('?'), to.next());
            match second {
                None => {
                    println!("row {=u64},{=u64},send,{=char},,{=u64},{=u32}", tick, elapsed_ns, first, clock, queue)
                }
                Some(second) => println!(
                    "row {=u64},{=u64},send,{=char}{=char},,{=u64},{=u32}",
                    tick, elapsed_ns, first, second, clock, queue
                ),
            }
        }
        EventKind::Receive { from, stamp } => println!(
            "row {=u64},{=u64},receive,{=char},{=u64},{=u64},{=u32}",
            tick,
            elapsed_ns,
            letter(from),
            stamp.0,
            clock,
            queue
        ),
    }
}

/// The machine has made its last tick.
pub fn ended(ticks: u64, interrupted: bool) {
    println!("ended {=u64} {=bool}", ticks, interrupted);
}

/// A message that waited at the end.
pub fn left(message: &Message<LamportStamp>) {
    println!("left {=char} {=u64}", letter(message.from), message.stamp.0);
}

/// The last message from this peer found its lane full.
pub fn overrun(from: MachineId, received: Cursor) {
    println!("overrun {=char} {=u64}", letter(from), received.to_u64());
}

/// The link to this peer is up.
pub fn link_up(peer: MachineId) {
    println!("up {=char}", letter(peer));
}

/// Nothing was heard of this peer for too long.
pub fn link_down(peer: MachineId) {
    println!("down {=char}", letter(peer));
}

/// Something from this peer was damaged on the way; the link is made anew.
pub fn damaged(peer: MachineId) {
    println!("damaged {=char}", letter(peer));
}

/// Somebody who is not this peer speaks on its link.
pub fn stranger(peer: MachineId) {
    println!("stranger {=char}", letter(peer));
}

/// A peer was away for so long that messages to it were forgotten.
pub fn forgotten(peer: MachineId) {
    println!("forgotten {=char}", letter(peer));
}

/// What was lost on a link in the whole run.
pub fn losses(peer: MachineId, skipped: u64, overruns: u32) {
    println!("losses {=char} {=u64} {=u32}", letter(peer), skipped, overruns);
}

fn letter(machine: MachineId) -> char {
    machine.letter() as char
}
