//! Processor time, which other people's load on a shared computer does not lengthen as it does time on the wall.

use std::time::Duration;

use nix::{
    sys::resource::{UsageWho, getrusage},
    time::{ClockId, clock_gettime},
};

/// What this thread has spent, to the nanosecond.
pub fn of_this_thread() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).expect("a clock that every kernel has")
}

/// What all threads of this process have spent.
pub fn of_this_process() -> Duration {
    spent(UsageWho::RUSAGE_SELF)
}

/// What all processes have spent that this one has started and waited for, and theirs.
pub fn of_children() -> Duration {
    spent(UsageWho::RUSAGE_CHILDREN)
}

fn spent(who: UsageWho) -> Duration {
    let usage = getrusage(who).expect("a call that every kernel has");
    let spent = usage.user_time() + usage.system_time();
    Duration::new(spent.tv_sec() as u64, spent.tv_usec() as u32 * 1000)
}
