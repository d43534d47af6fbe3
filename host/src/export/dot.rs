//! A Graphviz graph: a column of events per machine, solid lines for its own order, dashed arrows for messages.

use std::io::{self, Write};

use clockring::event::EventKind;

use super::{Part, name};
use crate::{check::EventIndex, trace::stamp_text};

pub(super) fn write(part: &Part<'_>, out: &mut impl Write) -> io::Result<()> {
    let run = part.run;
    writeln!(out, "digraph run {{")?;
    writeln!(out, "  rankdir=TB; splines=line; nodesep=0.8; ranksep=0.25;")?;
    writeln!(out, "  node [fontname=\"sans-serif\" fontsize=10 height=0.25 fixedsize=true margin=0];")?;
    writeln!(out, "  edge [arrowsize=0.5];")?;
    let names: Vec<&str> = (0..run.run.ring.get()).map(name).collect();
    for name in &names {
        // A group keeps a machine's events on one straight line.
        writeln!(out, "  {name} [shape=plaintext fontsize=14 label=\"{name}\" group={name}];")?;
    }
    for event in part.events {
        let machine = name(event.machine);
        let shape = match run.record(*event).kind {
            EventKind::Internal => "circle",
            EventKind::Send { .. } => "triangle",
            EventKind::Receive { .. } => "box",
        };
        let label = stamp_text(run.clock(*event));
        let width = 0.35_f64.max(0.1 * label.len() as f64);
        let node = node(*event);
        writeln!(out, "  {node} [label=\"{label}\" shape={shape} width={width:.2} group={machine}];")?;
        let before = match event.row.checked_sub(1) {
            Some(row) => self::node(EventIndex { row, ..*event }),
            None => machine.to_owned(),
        };
        writeln!(out, "  {before} -> {node} [weight=10 arrowhead=none];")?;
        if let Some(send) = run.send_of(*event) {
            writeln!(out, "  {} -> {node} [style=dashed weight=0];", self::node(send))?;
        }
    }
    writeln!(out, "  {{ rank=same; edge [style=invis]; {} }}", names.join(" -> "))?;
    writeln!(out, "}}")
}

fn node(event: EventIndex) -> String {
    format!("{}{}", name(event.machine), event.row + 1)
}
