//! What happened in storms, counted.

use std::ops::AddAssign;

/// The account of a storm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Account {
    /// Machines that died.
    pub deaths: u64,
    /// Machines that were stopped for a while.
    pub stops: u64,
    /// Links that were cut.
    pub cuts: u64,
    /// Events that were logged.
    pub events: u64,
}

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.deaths += other.deaths;
        self.stops += other.stops;
        self.cuts += other.cuts;
        self.events += other.events;
    }
}
