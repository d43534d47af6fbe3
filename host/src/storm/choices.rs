//! The choices of a person about storms.

use clockring::{clock::ClockKind, ring::RingSize};

/// The kinds of faults in a storm, and of requests to its machines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fault {
    /// A process stands still for a while, or its whole computer sleeps.
    Pauses,
    /// A process dies.
    Deaths,
    /// A machine is away until all are started once more.
    Absences,
    /// Somebody sets a wall clock.
    Clocks,
    /// A computer loses power.
    Power,
    /// Somebody changes a log.
    Logs,
    /// A stranger calls, or answers.
    Strangers,
    /// A link breaks, falls silent, is slow, or damages a byte.
    Links,
    /// A person stops a machine.
    Signals,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Pauses,
        Self::Deaths,
        Self::Absences,
        Self::Clocks,
        Self::Power,
        Self::Logs,
        Self::Strangers,
        Self::Links,
        Self::Signals,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pauses => "pauses",
            Self::Deaths => "deaths",
            Self::Absences => "absences",
            Self::Clocks => "clocks",
            Self::Power => "power",
            Self::Logs => "logs",
            Self::Strangers => "strangers",
            Self::Links => "links",
            Self::Signals => "signals",
        }
    }
}

/// The choices about storms; the rest is drawn from their seeds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Choices {
    /// The clock that machines keep.
    pub clock: Option<ClockKind>,
    /// The number of machines.
    pub machines: Option<RingSize>,
    /// Kinds of faults that do not happen.
    pub without: Vec<Fault>,
    /// The number of faults after which no more happen.
    pub faults: Option<u64>,
}
