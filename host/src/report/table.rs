//! The table of machines: a column each, a row for every figure, and theory's value beside the observed one.

use std::time::Duration;

use clockring::clock::ClockKind;
use maud::{Markup, html};

use super::{Page, expected::Expected};
use crate::{rundir::Figure, theory::Expectation, wording::short};

/// The rows, as far as they say anything of the run.
const ROWS: [Figure; 19] = [
    Figure::Rate,
    Figure::RateAchieved,
    Figure::Ticks,
    Figure::SentToPerSecond,
    Figure::ReceiveShare,
    Figure::Clock,
    Figure::Ahead,
    Figure::JumpMean,
    Figure::JumpMax,
    Figure::Behind,
    Figure::SentBy,
    Figure::SentTo,
    Figure::ReceivedBy,
    Figure::Waiting,
    Figure::WaitingAtSenders,
    Figure::WaitingMax,
    Figure::Lost,
    Figure::Undelivered,
    Figure::Ended,
];

pub(super) fn section(page: &Page<'_>) -> Markup {
    let logs = &page.run.run.logs;
    let rows = ROWS.into_iter().filter(|row| row.applies(page.clock, &page.figures));
    html! {
        section #machines {
            h2 { "The machines" }
            div.scroll {
                table {
                    thead { tr { th {} @for log in logs { th scope="col" { (log.machine) } } } }
                    tbody {
                        @for row in rows {
                            tr {
                                th scope="row" { (row.name(page.clock, &page.figures)) }
                                @for (index, (log, figures)) in logs.iter().zip(&page.figures.machines).enumerate() {
                                    td {
                                        (row.text(&log.manifest, &log.summary, figures))
                                        @if let Some(expected) = expected(row, page, index) {
                                            " " span.theory { "theory " (expected) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            p.muted {
                @match &page.expected {
                    Expected::Machines(_) => {
                        "Theory is what a long run tends to, as if ticks and messages flowed: it knows no chance and no "
                        "beginning, and short runs have both."
                    }
                    Expected::Nothing(why) => { "Theory is left out: " (why) "." }
                }
            }
        }
    }
}

/// Theory's value of a figure, where it says anything of it.
fn expected(figure: Figure, page: &Page<'_>, index: usize) -> Option<String> {
    let machine: &Expectation = page.expected.machine(index)?;
    let length = Duration::from_secs_f64(page.figures.length_s);
    let lamport = page.clock == ClockKind::Lamport;
    match figure {
        Figure::SentToPerSecond => Some(short(machine.arrivals)),
        Figure::ReceiveShare => Some(format!("{} %", short(100.0 * machine.receive_share))),
        Figure::Waiting => Some(short(machine.queue_after(length))),
        Figure::JumpMean => lamport.then(|| short(machine.jump_mean)),
        Figure::Behind => lamport.then(|| short(machine.drift_after(length))),
        _ => None,
    }
}
