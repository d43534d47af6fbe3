//! A live view of a run on a terminal: the events of each machine, and the messages between them as they are received.
//!
//! It reads the run directory as it grows, the same rows that everything else reads, so it shows all machines of this
//! computer, however they were started, and no machine knows of it.

mod diagram;
mod history;
mod keys;
mod screen;
mod tail;

use std::{
    io::{self, IsTerminal},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use clockring::{moment::UnixTime, ring::RingSize};
use ratatui::DefaultTerminal;

use self::{history::History, screen::Screen, tail::Tail};
use crate::rundir::RunDirectory;

/// A view that has the terminal. Dropping it gives the terminal back.
#[derive(Debug)]
pub struct Watch {
    terminal: DefaultTerminal,
    tail: Tail,
    history: History,
    notices: Vec<String>,
    ended: bool,
}

/// A wish of the person in front of the view.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// To go on watching.
    Stay,
    /// To stop the run and leave.
    Leave,
}

/// Interval at which the view is drawn.
const FRAME: Duration = Duration::from_millis(50);

/// Is a view on the terminal?
static OPEN: AtomicBool = AtomicBool::new(false);

/// Is there a terminal to watch on?
pub fn is_possible() -> bool {
    io::stdout().is_terminal() && io::stdin().is_terminal()
}

/// Does a view have the terminal?
pub fn is_open() -> bool {
    OPEN.load(Ordering::SeqCst)
}

/// Gives the terminal back if a view has it: for ways to end the process that drop nothing.
pub fn give_terminal_back() {
    if OPEN.swap(false, Ordering::SeqCst) {
        ratatui::restore();
    }
}

impl Watch {
    /// Takes the terminal. A panic gives it back before it is told.
    ///
    /// `since`: logs of machines that started earlier are of another run and not shown.
    ///
    /// # Errors
    /// If the terminal cannot be taken.
    pub fn open(ring: RingSize, since: Option<UnixTime>) -> io::Result<Self> {
        let terminal = ratatui::try_init()?;
        OPEN.store(true, Ordering::SeqCst);
        let (tail, history) = (Tail::new(ring, since), History::new(ring));
        Ok(Self { terminal, tail, history, notices: Vec::new(), ended: false })
    }

    /// The run's directory is known.
    pub fn set_directory(&mut self, directory: RunDirectory) {
        self.tail.set_directory(directory);
    }

    /// Shows a sentence that a person should know.
    pub fn notice(&mut self, sentence: String) {
        self.notices.push(sentence);
    }

    /// The run has ended; its past can still be looked at.
    pub fn set_ended(&mut self) {
        self.ended = true;
    }

    /// Reads new rows, draws, and waits a moment for a key.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn turn(&mut self) -> io::Result<Wish> {
        self.tail.read(&mut self.history);
        let Self { terminal, tail, history, notices, ended } = self;
        terminal.draw(|frame| Screen { tail, history, notices, ended: *ended }.draw(frame))?;
        keys::handle(FRAME, history)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        give_terminal_back();
    }
}
