//! The table of machines: a column each, a row for every quantity.

use maud::{Markup, html};

use super::{
    series::fastest,
    words::{Pace, short},
};
use crate::{check::Log, trace::Trace};

/// A row: what it is, and its value for a machine, `None` where it is not known. The second number is the clock of
/// the fastest machine at the end.
type Quantity = (&'static str, fn(&Log, u64) -> Option<String>);

const QUANTITIES: [Quantity; 12] = [
    ("ticks a second, asked", |log, _| Some(log.manifest.rate.to_string())),
    ("ticks a second, achieved", |log, _| (!log.is_empty()).then(|| short(Pace::of(log).rate()))),
    ("ticks", |log, _| Some(log.summary.ticks.to_string())),
    ("clock at the end", |log, _| Some(log.summary.clock.to_string())),
    ("mean jump of the clock", |log, _| log.summary.jump_mean().map(short)),
    ("largest jump", |log, _| Some(log.summary.jump_max.to_string())),
    ("behind the fastest, at the end", |log, fastest| {
        Some((i128::from(fastest) - i128::from(log.summary.clock)).to_string())
    }),
    ("longest queue", |log, _| Some(log.summary.queue_max.to_string())),
    ("messages waiting after the last event", |log, _| Some(log.summary.queue.to_string())),
    ("messages sent", |log, _| Some(log.summary.sent.to_string())),
    ("messages received", |log, _| Some(log.summary.received.to_string())),
    ("left in the queue when it ended", |log, _| Some(log.manifest.left_in_queue.as_ref()?.len().to_string())),
];

pub(super) fn section(run: &Trace) -> Markup {
    let fastest_clock = fastest(run).map_or(0, |log| log.summary.clock);
    let logs = &run.run.logs;
    html! {
        section #machines {
            h2 { "The machines" }
            div.scroll {
                table {
                    thead { tr { th {} @for log in logs { th scope="col" { (log.machine) } } } }
                    tbody {
                        @for (name, value) in QUANTITIES {
                            tr {
                                th scope="row" { (name) }
                                @for log in logs { td { (value(log, fastest_clock).unwrap_or_else(|| "–".to_owned())) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
