//! The latest sends, so that a link that was away can resume.

use core::marker::PhantomData;

use crate::{
    cursor::Cursor,
    event::{Event, EventKind},
    message::Stamp,
    ring::{MachineId, Peers},
};

/// A send event: its timestamp, and where its message goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sent<S> {
    /// The timestamp of the event, which its message carries.
    pub stamp: S,
    /// The destinations.
    pub to: Peers,
}

/// Storage for an outbox's sends: an array, a `Vec`, a slice.
pub trait Recent<S>: AsRef<[Option<Sent<S>>]> + AsMut<[Option<Sent<S>>]> {}

impl<S, R: AsRef<[Option<Sent<S>>]> + AsMut<[Option<Sent<S>>]>> Recent<S> for R {}

/// The last send events of one machine, in order, over storage that the caller owns: an array, a `Vec`, a slice of a
/// `static`.
///
/// The log is the outbox: a machine's sends, in order, are the `send` rows of its log. The latest are kept here too; a
/// peer further behind is served from the log. Sends are numbered from 0, and a number stays when older ones are let
/// go.
///
/// ```
/// use clockring::{
///     clock::LamportStamp,
///     cursor::Cursor,
///     event::{Event, EventKind},
///     machine::Outbox,
///     ring::{MachineId, RingSize},
/// };
///
/// let a = MachineId::from_letter(b'A').unwrap();
/// let to = RingSize::new(3).unwrap().others(a);
/// let mut outbox = Outbox::new(a, [None; 2]);
/// for time in [3, 5, 8] {
///     outbox.add(&Event { kind: EventKind::Send { to }, clock: LamportStamp(time) });
/// }
/// let next = outbox.find(Cursor::from_u64(5)).unwrap();
/// assert_eq!(outbox.get(next).map(|sent| sent.stamp), Some(LamportStamp(8)));
/// assert_eq!(outbox.find(Cursor::START), None, "the first is only in the log");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Outbox<S, R> {
    machine: MachineId,
    recent: R,
    /// Number of sends so far.
    made: u64,
    /// Every send up to here has been let go.
    forgotten: Cursor,
    latest: Cursor,
    stamp: PhantomData<S>,
}

impl<S: Stamp, R: Recent<S>> Outbox<S, R> {
    /// The outbox of a machine that has sent nothing. Of the places in `recent`, the largest power of two is used.
    pub const fn new(machine: MachineId, recent: R) -> Self {
        Self { machine, recent, made: 0, forgotten: Cursor::START, latest: Cursor::START, stamp: PhantomData }
    }

    /// Adds an event, if it is a send.
    #[inline]
    pub fn add(&mut self, event: &Event<S>) {
        let EventKind::Send { to } = event.kind else { return };
        let place = self.place(self.made);
        self.latest = Cursor::after(&event.clock, self.machine);
        self.made += 1;
        match self.recent.as_mut().get_mut(place) {
            Some(slot) => {
                if let Some(before) = slot.replace(Sent { stamp: event.clock, to }) {
                    self.forgotten = Cursor::after(&before.stamp, self.machine);
                }
            }
            None => self.forgotten = self.latest,
        }
    }

    /// The last send.
    pub const fn latest(&self) -> Cursor {
        self.latest
    }

    /// The last send that is not kept any more.
    pub const fn forgotten(&self) -> Cursor {
        self.forgotten
    }

    /// Number of sends so far.
    pub const fn made(&self) -> u64 {
        self.made
    }

    /// The number of the first send after `cursor`; `None` if some of those are only in the log.
    pub fn find(&self, cursor: Cursor) -> Option<u64> {
        if cursor < self.forgotten {
            return None;
        }
        let (mut low, mut high) = (self.oldest(), self.made);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle).is_some_and(|sent| cursor.has(&sent.stamp, self.machine)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(low)
    }

    /// The number of the oldest send that is kept; of the next one, if there is none.
    pub fn oldest(&self) -> u64 {
        self.made.saturating_sub(self.capacity() as u64)
    }

    /// The send with this number; `None` if it is not kept any more, or has not been made.
    #[inline]
    pub fn get(&self, number: u64) -> Option<&Sent<S>> {
        let age = self.made.checked_sub(number)?;
        if age == 0 || age > self.capacity() as u64 {
            return None;
        }
        self.recent.as_ref().get(self.place(number))?.as_ref()
    }

    /// The most sends that are kept.
    pub fn capacity(&self) -> usize {
        match self.recent.as_ref().len().checked_ilog2() {
            Some(bits) => 1 << bits,
            None => 0,
        }
    }

    fn place(&self, number: u64) -> usize {
        number as usize & self.capacity().wrapping_sub(1)
    }
}
