//! Faults, each planted once into rows with full information.

use tests::naive_model::Chance;

use super::{
    clocks::Sort,
    rows::{Logs, Peers, Row},
    run::{Carried, Kind},
    styles::{Style, pick},
};

/// A fault.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// The sorts of clock in which it can be.
    pub(crate) sorts: &'static [Sort],
    /// What the run or the style needs.
    pub(crate) prepare: fn(&mut Style),
    /// Plants it somewhere, if there is a place.
    pub(crate) plant: fn(&mut Logs, Sort, &mut Chance) -> bool,
    /// Why the law does not allow to prove it, where it does not.
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
            style.telling.receive = super::rows::ReceiveTells::Sender;
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
const ONE_EVENT: &str = "one internal event can be logged twice, and a clock can begin again where the log begins";
const FEW: &str =
    "fewer than three receives show how the sender takes timestamps, or it has no single row with this one";

/// Places of rows of a kind that have one before them and fit.
fn places(logs: &Logs, kind: Option<Kind>, fits: impl Fn(&Row, &Row) -> bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (machine, rows) in logs.iter().enumerate() {
        let pairs = rows.windows(2).enumerate();
        let fitting =
            pairs.filter(|(_, pair)| kind.is_none_or(|kind| pair[1].kind == kind) && fits(&pair[0], &pair[1]));
        found.extend(fitting.map(|(place, _)| (machine, place + 1)));
    }
    found
}

/// Changes one of these rows, given the one before it.
fn change(logs: &mut Logs, among: &[(usize, usize)], chance: &mut Chance, how: impl FnOnce(&Row, &mut Row)) -> bool {
    if among.is_empty() {
        return false;
    }
    let (machine, place) = pick(chance, among);
    let before = logs[machine][place - 1].clone();
    how(&before, &mut logs[machine][place]);
    true
}

fn stamp(row: &Row) -> Option<&super::run::Clocks> {
    row.messages.first().and_then(|told| told.stamp.as_ref())
}

fn receive_at_its_timestamp(logs: &mut Logs, sort: Sort, chance: &mut Chance) -> bool {
    let among = places(logs, Some(Kind::Receive), |before, row| {
        stamp(row).is_some_and(|stamp| match sort {
            Sort::Hybrid => stamp.hybrid > before.clocks.hybrid,
            _ => stamp.lamport > before.clocks.lamport,
        })
    });
    change(logs, &among, chance, |_, row| row.clocks = stamp(row).expect("it fits").clone())
}

fn receive_below_its_timestamp(logs: &mut Logs, sort: Sort, chance: &mut Chance) -> bool {
    let among = places(logs, Some(Kind::Receive), |before, row| {
        stamp(row).is_some_and(|stamp| match sort {
            Sort::Hybrid => stamp.hybrid > (before.clocks.hybrid.0, before.clocks.hybrid.1 + 1),
            _ => stamp.lamport > before.clocks.lamport + 1,
        })
    });
    change(logs, &among, chance, |before, row| {
        row.clocks.lamport = before.clocks.lamport + 1;
        row.clocks.hybrid = (before.clocks.hybrid.0, before.clocks.hybrid.1 + 1);
    })
}

fn receive_that_does_not_count(logs: &mut Logs, sort: Sort, chance: &mut Chance) -> bool {
    let among = places(logs, Some(Kind::Receive), |before, row| {
        stamp(row).is_some_and(|stamp| match sort {
            Sort::Hybrid => stamp.hybrid < before.clocks.hybrid,
            _ => stamp.lamport < before.clocks.lamport,
        })
    });
    change(logs, &among, chance, |before, row| row.clocks = before.clocks.clone())
}

fn own_count_that_stands_still(logs: &mut Logs, _: Sort, chance: &mut Chance) -> bool {
    let among = places(logs, Some(Kind::Receive), |_, _| true);
    change(logs, &among, chance, |before, row| row.clocks.vector[row.machine] = before.clocks.vector[row.machine])
}

fn clock_that_stands_still(logs: &mut Logs, _: Sort, chance: &mut Chance) -> bool {
    let among = places(logs, Some(Kind::Internal), |_, _| true);
    change(logs, &among, chance, |before, row| row.clocks = before.clocks.clone())
}

fn clock_that_goes_back(logs: &mut Logs, sort: Sort, chance: &mut Chance) -> bool {
    let among = places(logs, Some(Kind::Internal), |before, _| match sort {
        Sort::Hybrid => before.clocks.hybrid.0 > 0,
        Sort::List | Sort::Map => before.clocks.vector[before.machine] > 1,
        Sort::Number | Sort::Pair => before.clocks.lamport > 0,
    });
    let step = 1 + chance.below(9);
    change(logs, &among, chance, |before, row| {
        row.clocks = before.clocks.clone();
        row.clocks.lamport = row.clocks.lamport.saturating_sub(step);
        row.clocks.hybrid.0 -= 1;
        let own = &mut row.clocks.vector[row.machine];
        *own = own.saturating_sub(step).max(1);
    })
}

