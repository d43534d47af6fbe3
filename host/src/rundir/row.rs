//! One row of a log: one event.

use std::fmt;

use clockring::{
    event::{Event, EventKind},
    ring::{MachineId, Peers, RingSize},
};

use super::stamp::StampText;

/// The first line of every log.
pub const HEADER: &str = "tick,time_ns,event,peer,stamp,clock,queue";

/// One event of one machine, as its log records it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Row<S> {
    /// The number of the tick, from 1.
    pub tick: u64,
    /// System time at the event, in nanoseconds since the UNIX epoch; virtual time in a simulated run.
    pub time_ns: u64,
    /// What happened, and the clock after it.
    pub event: Event<S>,
    /// Messages that waited after the event.
    pub queue: u64,
}

impl<S: StampText> Row<S> {
    /// Appends the row as a line, with its line feed.
    pub fn write(&self, ring: RingSize, out: &mut Vec<u8>) {
        write_u64(self.tick, out);
        out.push(b',');
        write_u64(self.time_ns, out);
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
        out.push(b'\n');
    }

    /// Reads a line (without its line feed) of the log of `machine`.
    ///
    /// # Errors
    /// The first column that is wrong.
    pub fn parse(line: &[u8], machine: MachineId, ring: RingSize) -> Result<Self, RowError> {
        let mut cells = Cells { rest: Some(line) };
        let tick = cells.number("tick")?;
        let time_ns = cells.number("time_ns")?;
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
        Ok(Self { tick, time_ns, event: Event { kind, clock }, queue })
    }
}

/// Why a line is not a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowError {
    /// The line ends before this column.
    Missing(&'static str),
    /// This column does not hold what it should.
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

/// What is left of a line: `None` after its last cell.
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

pub(super) fn write_u64(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Digits only, at least one, and no more than fit.
pub(super) fn parse_u64(text: &[u8]) -> Option<u64> {
    leading_u64(text).filter(|(_, length)| *length == text.len()).map(|(number, _)| number)
}

/// The number at the start of a text, and how many digits it has; `None` without a digit or if it does not fit.
#[inline]
fn leading_u64(text: &[u8]) -> Option<(u64, usize)> {
    /// So many digits always fit.
    const SAFE: usize = 19;
    let mut number = 0_u64;
    let mut length = 0;
    // Logs are mostly digits, and reading them is mostly this: eight at a time where there are eight bytes.
    while let Some(chunk) = text.get(length..).and_then(<[u8]>::first_chunk) {
        let (value, digits) = leading_of_eight(*chunk);
        let scale = POWERS_OF_TEN[digits];
        number = if length + digits <= SAFE {
            number * scale + value
        } else {
            number.checked_mul(scale)?.checked_add(value)?
        };
        length += digits;
        if digits < 8 {
            return (length > 0).then_some((number, length));
        }
    }
    while let Some(digit) = text.get(length).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit <= 9) {
        number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
        length += 1;
    }
    (length > 0).then_some((number, length))
}

const POWERS_OF_TEN: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The number that the digits at the start of eight bytes make, and how many there are. All eight are treated at
/// once, as the bytes of one word (Lemire 2018, "Quickly parsing eight digits").
#[inline]
fn leading_of_eight(bytes: [u8; 8]) -> (u64, usize) {
    const LOW_OF_PAIRS: u64 = 0x0000_00FF_0000_00FF;
    let word = u64::from_le_bytes(bytes) ^ u64::from_le_bytes([b'0'; 8]);
    // The high bit of every byte that is no digit, and maybe of some after the first of these.
    let others = (word.wrapping_add(u64::from_le_bytes([0x76; 8])) | word) & u64::from_le_bytes([0x80; 8]);
    let digits = (others.trailing_zeros() / 8) as usize;
    if digits == 0 {
        return (0, 0);
    }
    // Zeros in front, then pairs, then fours, then all.
    let word = word << (64 - 8 * digits);
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8);
    let upper = (pairs & LOW_OF_PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let lower = ((pairs >> 16) & LOW_OF_PAIRS).wrapping_mul(1 + (10_000 << 32));
    (upper.wrapping_add(lower) >> 32, digits)
}

#[cfg(test)]
mod tests {
    use super::parse_u64;

    /// The same, digit by digit.
    fn by_digits(text: &[u8]) -> Option<u64> {
        let digits = text.iter().map(|byte| char::from(*byte).to_digit(10));
        let number = digits.into_iter().try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(digit?.into()));
        number.filter(|_| !text.is_empty())
    }

    #[test]
    fn numbers_of_every_length_are_read() {
        for number in
            (0..64).flat_map(|bits| [1_u64 << bits, (1 << bits) - 1, u64::MAX >> bits, 0x0123_4567_89AB >> bits])
        {
            let text = number.to_string();
            assert_eq!(parse_u64(text.as_bytes()), Some(number));
            assert_eq!(parse_u64(format!("000{text}").as_bytes()), Some(number));
        }
        for text in
            ["18446744073709551615", "18446744073709551616", "99999999999999999999", "184467440737095516150", ""]
        {
            assert_eq!(parse_u64(text.as_bytes()), by_digits(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn every_byte_that_is_no_digit_is_noticed_wherever_it_stands() {
        let digits = b"12345678901234567";
        for length in 1..digits.len() {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = digits[..length].to_vec();
                    text[place] = byte;
                    assert_eq!(parse_u64(&text), by_digits(&text), "{text:?}");
                }
            }
        }
    }
}
