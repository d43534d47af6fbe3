//! A Mermaid sequence diagram, with every event on a line of its own, in causal order.
//!
//! Mermaid draws arrows level, so a message is drawn where it is received, with the time of its send and its receive.

use std::io::{self, Write};

use clockring::event::EventKind;

use crate::trace::{Trace, stamp_text};

pub(super) fn write(run: &Trace, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "sequenceDiagram")?;
    for machine in &run.machines {
        writeln!(out, "    participant {}", machine.id)?;
    }
    for place in &run.causality().order {
        let row = run.row(*place);
        let (machine, clock) = (run.machines[place.machine].id, stamp_text(&row.event.clock));
        match &row.event.kind {
            EventKind::Internal => writeln!(out, "    Note over {machine}: {clock}")?,
            EventKind::Send { to } => {
                let to: Vec<_> = to.into_iter().map(|peer| peer.letter_str()).collect();
                writeln!(out, "    Note over {machine}: {clock}, send to {}", to.join(" and "))?;
            }
            EventKind::Receive { from, stamp } => {
                writeln!(out, "    {from}-){machine}: sent at {}, received at {clock}", stamp_text(stamp))?;
            }
        }
    }
    Ok(())
}
