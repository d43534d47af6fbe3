//! One row of a log: one event.

use std::fmt;

use clockring::{
    event::{Event, EventKind},
    machine,
    moment::{Elapsed, UnixTime},
    ring::{MachineId, Peers, RingSize},
};

use super::{
    number::{Repeating, leading_u64, write_u64},
    stamp::StampText,
};

/// The first line of every log.
pub const HEADER: &str = "tick,time_ns,event,peer,stamp,clock,queue,arrived_ns";

/// Has a log of so many bytes more than its header? Of one that has not, no event is known, and it may be begun again.
pub(crate) const fn has_rows(log_length: u64) -> bool {
    log_length > HEADER.len() as u64 + 1
}

/// The first line of the logs of 0.1, which do not tell when messages arrived.
pub(super) const HEADER_0_1: &str = "tick,time_ns,event,peer,stamp,clock,queue";

/// One event of one machine, as its log records it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Row<S> {
    /// The number of the tick, from 1.
    pub tick: u64,
    /// System time at the event; virtual time in a simulated run. The column `time_ns`.
    pub time: UnixTime,
    /// The event, and the clock after it.
    pub event: Event<S>,
    /// Messages that waited after the event.
    pub queue: u64,
    /// The arrival of the received message; `None` if it is not known, and for other events. The column `arrived_ns`.
    pub arrived: Option<UnixTime>,
}

impl<S> Row<S> {
    /// The row of an event of a machine whose run `started` then, with so many messages `waiting` after it,
    /// and one received that had `arrived` so long after the start. An arrival later than the event counts as at the
    /// event.
    #[inline]
    pub fn of(made: &machine::Row<S>, started: UnixTime, waiting: usize, arrived: Option<Elapsed>) -> Self
    where
        S: Copy,
    {
        Self {
            tick: made.tick,
            time: started.at(made.elapsed),
            event: made.event,
            queue: waiting as u64,
            arrived: arrived.map(|arrived| started.at(arrived.min(made.elapsed))),
        }
    }
}

impl<S: StampText> Row<S> {
    /// Appends the row as a line, with its line feed.
    pub fn write(&self, ring: RingSize, out: &mut Vec<u8>) {
        self.write_after(&mut Times::default(), ring, out);
    }

    /// As [`Row::write`], after a row with these times, which is in `out`.
    pub(super) fn write_after(&self, times: &mut Times, ring: RingSize, out: &mut Vec<u8>) {
        write_u64(self.tick, out);
        out.push(b',');
        times.event.write(self.time.ns(), out);
        match self.event.kind {
            EventKind::Internal => out.extend_from_slice(b",internal,,,"),
            EventKind::Send { to } => {
                out.extend_from_slice(b",send,");
                out.extend(to.into_iter().map(MachineId::letter));
                out.extend_from_slice(b",,");
            }
            EventKind::Receive { from, stamp } => {
                out.extend_from_slice(b",receive,");
                out.push(from.letter());
                out.push(b',');
                stamp.write_text(ring, out);
                out.push(b',');
            }
        }
        self.event.clock.write_text(ring, out);
        out.push(b',');
        write_u64(self.queue, out);
        out.push(b',');
        if let Some(arrived) = self.arrived {
            times.arrival.write(arrived.ns(), out);
        }
        out.push(b'\n');
    }

