//! What every kind of clock must obey, and broken clocks that the laws must catch.

use super::{below, machine, random, text};
use crate::{
    clock::{Clock, ClockKind, Hybrid, Lamport, LamportStamp, Refusal, Vector},
    frame,
    message::{ByteArray, Stamp},
    moment::UnixTime,
    ring::MachineId,
};

/// Every kind of clock: a new one is added here, and all laws are asked of it.
macro_rules! every_kind_obeys {
    ($law:ident) => {
        assert!(obeys::<Lamport>($law));
        assert!(obeys::<Vector<3>>($law));
        assert!(obeys::<Hybrid>($law));
    };
}

/// One event of one clock, in a history of many.
struct Moment<S> {
    owner: MachineId,
    before: S,
    received: Option<S>,
    now: UnixTime,
    /// The timestamp the clock gave to the event.
    stamp: S,
    /// What the clock says its value is afterwards.
    value: S,
    /// The timestamp that a clock gave which was resumed from `before`.
    resumed: S,
}

type Law<S> = fn(&Moment<S>) -> bool;

/// Does the law hold at every moment of a long random history of three machines?
fn obeys<C: Clock>(law: Law<C::Stamp>) -> bool {
    let chance = &mut random(51);
    let owners = ['A', 'B', 'C'].map(machine);
    let mut clocks = owners.map(C::new);
    let mut last_sent = [None; 3];
    let mut true_ns = 1_795_305_600_000_000_000;
    (0..3_000).all(|_| {
        true_ns += below(100_000, chance) as u64;
        // Everybody's physical time is off by up to a third of a second, and not always in the same direction.
        let now = UnixTime::from_ns(true_ns + below(300_000_000, chance) as u64);
        let place = below(3, chance);
        let (owner, clock) = (owners[place], &mut clocks[place]);
        let before = clock.value();
        let received = last_sent[(place + 1 + below(2, chance)) % 3].filter(|_| below(2, chance) == 0);
        let mut resumed = C::resume(owner, before);
        let (stamp, resumed) = match &received {
            Some(received) => (clock.observe(received, now), resumed.observe(received, now)),
            None => (clock.advance(now), resumed.advance(now)),
        };
        last_sent[place] = Some(stamp);
        law(&Moment { owner, before, received, now, stamp, value: clock.value(), resumed })
    })
}

fn later_than_before<S: Stamp>(moment: &Moment<S>) -> bool {
    moment.stamp > moment.before
}

fn later_than_its_send<S: Stamp>(moment: &Moment<S>) -> bool {
    moment.received.is_none_or(|received| moment.stamp > received)
}

fn value_is_the_last_timestamp<S: Stamp>(moment: &Moment<S>) -> bool {
    moment.value == moment.stamp
}

fn sequence_rises<S: Stamp>(moment: &Moment<S>) -> bool {
    moment.stamp.sequence(moment.owner) > moment.before.sequence(moment.owner)
}

fn honest_is_admitted<C: Clock>(moment: &Moment<C::Stamp>) -> bool {
    C::admit(&moment.stamp, moment.now).is_ok()
}

fn resumed_is_the_same<S: Stamp>(moment: &Moment<S>) -> bool {
    moment.resumed == moment.stamp
}

fn survives_the_wire<S: Stamp>(moment: &Moment<S>) -> bool {
    let mut bytes = S::Frame::ZERO;
    let body = &mut bytes.as_mut()[..S::LENGTH];
    moment.stamp.write(body);
    S::read(body) == Some(moment.stamp)
}

fn length_is_exact<S: Stamp>(_: &Moment<S>) -> bool {
    let bytes = S::Frame::ZERO;
    let bytes = bytes.as_ref();
    bytes.len() == frame::length::<S>() && (0..=bytes.len()).all(|n| S::read(&bytes[..n]).is_some() == (n == S::LENGTH))
}

