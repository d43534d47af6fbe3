//! The table of machines.

use maud::{Markup, html};

use super::{
    series::fastest,
    words::{Pace, short},
};
use crate::trace::{MachineTrace, Trace, height};

pub(super) fn section(run: &Trace) -> Markup {
    let fastest = fastest(run).map_or(0, |machine| Pace::of(run, machine).clock);
    html! {
        section #machines {
            h2 { "The machines" }
            div.scroll {
                table {
                    thead {
                        tr {
                            th { "machine" }
                            th { "rate asked" }
                            th { "rate achieved" }
                            th { "ticks" }
                            th { "clock at the end" }
                            th { "mean jump" }
                            th { "largest jump" }
                            th { "behind the fastest" }
                            th { "queue at the end" }
                            th { "longest queue" }
                            th { "sent" }
                            th { "received" }
                            th { "left in queue" }
                        }
                    }
                    tbody {
                        @for machine in &run.machines {
                            (row(run, machine, fastest))
                        }
                    }
                }
            }
        }
    }
}

fn row(run: &Trace, machine: &MachineTrace, fastest: u64) -> Markup {
    let pace = Pace::of(run, machine);
    let heights = || machine.rows.iter().map(|row| height(&row.event.clock));
    let jump_max = heights().zip(heights().skip(1)).map(|(before, after)| i128::from(after) - i128::from(before)).max();
    let manifest = machine.manifest.as_ref();
    let left = manifest.and_then(|manifest| manifest.left_in_queue.as_ref()).map(Vec::len);
    let first = heights().next().unwrap_or(0);
    let jump_mean = (pace.ticks > 1).then(|| pace.clock.saturating_sub(first) as f64 / (pace.ticks - 1) as f64);
    html! {
        tr {
            th scope="row" { (machine.id) }
            td { (or_unknown(manifest.map(|manifest| manifest.rate.to_string()))) }
            td { (or_unknown((pace.ticks > 0).then(|| short(pace.rate())))) }
            td { (pace.ticks) }
            td { (pace.clock) }
            td { (or_unknown(jump_mean.map(short))) }
            td { (or_unknown(jump_max.map(|jump| jump.to_string()))) }
            td { (i128::from(fastest) - i128::from(pace.clock)) }
            td { (pace.queue) }
            td { (pace.queue_max) }
            td { (pace.sent) }
            td { (pace.received) }
            td { (or_unknown(left.map(|left| left.to_string()))) }
        }
    }
}

/// A dash for what is not known.
fn or_unknown(value: Option<String>) -> String {
    value.unwrap_or_else(|| "–".to_owned())
}
