//! One peer and the link to it, as a machine sees them.

use crate::{cursor::Cursor, moment::Monotonic, progress::Progress, ring::MachineId};

/// A peer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Peer {
    pub(super) id: MachineId,
    pub(super) link: Link,
    /// The peer's progress, as far as heard.
    pub(super) progress: Progress,
    /// The last of its messages that is in its lane, or was taken from it.
    pub(super) received: Cursor,
    /// The last message for it.
    pub(super) sent: Cursor,
    /// Has it been linked since this process started?
    pub(super) met: bool,
    /// Everything it sent is accounted for.
    pub(super) accounted: Noted,
    /// It has everything that was sent to it.
    pub(super) delivered: Noted,
    /// Has it thanked for the goodbye?
    pub(super) thanked: bool,
    /// The last moment at which something moved that concerns the end.
    pub(super) moved: Monotonic,
}

/// A fact that has to be in the manifest before it is said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Noted {
    NotYet,
    /// True, and to be written.
    Due,
    Written,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Link {
    Down,
    Up(Up),
}

/// A link that is up.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Up {
    /// Every send up to here has been said, or was there before the link.
    pub(super) said: Cursor,
    /// The place of the next message.
    pub(super) next: Next,
    /// The moment at which the next beat is due.
    pub(super) beat: Monotonic,
    /// This machine's progress, as last said.
    pub(super) told: Progress,
    /// Number of beats received that did not know of the end this machine told of.
    pub(super) deaf_beats: u8,
    /// It was said that all the peer lacked when the link began was sent.
    pub(super) said_caught_up: bool,
    pub(super) said_goodbye: bool,
    /// A goodbye was heard that has not been answered.
    pub(super) owes_thanks: bool,
    /// The peer has said all that this machine lacked when the link began.
    pub(super) heard_all: bool,
}

/// The place of the next message for a peer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Next {
    /// In the outbox, at this number or after it.
    Outbox(u64),
    /// Further back than the outbox reaches.
    Log,
}

impl Up {
    /// A link over which nothing was said but a greeting that told `told`. The peer has everything up to `said`, and the
    /// outbox goes on at `next`.
    pub(super) fn new(said: Cursor, next: Option<u64>, told: Progress, now: Monotonic) -> Self {
        Self {
            said,
            next: next.map_or(Next::Log, Next::Outbox),
            beat: now,
            told,
            deaf_beats: 0,
            said_caught_up: false,
            said_goodbye: false,
            owes_thanks: false,
            heard_all: false,
        }
    }

    /// Goes on after this message; `next` is its place in the outbox.
    pub(super) fn go_on(&mut self, said: Cursor, next: Option<u64>) {
        (self.said, self.next) = (said, next.map_or(Next::Log, Next::Outbox));
    }
}

impl Peer {
    pub(super) const fn new(id: MachineId, now: Monotonic) -> Self {
        Self {
            id,
            link: Link::Down,
            progress: Progress::Gathering,
            received: Cursor::START,
            sent: Cursor::START,
            met: false,
            accounted: Noted::NotYet,
            delivered: Noted::NotYet,
            thanked: false,
            moved: now,
        }
    }

    pub(super) const fn is_up(&self) -> bool {
        matches!(self.link, Link::Up(_))
    }

    pub(super) const fn up(&self) -> Option<&Up> {
        match &self.link {
            Link::Up(up) => Some(up),
            Link::Down => None,
        }
    }

    pub(super) const fn up_mut(&mut self) -> Option<&mut Up> {
        match &mut self.link {
            Link::Up(up) => Some(up),
            Link::Down => None,
        }
    }

    /// Was it told, over the present link, that this machine is ready?
    pub(super) fn was_told_ready(&self) -> bool {
        self.up().is_some_and(|up| up.told >= Progress::Ready)
    }

    /// May it still be sending messages missed before the link began?
    pub(super) fn has_more(&self) -> bool {
        self.up().is_some_and(|up| !up.heard_all) && self.progress.last().is_none_or(|last| self.received < last)
    }

    /// Is everything written down that concerns the two?
    pub(super) fn is_settled(&self) -> bool {
        self.accounted == Noted::Written && self.delivered == Noted::Written
    }
}
