//! The sending side of the link to one peer: bytes that the link has not taken yet, and the log where memory does not
//! reach.

use std::{io, path::Path};

use clockring::{
    clock::Clock,
    cursor::Cursor,
    event::EventKind,
    frame::{self, Frame},
    machine::Say,
    message::Message,
    moment::Monotonic,
    ring::{MachineId, RingSize},
};

use super::Core;
use crate::{
    link::Outgoing,
    rundir::{LogError, LogReader, StampText},
};

/// Bytes put together for one write: with 64 KiB, system calls are a negligible part of the cost.
const WRITE_SIZE: usize = 1 << 16;

/// A peer and the sending side of the link to it.
pub(crate) struct Peer<S> {
    pub(crate) id: MachineId,
    /// Its place among the peers: 0 is the machine after this one in ring order.
    pub(crate) place: usize,
    link: Option<Box<dyn Outgoing>>,
    /// The last message that it said it has.
    has: Cursor,
    /// Frames that the link has not taken yet, from `taken` on.
    unsent: Vec<u8>,
    taken: usize,
    /// The place in the own log, while the peer is further behind than the outbox reaches.
    catching_up: Option<LogReader<S>>,
}

/// The log of a machine: its place, and the ring.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) ring: RingSize,
    pub(crate) log: &'a Path,
}

impl<S: StampText> Peer<S> {
    pub(crate) fn new(id: MachineId, place: usize) -> Self {
        Self {
            id,
            place,
            link: None,
            has: Cursor::START,
            unsent: Vec::with_capacity(WRITE_SIZE),
            taken: 0,
            catching_up: None,
        }
    }

    pub(crate) fn link_up(&mut self, link: Box<dyn Outgoing>, has: Cursor) {
        self.has = has;
        self.link = Some(link);
        self.unsent.clear();
        self.taken = 0;
        self.catching_up = None;
    }

    pub(crate) fn link_down(&mut self) {
        self.link = None;
    }

    pub(crate) fn is_up(&self) -> bool {
        self.link.is_some()
    }

    /// Does something wait that the link did not take?
    pub(crate) fn has_backlog(&self) -> bool {
        self.is_up() && (self.taken < self.unsent.len() || self.catching_up.is_some())
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish(&mut self) {
        if let Some(link) = &mut self.link {
            link.finish();
        }
    }

    /// Writes pending frames until the link would block. A broken link is cut: its reader comes to its end, says why,
    /// and makes the next one. Without a `source`, what memory does not hold waits.
    ///
    /// # Errors
    /// If the own log is needed and cannot be read.
    pub(crate) fn flush<C>(
        &mut self,
        core: &mut Core<C>,
        now: Monotonic,
        source: Option<Source<'_>>,
    ) -> Result<(), LogError>
    where
        C: Clock<Stamp = S>,
    {
        if core.is_unheard(self.place) {
            self.cut();
        }
        while self.link.is_some() {
            if self.taken == self.unsent.len() {
                self.unsent.clear();
                self.taken = 0;
                self.fill(core, now, source)?;
                if self.unsent.is_empty() {
                    break;
                }
            }
            match self.write() {
                Ok(0) => break,
                Ok(count) => self.taken += count,
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

    /// The machine hears of it as of every break: from the reader.
    fn cut(&mut self) {
        if let Some(mut link) = self.link.take() {
            link.cut();
        }
    }

    /// Puts the next frames into `unsent`, about as many as one write takes.
    fn fill<C>(&mut self, core: &mut Core<C>, now: Monotonic, source: Option<Source<'_>>) -> Result<(), LogError>
    where
        C: Clock<Stamp = S>,
    {
        while self.unsent.len() + frame::length::<S>() <= WRITE_SIZE
            && let Some(say) = core.say(self.place, now)
        {
            match say {
                Say::Frame(frame) => {
                    self.catching_up = None;
                    self.unsent.extend_from_slice(frame.encode().as_ref());
                }
                Say::FromLog(upto) => {
                    let Some(source) = source else { break };
                    let upto = self.fill_from_log(core.id(), upto, source)?;
                    core.said(self.place, upto, now);
                }
            }
        }
        Ok(())
    }

    /// Number of messages for it in the own log that it has not said it has.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub(crate) fn in_doubt(&self, from: MachineId, source: Source<'_>) -> Result<u64, LogError> {
        let mut messages = 0;
        for row in LogReader::<S>::open(source.log, from, source.ring)? {
            let event = row?.1.event;
            let is_for_it = matches!(event.kind, EventKind::Send { to } if to.contains(self.id));
            messages += u64::from(is_for_it && !self.has.has(&event.clock, from));
        }
        Ok(messages)
    }

    /// Puts messages from the log into `unsent`, as many as there is room for; returns how far they reach.
    fn fill_from_log(&mut self, from: MachineId, after: Cursor, source: Source<'_>) -> Result<Cursor, LogError> {
        let mut log = match self.catching_up.take() {
            Some(log) => log,
            None => LogReader::open(source.log, from, source.ring)?,
        };
        let mut upto = after;
        while self.unsent.len() + frame::length::<S>() <= WRITE_SIZE {
            let Some(row) = log.next() else { return Ok(upto) };
            let event = row?.1.event;
            let EventKind::Send { to } = event.kind else { continue };
            if !after.has(&event.clock, from) {
                if to.contains(self.id) {
                    let frame = Frame::Message(Message { from, to: self.id, stamp: event.clock });
                    self.unsent.extend_from_slice(frame.encode().as_ref());
                }
                upto = Cursor::after(&event.clock, from);
            }
        }
        self.catching_up = Some(log);
        Ok(upto)
    }
}
