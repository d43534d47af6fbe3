//! `arrival`: every message received had come in before, and over its link in order.

use clockring::event::EventKind;

use super::super::{
    findings::Findings,
    run::{Log, Run},
    verdict::{Note, Rule},
};
use crate::wording::count;

/// The time within which messages of different links may be taken in another order than they came in: that between
/// reading some bytes and putting their messages into a lane.
const LINKS_APART_NS: u64 = 1_000_000;

pub(crate) fn judge(run: &Run, findings: &mut Findings<'_>, notes: &mut Vec<Note>) {
    for log in &run.logs {
        in_order(run, log, findings);
        notes.extend(across_links(log));
    }
}

/// The receives of a log that tell when their message came in: row, sender's index and arrival.
fn arrivals(log: &Log) -> impl Iterator<Item = (usize, usize, u64)> + '_ {
    log.records().iter().enumerate().filter_map(|(row, record)| match record.kind {
        EventKind::Receive { from, .. } => Some((row, from.index(), record.arrived_ns?)),
        EventKind::Internal | EventKind::Send { .. } => None,
    })
}

fn in_order(run: &Run, log: &Log, findings: &mut Findings<'_>) {
    let mut last: Vec<Option<(usize, u64)>> = vec![None; run.ring.get()];
    let mut seen = 0;
    for (row, from, arrived_ns) in arrivals(log) {
        // The time of a machine that is started again may have been set back.
        if (seen..=row).any(|row| log.is_restart(row)) {
            last.fill(None);
        }
        seen = row + 1;
        let at = log.place(row);
        let taken_ns = log.records()[row].time_ns;
        if arrived_ns > taken_ns {
            findings.add(Rule::Arrival, at, None, || {
                let early_ns = arrived_ns - taken_ns;
                format!("{at} takes a message {early_ns} ns before it came in: one of the two times is wrong")
            });
        } else if let Some((before, before_ns)) = last.get(from).copied().flatten()
            && arrived_ns < before_ns
        {
            let previous = log.place(before);
            findings.add(Rule::Arrival, at, Some(previous), || {
                let back_ns = before_ns - arrived_ns;
                format!(
                    "the message at {at} came in {back_ns} ns before the one at {previous}, which was sent and taken \
                     before it over the same link: one of the two arrivals is wrong"
                )
            });
        }
        if let Some(last) = last.get_mut(from) {
            *last = Some((row, arrived_ns));
        }
    }
}

/// Across links, messages are taken in the order of their tickets, which are drawn a moment after the arrival.
fn across_links(log: &Log) -> Option<Note> {
    let (mut latest_ns, mut overtaken, mut first) = (0_u64, 0, None);
    for (row, _, arrived_ns) in arrivals(log) {
        if arrived_ns.saturating_add(LINKS_APART_NS) < latest_ns {
            overtaken += 1;
            first.get_or_insert(row);
        }
        latest_ns = latest_ns.max(arrived_ns);
    }
    let at = log.place(first?);
    Some(Note::new(
        at,
        format!(
            "{} of {} taken after others that had come in more than 1 ms later, the first at {at}: a lane was full, or the \
             computer was busy",
            count(overtaken, "message"),
            if overtaken == 1 { format!("{} was", log.machine) } else { format!("{} were", log.machine) }
        ),
    ))
}
