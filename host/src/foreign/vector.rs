//! `vector-claims`: an event that knows another knows all that it knew, and no two events know each other.

use super::{
    law::{CLAIMS, Contradiction, ForeignVerdict},
    run::{ForeignEvent, ForeignLog, ForeignRun},
};
use crate::check::Rule;

/// Judges every event's knowledge of other machines' events.
pub(super) fn judge(run: &ForeignRun, verdict: &mut ForeignVerdict) {
    let mut compared = 0;
    let is_one_run = run.is_one_run();
    let owners = || run.logs.iter().enumerate().filter(|(_, log)| log.owns_entry && is_one_run);
    for (machine, log) in owners() {
        for (other, theirs) in owners().filter(|(other, _)| *other != machine) {
            let mut claims = Claims { run, machine, log, other, theirs, known: 0, knowing: 0 };
            for row in 0..log.events.len() {
                compared += u64::from(claims.event(row, verdict));
            }
        }
        begins_late(run, machine, log, verdict);
    }
    strangers(run, verdict);
    verdict.judged(
        Rule::VectorClaims,
        "an event that knows another knows all that it knew, and no two events know each other",
        (compared, CLAIMS),
        &[],
        "no event knows of another machine's event that is logged",
    );
}

/// The claims of one machine about the events of another, along both logs.
struct Claims<'a> {
    run: &'a ForeignRun,
    machine: usize,
    log: &'a ForeignLog,
    other: usize,
    theirs: &'a ForeignLog,
    /// The number of the other's rows that the event at hand knows.
    known: usize,
    /// The first row of the other that knows the event at hand.
    knowing: usize,
}

impl Claims<'_> {
    /// Judges an event. Was there anything to compare?
    fn event(&mut self, row: usize, verdict: &mut ForeignVerdict) -> bool {
        let clock = self.log.vector(row);
        let (count, own) = (clock[self.other], clock[self.machine]);
        let is_same_as_before = row > 0 && self.log.vector(row - 1)[self.machine] == own;
        let learns = row == 0 || self.log.vector(row - 1)[self.other] < count;
        let rows = &self.theirs.events;
        // The last row with a count that is known; of several rows with that count, the first knows least.
        while self.known < rows.len() && rows[self.known].clock.number <= count {
            self.known += 1;
        }
        let last = self.known.checked_sub(1).map(|last| rows[last].clock);
        let cause =
            last.and_then(|last| Some(rows.partition_point(|event| event.clock < last)).filter(|at| *at < self.known));
        while self.knowing < rows.len() && self.theirs.vector(self.knowing)[self.machine] < own {
            self.knowing += 1;
        }
        if let Some(event) = rows.get(self.knowing).filter(|event| event.clock.number <= count && !is_same_as_before) {
            self.know_each_other(row, self.knowing, event.clock.number, verdict);
            return true;
        }
        if let Some(cause) = cause.filter(|_| learns) {
            self.knows_less(row, cause, verdict);
        }
        if let (true, [first, ..], [.., last]) = (learns, &rows[..], &rows[..]) {
            // A clock may begin at any value, and is known as one less before its first event.
            let is_before = count > 0 && count + 1 < first.clock.number;
            if is_before || count > last.clock.number {
                self.beyond_the_log(row, if is_before { ("first", first) } else { ("last", last) }, verdict);
            }
        }
        learns && cause.is_some()
    }

    fn know_each_other(&self, row: usize, other_row: usize, theirs: u64, verdict: &mut ForeignVerdict) {
        let (at, against) = (self.run.at(&self.log.events[row]), self.run.at(&self.theirs.events[other_row]));
        let contradiction = Contradiction { rule: Rule::VectorClaims, at: at.clone(), against: Some(against.clone()) };
        verdict.prove(contradiction, &[], || {
            let (name, other) = (&self.log.name, &self.theirs.name);
            let (count, own) = (self.log.vector(row)[self.other], self.log.vector(row)[self.machine]);
            format!(
                "the event at {at} knows {count} events of {other}, and so the one at {against}, which is number {theirs}; \
                 but that one already knows {own} events of {name}, this one included: each would have happened before \
                 the other"
            )
        });
    }

    fn knows_less(&self, row: usize, cause: usize, verdict: &mut ForeignVerdict) {
        let (clock, theirs) = (self.log.vector(row), self.theirs.vector(cause));
        let Some(missing) = (0..clock.len()).find(|entry| theirs[*entry] > clock[*entry]) else { return };
        let (at, against) = (self.run.at(&self.log.events[row]), self.run.at(&self.theirs.events[cause]));
        let contradiction = Contradiction { rule: Rule::VectorClaims, at: at.clone(), against: Some(against.clone()) };
        verdict.prove(contradiction, &[], || {
            let (third, more, less) = (self.run.entry(missing), theirs[missing], clock[missing]);
            format!(
                "the vector at {at} knows {} events of {}, and so the one at {against}, which knew {more} events of {third}; \
                 but it knows only {less} of these itself: a merge left out a count",
                clock[self.other], self.theirs.name
            )
        });
    }

    /// An event that is numbered before the first one of a log, or after the last one.
    fn beyond_the_log(&self, row: usize, (end, event): (&str, &ForeignEvent), verdict: &mut ForeignVerdict) {
        let (at, number) = (self.run.at(&self.log.events[row]), event.clock);
        let contradiction =
            Contradiction { rule: Rule::VectorClaims, at: at.clone(), against: Some(self.run.at(event)) };
        verdict.if_complete(contradiction, &[], || {
            let (count, name) = (self.log.vector(row)[self.other], &self.theirs.name);
            format!(
                "the vector at {at} knows {count} events of {name}, but the {end} one in its log is number {number}"
            )
        });
    }
}

/// A log that begins late is no violation, but said.
fn begins_late(run: &ForeignRun, machine: usize, log: &ForeignLog, verdict: &mut ForeignVerdict) {
    let Some(first) = log.events.first().filter(|first| first.clock.number > 1) else { return };
    let at = run.at(first);
    let number = first.clock;
    let name = run.entry(machine);
    verdict.remarks.push(format!("the log of {name} begins late: its first event, at {at}, is number {number}"));
}

/// Entries of machines that have no log.
fn strangers(run: &ForeignRun, verdict: &mut ForeignVerdict) {
    let first = run.logs.len();
    // A log without a known entry of its own may be a stranger's.
    let are_owned = run.logs.iter().all(|log| log.owns_entry || log.events.is_empty());
    for (index, name) in run.strangers.iter().enumerate() {
        let knows =
            |log: &&ForeignLog| (0..log.events.len()).find(|row| log.vector(*row).get(first + index) > Some(&0));
        let Some((log, row)) = run.logs.iter().find_map(|log| Some((log, knows(&log)?))) else { continue };
        let at = run.at(&log.events[row]);
        verdict.remarks.push(format!("vectors count events of {name}, first at {at}, and there is no log of {name}"));
        if are_owned {
            let contradiction = Contradiction { rule: Rule::VectorClaims, at: at.clone(), against: None };
            verdict.if_complete(contradiction, &[], || {
                format!("the vector at {at} counts events of {name}, of which there is no event in the logs")
            });
        }
    }
}
