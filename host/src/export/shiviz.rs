//! For ShiViz (Beschastnikh et al., "Debugging distributed systems", 2016).
//!
//! The first line of the file is the regular expression that ShiViz parses events with, the second the one that
//! separates executions (empty if there is only one), so the file loads as it is. Vector timestamps are computed from
//! the messages, whatever clock the machines kept: ShiViz wants each host's own entry to run 1, 2, 3 without a gap.

use std::io::{self, Write};

use super::title;
use crate::trace::{Causality, Place, Trace, stamp_text};

const EVENT: &str = r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})";
const EXECUTION: &str = r"^=== (?<trace>.*) ===$";

pub(super) fn write(runs: &[Trace], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{EVENT}")?;
    writeln!(out, "{}", if runs.len() > 1 { EXECUTION } else { "" })?;
    for (number, run) in runs.iter().enumerate() {
        if runs.len() > 1 {
            // Two directories may have the same name, and ShiViz keeps one execution per label.
            writeln!(out, "=== {}. {} ===", number + 1, run.name.replace(|c: char| c.is_control(), " "))?;
        }
        let causality = run.causality();
        for place in &causality.order {
            let row = run.row(*place);
            writeln!(out, "{}, clock {}, queue {}", title(row), stamp_text(&row.event.clock), row.queue)?;
            writeln!(out, "{} {{{}}}", run.machines[place.machine].id, vector(run, &causality, *place))?;
        }
    }
    Ok(())
}

/// The entries above zero, as the inside of a JSON object.
fn vector(run: &Trace, causality: &Causality, place: Place) -> String {
    let counts = run.machines.iter().zip(causality.known(place)).filter(|(_, count)| **count > 0);
    counts.map(|(machine, count)| format!("\"{}\":{count}", machine.id)).collect::<Vec<_>>().join(", ")
}
