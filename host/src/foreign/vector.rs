//! Logs with a vector clock per event: can the vectors be true?

use std::collections::HashMap;

use super::{
    ForeignVerdict,
    log::{FileLine, ForeignEvent, ForeignRun},
    reception,
    words::{Kind, RawClock},
};
use crate::check::{Rule, Violations};

/// The events of a run with their vectors, one count per machine, in the order of the run's logs.
pub(super) struct Vectors<'a> {
    pub(super) run: &'a ForeignRun,
    pub(super) clocks: Vec<Vec<Vec<u64>>>,
    /// Per machine: the row of the event with this count of its own.
    rows: Vec<HashMap<u64, usize>>,
    /// Is every event of every machine in its log, as ShiViz demands?
    is_complete: bool,
    /// Names in vectors that no log is of, each with an event that has it.
    strangers: Vec<(String, FileLine)>,
}

/// Judges a run whose clocks are vectors. `is_complete` says that the logs claim to hold every event.
pub(super) fn judge(run: &ForeignRun, is_complete: bool, verdict: &mut ForeignVerdict) {
    let vectors = Vectors::of(run, is_complete);
    verdict.judged(Rule::ClockRule, "a machine's own count rises by one, and no count goes back");
    verdict.judged(
        Rule::VectorClaims,
        "who knows of an event knows all that it knew, and nobody knows what has not happened",
    );
    for (name, at) in &vectors.strangers {
        verdict.violations.add(Rule::VectorClaims, at.clone(), None, || {
            format!("the vector at {at} counts events of {name}, of which there is no event in the logs")
        });
    }
    let mut gaps = 0;
    for machine in 0..run.logs.len() {
        for row in 0..run.logs[machine].events.len() {
            gaps += vectors.own_counts(machine, row, &mut verdict.violations);
            vectors.claims(machine, row, &mut verdict.violations);
        }
    }
    if gaps > 0 {
        verdict
            .remarks
            .push(format!("{gaps} times a machine's own count rises by more than one: the logs leave out events"));
    }
    reception::judge(&vectors, verdict);
}

impl<'a> Vectors<'a> {
    fn of(run: &'a ForeignRun, is_complete: bool) -> Self {
        let mut strangers: Vec<(String, FileLine)> = Vec::new();
        let own = own_entries(run);
        let machines = run.logs.len();
        let mut dense = |event: &ForeignEvent| -> Vec<u64> {
            let mut counts = vec![0; machines];
            let mut set = |place: Option<usize>, name: &str, count: u64| match place {
                Some(place) => counts[place] = count,
                None if count > 0 && strangers.iter().all(|(known, _)| known != name) => {
                    strangers.push((name.to_owned(), event.at.clone()));
                }
                None => {}
            };
            match &event.clock {
                RawClock::Number(_) => {}
                RawClock::List(list) => {
                    for (entry, count) in list.iter().enumerate() {
                        set(own.iter().position(|own| *own == entry), &format!("entry {}", entry + 1), *count);
                    }
                }
                RawClock::Named(named) => {
                    for (name, count) in named {
                        set(run.logs.iter().position(|log| log.name == *name), name, *count);
                    }
                }
            }
            counts
        };
        let clocks: Vec<Vec<Vec<u64>>> =
            run.logs.iter().map(|log| log.events.iter().map(&mut dense).collect()).collect();
        let rows = clocks
            .iter()
            .enumerate()
            .map(|(machine, clocks)| clocks.iter().enumerate().map(|(row, clock)| (clock[machine], row)).collect());
        let rows = rows.collect();
        Self { run, clocks, rows, is_complete, strangers }
    }

