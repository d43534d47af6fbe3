//! One peer, as the tick loop sees it: how far it is in the run, and what has still to be sent to it.

use std::{
    io,
    path::Path,
    time::{Duration, Instant},
};

use clockring::{
    cursor::Cursor,
    frame::{self, Frame, Signal},
    message::Message,
    ring::{MachineId, Peers, RingSize},
};

use super::{link_news::LinkNews, outbox::Outbox};
use crate::{
    link::{BEAT_EVERY, Outgoing},
    rundir::{LogError, LogReader, StampText},
};

/// How many bytes are put together for one write: with 64 KiB, system calls are a negligible part of the cost.
const WRITE_SIZE: usize = 1 << 16;

/// A peer and the sending side of the link to it.
pub(crate) struct Peer<S> {
    pub(crate) id: MachineId,
    /// All its links are up.
    pub(crate) ready: bool,
    /// It has made its last tick, and all its messages are in the inbox.
    pub(crate) ended: bool,
    /// It has left.
    pub(crate) gone: bool,
    /// Everything that it had for this machine when the present link began is in the inbox, or was taken from it.
    pub(crate) told_all: bool,
    /// It has been linked since this process started.
    pub(crate) met: bool,
    /// Since when there has been no link.
    pub(crate) down_since: Option<Instant>,
    link: Option<Box<dyn Outgoing>>,
    /// All messages up to here have been put into `unsent`, or been sent.
    cursor: Cursor,
    /// Frames that the link has not taken yet, from `taken` on.
    unsent: Vec<u8>,
    taken: usize,
    /// The place in the own log, while the peer is further behind than the outbox reaches.
    catching_up: Option<LogReader<S>>,
    /// The signals said over the present link.
    said: Vec<Signal>,
    /// When it last took something.
    spoken: Instant,
    pub(super) news: LinkNews,
}

/// What a peer is sent from: what this machine has sent to whom, and what it has to say itself.
pub(crate) struct Source<'a, S> {
    pub(crate) machine: MachineId,
    pub(crate) ring: RingSize,
    pub(crate) outbox: &'a Outbox<S>,
    pub(crate) log: &'a Path,
    /// Said before any message.
    pub(crate) first: Option<Signal>,
    /// Said after all messages, in this order.
    pub(crate) last: &'a [Signal],
}

impl<S: StampText> Peer<S> {
    pub(crate) fn new(id: MachineId) -> Self {
        Self {
            id,
            ready: false,
            ended: false,
            gone: false,
            told_all: false,
            met: false,
            down_since: Some(Instant::now()),
            link: None,
            cursor: Cursor::START,
            unsent: Vec::with_capacity(WRITE_SIZE),
            taken: 0,
            catching_up: None,
            said: Vec::new(),
            spoken: Instant::now(),
            news: LinkNews::default(),
        }
    }

    /// A link is up, and the peer has everything up to `received`.
    pub(crate) fn link_up(&mut self, link: Box<dyn Outgoing>, received: Cursor) {
        self.link = Some(link);
        self.met = true;
        self.told_all = false;
        self.down_since = None;
        self.cursor = received;
        self.unsent.clear();
        self.taken = 0;
        self.catching_up = None;
        self.said.clear();
        self.spoken = Instant::now();
    }

    pub(crate) fn link_down(&mut self) {
        self.link = None;
        self.down_since.get_or_insert_with(Instant::now);
    }

    /// Is it there, and may it still be sending what this machine missed?
    pub(crate) fn may_have_more(&self) -> bool {
        self.is_up() && !self.told_all && !self.ended
    }

    pub(crate) fn is_up(&self) -> bool {
        self.link.is_some()
    }

    /// For how long there has been no link.
    pub(crate) fn down_for(&self) -> Option<Duration> {
        self.down_since.map(|since| since.elapsed())
    }

    /// Has everything been handed to the operating system, up to and including this signal?
    pub(crate) fn has_said(&self, signal: Signal) -> bool {
        self.is_up() && self.taken == self.unsent.len() && self.said.contains(&signal)
    }

    /// Does something wait that the link did not take?
    pub(crate) fn has_backlog(&self) -> bool {
        self.is_up() && (self.taken < self.unsent.len() || self.catching_up.is_some())
    }

