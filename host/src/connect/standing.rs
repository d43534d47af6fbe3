//! State shared by a machine's tick loop and links: the machine's progress, and the messages sent and received.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clockring::{cursor::Cursor, handshake::Greeting, moment::Elapsed};

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
    /// Since when its elapsed time goes on; `None` if it stands.
    since: Option<Instant>,
}

impl Said {
    fn elapsed(&self) -> Elapsed {
        let since = self.since.map_or(Duration::ZERO, |since| since.elapsed());
        self.greeting.elapsed.after(since)
    }
}

impl Standing {
    pub(super) fn new(greeting: Greeting) -> Self {
        let received = AtomicU64::new(greeting.received.to_u64());
        Self { said: Mutex::new(Said { greeting, since: None }), received, sent: AtomicU64::default() }
    }

    /// The next greeting will say this; its time goes on if the machine's does.
    pub(super) fn set(&self, greeting: Greeting, goes_on: bool) {
        let said = Said { greeting, since: goes_on.then(Instant::now) };
        *self.said() = said;
    }

    /// The greeting to say now.
    pub(super) fn greeting(&self) -> Greeting {
        let said = self.said();
        Greeting { received: self.received(), elapsed: said.elapsed(), ..said.greeting }
    }

    /// The machine's time since the start of the run.
    pub(super) fn elapsed(&self) -> Elapsed {
        self.said().elapsed()
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
