//! The table of machines: a column each, a row for every quantity, and what theory expects beside what was observed.

use std::time::Duration;

use clockring::clock::ClockKind;
use maud::{Markup, html};

use super::{series::fastest, words::Pace};
use crate::{
    check::Log,
    experiment::Pace as Asked,
    theory::{Expectation, expect},
    trace::{Trace, stamp_text},
    wording::short,
};

/// What a row shows.
struct Quantity {
    name: &'static str,
    /// The observed value, `None` where it is not known; the number is the clock of the fastest machine at the end.
    observed: fn(&Log, u64) -> Option<String>,
    /// What theory expects of a run of this length, where it says anything.
    expected: Option<fn(&Expectation, Duration) -> f64>,
    /// It is about Lamport's clock, and means nothing for another.
    of_lamport: bool,
}

const fn observed(name: &'static str, observed: fn(&Log, u64) -> Option<String>) -> Quantity {
    Quantity { name, observed, expected: None, of_lamport: false }
}

const QUANTITIES: [Quantity; 14] = [
    observed("ticks a second, asked", |log, _| Some(log.manifest.rate.to_string())),
    observed("ticks a second, achieved", |log, _| (!log.is_empty()).then(|| short(Pace::of(log).rate()))),
    observed("ticks", |log, _| Some(log.summary.ticks.to_string())),
    Quantity {
        expected: Some(|machine, _| machine.arrivals),
        ..observed("messages that came, a second", |log, _| Some(short(Pace::of(log).arrivals())))
    },
    Quantity {
        expected: Some(|machine, _| 100.0 * machine.receive_share),
        ..observed("% of ticks that receive", |log, _| {
            (!log.is_empty()).then(|| short(100.0 * log.summary.received as f64 / log.summary.ticks as f64))
        })
    },
    observed("clock at the end", |log, _| log.len().checked_sub(1).map(|last| stamp_text(log.clock(last)))),
    Quantity {
        expected: Some(|machine, _| machine.jump_mean),
        of_lamport: true,
        ..observed("mean jump of the clock", |log, _| log.summary.jump_mean().map(short))
    },
    Quantity { of_lamport: true, ..observed("largest jump", |log, _| Some(log.summary.jump_max.to_string())) },
    Quantity {
        expected: Some(Expectation::drift_after),
        of_lamport: true,
        ..observed("behind the fastest, at the end", |log, fastest| {
            Some((i128::from(fastest) - i128::from(log.summary.clock)).to_string())
        })
    },
    observed("longest queue", |log, _| Some(log.summary.queue_max.to_string())),
    Quantity {
        expected: Some(Expectation::queue_after),
        ..observed("waiting after the last event", |log, _| Some(log.summary.queue.to_string()))
    },
    observed("messages sent", |log, _| Some(log.summary.sent.to_string())),
    observed("messages received", |log, _| Some(log.summary.received.to_string())),
    observed("left in the queue when it ended", |log, _| Some(log.manifest.left_in_queue.as_ref()?.len().to_string())),
];

pub(super) fn section(run: &Trace) -> Markup {
    let fastest_clock = fastest(run).map_or(0, |log| log.summary.clock);
    let logs = &run.run.logs;
    let expectations = expectations(run);
    html! {
        section #machines {
            h2 { "The machines" }
            div.scroll {
                table {
                    thead { tr { th {} @for log in logs { th scope="col" { (log.machine) } } } }
                    tbody {
                        @for quantity in &QUANTITIES {
                            tr {
                                th scope="row" { (quantity.name) }
                                @for (index, log) in logs.iter().enumerate() {
                                    td {
                                        (observation(quantity, log, fastest_clock))
                                        @if let Some(expected) = expected(quantity, log, &expectations, index) {
                                            " " span.theory { "theory " (short(expected)) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if !expectations.is_empty() {
                p.muted {
                    "Theory is what a long run tends to, as if ticks and messages flowed: it knows no chance and no beginning. "
                    "Short runs differ from it, and no two runs are alike."
                }
            }
        }
    }
}

/// A dash stands for what is not known, or means nothing.
fn observation(quantity: &Quantity, log: &Log, fastest_clock: u64) -> String {
    let value = (quantity.observed)(log, fastest_clock).filter(|_| quantity.applies(log));
    value.unwrap_or_else(|| "–".to_owned())
}

fn expected(quantity: &Quantity, log: &Log, expectations: &[Expectation], index: usize) -> Option<f64> {
    let value = quantity.expected.filter(|_| quantity.applies(log))?;
    Some(value(expectations.get(index)?, Duration::from_secs_f64(Pace::of(log).seconds)))
}

impl Quantity {
    fn applies(&self, log: &Log) -> bool {
        !self.of_lamport || log.clock_kind() == ClockKind::Lamport
    }
}

/// What theory expects of each machine; nothing if not all rates are known, or a machine ran as fast as it could.
pub(super) fn expectations(run: &Trace) -> Vec<Expectation> {
    let rate = |log: &Log| match log.manifest.rate {
        Asked::Rate(rate) => Some(rate.millionths() as f64 / 1e6),
        Asked::Max => None,
    };
    let rates: Option<Vec<f64>> = run.run.logs.iter().map(rate).collect();
    let rates = rates.filter(|_| run.run.missing.is_empty());
    let sides = run.manifests().next().map(|manifest| manifest.sides);
    rates.zip(sides).map_or_else(Vec::new, |(rates, sides)| expect(&rates, sides))
}