suite! {
    fn an_event_is_later_than_every_one_before_it() {
        every_kind_obeys!(later_than_before);
    }

    fn receive_is_later_than_its_send() {
        every_kind_obeys!(later_than_its_send);
    }

    fn the_value_of_a_clock_is_its_last_timestamp() {
        every_kind_obeys!(value_is_the_last_timestamp);
    }

    fn sequence_numbers_rise_from_event_to_event() {
        every_kind_obeys!(sequence_rises);
    }

    fn an_honest_timestamp_is_admitted() {
        assert!(obeys::<Lamport>(honest_is_admitted::<Lamport>));
        assert!(obeys::<Vector<3>>(honest_is_admitted::<Vector<3>>));
        assert!(obeys::<Hybrid>(honest_is_admitted::<Hybrid>));
    }

    fn a_resumed_clock_goes_on_as_if_it_had_never_stopped() {
        every_kind_obeys!(resumed_is_the_same);
    }

    fn timestamps_survive_the_wire() {
        every_kind_obeys!(survives_the_wire);
    }

    fn a_timestamp_has_exactly_its_length_on_the_wire() {
        every_kind_obeys!(length_is_exact);
    }

    fn kinds_have_names_and_letters_of_their_own() {
        let kinds = [Lamport::KIND, Vector::<3>::KIND, Hybrid::KIND];
        assert_eq!(kinds, ClockKind::ALL);
        assert!(kinds.map(text).iter().eq(["lamport", "vector", "hybrid"]));
        for kind in kinds {
            let same = |other: &&ClockKind| kind.name() == other.name() || kind.letter() == other.letter();
            assert_eq!(kinds.iter().filter(same).count(), 1);
        }
    }

    fn a_refusal_says_what_is_wrong_with_the_timestamp() {
        assert!(text(Refusal::CountTooLarge).contains("9223372036854775807"));
        let ahead = Refusal::TooFarAhead { ahead_ns: 1_500_000_000 };
        assert_eq!(text(ahead), "its timestamp is 1500 ms ahead of this machine's time");
    }

    fn the_laws_catch_a_receive_without_plus_one() {
        assert!(!obeys::<Broken<RECEIVE_WITHOUT_TICK>>(later_than_its_send));
    }

    fn the_laws_catch_a_clock_that_ignores_messages() {
        assert!(!obeys::<Broken<IGNORES_MESSAGES>>(later_than_its_send));
    }

    fn the_laws_catch_a_clock_that_forgets_itself_at_a_receive() {
        assert!(!obeys::<Broken<TAKES_THEIRS>>(later_than_before));
        assert!(!obeys::<Broken<TAKES_THEIRS>>(sequence_rises));
    }

    fn the_laws_catch_a_stamp_taken_before_the_increment() {
        assert!(!obeys::<Broken<STAMP_BEFORE_TICK>>(value_is_the_last_timestamp));
        assert!(!obeys::<Broken<STAMP_BEFORE_TICK>>(later_than_before));
    }

    fn the_laws_catch_a_clock_that_resumes_from_zero() {
        assert!(!obeys::<Broken<RESUMES_FROM_ZERO>>(resumed_is_the_same));
    }

    fn the_laws_catch_a_clock_that_admits_nothing() {
        assert!(!obeys::<Broken<ADMITS_NOTHING>>(honest_is_admitted::<Broken<ADMITS_NOTHING>>));
    }
}

pub(super) const RECEIVE_WITHOUT_TICK: u8 = 0;
pub(super) const IGNORES_MESSAGES: u8 = 1;
pub(super) const TAKES_THEIRS: u8 = 2;
pub(super) const STAMP_BEFORE_TICK: u8 = 3;
const RESUMES_FROM_ZERO: u8 = 4;
const ADMITS_NOTHING: u8 = 5;

/// A counter with one of the faults that were found in public implementations, or that a new kind could have.
#[derive(Clone, Copy)]
pub(super) struct Broken<const FAULT: u8>(u64);

impl<const FAULT: u8> Clock for Broken<FAULT> {
    type Stamp = LamportStamp;
    const KIND: ClockKind = ClockKind::Lamport;

    fn new(_owner: MachineId) -> Self {
        Self(0)
    }

    fn value(&self) -> LamportStamp {
        LamportStamp(self.0)
    }

    fn advance(&mut self, _now: UnixTime) -> LamportStamp {
        let before = self.value();
        self.0 += 1;
        if FAULT == STAMP_BEFORE_TICK { before } else { self.value() }
    }

    fn observe(&mut self, stamp: &LamportStamp, now: UnixTime) -> LamportStamp {
        match FAULT {
            RECEIVE_WITHOUT_TICK => {
                self.0 = self.0.max(stamp.0);
                return self.value();
            }
            IGNORES_MESSAGES => {}
            TAKES_THEIRS => self.0 = stamp.0,
            _ => self.0 = self.0.max(stamp.0),
        }
        self.advance(now)
    }

    fn admit(_stamp: &LamportStamp, _now: UnixTime) -> Result<(), Refusal> {
        if FAULT == ADMITS_NOTHING { Err(Refusal::CountTooLarge) } else { Ok(()) }
    }

    fn resume(_owner: MachineId, last: LamportStamp) -> Self {
        if FAULT == RESUMES_FROM_ZERO { Self(0) } else { Self(last.0) }
    }
}
