//! System time, as logs and hybrid clocks need it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds since the UNIX epoch; 0 if the system's clock is set before it.
pub fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
