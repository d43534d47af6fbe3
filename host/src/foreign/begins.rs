//! Rows at which a clock begins again.
//!
//! A file may hold several runs, and a machine may forget its clock when it is restarted. So a clock that does not rise
//! from one row to the next proves nothing by itself: the second row may be the first of another run. It cannot be where
//! that reading contradicts the rest of the log, see [`find`].

use super::{
    evidence::counts_every_event,
    kinds::Kind,
    run::{Begin, ForeignClock, ForeignEvent, ForeignLog, Scalar, Stamp},
};

/// The rows at which the clock of a log may begin again, given that the user did not say that it is one run.
///
/// A clock begins anew at or below the first value of the run before it; at a receive, it may also be one above the
/// message's timestamp. Any other row that is not above the one before it is a beginning only where the log leaves out
/// events, so that the true first rows may be missing.
pub(super) fn find(log: &ForeignLog, clock: ForeignClock) -> Vec<Begin> {
    let mut begins = Vec::new();
    let mut first = 0;
    let falls = |row: usize| log.events[row].clock < log.events[row - 1].clock;
    let at_receives = (1..log.events.len()).filter(|row| falls(*row) && takes_stamp(&log.events[*row]));
    // A program that takes a timestamp without comparing it falls back at its receives, again and again.
    let is_habit = at_receives.count() >= HABIT_MIN && !log.events.first().is_some_and(ForeignEvent::is_receive);
    let exact = clock != ForeignClock::Hybrid && counts_every_event(log, clock);
    for row in 1..log.events.len() {
        let (event, before) = (&log.events[row], &log.events[row - 1]);
        let is_fresh = event.clock <= log.events[first].clock;
        // Two rows of a first event stand together; others may be first events of two runs.
        let is_apart =
            is_fresh && event.kind.is_none() && (event.file != before.file || event.place != before.place + 1);
        if event.clock > before.clock || (is_one_event(log, row) && !is_apart) {
            continue;
        }
        let is_taken = event.clock < before.clock && takes_stamp(event) && !is_habit;
        let is_later_part = event.clock < before.clock && !exact && clock != ForeignClock::Hybrid;
        if is_fresh || is_taken || is_later_part {
            begins.push(Begin { row, is_fresh });
            first = row;
        }
    }
    begins
}

/// So many cases that fit nothing else show a habit of the program.
pub(super) const HABIT_MIN: usize = 3;

/// Is the clock of a receive one above its message's timestamp, as that of a machine that knew nothing before?
fn takes_stamp(event: &ForeignEvent) -> bool {
    let stamp = match event.message.stamp {
        Some(Stamp::Scalar(stamp)) => stamp,
        _ => return false,
    };
    event.is_receive() && event.clock == Scalar { number: stamp.number.saturating_add(1), ..stamp }
}

/// Can a row and the one before it be one event, logged twice: of one clock, and not of different kinds? Two internal
/// events are two.
pub(super) fn is_one_event(log: &ForeignLog, row: usize) -> bool {
    let (event, before) = (&log.events[row], &log.events[row - 1]);
    if event.clock != before.clock || log.vector(row) != log.vector(row - 1) {
        return false;
    }
    match (before.kind, event.kind) {
        (Some(one), Some(other)) if one.differs(other) => false,
        (Some(Kind::Internal), Some(_)) => false,
        _ => true,
    }
}