    /// Sends what there is, as far as the link takes it without waiting. A link that breaks is down; what it carried
    /// is sent again over the next one.
    ///
    /// # Errors
    /// If the own log is needed and cannot be read.
    pub(crate) fn flush(&mut self, source: &Source<'_, S>) -> Result<(), LogError> {
        while self.link.is_some() {
            if self.taken == self.unsent.len() {
                self.unsent.clear();
                self.taken = 0;
                self.fill(source)?;
                if self.unsent.is_empty() && self.spoken.elapsed() >= BEAT_EVERY {
                    self.add_signal(source.machine, Signal::Beat);
                }
                if self.unsent.is_empty() {
                    break;
                }
            }
            match self.write() {
                Ok(0) => break,
                Ok(count) => {
                    self.taken += count;
                    self.spoken = Instant::now();
                }
                Err(_) => self.cut(),
            }
        }
        Ok(())
    }

    fn write(&mut self) -> io::Result<usize> {
        match &mut self.link {
            Some(link) => link.send(&self.unsent[self.taken..]),
            None => Ok(0),
        }
    }

    /// The reader of a link that is cut comes to its end, says why, and makes the next one.
    fn cut(&mut self) {
        if let Some(mut link) = self.link.take() {
            link.cut();
        }
        self.link_down();
    }

    /// Puts the next frames into `unsent`, about as many as one write takes.
    fn fill(&mut self, source: &Source<'_, S>) -> Result<(), LogError> {
        if let Some(signal) = source.first {
            self.say(source.machine, signal);
        }
        if !self.fill_with_messages(source)? {
            return Ok(());
        }
        if source.last.is_empty() {
            // The first beat of a link says that what the peer missed has been sent.
            self.say(source.machine, Signal::Beat);
        }
        for signal in source.last {
            self.say(source.machine, *signal);
        }
        Ok(())
    }

    /// Returns whether the peer is up to date with these.
    fn fill_with_messages(&mut self, source: &Source<'_, S>) -> Result<bool, LogError> {
        if source.outbox.after(self.cursor).is_none() && !self.fill_from_log(source)? {
            return Ok(false);
        }
        let Some(events) = source.outbox.after(self.cursor) else { return Ok(false) };
        for (stamp, to) in events {
            if self.unsent.len() + frame::length::<S>() > WRITE_SIZE {
                return Ok(false);
            }
            self.add(source.machine, *stamp, *to);
        }
        Ok(true)
    }

    /// Returns whether the log has been read to its end.
    fn fill_from_log(&mut self, source: &Source<'_, S>) -> Result<bool, LogError> {
        let log = match self.catching_up.take() {
            Some(log) => log,
            None => LogReader::open(source.log, source.machine, source.ring)?,
        };
        let log = self.catching_up.insert(log);
        let mut messages = Vec::new();
        while self.unsent.len() + (messages.len() + 1) * frame::length::<S>() <= WRITE_SIZE {
            let Some(row) = log.next() else {
                self.catching_up = None;
                break;
            };
            let event = row?.1.event;
            if let clockring::event::EventKind::Send { to } = event.kind
                && !self.cursor.has(&event.clock, source.machine)
            {
                messages.push((event.clock, to));
            }
        }
        for (stamp, to) in messages {
            self.add(source.machine, stamp, to);
        }
        Ok(self.catching_up.is_none())
    }

    fn add(&mut self, from: MachineId, stamp: S, to: Peers) {
        if to.contains(self.id) {
            let frame = Frame::Message(Message { from, to: self.id, stamp });
            self.unsent.extend_from_slice(frame.encode().as_ref());
        }
        self.cursor = Cursor::after(&stamp, from);
    }

    fn say(&mut self, from: MachineId, signal: Signal) {
        if !self.said.contains(&signal) {
            self.add_signal(from, signal);
            self.said.push(signal);
        }
    }

    fn add_signal(&mut self, from: MachineId, signal: Signal) {
        let frame = Frame::<S>::Signal { from, to: self.id, signal };
        self.unsent.extend_from_slice(frame.encode().as_ref());
    }
}