/// Gives a receive the clocks of another row of its sender, below the receive.
fn timestamp_of_another_event(logs: &mut Logs, sort: Sort, chance: &mut Chance) -> bool {
    let among = places(logs, Some(Kind::Receive), |_, _| true);
    if among.is_empty() {
        return false;
    }
    let (machine, place) = pick(chance, &among);
    let row = &logs[machine][place];
    let sender = row.messages[0].sender.expect("a receive has a sender");
    let is_below = |other: &Row| match sort {
        Sort::Number | Sort::Pair => other.clocks.lamport < row.clocks.lamport,
        Sort::Hybrid => other.clocks.hybrid < row.clocks.hybrid,
        Sort::List | Sort::Map => other.clocks.vector.iter().zip(&row.clocks.vector).all(|(other, row)| other <= row),
    };
    let is_to_this = |other: &Row| matches!(&other.peers, Peers::These(peers) if peers.contains(&machine));
    let others: Vec<usize> = (0..logs[sender].len())
        .filter(|other| is_below(&logs[sender][*other]) && !is_to_this(&logs[sender][*other]))
        .collect();
    if others.is_empty() {
        return false;
    }
    let clocks = logs[sender][pick(chance, &others)].clocks.clone();
    logs[machine][place].messages[0].stamp = Some(clocks);
    true
}

fn timestamp_of_no_event(logs: &mut Logs, _: Sort, chance: &mut Chance) -> bool {
    let among = places(logs, Some(Kind::Receive), |_, row| row.clocks.lamport > 0);
    if among.is_empty() {
        return false;
    }
    let (machine, place) = pick(chance, &among);
    let (lamport, sender) =
        (logs[machine][place].clocks.lamport, logs[machine][place].messages[0].sender.expect("a receive has a sender"));
    let free: Vec<u64> =
        (0..lamport).filter(|time| logs[sender].iter().all(|row| row.clocks.lamport != *time)).collect();
    if free.is_empty() {
        return false;
    }
    let lamport = pick(chance, &free);
    let stamp = logs[machine][place].messages[0].stamp.as_mut();
    stamp.map(|stamp| stamp.lamport = lamport).is_some()
}

/// Pairs of receives of one machine, of messages of one sender.
fn receives_of_a_link(logs: &Logs) -> Vec<(usize, usize, usize)> {
    let mut found = Vec::new();
    for (machine, rows) in logs.iter().enumerate() {
        let receives: Vec<usize> = (0..rows.len()).filter(|place| rows[*place].kind == Kind::Receive).collect();
        for (index, first) in receives.iter().enumerate() {
            let second = receives[index + 1..]
                .iter()
                .find(|second| rows[**second].messages[0].sender == rows[*first].messages[0].sender);
            found.extend(second.map(|second| (machine, *first, *second)));
        }
    }
    found
}

fn message_received_twice(logs: &mut Logs, _: Sort, chance: &mut Chance) -> bool {
    let among = receives_of_a_link(logs);
    if among.is_empty() {
        return false;
    }
    let (machine, first, second) = pick(chance, &among);
    logs[machine][second].messages = logs[machine][first].messages.clone();
    true
}

fn message_to_another(logs: &mut Logs, _: Sort, chance: &mut Chance) -> bool {
    let machines = logs.len();
    let received: Vec<u64> = logs
        .iter()
        .flatten()
        .filter(|row| row.kind == Kind::Receive)
        .flat_map(|row| row.messages.iter().map(|told| told.message))
        .collect();
    let among = places(logs, Some(Kind::Send), |_, row| {
        let is_to_one = matches!(&row.peers, Peers::These(peers) if peers.len() == 1);
        machines > 2 && is_to_one && received.contains(&row.messages[0].message)
    });
    change(logs, &among, chance, |_, row| {
        let Peers::These(peers) = &mut row.peers else { return };
        let others = (0..machines).filter(|other| *other != row.machine && *other != peers[0]);
        *peers = others.take(1).collect();
    })
}

fn messages_swapped(logs: &mut Logs, sort: Sort, chance: &mut Chance) -> bool {
    let mut among = receives_of_a_link(logs);
    among.retain(|(machine, first, second)| {
        let (first, second) = (&logs[*machine][*first], &logs[*machine][*second]);
        stamp(second).is_some_and(|stamp| match sort {
            Sort::Number | Sort::Pair => stamp.lamport < first.clocks.lamport,
            Sort::Hybrid => stamp.hybrid < first.clocks.hybrid,
            // The first would have to know what the second brings.
            Sort::List | Sort::Map => true,
        })
    });
    if among.is_empty() {
        return false;
    }
    let (machine, first, second) = pick(chance, &among);
    let messages = logs[machine][first].messages.clone();
    logs[machine][first].messages = std::mem::replace(&mut logs[machine][second].messages, messages);
    true
}

