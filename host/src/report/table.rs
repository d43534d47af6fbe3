//! The table of machines: a column each, a row for every quantity.

use maud::{Markup, html};

use super::{
    series::fastest,
    words::{Pace, short},
};
use crate::trace::{MachineTrace, Trace, height};

/// What is known of one machine, row by row.
struct Column<'a> {
    machine: &'a MachineTrace,
    pace: Pace,
    fastest_clock: u64,
}

/// A row: what it is, and its value for a machine, `None` where it is not known.
type Quantity = (&'static str, fn(&Column<'_>) -> Option<String>);

const QUANTITIES: [Quantity; 12] = [
    ("ticks a second, asked", |column| Some(column.machine.manifest.as_ref()?.rate.to_string())),
    ("ticks a second, achieved", |column| (column.pace.ticks > 0).then(|| short(column.pace.rate()))),
    ("ticks", |column| Some(column.pace.ticks.to_string())),
    ("clock at the end", |column| Some(column.pace.clock.to_string())),
    ("mean jump of the clock", |column| column.jump_mean().map(short)),
    ("largest jump", |column| column.jumps().max().map(|jump| jump.to_string())),
    ("behind the fastest, at the end", |column| {
        Some((i128::from(column.fastest_clock) - i128::from(column.pace.clock)).to_string())
    }),
    ("longest queue", |column| Some(column.pace.queue_max.to_string())),
    ("messages waiting after the last event", |column| Some(column.pace.queue.to_string())),
    ("messages sent", |column| Some(column.pace.sent.to_string())),
    ("messages received", |column| Some(column.pace.received.to_string())),
    ("left in the queue when it ended", |column| {
        Some(column.machine.manifest.as_ref()?.left_in_queue.as_ref()?.len().to_string())
    }),
];

pub(super) fn section(run: &Trace) -> Markup {
    let fastest_clock = fastest(run).map_or(0, |machine| Pace::of(run, machine).clock);
    let columns = run.machines.iter().map(|machine| Column { machine, pace: Pace::of(run, machine), fastest_clock });
    let columns: Vec<Column<'_>> = columns.collect();
    html! {
        section #machines {
            h2 { "The machines" }
            div.scroll {
                table {
                    thead { tr { th {} @for column in &columns { th scope="col" { (column.machine.id) } } } }
                    tbody {
                        @for (name, value) in QUANTITIES {
                            tr {
                                th scope="row" { (name) }
                                @for column in &columns { td { (value(column).unwrap_or_else(|| "–".to_owned())) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Column<'_> {
    fn jumps(&self) -> impl Iterator<Item = i128> {
        self.machine
            .rows
            .windows(2)
            .map(|pair| i128::from(height(&pair[1].event.clock)) - i128::from(height(&pair[0].event.clock)))
    }

    /// From the first event to the last.
    fn jump_mean(&self) -> Option<f64> {
        let jumps = self.pace.ticks.checked_sub(1).filter(|jumps| *jumps > 0)?;
        Some(self.jumps().sum::<i128>() as f64 / jumps as f64)
    }
}