    /// Reads a line (without its line feed) of the log of `machine`. It has all columns, or those of 0.1.
    ///
    /// # Errors
    /// The first column that is wrong.
    pub fn parse(line: &[u8], machine: MachineId, ring: RingSize) -> Result<Self, RowError> {
        let mut cells = Cells { rest: Some(line) };
        let tick = cells.number("tick")?;
        let time = UnixTime::from_ns(cells.number("time_ns")?);
        // Most events are internal, and their cells are known.
        let [event, peer, stamp]: [&[u8]; 3] = match cells.rest.and_then(|rest| rest.strip_prefix(b"internal,,,")) {
            Some(rest) => {
                cells.rest = Some(rest);
                [b"internal", b"", b""]
            }
            None => [cells.text("event")?, cells.text("peer")?, cells.text("stamp")?],
        };
        let clock = S::parse_text(cells.text("clock")?, ring).ok_or(RowError::Wrong("clock"))?;
        let queue = cells.number("queue")?;
        let arrived = match cells.rest {
            None => None,
            Some(b"") => {
                cells.rest = None;
                None
            }
            Some(_) => Some(UnixTime::from_ns(cells.number("arrived_ns")?)),
        };
        if cells.rest.is_some() {
            return Err(RowError::TooMany);
        }
        let kind = match event {
            b"internal" if !peer.is_empty() => return Err(RowError::Wrong("peer")),
            b"internal" => EventKind::Internal,
            b"send" => EventKind::Send { to: parse_peers(peer, machine, ring).ok_or(RowError::Wrong("peer"))? },
            b"receive" => {
                let from = match peer {
                    [letter] => MachineId::from_letter(*letter),
                    _ => None,
                };
                let from = from.filter(|from| ring.contains(*from) && *from != machine);
                EventKind::Receive {
                    from: from.ok_or(RowError::Wrong("peer"))?,
                    stamp: S::parse_text(stamp, ring).ok_or(RowError::Wrong("stamp"))?,
                }
            }
            _ => return Err(RowError::Wrong("event")),
        };
        if !stamp.is_empty() && !matches!(kind, EventKind::Receive { .. }) {
            return Err(RowError::Wrong("stamp"));
        }
        if arrived.is_some() && !matches!(kind, EventKind::Receive { .. }) {
            return Err(RowError::Wrong("arrived_ns"));
        }
        Ok(Self { tick, time, event: Event { kind, clock }, queue, arrived })
    }
}

/// The times of the row before. At full speed, events share their readings of the clock and messages the read that
/// brought them, and their digits would be much of what it takes to write a log.
#[derive(Debug, Default)]
pub(super) struct Times {
    event: Repeating,
    arrival: Repeating,
}

/// Reasons why a line is not a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowError {
    /// The line ends before this column.
    Missing(&'static str),
    /// This column holds something wrong.
    Wrong(&'static str),
    /// There are more columns than the header names.
    TooMany,
    /// The line is longer than any row.
    TooLong,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(column) => write!(f, "the column `{column}` is missing"),
            Self::Wrong(column) => write!(f, "the column `{column}` does not hold what it should"),
            Self::TooMany => write!(f, "there are more columns than in `{HEADER}`"),
            Self::TooLong => f.write_str("the line is longer than any row"),
        }
    }
}

impl std::error::Error for RowError {}

/// The rest of a line: `None` after its last cell.
struct Cells<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Cells<'a> {
    #[inline]
    fn text(&mut self, column: &'static str) -> Result<&'a [u8], RowError> {
        let rest = self.rest.ok_or(RowError::Missing(column))?;
        let length = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
        self.rest = rest.get(length + 1..);
        Ok(&rest[..length])
    }

    #[inline]
    fn number(&mut self, column: &'static str) -> Result<u64, RowError> {
        let rest = self.rest.ok_or(RowError::Missing(column))?;
        let (number, length) = leading_u64(rest).ok_or(RowError::Wrong(column))?;
        match rest.get(length) {
            None => self.rest = None,
            Some(b',') => self.rest = rest.get(length + 1..),
            Some(_) => return Err(RowError::Wrong(column)),
        }
        Ok(number)
    }
}

/// The destinations that these letters name: one other machine, or all the others in ring order.
fn parse_peers(letters: &[u8], machine: MachineId, ring: RingSize) -> Option<Peers> {
    if let [letter] = letters {
        let to = MachineId::from_letter(*letter).filter(|to| ring.contains(*to))?;
        return ring.peer(machine, ring.distance(machine, to));
    }
    let all = ring.others(machine);
    all.into_iter().map(MachineId::letter).eq(letters.iter().copied()).then_some(all)
}
