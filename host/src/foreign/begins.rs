//! Rows at which a clock begins again.
//!
//! A file may hold several runs, and a machine may forget its clock when it is restarted; rows may be missing at any
//! place. So a clock that does not rise from one row to the next proves nothing by itself: the second row may be of
//! another run. It cannot be where that reading contradicts the rest of the log, see [`find`].

use super::{
    evidence::{HABIT_MIN, counts_every_event, is_one_step},
    kinds::Kind,
    run::{Begin, ForeignClock, ForeignEvent, ForeignLog, Scalar, Stamp},
};

/// The rows at which the clock of a log may begin again, given that the user did not say that it is one run.
///
/// A clock that stands still begins again only at its first value. One that falls has not begun again in two cases: in a
/// log that counts every event, if the row after the fall goes on from before it; and if it falls at receives again and
/// again, as that of a program that takes over any timestamp.
pub(super) fn find(log: &ForeignLog, clock: ForeignClock) -> Vec<Begin> {
    let mut begins = Vec::new();
    let mut first = 0;
    let exact = counts_every_event(log, clock);
    let is_habit = takes_any_stamp(log);
    let are_several_machines = !is_habit && looks_interleaved(log);
    for row in 1..log.events.len() {
        let (event, before) = (&log.events[row], &log.events[row - 1]);
        if clock == ForeignClock::Vector && !log.owns_entry {
            // Without an own count any loss of knowledge may be a beginning.
            let forgets = log.vector(row).iter().zip(log.vector(row - 1)).any(|(now, before)| now < before);
            begins.extend(forgets.then_some(Begin { row, is_fresh: false }));
            continue;
        }
        let is_fresh = event.clock <= log.events[first].clock;
        // Two rows of a first event stand together; others may be first events of two runs.
        let is_apart =
            is_fresh && event.kind.is_none() && (event.file != before.file || event.place != before.place + 1);
        if event.clock > before.clock || (is_one_event(log, row) && !is_apart) {
            continue;
        }
        let next = log.events.get(row + 1).filter(|next| next.clock > before.clock);
        // A machine that forgot its vector learns its own count from the messages of others.
        let may_learn =
            |next: &&ForeignEvent| clock == ForeignClock::Vector && next.kind.is_none_or(|kind| kind == Kind::Receive);
        let next = next.filter(|next| !may_learn(next));
        let goes_on = exact && next.is_some_and(|next| is_one_step(event, next, clock) == Some(false));
        let falls = event.clock < before.clock;
        let is_other = are_several_machines || is_fresh || (falls && !goes_on && !(is_habit && takes_stamp(event)));
        if is_other {
            begins.push(Begin { row, is_fresh });
            first = row;
        }
    }
    begins
}

/// Does a clock fall so often, at one row in eight, that the rows must be those of several machines in one file?
pub(super) fn looks_interleaved(log: &ForeignLog) -> bool {
    let falls = log.events.windows(2).filter(|pair| pair[1].clock < pair[0].clock).count();
    falls >= HABIT_MIN && falls * 8 >= log.events.len()
}

/// Does a log fall back to one above a timestamp again and again, and nowhere else, although it begins otherwise?
fn takes_any_stamp(log: &ForeignLog) -> bool {
    let falls = || (1..log.events.len()).filter(|row| log.events[*row].clock < log.events[*row - 1].clock);
    let receives = log.events.iter().filter(|event| event.is_receive()).count();
    let begins_with_receive = log.events.first().is_some_and(ForeignEvent::is_receive);
    let count = falls().count();
    count >= HABIT_MIN
        && count * 5 >= receives
        && !begins_with_receive
        && falls().all(|row| takes_stamp(&log.events[row]))
}

/// Is the clock of a receive one above its message's timestamp, as that of a machine that knew nothing before?
fn takes_stamp(event: &ForeignEvent) -> bool {
    let stamp = match event.message.stamp {
        Some(Stamp::Scalar(stamp)) => stamp,
        _ => return false,
    };
    event.is_receive() && event.clock == Scalar { number: stamp.number.saturating_add(1), ..stamp }
}

/// Can a row and the one before it be one event, logged twice: of one clock, and not of different kinds? Internal events,
/// and receives that name different messages, are different events.
pub(super) fn is_one_event(log: &ForeignLog, row: usize) -> bool {
    let (event, before) = (&log.events[row], &log.events[row - 1]);
    if event.clock != before.clock || log.vector(row) != log.vector(row - 1) {
        return false;
    }
    match (before.kind, event.kind) {
        (Some(one), Some(other)) if one.differs(other) => false,
        (Some(Kind::Internal), Some(_)) => false,
        (Some(Kind::Receive), Some(_)) => name_one_message(log, before, event),
        _ => true,
    }
}

/// Do two receives agree in all that they name of their messages?
fn name_one_message(log: &ForeignLog, one: &ForeignEvent, other: &ForeignEvent) -> bool {
    let stamps_agree = match (one.message.stamp, other.message.stamp) {
        (Some(Stamp::Vector(one)), Some(Stamp::Vector(other))) => log.stamp(one) == log.stamp(other),
        (one, other) => one == other,
    };
    stamps_agree && one.message.from == other.message.from && one.id == other.id
}
