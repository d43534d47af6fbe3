//! State shared by a machine's tick loop and links: the machine's progress, and the messages sent and received.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use clockring::{cursor::Cursor, handshake::Greeting, machine::RunTime, moment::Monotonic};

/// One peer's standing: the next greeting to it, the messages that came in from it, and those it can have.
#[derive(Debug)]
pub(super) struct Standing {
    said: Mutex<Said>,
    received: AtomicU64,
    sent: AtomicU64,
}

#[derive(Debug)]
struct Said {
    greeting: Greeting,
    time: RunTime,
}

impl Standing {
    pub(super) fn new(greeting: Greeting) -> Self {
        let received = AtomicU64::new(greeting.received.to_u64());
        Self { said: Mutex::new(Said { greeting, time: RunTime::default() }), received, sent: AtomicU64::default() }
    }

    /// The next greeting will say this, and the time of the run by then.
    pub(super) fn set(&self, greeting: Greeting, time: RunTime) {
        *self.said() = Said { greeting, time };
    }

    /// The greeting to say now.
    pub(super) fn greeting(&self, now: Monotonic) -> Greeting {
        let said = self.said();
        Greeting { received: self.received(), elapsed: said.time.at(now), ..said.greeting }
    }

    /// The machine's time.
    pub(super) fn time(&self) -> RunTime {
        self.said().time
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything up to here is in the peer's lane. Stored after the message is there, so that a reader of this finds
    /// it.
    pub(super) fn keep(&self, upto: Cursor) {
        self.received.store(upto.to_u64(), Ordering::Release);
    }

    pub(super) fn received(&self) -> Cursor {
        Cursor::from_u64(self.received.load(Ordering::Acquire))
    }

    /// Nothing after this message is sent before the next call.
    pub(super) fn will_send(&self, upto: Cursor) {
        self.sent.store(upto.to_u64(), Ordering::Release);
    }

    /// The last message that the peer can have.
    pub(super) fn sent(&self) -> Cursor {
        Cursor::from_u64(self.sent.load(Ordering::Acquire))
    }
}
