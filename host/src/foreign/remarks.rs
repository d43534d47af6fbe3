//! Oddities that break no rule of clocks: system times, and queues.

use super::{
    evidence::{Offsets, Rows, sequence},
    law::ForeignVerdict,
    run::{ForeignEvent, ForeignRun, Peer},
};
use crate::check::Rule;

/// System time that goes back within a machine.
pub(super) fn time_goes_back(run: &ForeignRun, verdict: &mut ForeignVerdict) {
    for log in &run.logs {
        let is_back = |row: &usize| {
            let times = (log.events[*row - 1].time, log.events[*row].time);
            !log.begins_at(*row) && matches!(times, (Some(before), Some(now)) if now < before)
        };
        let mut back = (1..log.events.len()).filter(is_back);
        let Some(first) = back.next() else { continue };
        let (at, before) = (run.at_start(&log.events[first]), run.at_start(&log.events[first - 1]));
        let times = times(back.count());
        verdict
            .remarks
            .push(format!("the system time of {} goes back at {at}, from the one at {before}{times}", log.name));
    }
}

/// A receive that is earlier than its send by system time.
pub(super) fn received_before_sent(run: &ForeignRun, rows: &Rows, offsets: &Offsets, verdict: &mut ForeignVerdict) {
    let mut found: Vec<(&ForeignEvent, &ForeignEvent)> = Vec::new();
    for (machine, log) in run.logs.iter().enumerate().filter(|(_, log)| log.is_one_run()) {
        for (row, event) in log.events.iter().enumerate() {
            let send = super::reception::newest_cause(run, rows, machine, row).or_else(|| {
                let message = event.messages().first().filter(|_| event.is_receive())?;
                let Peer::Machine(from) = message.from else { return None };
                let sent_at = offsets.sent_at(from, sequence(run, log, message)?)?;
                let sender = run.logs.get(from).filter(|sender| sender.is_one_run())?;
                rows.at(from, sent_at).map(|row| &sender.events[row]).find(|send| send.may_reach(machine))
            });
            if let Some(send) =
                send.filter(|send| matches!((send.time, event.time), (Some(sent), Some(now)) if now < sent))
            {
                found.push((event, send));
            }
        }
    }
    if let Some((event, send)) = found.first() {
        let times = times(found.len() - 1);
        verdict.remarks.push(format!(
            "by system time the event at {} is earlier than the one at {} that it knows of{times}: clocks of machines differ",
            run.at_start(event),
            run.at_start(send)
        ));
    }
}

/// A message that waits is taken at the next event: a rule of the exercise, not of clocks.
pub(super) fn queue(run: &ForeignRun, verdict: &mut ForeignVerdict) {
    if run.events().all(|event| event.queue.is_none()) {
        verdict.unjudged(Rule::Queue, "no queue length is logged");
        return;
    }
    let reason = "a log does not tell when the length was read, before or after the message was taken";
    verdict.unjudged(Rule::Queue, reason);
    let ignored = run.logs.iter().flat_map(|log| log.events.windows(2)).filter(|pair| {
        let taken = u32::from(pair[0].is_receive());
        let still_waiting = pair[0].queue.unwrap_or(0).saturating_sub(taken);
        still_waiting > 0 && pair[1].kind.is_some() && !pair[1].is_receive()
    });
    match ignored.count() {
        0 => {}
        1 => verdict.remarks.push("once a message waited, and the next event did not receive it".to_owned()),
        times => verdict.remarks.push(format!("{times} times a message waited, and the next event did not receive it")),
    }
}

fn times(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => " (and once more)".to_owned(),
        more => format!(" (and {more} times more)"),
    }
}
