//! Faults of a run, as its files tell of them: deaths, restarts, links that stood still, messages that did not arrive.

use clockring::ring::MachineId;
use maud::{Markup, html};

use super::stalls::{Stall, stalls};
use crate::{
    check::Log,
    rundir::{Figures, RunFigures},
    trace::Trace,
    wording::{count, seconds, times},
};

/// The most faults that are listed.
const LISTED_MAX: usize = 20;

/// A log that ends this much before the run does is that of a machine that died, if no manifest says otherwise.
const SILENCE_S: f64 = 2.0;

/// The faults of a run, each in a sentence.
pub(super) struct Faults {
    /// The sentences.
    pub(super) told: Vec<String>,
    /// The machines of which something is not accounted for.
    pub(super) troubled: Vec<MachineId>,
}

impl Faults {
    pub(super) fn of(run: &Trace, figures: &RunFigures) -> Self {
        let mut faults = Self { told: Vec::new(), troubled: Vec::new() };
        let machines = || run.run.logs.iter().zip(&figures.machines);
        for (log, _) in machines() {
            faults.death(run, log, figures.length_s);
        }
        for stall in stalls(run) {
            faults.told.push(stalled(&stall));
        }
        for (log, machine) in machines() {
            faults.messages(run, log, machine);
        }
        faults
    }

    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    fn death(&mut self, run: &Trace, log: &Log, length_s: f64) {
        let machine = log.machine;
        if has_died(run, log, length_s) {
            self.troubled.push(machine);
            self.told.push(match log.records().last() {
                Some(last) => format!(
                    "{machine} died: its log ends at {}, after {}, and its manifest tells of no end.",
                    seconds(since_start_s(run, last.time_ns)),
                    count(log.len() as u64, "tick")
                ),
                None => {
                    format!("{machine} died before its first tick: its log is empty, and its manifest tells of no end.")
                }
            });
        }
        let restarts = (0..log.len()).filter(|row| log.is_restart(*row)).map(|row| {
            let time_ns = log.records()[row].time_ns;
            let before_ns = row.checked_sub(1).map_or(time_ns, |before| log.records()[before].time_ns);
            let away = seconds(time_ns.saturating_sub(before_ns) as f64 / 1e9);
            format!("at tick {}, {away} after the event before", log.records()[row].tick)
        });
        let restarts: Vec<String> = restarts.collect();
        if !restarts.is_empty() {
            let (often, where_) = (times(restarts.len() as u64), restarts.join("; "));
            self.told.push(format!("{machine} died and was restarted {often}; it resumed from its log {where_}."));
        }
    }

    fn messages(&mut self, run: &Trace, log: &Log, figures: &Figures) {
        let machine = log.machine;
        let undelivered = figures.undelivered.unwrap_or(0);
        // While all machines run, or after a death of all, it is not known which messages are under way.
        if undelivered > 0 && run.run.logs.iter().any(Log::has_ended) {
            let (were, they) = if undelivered == 1 { ("was", "it is") } else { ("were", "they are") };
            let messages = count(undelivered, "message");
            self.told.push(if log.has_ended() {
                format!("{messages} that {were} sent to {machine} did not arrive: {they} neither received nor waiting.")
            } else {
                format!("{messages} that {were} sent to {machine} {were} not received before its log ends.")
            });
            self.troubled.push(machine);
        }
        if figures.lost > 0 {
            let (messages, were) = (count(figures.lost, "message"), if figures.lost == 1 { "was" } else { "were" });
            self.told.push(format!(
                "{messages} found the queue of {machine} full, which cannot push back, and {were} lost."
            ));
            self.troubled.push(machine);
        }
    }
}

/// The list of faults, before everything else.
pub(super) fn section(faults: &Faults) -> Markup {
    let more = faults.told.len().saturating_sub(LISTED_MAX) as u64;
    html! {
        @if !faults.is_empty() {
            section #faults {
                h2 { "Faults" }
                ul.bad {
                    @for sentence in faults.told.iter().take(LISTED_MAX) { li { (sentence) } }
                }
                @if more > 0 { p { (count(more, "more fault")) " of these kinds." } }
            }
        }
    }
}

/// Did the machine die, while others went on or ended in good order?
fn has_died(run: &Trace, log: &Log, length_s: f64) -> bool {
    let end_s = log.records().last().map_or(0.0, |last| since_start_s(run, last.time_ns));
    let period_s = log.manifest.rate.per_second().map_or(0.0, f64::recip);
    !log.has_ended() && (run.run.logs.iter().any(Log::has_ended) || end_s + SILENCE_S.max(2.0 * period_s) < length_s)
}

fn since_start_s(run: &Trace, time_ns: u64) -> f64 {
    time_ns.saturating_sub(run.start_ns()) as f64 / 1e9
}

fn stalled(stall: &Stall) -> String {
    let Stall { from, to, sent, since_s, until_s } = stall;
    let (since, until) = (seconds(*since_s), seconds(*until_s));
    match sent {
        1 => format!("The link from {from} to {to} stood still: the message sent at {since} had not come by {until}."),
        _ => format!(
            "The link from {from} to {to} stood still: of the {sent} messages sent from {since} on, none had come by {until}."
        ),
    }
}
