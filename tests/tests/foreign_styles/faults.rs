//! Faults, each planted once into rows with full information.

use tests::naive_model::Chance;

use super::{
    clocks::Sort,
    plant::*,
    rows::{Logs, ReceiveTells},
    run::Carried,
    styles::Style,
};

/// A fault.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// The sorts of clock in which it can be.
    pub(crate) sorts: &'static [Sort],
    /// Settings that the fault needs.
    pub(crate) prepare: fn(&mut Style),
    /// Plants it somewhere, if there is a place.
    pub(crate) plant: fn(&mut Logs, Sort, &mut Chance) -> bool,
    /// The reason that there is no proof, in the cases without one.
    pub(crate) unprovable: &'static str,
}

const SCALARS: &[Sort] = &[Sort::Number, Sort::Number, Sort::Pair, Sort::Hybrid];
const NUMBERS: &[Sort] = &[Sort::Number, Sort::Number, Sort::Pair];
const VECTORS: &[Sort] = &[Sort::List, Sort::Map];
const EVERY: &[Sort] = &[Sort::Number, Sort::Number, Sort::Pair, Sort::Hybrid, Sort::List, Sort::Map];

const fn fault(
    name: &'static str,
    sorts: &'static [Sort],
    plant: fn(&mut Logs, Sort, &mut Chance) -> bool,
    unprovable: &'static str,
) -> Fault {
    Fault { name, sorts, prepare: |_| {}, plant, unprovable }
}

/// All of them.
pub(crate) const FAULTS: &[Fault] = &[
    fault("a receive at the time of its timestamp", SCALARS, receive_at_its_timestamp, PAIR),
    fault("a receive below its timestamp", SCALARS, receive_below_its_timestamp, PAIR),
    fault(
        "a receive that does not count, where the own clock is larger",
        SCALARS,
        receive_that_does_not_count,
        ONE_EVENT,
    ),
    fault("an own count that stands still at a receive", VECTORS, own_count_that_stands_still, ONE_EVENT),
    fault("a clock that stands still", EVERY, clock_that_stands_still, ONE_EVENT),
    fault("a clock that goes back", EVERY, clock_that_goes_back, "it may have begun again: one run is not said"),
    Fault {
        prepare: |style| style.one_run = true,
        ..fault("a clock that goes back, in one run", EVERY, clock_that_goes_back, "")
    },
    Fault {
        prepare: |style| {
            style.setting.carried = Carried::BeforeUnknown;
            style.setting.first.iter_mut().for_each(|first| *first = (*first).max(1));
        },
        ..fault(
            "timestamps taken before the increment",
            &[Sort::Number],
            |_, _, _| true,
            "fewer than three receives of a sender show it, or all are above their sends all the same",
        )
    },
    fault("a timestamp that another event of the sender has", EVERY, timestamp_of_another_event, FEW),
    fault("a timestamp that no event has", NUMBERS, timestamp_of_no_event, "the event may be one that is left out"),
    Fault {
        prepare: |style| (style.complete, style.one_run) = (true, true),
        ..fault("a timestamp that no event has, in complete logs", NUMBERS, timestamp_of_no_event, FEW)
    },
    fault("a message received twice", EVERY, message_received_twice, FEW),
    fault("a message received by the wrong machine", EVERY, message_to_another, FEW),
    fault("two messages of a link in the wrong order", EVERY, messages_swapped, FEW),
    fault("a vector that forgets", VECTORS, vector_that_forgets, ""),
    fault("a merge that leaves out a count", VECTORS, merge_that_leaves_out, ""),
    fault("two events that know each other", VECTORS, events_that_know_each_other, ""),
    fault("a vector that knows more of a machine than that knows later on", VECTORS, vector_that_knows_more, ""),
    fault(
        "a vector that knows events after the end of a log",
        VECTORS,
        vector_that_knows_beyond,
        "the log may end early",
    ),
    Fault {
        prepare: |style| (style.complete, style.one_run) = (true, true),
        ..fault("a vector that knows events after the end of a complete log", VECTORS, vector_that_knows_beyond, "")
    },
    Fault {
        prepare: |style| {
            style.telling.id = true;
            style.telling.receive = ReceiveTells::Sender;
        },
        ..fault("an id received before it is sent", EVERY, ids_swapped, "")
    },
    fault(
        "a jump of the clock without a receive",
        EVERY,
        jump_without_a_receive,
        "events may be left out, or messages merged on arrival",
    ),
];

const PAIR: &str = "in the total order of pairs it is above";
const ONE_EVENT: &str = "the rows may be one event printed twice, or the clock may begin again where the log begins";
const FEW: &str =
    "fewer than three receives show how the sender takes timestamps, or it has no single row with this one";
