//! `clock-rule`: a clock rises from event to event, and a vector forgets nothing.

use super::{
    begins::{is_one_event, looks_interleaved},
    evidence::scalar,
    law::{Contradiction, EVENT_PAIRS, ForeignVerdict, Ground},
    run::{ForeignClock, ForeignEvent, ForeignLog, ForeignRun},
};
use crate::check::Rule;

/// Judges every pair of neighbouring rows of a machine. `one_run` is there if the user said that no clock begins again.
pub(super) fn judge(run: &ForeignRun, one_run: Option<&Ground>, verdict: &mut ForeignVerdict) {
    let mut compared = 0;
    let mut doubled = 0;
    for (machine, log) in
        run.logs.iter().enumerate().filter(|(_, log)| run.clock != ForeignClock::Vector || log.owns_entry)
    {
        for row in 1..log.events.len() {
            if log.begins_at(row) {
                continue;
            }
            if is_one_event(log, row) {
                doubled += 1;
            } else {
                compared += 1;
                step(run, log, machine, row, verdict);
            }
        }
        beginnings(run, log, verdict);
        gaps(run, log, machine, verdict);
    }
    if doubled > 0 {
        let (rows, repeat) = if doubled == 1 { ("row", "repeats") } else { ("rows", "repeat") };
        verdict.remarks.push(format!(
            "{doubled} {rows} {repeat} the clock of the row before: one event logged as several rows, such as one send to \
             several machines, can look so"
        ));
    }
    let meaning = match run.clock {
        ForeignClock::Vector => "a machine's own count rises, and no count goes back",
        _ => "the clock rises at every event",
    };
    verdict.judged(
        Rule::ClockRule,
        meaning,
        (compared, EVENT_PAIRS),
        &[one_run],
        "no machine has two events in one run",
    );
}

fn step(run: &ForeignRun, log: &ForeignLog, machine: usize, row: usize, verdict: &mut ForeignVerdict) {
    let (before, event) = (&log.events[row - 1], &log.events[row]);
    let (at, against) = (run.at(event), run.at(before));
    let contradiction = || Contradiction { rule: Rule::ClockRule, at: at.clone(), against: Some(against.clone()) };
    if event.clock <= before.clock {
        let is_late_receive =
            event.messages().iter().any(|message| scalar(message).is_some_and(|stamp| event.clock <= stamp));
        if is_late_receive {
            // A finding of the clock condition.
            return;
        }
        let stands = if event.clock == before.clock { "stands still" } else { "goes back" };
        let (now, previous) = (event.clock, before.clock);
        verdict.prove(contradiction(), &[], || match run.clock {
            ForeignClock::Vector => format!(
                "the vector at {at} counts {now} events of its own machine {}, but it was {previous} at {against}, the \
                 event before: an own count that {stands} does not tell events apart",
                log.name
            ),
            _ => format!(
                "the clock at {at} is {now}, but it was {previous} at {against}, the event before: a clock that {stands} \
                 does not order events"
            ),
        });
        return;
    }
    let (known, knows) = (log.vector(row - 1), log.vector(row));
    if let Some(entry) = (0..knows.len()).find(|entry| *entry != machine && knows[*entry] < known[*entry]) {
        verdict.prove(contradiction(), &[], || {
            let (other, now, then) = (run.entry(entry), knows[entry], known[entry]);
            format!(
                "the vector at {at} knows {now} events of {other}, but {} knew {then} at {against}, the event before: \
                 knowledge was lost",
                log.name
            )
        });
    }
}

/// Remarks on the rows where the clock of a log begins again.
fn beginnings(run: &ForeignRun, log: &ForeignLog, verdict: &mut ForeignVerdict) {
    let Some(first) = log.begins.first() else { return };
    let (event, before) = (&log.events[first.row], &log.events[first.row - 1]);
    let times = match log.begins.len() {
        1 => String::new(),
        2 => " (and once more)".to_owned(),
        more => format!(" (and {} times more)", more - 1),
    };
    if looks_interleaved(log) {
        verdict.remarks.push(format!(
            "the clock of {} goes back at {} rows of {}, first at {}: if the file holds events of several machines, the group \
             `host` tells them apart",
            log.name,
            log.begins.len(),
            log.events.len(),
            run.at(event),
        ));
        return;
    }
    verdict.remarks.push(format!(
        "the clock of {} goes from {} at {} to {} at {}{times}: a second run in the file, or a restart that forgot its \
         clock. Give each run by itself (--delimiter splits a file), or say --one-run if it is one: then a clock that \
         goes back is wrong",
        log.name,
        before.clock,
        run.at(before),
        event.clock,
        run.at(event),
    ));
}

/// Steps of more than one: events are left out, or messages are merged when they arrive.
fn gaps(run: &ForeignRun, log: &ForeignLog, machine: usize, verdict: &mut ForeignVerdict) {
    let is_begin = |row: usize| log.begins_at(row);
    let skips = |row: &usize| {
        let (before, event) = (&log.events[*row - 1], &log.events[*row]);
        let skips = event.clock.number.saturating_sub(before.clock.number) > 1;
        skips
            && !is_begin(*row)
            && (run.clock == ForeignClock::Vector || event.kind.is_some_and(|_| !event.is_receive()))
    };
    if run.clock == ForeignClock::Hybrid {
        return;
    }
    let gaps: Vec<usize> = (1..log.events.len()).filter(skips).collect();
    if let Some(first) = gaps.first() {
        let (event, times) = (&log.events[*first], gaps.len());
        let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
        verdict.remarks.push(match run.clock {
            ForeignClock::Vector => {
                format!("{}'s own count rises by more than one {times}, first at {}: events are left out", log.name, run.at(event))
            }
            _ => format!(
                "the clock of {} rises by more than one {times} where nothing is received, first at {}: events are left \
                 out, or messages are merged when they arrive and not when they are taken",
                log.name,
                run.at(event)
            ),
        });
    }
    if run.clock == ForeignClock::Vector {
        for row in gaps {
            gap(run, log, machine, row, verdict);
        }
    }
    let learns = |row: &usize| learns_alone(log, machine, *row);
    if let Some(first) = (1..log.events.len()).filter(|row| !is_begin(*row)).find(learns) {
        verdict.remarks.push(format!(
            "{} learns of another machine's events at {}, where it receives nothing: messages are merged when they arrive, \
             or receives are left out",
            log.name,
            run.at(&log.events[first])
        ));
    }
}

fn gap(run: &ForeignRun, log: &ForeignLog, machine: usize, row: usize, verdict: &mut ForeignVerdict) {
    let (before, event) = (&log.events[row - 1], &log.events[row]);
    let (at, against) = (run.at(event), run.at(before));
    let contradiction = Contradiction { rule: Rule::ClockRule, at: at.clone(), against: Some(against.clone()) };
    verdict.if_complete(contradiction, &[], || {
        format!(
            "the vector at {at} counts {} events of its own machine {}, but it was {} at {against}, the event before",
            event.clock,
            run.entry(machine),
            before.clock
        )
    });
}

/// Does an event that is known to receive nothing know more of another machine than the one before?
fn learns_alone(log: &ForeignLog, machine: usize, row: usize) -> bool {
    let (known, knows) = (log.vector(row - 1), log.vector(row));
    log.events[row].kind.is_some_and(|_| !ForeignEvent::is_receive(&log.events[row]))
        && (0..knows.len()).any(|entry| entry != machine && knows[entry] > known[entry])
}
