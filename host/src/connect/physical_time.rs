//! Physical time, as the log, hybrid clocks and greetings of one machine have it.

use clockring::{
    clock::ClockKind,
    handshake::Greeting,
    machine::APART_MAX,
    moment::{Elapsed, Monotonic, UnixTime},
};

/// May machines with clocks of this kind not start, if one is so far ahead of the other?
pub(crate) fn are_too_far_apart(kind: ClockKind, ahead_ns: i64) -> bool {
    kind == ClockKind::Hybrid && u128::from(ahead_ns.unsigned_abs()) > APART_MAX.as_nanos()
}

/// The physical time of a machine. In a run, it is the start of the run and the time since: the wall clock is not
/// asked any more. Before, it is the wall clock's, which is not looked at again while a peer relies on the last look.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PhysicalTime {
    started: Option<UnixTime>,
    /// The wall clock's time that peers were told, and when.
    told: Option<(Monotonic, UnixTime)>,
}

impl PhysicalTime {
    /// The start of the run is known. The first that is known stays.
    pub(crate) fn start_at(&mut self, started: UnixTime) {
        self.started.get_or_insert(started);
    }

    /// Takes the start from the greeting of a peer whose run has begun. The wall clock may show another time by now: a run
    /// stands still while no machine lives.
    pub(crate) fn join(&mut self, theirs: &Greeting) {
        if let Some(started) = theirs.started() {
            self.start_at(started);
        }
    }

    /// The start of the run, once it is known: physical time is counted from it.
    pub(crate) const fn started(&self) -> Option<UnixTime> {
        self.started
    }

    /// The time when so much has elapsed of the run. Before the start it is taken from a `reading` of the timer and the wall
    /// clock. Is it relied on: is a link up, over which it was told?
    pub(crate) fn at(
        &mut self,
        elapsed: Elapsed,
        reading: impl FnOnce() -> (Monotonic, UnixTime),
        is_relied_on: impl FnOnce() -> bool,
    ) -> UnixTime {
        if let Some(started) = self.started {
            return started.at(elapsed);
        }
        let (now, wall) = reading();
        match self.told {
            Some((at, told)) if is_relied_on() => told.after(now.since(at)),
            _ => {
                self.told = Some((now, wall));
                wall
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clockring::{cursor::Cursor, handshake::RunFacts, progress::Progress, ring::MachineId};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_wall_clock_that_is_set_while_peers_rely_on_it_moves_nothing() {
        let mut time = PhysicalTime::default();
        let (now, noon, ten) = (Monotonic::default(), UnixTime::from_ns(12 << 40), UnixTime::from_ns(10 << 40));
        assert_eq!(time.at(Elapsed::default(), || (now, ten), || false), ten);
        assert_eq!(
            time.at(Elapsed::default(), || (now.after(SECOND), noon), || false),
            noon,
            "nobody was told of the time before"
        );
        assert_eq!(time.at(Elapsed::default(), || (now.after(3 * SECOND), ten), || true), noon.after(2 * SECOND));
        assert_eq!(time.at(Elapsed::default(), || (now.after(3 * SECOND), ten), || false), ten);
    }

    #[test]
    fn a_run_counts_from_its_start_and_who_joins_it_takes_that() {
        let mut time = PhysicalTime::default();
        let told = UnixTime::from_ns(7_000_000_000);
        let [from, to] = [0, 1].map(|index| MachineId::from_index(index).unwrap());
        let clock = ClockKind::Hybrid.letter();
        let run = RunFacts { machines: 2, sides: 6, clock, payload: 0, number: None, seed: None };
        let plain = Greeting { wall: Some(told), ..Greeting::new(from, to, run, 0) };
        let greeting = |elapsed| Greeting { elapsed, ..plain };
        time.join(&greeting(Elapsed::default()));
        assert_eq!(time.started(), None, "its run has not begun either");
        time.join(&greeting(Elapsed::default().after(2 * SECOND)));
        assert_eq!(time.started(), Some(UnixTime::from_ns(5_000_000_000)));
        let mut other = PhysicalTime::default();
        let ended = Progress::Ended { last: Cursor::START };
        other.join(&Greeting { progress: ended, ..plain });
        assert_eq!(other.started(), Some(told), "it ended before its time went on");
        time.start_at(told);
        assert_eq!(time.started(), Some(UnixTime::from_ns(5_000_000_000)), "the first start stays");
    }
}
