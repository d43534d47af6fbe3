//! One table of all events in causal order.

use std::io::{self, Write};

use clockring::event::EventKind;

use super::columns;
use crate::trace::{Trace, stamp_text};

/// The columns. Those of the log; the machine in front; and what only the whole run can tell: when the message of a
/// receive was sent, how long it took from there, and how many events of each machine the event knows of.
const HEADER: &str = "machine,tick,time_ns,event,peer,stamp,clock,queue,sent_tick,sent_time_ns,latency_ns,known";

pub(super) fn write(run: &Trace, out: &mut impl Write) -> io::Result<()> {
    let causality = run.causality();
    writeln!(out, "{HEADER}")?;
    for place in &causality.order {
        let row = run.row(*place);
        let (event, peer) = columns(row);
        let stamp = match &row.event.kind {
            EventKind::Receive { stamp, .. } => stamp_text(stamp),
            EventKind::Internal | EventKind::Send { .. } => String::new(),
        };
        let machine = run.machines[place.machine].id;
        let (tick, time_ns, queue) = (row.tick, row.time_ns, row.queue);
        write!(out, "{machine},{tick},{time_ns},{event},{peer},{stamp},{},{queue},", stamp_text(&row.event.clock))?;
        match run.send_of(*place).map(|send| run.row(send)) {
            Some(sent) => {
                // The clocks of two computers may disagree by more than the message took.
                let latency_ns = i128::from(time_ns) - i128::from(sent.time_ns);
                write!(out, "{},{},{latency_ns},", sent.tick, sent.time_ns)?;
            }
            None => write!(out, ",,,")?,
        }
        let known: Vec<String> = causality.known(*place).iter().map(u32::to_string).collect();
        writeln!(out, "{}", known.join(" "))?;
    }
    Ok(())
}
