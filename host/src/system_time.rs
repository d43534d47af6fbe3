//! System time, as logs and hybrid clocks need it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clockring::moment::Monotonic;

/// A way to read the wall clock: [`now_ns`], unless a test turns the clock.
pub type WallClock = fn() -> u64;

/// Nanoseconds since the UNIX epoch; 0 if the system's clock is set before it.
pub fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
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

    /// The time of day, in nanoseconds since the UNIX epoch. It may be set back or forward at any time.
    pub fn wall_ns(&self) -> u64 {
        (self.wall)()
    }
}
