//! The contents of the screen.

use clockring::{clock::ClockKind, event::EventKind, ring::MachineId};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Borders, Cell, Paragraph, Row, Table},
};

use super::{
    diagram::Columns,
    history::{History, Seen},
    keys,
    tail::Tail,
};
use crate::wording::count;

/// Width of a queue's bar, in characters.
const BAR: usize = 20;

/// The colours of the machines, as on the plain console.
const COLOURS: [Color; 6] = [Color::Cyan, Color::Yellow, Color::Magenta, Color::Green, Color::Blue, Color::Red];

pub(super) struct Screen<'a> {
    pub(super) tail: &'a Tail,
    pub(super) history: &'a History,
    pub(super) notices: &'a [String],
    pub(super) ended: bool,
}

impl Screen<'_> {
    pub(super) fn draw(&self, frame: &mut Frame<'_>) {
        let machines = self.history.ring().get() as u16;
        let [head, table, diagram, notice, help] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(machines + 3),
            Constraint::Min(4),
            Constraint::Length(1),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        frame.render_widget(self.head(), head);
        frame.render_widget(self.table(), table);
        frame.render_widget(self.diagram(diagram), diagram);
        let last = self.notices.last().map_or("", String::as_str);
        frame.render_widget(Paragraph::new(format!(" {last}")), notice);
        frame.render_widget(Paragraph::new(keys::HELP).style(Style::new().add_modifier(Modifier::REVERSED)), help);
    }

    fn head(&self) -> Paragraph<'_> {
        let state = match (self.history.is_paused(), self.ended) {
            (true, _) => " PAUSED ",
            (false, true) => " ENDED ",
            (false, false) => " LIVE ",
        };
        let (shown, all) = self.history.place();
        let seconds = self.history.latest().next().map_or(0.0, |seen| self.seconds(seen));
        let place =
            if self.history.is_paused() { format!("event {shown} of {all}") } else { count(all as u64, "event") };
        let directory =
            self.tail.directory().map_or_else(|| "the ring gathers".to_owned(), |directory| directory.to_string());
        Paragraph::new(Line::from(vec![
            Span::styled(state, Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD)),
            Span::raw(format!(" {seconds:.1} s   {place}   {directory}")),
        ]))
    }

    fn table(&self) -> Table<'_> {
        let names = ["", "rate", "tick", "clock", "waiting", "sent/s", "received/s", "last event"];
        let mut manifests = self.history.ring().machines().filter_map(|machine| self.tail.manifest(machine));
        let hybrid = manifests.any(|manifest| manifest.clock == ClockKind::Hybrid);
        let widths = [
            Constraint::Length(3),
            Constraint::Length(8),
            Constraint::Length(11),
            Constraint::Length(if hybrid { 19 } else { 14 }),
            Constraint::Length(BAR as u16 + 6),
            Constraint::Length(8),
            Constraint::Length(10),
            Constraint::Min(12),
        ];
        Table::new(self.history.ring().machines().map(|machine| self.row(machine)), widths)
            .header(Row::new(names).style(Style::new().add_modifier(Modifier::BOLD)))
            .block(Block::new().borders(Borders::TOP | Borders::BOTTOM))
    }

    fn row(&self, machine: MachineId) -> Row<'_> {
        let style = Style::new().fg(COLOURS[machine.index() % COLOURS.len()]);
        let rate = self.tail.manifest(machine).map_or_else(|| "–".to_owned(), |manifest| manifest.rate.to_string());
        let Some(seen) = self.history.last(machine) else {
            return Row::new([machine.to_string(), rate, "not started".to_owned()]).style(style);
        };
        let activity = self.history.activity(machine);
        // The beat: full and empty in turn.
        let beat = if seen.tick % 2 == 0 { '●' } else { '○' };
        let cells = [
            Cell::from(machine.to_string()),
            Cell::from(rate),
            Cell::from(format!("{beat} {}", seen.tick)),
            Cell::from(seen.clock.clone()),
            Cell::from(self.queue(seen.queue)),
            Cell::from(format!("{:.1}", activity.sends)),
            Cell::from(format!("{:.1}", activity.receives)),
            Cell::from(event(seen)),
        ];
        Row::new(cells).style(style)
    }

    /// The queue as a bar and a number; the bar is full at the longest queue that was seen, or at 20.
    fn queue(&self, queue: u64) -> String {
        let full = self.history.queue_max().max(BAR as u64);
        let filled = (queue * BAR as u64).div_ceil(full) as usize;
        format!("{}{} {queue}", "█".repeat(filled), "░".repeat(BAR - filled))
    }

    fn diagram(&self, area: Rect) -> Paragraph<'_> {
        let machines = || self.history.ring().machines();
        let columns = Columns::new(machines().count(), area.width as usize);
        let room = (area.height as usize).saturating_sub(1);
        let mut lines: Vec<Line<'_>> = self
            .history
            .latest()
            .take(room)
            .map(|seen| {
                let style = Style::new().fg(COLOURS[seen.machine.index() % COLOURS.len()]);
                Line::styled(columns.line(seen, self.seconds(seen), machines()), style)
            })
            .collect();
        lines.push(Line::styled(columns.names(machines()), Style::new().add_modifier(Modifier::BOLD)));
        lines.reverse();
        Paragraph::new(lines)
    }

    /// Seconds since the start of the run.
    fn seconds(&self, seen: &Seen) -> f64 {
        let started =
            self.history.ring().machines().filter_map(|machine| Some(self.tail.manifest(machine)?.started.ns()));
        seen.time_ns.saturating_sub(started.min().unwrap_or(seen.time_ns)) as f64 / 1e9
    }
}

fn event(seen: &Seen) -> String {
    match seen.kind {
        EventKind::Internal => "internal".to_owned(),
        EventKind::Send { to } => {
            format!("send to {}", to.into_iter().map(MachineId::letter_str).collect::<Vec<_>>().join(" and "))
        }
        EventKind::Receive { from, .. } => format!("receive from {from}"),
    }
}