fn vector_that_forgets(logs: &mut Logs, _: Sort, chance: &mut Chance) -> bool {
    let known = |before: &Row| {
        (0..before.clocks.vector.len()).find(|other| *other != before.machine && before.clocks.vector[*other] > 0)
    };
    let among = places(logs, Some(Kind::Internal), |before, _| known(before).is_some());
    change(logs, &among, chance, |before, row| row.clocks.vector[known(before).expect("it fits")] -= 1)
}

fn merge_that_leaves_out(logs: &mut Logs, _: Sort, chance: &mut Chance) -> bool {
    let learned = |before: &Row, row: &Row| {
        let sender = row.messages[0].sender;
        (0..row.clocks.vector.len()).find(|other| {
            *other != row.machine && Some(*other) != sender && row.clocks.vector[*other] > before.clocks.vector[*other]
        })
    };
    let among = places(logs, Some(Kind::Receive), |before, row| learned(before, row).is_some());
    change(logs, &among, chance, |before, row| {
        let other = learned(before, row).expect("it fits");
        row.clocks.vector[other] = before.clocks.vector[other];
    })
}

/// An event and a later one of another machine that knows it.
fn knowing(logs: &Logs, kind: Kind) -> Vec<((usize, usize), u64)> {
    let mut found = Vec::new();
    for (machine, place) in places(logs, Some(kind), |_, _| true) {
        let own = logs[machine][place].clocks.vector[machine];
        for (other, rows) in logs.iter().enumerate().filter(|(other, _)| *other != machine) {
            let knows = rows.iter().find(|row| row.clocks.vector[machine] >= own);
            found.extend(
                knows
                    .map(|row| ((machine, place), row.clocks.vector[other]))
                    .map(|(at, count)| (at, count * 8 + other as u64)),
            );
        }
    }
    found
}

fn events_that_know_each_other(logs: &mut Logs, _: Sort, chance: &mut Chance) -> bool {
    raise(logs, chance, 0)
}

fn vector_that_knows_more(logs: &mut Logs, _: Sort, chance: &mut Chance) -> bool {
    let more = 1 + chance.below(4);
    raise(logs, chance, more)
}

/// Lets an event know one that knows it, or so many more.
fn raise(logs: &mut Logs, chance: &mut Chance, more: u64) -> bool {
    let among = knowing(logs, Kind::Internal);
    if among.is_empty() {
        return false;
    }
    let ((machine, place), told) = pick(chance, &among);
    let (count, other) = (told / 8, (told % 8) as usize);
    logs[machine][place].clocks.vector[other] = count + more;
    true
}

fn vector_that_knows_beyond(logs: &mut Logs, _: Sort, chance: &mut Chance) -> bool {
    // The last row of a machine, so that nobody knows it and it forgets nothing later.
    let among: Vec<usize> =
        (0..logs.len()).filter(|machine| logs[*machine].last().is_some_and(|row| row.kind == Kind::Internal)).collect();
    if among.is_empty() {
        return false;
    }
    let machine = pick(chance, &among);
    let other = (machine + 1) % logs.len();
    let count = logs[other].last().map_or(0, |row| row.clocks.vector[other]) + 1 + chance.below(3);
    let last = logs[machine].len() - 1;
    logs[machine][last].clocks.vector[other] = count;
    true
}

/// Gives an early receive the id of a message that is sent at or after its time.
fn ids_swapped(logs: &mut Logs, sort: Sort, chance: &mut Chance) -> bool {
    let mut among = receives_of_a_link(logs);
    among.retain(|(machine, first, second)| {
        let (first, message) = (&logs[*machine][*first], logs[*machine][*second].messages[0].message);
        let sends = logs.iter().flatten().filter(|row| row.kind == Kind::Send);
        let mut sends = sends.filter(|row| row.messages.iter().any(|told| told.message == message));
        sends.any(|send| match sort {
            Sort::Number | Sort::Pair => send.clocks.lamport > first.clocks.lamport,
            Sort::Hybrid => send.clocks.hybrid > first.clocks.hybrid,
            Sort::List | Sort::Map => send.clocks.vector[send.machine] > first.clocks.vector[send.machine],
        })
    });
    if among.is_empty() {
        return false;
    }
    let (machine, first, second) = pick(chance, &among);
    let messages = logs[machine][first].messages.clone();
    logs[machine][first].messages = std::mem::replace(&mut logs[machine][second].messages, messages);
    true
}

fn jump_without_a_receive(logs: &mut Logs, _: Sort, chance: &mut Chance) -> bool {
    // The last row of a machine, so that all else stays as it is.
    let among: Vec<usize> =
        (0..logs.len()).filter(|machine| logs[*machine].last().is_some_and(|row| row.kind == Kind::Internal)).collect();
    if among.is_empty() {
        return false;
    }
    let machine = pick(chance, &among);
    let step = 1 + chance.below(4);
    let last = logs[machine].len() - 1;
    let clocks = &mut logs[machine][last].clocks;
    clocks.lamport += step;
    clocks.hybrid.1 += step;
    clocks.vector[machine] += step;
    true
}
