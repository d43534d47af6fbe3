//! What happened in storms, counted.

use std::{fmt, ops::AddAssign};

use clockring::machine::Stage;

/// The account of a storm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Account {
    /// Machines that died, by their stage.
    pub deaths: ByStage,
    /// Links that were cut, by the stage of an end.
    pub cuts: ByStage,
    /// Links that swallowed all bytes, in one direction or both, by the stage of an end.
    pub silences: ByStage,
    /// Links that were slow for a while, in one direction or both, by the stage of an end.
    pub slow: ByStage,
    /// Bytes that were damaged on their way, by the stage of an end of the link.
    pub damages: ByStage,
    /// Machines that stood still for a while, by their stage.
    pub pauses: ByStage,
    /// Wall clocks that were set, by the stage of the machine on that computer.
    pub clocks_set: ByStage,
    /// Machines that did not start, since their wall clock and a peer's were too far apart.
    pub clocks_apart: u64,
    /// Computers that lost power, by the stage of the machine on them.
    pub power_cuts: ByStage,
    /// Logs that were changed by other hands.
    pub tampered: u64,
    /// Times that a machine did not go on, since its files are not its own any more.
    pub refused: u64,
    /// Strangers in the name of a peer, by the stage of the machine that met one.
    pub strangers: ByStage,
    /// Stop signals, by the stage of the machine that was given one.
    pub signals: ByStage,
    /// Machines that stayed away until all were started again.
    pub absences: u64,
    /// Events that were logged.
    pub events: u64,
}

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.deaths += other.deaths;
        self.cuts += other.cuts;
        self.silences += other.silences;
        self.slow += other.slow;
        self.damages += other.damages;
        self.pauses += other.pauses;
        self.clocks_set += other.clocks_set;
        self.clocks_apart += other.clocks_apart;
        self.power_cuts += other.power_cuts;
        self.tampered += other.tampered;
        self.refused += other.refused;
        self.strangers += other.strangers;
        self.signals += other.signals;
        self.absences += other.absences;
        self.events += other.events;
    }
}

/// How often something happened, by the stage of a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ByStage {
    /// Before the start of the run.
    pub gathering: u64,
    /// Between its first tick and its last.
    pub ticking: u64,
    /// After its last tick.
    pub settling: u64,
}

impl ByStage {
    /// Once more, at this stage.
    pub(super) const fn count(&mut self, stage: Stage) {
        match stage {
            Stage::Gathering => self.gathering += 1,
            Stage::Ticking => self.ticking += 1,
            Stage::Settling { .. } | Stage::Left(_) => self.settling += 1,
        }
    }

    /// At any stage.
    pub const fn total(self) -> u64 {
        self.gathering + self.ticking + self.settling
    }

    /// At the stage where it happened least often.
    pub fn least(self) -> u64 {
        self.gathering.min(self.ticking).min(self.settling)
    }
}

impl AddAssign for ByStage {
    fn add_assign(&mut self, other: Self) {
        self.gathering += other.gathering;
        self.ticking += other.ticking;
        self.settling += other.settling;
    }
}

impl fmt::Display for ByStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gathering, ticking, settling } = self;
        write!(f, "{gathering} gathering, {ticking} ticking, {settling} settling")
    }
}
