//! Receives by vectors, without timestamps: some send explains the new part of their knowledge.
//!
//! Knowledge comes by messages alone, whether they are merged when they are taken or when they arrive. A message that
//! teaches anything is newer than all that its receiver knew of the sender: an older one was part of the receiver's past,
//! with everything in it. So the sender's own entry is among those that rise, and of all messages since the event before
//! the newest of each sender has that entry's number. If none of the events that the risen entries number is a send to the
//! receiver that knew the rest, no message can have taught it.

use super::{
    evidence::{Rows, logs_sends_once},
    kinds::Kind,
    law::{Contradiction, ForeignVerdict, Judgement, RECEIVES},
    run::{ForeignEvent, ForeignRun, Scalar},
};
use crate::check::Rule;

/// Judges every receive that learns of events, if the kinds of receives and sends are known.
pub(super) fn judge(run: &ForeignRun, rows: &Rows, verdict: &mut ForeignVerdict) {
    let has = |kind: fn(Kind) -> bool| run.events().any(|event| event.kind.is_some_and(kind));
    if !has(|kind| kind == Kind::Receive) || !has(Kind::is_send) {
        verdict.unjudged(Rule::ClockCondition, "the log does not tell sends and receives");
        return;
    }
    let sends_once: Vec<bool> = run.logs.iter().map(logs_sends_once).collect();
    let is_one_run = run.is_one_run();
    let mut compared = 0;
    for (machine, log) in run.logs.iter().enumerate() {
        let receives = (0..log.events.len()).filter(|row| log.events[*row].is_receive());
        let mut judgement =
            Judgement { machine: log.name.clone(), receives: receives.clone().count() as u64, wrong: 0 };
        for row in receives.filter(|_| log.owns_entry && is_one_run) {
            let Some(taught) = taught(run, rows, &sends_once, machine, row) else { continue };
            compared += 1;
            if let Taught::ByNoSend(cause) = taught {
                judgement.wrong += 1;
                unexplained(run, machine, row, cause, verdict);
            }
        }
        verdict.receives.push(judgement);
    }
    let reason = "no receive learns of events that are all logged";
    verdict.judged(
        Rule::ClockCondition,
        "some send explains what each receive newly knows",
        (compared, RECEIVES),
        &[],
        reason,
    );
}

fn unexplained(
    run: &ForeignRun,
    machine: usize,
    row: usize,
    (other, cause): (usize, usize),
    verdict: &mut ForeignVerdict,
) {
    let log = &run.logs[machine];
    let (at, against) = (run.at(&log.events[row]), run.at(&run.logs[other].events[cause]));
    let contradiction = Contradiction { rule: Rule::ClockCondition, at: at.clone(), against: Some(against.clone()) };
    verdict.prove(contradiction, &[], || {
        let (clock, known) = (run.show(log.vector(row)), run.show(log.vector(row - 1)));
        format!(
            "the receive at {at} has {clock} after {known}, but no send can have told it that: the last event of {} that it \
             newly knows, at {against}, is no send to {} that knew the rest",
            run.logs[other].name, log.name
        )
    });
}

/// The origin of a receive's new knowledge.
enum Taught {
    /// One send, or several together, that knew all of it.
    BySends,
    /// No send: this event, of a machine and row, is the newest that is known and that no send explains.
    ByNoSend((usize, usize)),
}

/// The origin of a receive's new knowledge; `None` if there is none, or if the logs do not hold all it could be from.
fn taught(run: &ForeignRun, rows: &Rows, logs_sends_once: &[bool], machine: usize, row: usize) -> Option<Taught> {
    let log = &run.logs[machine];
    let event = &log.events[row];
    let (before, now) = (log.vector(row.checked_sub(1)?), log.vector(row));
    if event.messages().iter().any(|message| message.stamp.is_some()) {
        return None;
    }
    let learned: Vec<usize> =
        (0..now.len()).filter(|entry| *entry != machine && now[*entry] > before[*entry]).collect();
    let mut explained = vec![false; now.len()];
    for sender in learned.iter().copied() {
        let theirs = run.logs.get(sender).filter(|theirs| theirs.owns_entry)?;
        let numbered: Vec<usize> = rows.at(sender, Scalar::from(now[sender])).collect();
        let first = &theirs.events[*numbered.first()?];
        if first.may_send() && !logs_sends_once[sender] {
            // Of a send in several rows, the one to this machine may be missing.
            return None;
        }
        for vector in
            numbered.iter().filter(|row| theirs.events[**row].may_reach(machine)).map(|row| theirs.vector(*row))
        {
            let knew_no_more =
                vector.iter().zip(now).all(|(knew, knows)| knew <= knows) && vector[machine] < now[machine];
            if knew_no_more {
                learned
                    .iter()
                    .filter(|entry| vector[**entry] == now[**entry])
                    .for_each(|entry| explained[*entry] = true);
            }
        }
    }
    learned.first()?;
    match learned.into_iter().find(|entry| !explained[*entry]) {
        None => Some(Taught::BySends),
        Some(entry) => rows.at(entry, Scalar::from(now[entry])).next().map(|row| Taught::ByNoSend((entry, row))),
    }
}

/// The newest event of another machine that an event newly knows, if its vector shows one.
pub(super) fn newest_cause<'a>(
    run: &'a ForeignRun,
    rows: &Rows,
    machine: usize,
    row: usize,
) -> Option<&'a ForeignEvent> {
    let log = &run.logs[machine];
    let now = log.vector(row);
    let known = |entry: usize| row.checked_sub(1).map_or(0, |row| log.vector(row)[entry]);
    let newly = |entry: &usize| *entry != machine && now[*entry] > known(*entry);
    let entry = (0..run.logs.len().min(now.len())).find(newly)?;
    let theirs = run.logs.get(entry).filter(|theirs| theirs.owns_entry && theirs.is_one_run())?;
    rows.at(entry, Scalar::from(now[entry])).next().map(|row| &theirs.events[row])
}
