//! System time, as logs and hybrid clocks need it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clockring::moment::{Monotonic, UnixTime};

/// A way to read the wall clock: [`now`], unless a test turns the clock.
pub type WallClock = fn() -> UnixTime;

/// The time of day; the UNIX epoch if the system's clock is set before it.
pub fn now() -> UnixTime {
    UnixTime::EPOCH.after(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// The clocks of a process.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    began: Instant,
    wall: WallClock,
}

impl Clocks {
    /// Those of a process that begins now.
    pub fn new(wall: WallClock) -> Self {
        Self { began: Instant::now(), wall }
    }

    /// The time since the process began.
    pub fn now(&self) -> Monotonic {
        Monotonic::default().after(self.began.elapsed())
    }

    /// The time of day. It may be set back or forward at any time.
    pub fn wall(&self) -> UnixTime {
        (self.wall)()
    }
}
