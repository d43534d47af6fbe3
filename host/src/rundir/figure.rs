//! The names and texts of figures: the same in every table and on every page.

use std::borrow::Cow;

use clockring::clock::ClockKind;

use super::{Ended, Figures, Manifest, RunFigures, Summary};
use crate::wording::percent;

/// A figure that is shown of every machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Figure {
    /// Ticks a second, asked for.
    Rate,
    /// Ticks a second, achieved.
    RateAchieved,
    /// Ticks made.
    Ticks,
    /// The clock at the end: of a vector, the events it knows of.
    Clock,
    /// The distance of a hybrid clock from its physical clock.
    Ahead,
    /// Mean clock jump.
    JumpMean,
    /// Largest clock jump.
    JumpMax,
    /// Distance from the fastest clock.
    Behind,
    /// Messages sent by the machine.
    SentBy,
    /// Messages sent to the machine.
    SentTo,
    /// Messages sent to the machine, a second.
    SentToPerSecond,
    /// Messages received by the machine.
    ReceivedBy,
    /// Receives among its ticks.
    ReceiveShare,
    /// Messages waiting at the end.
    Waiting,
    /// Those of them that found the queue full.
    WaitingAtSenders,
    /// Most messages waiting in the queue.
    WaitingMax,
    /// Messages lost to a full queue.
    Lost,
    /// Messages that are not accounted for.
    Undelivered,
    /// The end of the run.
    Ended,
}

/// The text of a figure that is not known, or means nothing.
const UNKNOWN: &str = "–";

impl Figure {
    /// The head of a column on a terminal.
    pub const fn header(self, clock: ClockKind) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::RateAchieved => "achieved",
            Self::Ticks => "ticks",
            Self::Clock => match clock {
                ClockKind::Lamport => "clock",
                ClockKind::Vector => "events known",
                ClockKind::Hybrid => "clock (UTC+count)",
            },
            Self::Ahead => "ahead, µs",
            Self::JumpMean => "mean jump",
            Self::JumpMax => "largest jump",
            Self::Behind => "behind",
            Self::SentBy => "sent by",
            Self::SentTo => "sent to",
            Self::SentToPerSecond => "sent to, a second",
            Self::ReceivedBy => "received by",
            Self::ReceiveShare => "ticks that receive",
            Self::Waiting => "waiting",
            Self::WaitingAtSenders => "at senders",
            Self::WaitingMax => "most in queue",
            Self::Lost => "lost",
            Self::Undelivered => "undelivered",
            Self::Ended => "ended",
        }
    }

    /// The head of a row on a page.
    pub fn name(self, clock: ClockKind, run: &RunFigures) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Rate => "ticks a second, asked",
            Self::RateAchieved => "ticks a second, achieved",
            Self::Ticks => "ticks",
            Self::Clock => match clock {
                ClockKind::Lamport => "clock at the end",
                ClockKind::Vector => "events its clock knows of at the end",
                ClockKind::Hybrid => "clock at the end: time (UTC) plus count",
            },
            Self::Ahead => "clock ahead of its physical clock at the end, µs",
            Self::JumpMean => "mean jump of the clock",
            Self::JumpMax => "largest jump of the clock",
            Self::Behind => match run.fastest.first() {
                Some(fastest) => return Cow::Owned(format!("behind the clock of {fastest} at the end")),
                None => "behind the clock of the fastest at the end",
            },
            Self::SentBy => "messages sent by it",
            Self::SentTo => "messages sent to it",
            Self::SentToPerSecond => "messages sent to it, a second",
            Self::ReceivedBy => "messages received by it",
            Self::ReceiveShare => "ticks that receive",
            Self::Waiting => "messages waiting at the end",
            Self::WaitingAtSenders => "of these waiting at senders, at least",
            Self::WaitingMax => "most messages waiting in its queue",
            Self::Lost => "messages lost to its full queue",
            Self::Undelivered => "messages sent to it and undelivered",
            Self::Ended => "ended",
        })
    }

    /// Its text for one machine.
    pub fn text(self, manifest: &Manifest, summary: &Summary, figures: &Figures) -> String {
        let known = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
        let decimals = |number: Option<f64>, decimals: usize| known(number.map(|number| decimal(number, decimals)));
        let whole = |number: Option<u64>| known(number.map(|number| number.to_string()));
        match self {
            Self::Rate => manifest.rate.to_string(),
            Self::RateAchieved => decimals(figures.rate_achieved, 3),
            Self::Ticks => summary.ticks.to_string(),
            Self::Clock => known(figures.clock.clone().or(figures.events_known.map(|known| known.to_string()))),
            Self::Ahead => decimals(figures.ahead_us, 0),
            Self::JumpMean => decimals(figures.jump_mean, 2),
            Self::JumpMax => whole(figures.jump_max),
            Self::Behind => known(figures.behind.map(|behind| behind.to_string())),
            Self::SentBy => figures.sent_by.to_string(),
            Self::SentTo => whole(figures.sent_to),
            Self::SentToPerSecond => decimals(figures.sent_to_per_s, 2),
            Self::ReceivedBy => figures.received_by.to_string(),
            Self::ReceiveShare => percent(summary.received, summary.ticks),
            Self::Waiting => figures.waiting.to_string(),
            Self::WaitingAtSenders => figures.waiting_at_senders.to_string(),
            Self::WaitingMax => figures.waiting_max.to_string(),
            Self::Lost => figures.lost.to_string(),
            Self::Undelivered => whole(figures.undelivered),
            Self::Ended => match manifest.ended {
                Some(Ended::Complete) => "complete",
                Some(Ended::Interrupted) => "interrupted",
                Some(Ended::Incomplete) => "incomplete",
                None => "no",
            }
            .to_owned(),
        }
    }

    /// Does it say anything of this run? A figure of another kind of clock does not, nor one of faults that did not
    /// occur.
    pub fn applies(self, clock: ClockKind, run: &RunFigures) -> bool {
        let any = |of: fn(&Figures) -> bool| run.machines.iter().any(of);
        match self {
            Self::JumpMean | Self::JumpMax | Self::Behind => clock == ClockKind::Lamport,
            Self::Ahead => clock == ClockKind::Hybrid,
            Self::WaitingAtSenders => any(|machine| machine.waiting_at_senders > 0),
            Self::Lost => any(|machine| machine.lost > 0),
            Self::Undelivered => any(|machine| machine.undelivered.is_some_and(|undelivered| undelivered > 0)),
            _ => true,
        }
    }
}

/// A number with so many decimals; zero has no sign.
fn decimal(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text }
}
