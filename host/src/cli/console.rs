//! A machine's output on a terminal while it runs: a line per event, and sentences about links.

use std::{
    io::{self, Write},
    sync::mpsc::{SyncSender, TrySendError, sync_channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use anstyle::{AnsiColor, Style};
use clockring::{
    event::EventKind,
    moment::UnixTime,
    ring::{MachineId, RingSize},
};

use crate::{
    live::Observer,
    rundir::{Manifest, Row, RunDirectory, StampText},
    wording::{count, listed},
};

/// The most events shown in a second: a person can still follow them as they scroll by.
const ROWS_PER_SECOND_MAX: u32 = 40;

/// Lines that may wait for a slow terminal before events are left out.
const LINES_WAITING_MAX: usize = 256;

/// The style of everything a machine says, so that three of them in one terminal can be told apart.
pub(super) fn style(machine: MachineId) -> Style {
    const COLOURS: [AnsiColor; 6] =
        [AnsiColor::Cyan, AnsiColor::Yellow, AnsiColor::Magenta, AnsiColor::Green, AnsiColor::Blue, AnsiColor::Red];
    COLOURS[machine.index() % COLOURS.len()].on_default()
}

/// Prints events to standard output and sentences to standard error, on a thread of its own: a terminal that is slow or
/// stopped must not stop the tick loop. Events too fast for a person to follow are counted instead.
#[derive(Debug)]
pub(super) struct Console<S> {
    machine: MachineId,
    lines: SyncSender<Line<S>>,
    printer: JoinHandle<()>,
    /// The start of the present second, by the time of the events: reading the clock takes longer than an event.
    second: UnixTime,
    rows_in_second: u32,
    not_shown: u64,
}

#[derive(Debug)]
enum Line<S> {
    Started { manifest: Box<Manifest>, directory: String },
    Row { row: Row<S>, not_shown: u64 },
    Notice(String),
}

impl<S: StampText + Send + 'static> Console<S> {
    pub(super) fn new(machine: MachineId) -> io::Result<Self> {
        let (lines, waiting) = sync_channel(LINES_WAITING_MAX);
        let printer = thread::Builder::new().name("console".to_owned()).spawn(move || {
            let mut printer = Printer { machine, ring: None, started: UnixTime::EPOCH };
            for line in waiting {
                // The reader is gone; the run goes on all the same.
                let _ = printer.print(&line);
            }
        })?;
        Ok(Self { machine, lines, printer, second: UnixTime::EPOCH, rows_in_second: 0, not_shown: 0 })
    }

    /// Waits until everything is printed.
    pub(super) fn finish(self) {
        let not_shown = self.not_shown;
        if not_shown > 0 {
            let _ = self
                .lines
                .send(Line::Notice(format!("{}, not shown; all are in the log", count(not_shown, "more event"))));
        }
        drop(self.lines);
        if self.printer.join().is_err() {
            let _ = writeln!(io::stderr(), "{}: the console stopped early; the log is complete", self.machine);
        }
    }
}

impl<S: StampText> Observer<S> for Console<S> {
    fn started(&mut self, manifest: &Manifest, directory: &RunDirectory) {
        let line = Line::Started { manifest: Box::new(manifest.clone()), directory: directory.to_string() };
        let _ = self.lines.try_send(line);
    }

    fn row(&mut self, row: &Row<S>) {
        if self.rows_in_second >= ROWS_PER_SECOND_MAX {
            if row.time.since(self.second) < Duration::from_secs(1) {
                self.not_shown += 1;
                return;
            }
            (self.second, self.rows_in_second) = (row.time, 0);
        }
        match self.lines.try_send(Line::Row { row: *row, not_shown: self.not_shown }) {
            Ok(()) => (self.rows_in_second, self.not_shown) = (self.rows_in_second + 1, 0),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.not_shown += 1,
        }
    }

    fn notice(&mut self, sentence: &str) {
        let _ = self.lines.try_send(Line::Notice(sentence.to_owned()));
    }
}

struct Printer {
    machine: MachineId,
    ring: Option<RingSize>,
    started: UnixTime,
}

impl Printer {
    fn print<S: StampText>(&mut self, line: &Line<S>) -> io::Result<()> {
        let (machine, style) = (self.machine, style(self.machine));
        match line {
            Line::Started { manifest, directory } => {
                (self.ring, self.started) = (Some(manifest.machines), manifest.started);
                let begins = match manifest.restarts.last() {
                    _ if manifest.stopped.is_some() => "has made its last tick already".to_owned(),
                    Some(tick) => format!("goes on with tick {tick}"),
                    None => "all links are up".to_owned(),
                };
                writeln!(
                    anstream::stderr(),
                    "{style}{machine}: {begins}; rate {}, {} sides, seed {}, log in {directory}{style:#}",
                    manifest.rate,
                    manifest.sides,
                    manifest.seed
                )
            }
            Line::Notice(sentence) => writeln!(anstream::stderr(), "{style}{machine}: {sentence}{style:#}"),
            Line::Row { row, not_shown } => {
                let text = self.row(row);
                let more = if *not_shown > 0 { format!("  (+{not_shown} not shown)") } else { String::new() };
                writeln!(anstream::stdout(), "{style}{text}{more}{style:#}")
            }
        }
    }

    fn row<S: StampText>(&self, row: &Row<S>) -> String {
        let Some(ring) = self.ring else { return String::new() };
        let event = match row.event.kind {
            EventKind::Internal => "internal".to_owned(),
            EventKind::Send { to } => {
                format!("send to {}", listed(&to.into_iter().map(MachineId::letter_str).collect::<Vec<_>>()))
            }
            EventKind::Receive { from, stamp } => format!("receive {} from {from}", stamp.shown(ring)),
        };
        let seconds = row.time.since(self.started).as_nanos() as f64 / 1e9;
        format!(
            "{} {seconds:9.3} s  tick {:>5}  {event:<17}  clock {:>6}  waiting {:>4}",
            self.machine,
            row.tick,
            row.event.clock.shown(ring),
            row.queue
        )
    }
}
