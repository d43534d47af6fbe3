//! One table of all events in causal order.

use std::io::{self, Write};

use clockring::event::EventKind;

use super::{Part, name, received_stamp};
use crate::trace::stamp_text;

/// The columns. Those of the log; the machine in front; and those that only the whole run can fill: the send of a
/// received message, the time it took from there, and the number of events of each machine that the event knows of.
const HEADER: &str = "machine,tick,time_ns,event,peer,stamp,clock,queue,sent_tick,sent_time_ns,latency_ns,known";

pub(super) fn write(part: &Part<'_>, out: &mut impl Write) -> io::Result<()> {
    let run = part.run;
    writeln!(out, "{HEADER}")?;
    for event in part.events {
        let record = run.record(*event);
        let (kind, peer): (_, String) = match record.kind {
            EventKind::Internal => ("internal", String::new()),
            EventKind::Send { to } => ("send", to.into_iter().map(|peer| peer.letter_str()).collect()),
            EventKind::Receive { from, .. } => ("receive", from.letter_str().to_owned()),
        };
        let (machine, tick, time_ns) = (name(event.machine), record.tick, record.time_ns);
        let (stamp, clock) = (received_stamp(run, *event), stamp_text(run.clock(*event)));
        write!(out, "{machine},{tick},{time_ns},{kind},{peer},{stamp},{clock},{},", record.queue)?;
        match run.send_of(*event).map(|send| run.record(send)) {
            Some(sent) => {
                // The clocks of two computers may disagree by more than the message took.
                let latency_ns = i128::from(time_ns) - i128::from(sent.time_ns);
                write!(out, "{},{},{latency_ns},", sent.tick, sent.time_ns)?;
            }
            None => write!(out, ",,,")?,
        }
        let known: Vec<String> = run.known(*event).iter().map(u32::to_string).collect();
        writeln!(out, "{}", known.join(" "))?;
    }
    Ok(())
}
