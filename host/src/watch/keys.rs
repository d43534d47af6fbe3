//! The keys of the view.

use std::{io, time::Duration};

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};

use super::{Wish, history::History};

/// Their effects, for the line at the bottom.
pub(super) const HELP: &str = " space pause · ← → one event · PgUp PgDn twenty · Home first · End live · q quit ";

/// Waits for keys, at most this long for the first, and obeys them.
pub(super) fn handle(wait: Duration, history: &mut History) -> io::Result<Wish> {
    let mut wait = wait;
    while event::poll(wait)? {
        wait = Duration::ZERO;
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return Ok(Wish::Leave),
            // In this mode the terminal sends it as a key.
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return Ok(Wish::Leave),
            KeyCode::Char(' ') => history.toggle_pause(),
            KeyCode::Left | KeyCode::Up => history.step(-1),
            KeyCode::Right | KeyCode::Down => history.step(1),
            KeyCode::PageUp => history.step(-20),
            KeyCode::PageDown => history.step(20),
            KeyCode::Home => history.step(i64::MIN / 2),
            KeyCode::End => history.go_live(),
            _ => {}
        }
    }
    Ok(Wish::Stay)
}
