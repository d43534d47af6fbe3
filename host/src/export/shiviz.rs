//! For ShiViz (Beschastnikh et al., "Debugging distributed systems", 2016).
//!
//! The first line of the file is the regular expression that ShiViz parses events with, the second the one that
//! separates executions (empty if there is only one), so the file loads as it is. Vector timestamps are computed from
//! the messages, for any clock that the machines kept: ShiViz wants each host's own entry to run 1, 2, 3 without a gap.
//! As it sees nothing else, it draws no arrow for a message if the receiver had already heard of its send from others.

use std::io::{self, Write};

use super::{Part, name, title};
use crate::trace::stamp_text;

const EVENT: &str = r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})";
const EXECUTION: &str = r"^=== (?<trace>.*) ===$";

pub(super) fn write(parts: &[Part<'_>], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{EVENT}")?;
    writeln!(out, "{}", if parts.len() > 1 { EXECUTION } else { "" })?;
    for (number, Part { run, events }) in parts.iter().enumerate() {
        if parts.len() > 1 {
            // Two directories may have the same name, and ShiViz keeps one execution per label.
            writeln!(out, "=== {}. {} ===", number + 1, run.name.replace(|c: char| c.is_control(), " "))?;
        }
        for event in *events {
            let clock = stamp_text(run.clock(*event));
            writeln!(out, "{}, clock {clock}, queue {}", title(run, *event), run.record(*event).queue)?;
            writeln!(out, "{} {{{}}}", name(event.machine), vector(run.known(*event)))?;
        }
    }
    Ok(())
}

/// The entries above zero, as the inside of a JSON object.
fn vector(known: &[u32]) -> String {
    let counts = known.iter().enumerate().filter(|(_, count)| **count > 0);
    counts.map(|(machine, count)| format!("\"{}\":{count}", name(machine))).collect::<Vec<_>>().join(", ")
}
