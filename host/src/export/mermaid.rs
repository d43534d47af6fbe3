//! A Mermaid sequence diagram, with every event on a line of its own, in causal order.
//!
//! Mermaid draws arrows level, so a message is drawn where it is received, with the time of its send and its receive.

use std::io::{self, Write};

use clockring::event::EventKind;

use super::{Part, name, received_stamp, title};
use crate::trace::stamp_text;

pub(super) fn write(part: &Part<'_>, out: &mut impl Write) -> io::Result<()> {
    let run = part.run;
    writeln!(out, "sequenceDiagram")?;
    for machine in run.machines() {
        writeln!(out, "    participant {machine}")?;
    }
    for event in part.events {
        let (machine, clock) = (name(event.machine), stamp_text(run.clock(*event)));
        match run.record(*event).kind {
            EventKind::Internal => writeln!(out, "    Note over {machine}: {clock}")?,
            EventKind::Send { .. } => writeln!(out, "    Note over {machine}: {clock}, {}", title(run, *event))?,
            EventKind::Receive { from, .. } => {
                let sent = received_stamp(run, *event);
                writeln!(out, "    {from}-){machine}: sent at {sent}, received at {clock}")?;
            }
        }
    }
    Ok(())
}
