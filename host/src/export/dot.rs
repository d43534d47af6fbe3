//! A Graphviz graph: a column of events per machine, solid lines for its own order, dashed arrows for messages.

use std::io::{self, Write};

use clockring::event::EventKind;

use crate::trace::{Place, Trace, stamp_text};

pub(super) fn write(run: &Trace, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "digraph run {{")?;
    writeln!(out, "  rankdir=TB; splines=line; nodesep=0.8; ranksep=0.25;")?;
    writeln!(out, "  node [fontname=\"sans-serif\" fontsize=10 height=0.25 width=0.35 fixedsize=true margin=0];")?;
    writeln!(out, "  edge [arrowsize=0.5];")?;
    for (index, machine) in run.machines.iter().enumerate() {
        // A group keeps a machine's events on one straight line.
        writeln!(out, "  {0} [shape=plaintext fontsize=14 label=\"{0}\" group={0}];", machine.id)?;
        for (row_index, row) in machine.rows.iter().enumerate() {
            let shape = match row.event.kind {
                EventKind::Internal => "circle",
                EventKind::Send { .. } => "triangle",
                EventKind::Receive { .. } => "box",
            };
            let label = stamp_text(&row.event.clock);
            let width = 0.35_f64.max(0.1 * label.len() as f64);
            let place = Place { machine: index, row: row_index };
            let node = node(run, place);
            writeln!(out, "  {node} [label=\"{label}\" shape={shape} width={width:.2} group={}];", machine.id)?;
            let before = match row_index.checked_sub(1) {
                Some(row) => self::node(run, Place { row, ..place }),
                None => machine.id.to_string(),
            };
            writeln!(out, "  {before} -> {node} [weight=10 arrowhead=none];")?;
            if let Some(send) = run.send_of(place) {
                writeln!(out, "  {} -> {node} [style=dashed weight=0];", self::node(run, send))?;
            }
        }
    }
    let names: Vec<String> = run.machines.iter().map(|machine| machine.id.to_string()).collect();
    writeln!(out, "  {{ rank=same; edge [style=invis]; {} }}", names.join(" -> "))?;
    writeln!(out, "}}")
}

fn node(run: &Trace, place: Place) -> String {
    format!("{}{}", run.machines[place.machine].id, place.row + 1)
}
