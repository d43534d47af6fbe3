//! A machine's progress through its life, as it tells its peers.

use crate::cursor::Cursor;

/// A machine's progress. Each step implies those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Progress {
    /// It waits for its links.
    #[default]
    Gathering,
    /// All of its links were up. A machine starts when every peer is as far.
    Ready,
    /// It has had its time and makes no more events.
    Ended {
        /// The last message that it sent to the listener.
        last: Cursor,
    },
    /// It was told to stop and makes no more events: the run ends for everybody.
    Stopped {
        /// The last message that it sent to the listener.
        last: Cursor,
    },
}

impl Progress {
    /// The number of the step, from 0.
    pub const fn step(self) -> u8 {
        match self {
            Self::Gathering => 0,
            Self::Ready => 1,
            Self::Ended { .. } => 2,
            Self::Stopped { .. } => 3,
        }
    }

    /// The progress with this number; `last` is ignored before the end. `None` above 3.
    pub const fn from_step(step: u8, last: Cursor) -> Option<Self> {
        match step {
            0 => Some(Self::Gathering),
            1 => Some(Self::Ready),
            2 => Some(Self::Ended { last }),
            3 => Some(Self::Stopped { last }),
            _ => None,
        }
    }

    /// The last message that the machine sent to the listener, once there will be no more.
    pub const fn last(self) -> Option<Cursor> {
        match self {
            Self::Gathering | Self::Ready => None,
            Self::Ended { last } | Self::Stopped { last } => Some(last),
        }
    }
}