    pub(super) fn event(&self, machine: usize, row: usize) -> &'a ForeignEvent {
        &self.run.logs[machine].events[row]
    }

    /// The vector before an event; `None` at the first.
    pub(super) fn before(&self, machine: usize, row: usize) -> Option<&[u64]> {
        row.checked_sub(1).map(|row| self.clocks[machine][row].as_slice())
    }

    /// A vector for people, with the names of the machines.
    pub(super) fn show(&self, clock: &[u64]) -> String {
        let named = self.run.logs.iter().zip(clock).filter(|(_, count)| **count > 0);
        let named: Vec<String> = named.map(|(log, count)| format!("{}: {count}", log.name)).collect();
        format!("{{{}}}", named.join(", "))
    }

    /// The own count rises, by one; and no count goes back. Returns 1 if the own count leaves a gap that may be.
    fn own_counts(&self, machine: usize, row: usize, violations: &mut Violations<FileLine>) -> u64 {
        let clock = &self.clocks[machine][row];
        let start = vec![0; clock.len()];
        let previous = self.before(machine, row).unwrap_or(&start);
        let at = &self.event(machine, row).at;
        let before = row.checked_sub(1).map(|row| self.event(machine, row).at.clone());
        let since = before.as_ref().map_or("at the start".to_owned(), |before| format!("at {before}"));
        let (own, last) = (clock[machine], previous[machine]);
        let name = &self.run.logs[machine].name;
        let is_cut = before.is_none() && !self.is_complete;
        if own <= last || (self.is_complete && own != last + 1) {
            violations.add(Rule::ClockRule, at.clone(), before.clone(), || {
                let demand = last + 1;
                format!("the vector at {at} counts {own} events of its own machine {name}, but there were {last} {since}: it must be {demand}")
            });
        }
        let back = (0..clock.len()).find(|other| *other != machine && clock[*other] < previous[*other]);
        if let Some(other) = back {
            violations.add(Rule::ClockRule, at.clone(), before.clone(), || {
                let (other_name, now, then) = (&self.run.logs[other].name, clock[other], previous[other]);
                format!("the vector at {at} knows {now} events of {other_name}, but {name} knew {then} {since}: knowledge was lost")
            });
        }
        let kind = self.event(machine, row).kind;
        let learned = (0..clock.len()).find(|other| *other != machine && clock[*other] > previous[*other]);
        if let (Some(other), Some(Kind::Internal | Kind::Send | Kind::SendAll), true, false) =
            (learned, kind, own == last + 1, is_cut)
        {
            violations.add(Rule::ClockRule, at.clone(), before, || {
                let (other_name, now, then) = (&self.run.logs[other].name, clock[other], previous[other]);
                format!(
                    "the event at {at} receives nothing, but its vector knows {now} events of {other_name} where {name} knew \
                     {then} {since}: was a message merged when it arrived, and not when it was taken?"
                )
            });
        }
        u64::from(own > last + 1 && !self.is_complete && !is_cut)
    }

    /// What an event newly knows of another machine must be an event of it, with all that this one knew.
    fn claims(&self, machine: usize, row: usize, violations: &mut Violations<FileLine>) {
        let clock = &self.clocks[machine][row];
        let at = &self.event(machine, row).at;
        for other in (0..clock.len()).filter(|other| *other != machine) {
            let known = clock[other];
            if known <= self.before(machine, row).map_or(0, |before| before[other]) {
                continue;
            }
            let name = &self.run.logs[other].name;
            let Some(cause) = self.rows[other].get(&known).copied() else {
                if self.is_complete {
                    let count = self.clocks[other].len();
                    violations.add(Rule::VectorClaims, at.clone(), None, || {
                        format!("the vector at {at} knows {known} events of {name}, but its log has {count}: nobody can know them")
                    });
                }
                continue;
            };
            let (theirs, sent) = (&self.clocks[other][cause], &self.event(other, cause).at);
            if theirs[machine] >= clock[machine].max(1) {
                violations.add(Rule::VectorClaims, at.clone(), Some(sent.clone()), || {
                    let own = theirs[machine];
                    format!(
                        "the event at {at} knows the one at {sent}, which already knows {own} events of {}, this one \
                         included: each would have happened before the other",
                        self.run.logs[machine].name
                    )
                });
            } else if let Some(missing) = (0..clock.len()).find(|entry| theirs[*entry] > clock[*entry]) {
                violations.add(Rule::VectorClaims, at.clone(), Some(sent.clone()), || {
                    let (third, more, less) = (&self.run.logs[missing].name, theirs[missing], clock[missing]);
                    format!(
                        "the vector at {at} knows event {known} of {name}, at {sent}, which knew {more} events of {third}, \
                         but it knows only {less} of these itself: a merge left out a count"
                    )
                });
            }
        }
    }
}

/// Which entry of a list is each machine's own: the one in the order of their names, unless that does not rise and
/// only one other does.
fn own_entries(run: &ForeignRun) -> Vec<usize> {
    let mut order: Vec<usize> = (0..run.logs.len()).collect();
    order.sort_by_key(|place| {
        let name = &run.logs[*place].name;
        (name.parse::<u64>().unwrap_or(u64::MAX), name.clone())
    });
    let mut own = vec![0; order.len()];
    for (entry, place) in order.iter().enumerate() {
        own[*place] = entry;
    }
    let rising: Vec<Vec<usize>> = run.logs.iter().map(|log| rising_entries(&log.events)).collect();
    let fits = own.iter().zip(&rising).all(|(own, rising)| rising.contains(own));
    let told: Vec<usize> = rising.iter().filter(|rising| rising.len() == 1).map(|rising| rising[0]).collect();
    let distinct = (1..told.len()).all(|index| !told[..index].contains(&told[index]));
    if !fits && told.len() == own.len() && distinct { told } else { own }
}

fn rising_entries(events: &[ForeignEvent]) -> Vec<usize> {
    let lists: Vec<&[u64]> = events
        .iter()
        .filter_map(|event| match &event.clock {
            RawClock::List(list) => Some(list.as_slice()),
            RawClock::Number(_) | RawClock::Named(_) => None,
        })
        .collect();
    let entries = lists.iter().map(|list| list.len()).min().unwrap_or(0);
    (0..entries).filter(|entry| lists.windows(2).all(|pair| pair[0][*entry] < pair[1][*entry])).collect()
}
