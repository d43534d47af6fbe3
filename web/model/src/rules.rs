//! The rules that can be switched off, and a clock that keeps only those that are on.

use clockring::{
    clock::{Clock, ClockKind, Lamport, LamportStamp, Refusal},
    moment::UnixTime,
    ring::MachineId,
};

/// Which rules are broken, each a bit: the mistakes that were found most often in other implementations.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Broken(pub u32);

impl Broken {
    /// A receive takes over the maximum and adds nothing.
    pub const NO_INCREMENT_ON_RECEIVE: u32 = 1;
    /// A message carries the clock from before the increment of its send.
    pub const STAMP_BEFORE_INCREMENT: u32 = 2;
    /// A message is merged into the clock when it arrives, not when it is taken.
    pub const MERGE_ON_ARRIVAL: u32 = 4;

    /// Is this rule broken?
    pub const fn has(self, rule: u32) -> bool {
        self.0 & rule != 0
    }
}

/// Lamport's clock of core, or one that goes wrong as it is told.
#[derive(Clone, Copy, Debug)]
pub struct BreakableClock {
    clock: Lamport,
    owner: MachineId,
    broken: Broken,
}

impl BreakableClock {
    /// The clock of `owner` before its first event.
    pub fn breaking(owner: MachineId, broken: Broken) -> Self {
        Self { clock: Lamport::new(owner), owner, broken }
    }

    /// A message arrives, and waits. A right clock does not care.
    #[must_use]
    pub fn arrival(mut self, stamp: LamportStamp) -> Self {
        if self.broken.has(Broken::MERGE_ON_ARRIVAL) && stamp > self.clock.value() {
            self.clock = Lamport::resume(self.owner, stamp);
        }
        self
    }

    /// The timestamp that a message carries whose send event has this one.
    pub fn carried(self, stamp: LamportStamp) -> LamportStamp {
        if self.broken.has(Broken::STAMP_BEFORE_INCREMENT) { LamportStamp(stamp.0 - 1) } else { stamp }
    }
}

impl Clock for BreakableClock {
    type Stamp = LamportStamp;
    const KIND: ClockKind = ClockKind::Lamport;

    fn new(owner: MachineId) -> Self {
        Self::breaking(owner, Broken::default())
    }

    fn value(&self) -> LamportStamp {
        self.clock.value()
    }

    fn advance(&mut self, now: UnixTime) -> LamportStamp {
        self.clock.advance(now)
    }

    fn observe(&mut self, stamp: &LamportStamp, now: UnixTime) -> LamportStamp {
        if self.broken.has(Broken::NO_INCREMENT_ON_RECEIVE) {
            self.clock = Lamport::resume(self.owner, self.clock.value().max(*stamp));
            self.clock.value()
        } else if self.broken.has(Broken::MERGE_ON_ARRIVAL) {
            self.clock.advance(now)
        } else {
            self.clock.observe(stamp, now)
        }
    }

    fn admit(stamp: &LamportStamp, now: UnixTime) -> Result<(), Refusal> {
        Lamport::admit(stamp, now)
    }

    fn resume(owner: MachineId, last: LamportStamp) -> Self {
        Self { clock: Lamport::resume(owner, last), owner, broken: Broken::default() }
    }
}
