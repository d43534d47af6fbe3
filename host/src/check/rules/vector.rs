//! `vector-claims`: a vector clock counts exactly the events that happened before.

use clockring::clock::ClockKind;

use super::super::{
    findings::Findings,
    happened_before::HappenedBefore,
    messages::Messages,
    run::{EventIndex, Log, Run, show},
    verdict::Rule,
};

/// Compares every vector with the rebuilt happened-before. A wrong vector makes all that follow from it wrong, so only
/// events with right causes are reported.
pub(crate) fn judge(run: &Run, messages: &Messages, order: &HappenedBefore, findings: &mut Findings<'_>) {
    for log in run.logs.iter().filter(|log| log.clock_kind() == ClockKind::Vector) {
        for row in 0..log.len() {
            let event = EventIndex { machine: log.machine.index(), row };
            let sender = messages.cause(event).and_then(|send| {
                let sender = run.logs.iter().find(|log| log.machine.index() == send.machine)?;
                Some((sender, send))
            });
            if let Some((sender, send)) = sender {
                carried(log, row, sender, send.row, findings);
            }
            let before = row.checked_sub(1).map(|row| (log, EventIndex { row, ..event }));
            let causes_are_right = before.into_iter().chain(sender).all(|(log, cause)| is_right(log, cause, order));
            let cause_is_known = (log.stamp(row).is_none() || sender.is_some()) && log.hole(row).is_none();
            if causes_are_right && cause_is_known && !is_right(log, event, order) {
                claims(log, event, order, findings);
            }
        }
    }
}

fn is_right(log: &Log, event: EventIndex, order: &HappenedBefore) -> bool {
    let rebuilt = order.clock(event).iter().map(|known| u64::from(*known));
    log.clock(event.row).iter().copied().eq(rebuilt)
}

/// The vector that a message carried must be that of its send, in every count.
fn carried(log: &Log, row: usize, sender: &Log, send: usize, findings: &mut Findings<'_>) {
    let stamp = log.stamp(row).unwrap_or_default();
    if stamp == sender.clock(send) {
        return;
    }
    let (at, sent) = (log.place(row), sender.place(send));
    findings.add(Rule::VectorClaims, at, Some(sent), || {
        let (stamp, clock) = (show(stamp), show(sender.clock(send)));
        format!("{at} says its message carried {stamp}, but it was sent at {sent} with {clock}: the vector was altered")
    });
}

fn claims(log: &Log, event: EventIndex, order: &HappenedBefore, findings: &mut Findings<'_>) {
    let at = log.place(event.row);
    findings.add(Rule::VectorClaims, at, None, || {
        let rebuilt: Vec<u64> = order.clock(event).iter().map(|known| u64::from(*known)).collect();
        let (clock, rebuilt) = (show(log.clock(event.row)), show(&rebuilt));
        format!(
            "the vector at {at} claims that {clock} events of each machine happened before, but by the rows and \
             messages it is {rebuilt}"
        )
    });
}
