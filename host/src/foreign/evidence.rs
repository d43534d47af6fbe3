//! Assumptions that a log itself shows.

use super::{
    law::Ground,
    run::{Carried, ForeignClock, ForeignEvent, ForeignLog, ForeignRun, Peer, Scalar, Stamp},
};

/// So many cases that fit nothing else show a habit of the program.
pub(super) const HABIT_MIN: usize = 3;

/// Does a log show that it counts every event by one, see [`known_steps`]?
pub(super) fn counts_every_event(log: &ForeignLog, clock: ForeignClock) -> bool {
    known_steps(log, clock).is_some_and(|steps| steps >= HABIT_MIN)
}

/// The number of steps by one, among those with a size that is known beforehand; `None` if one of these is larger. Rows
/// beside one that does not rise are left out, since that one is in question.
pub(super) fn known_steps(log: &ForeignLog, clock: ForeignClock) -> Option<usize> {
    let rises = |row: usize| row == 0 || log.events[row].clock > log.events[row - 1].clock;
    let rows = (1..log.events.len()).filter(|row| rises(*row) && rises(row - 1));
    let mut steps = 0;
    for row in rows {
        match is_one_step(&log.events[row - 1], &log.events[row], clock) {
            Some(true) => steps += 1,
            Some(false) => return None,
            None => {}
        }
    }
    Some(steps)
}

/// Is the second event's clock one step after the first's? `None` if the log does not show the size that is due.
pub(super) fn is_one_step(before: &ForeignEvent, event: &ForeignEvent, clock: ForeignClock) -> Option<bool> {
    let (previous, now) = (before.clock.number, event.clock.number);
    let needed = match (clock, event.kind) {
        (ForeignClock::Hybrid, _) | (ForeignClock::Number, None) => return None,
        (ForeignClock::Number, Some(_)) if event.is_receive() => {
            let stamps: Option<Vec<u64>> =
                event.messages().iter().map(|message| scalar(message).map(|s| s.number)).collect();
            stamps?.into_iter().fold(previous, u64::max)
        }
        _ => previous,
    };
    Some(needed.checked_add(1) == Some(now))
}

/// The timestamp of a message, if clocks are ordered as a whole.
pub(super) fn scalar(message: &Carried) -> Option<Scalar> {
    match message.stamp? {
        Stamp::Scalar(stamp) => Some(stamp),
        Stamp::Vector(_) => None,
    }
}

/// The events of each machine by their clocks, to find the one that a timestamp is of.
pub(super) struct Rows {
    by_clock: Vec<Vec<(Scalar, u32)>>,
}

impl Rows {
    pub(super) fn of(run: &ForeignRun) -> Self {
        let sorted = |log: &ForeignLog| {
            let rows = log.events.iter().zip(0_u32..);
            let mut rows: Vec<(Scalar, u32)> = rows.map(|(event, row)| (event.clock, row)).collect();
            rows.sort_unstable();
            rows
        };
        Self { by_clock: run.logs.iter().map(sorted).collect() }
    }

    /// The rows of a machine with this clock, in order.
    pub(super) fn at(&self, machine: usize, clock: Scalar) -> impl Iterator<Item = usize> {
        let rows = &self.by_clock[machine];
        let start = rows.partition_point(|(other, _)| *other < clock);
        rows[start..].iter().take_while(move |(other, _)| *other == clock).map(|(_, row)| *row as usize)
    }

    /// Is this clock between the first and the last of a machine's?
    pub(super) fn covers(&self, machine: usize, clock: Scalar) -> bool {
        let rows = &self.by_clock[machine];
        rows.first().is_some_and(|(first, _)| *first <= clock) && rows.last().is_some_and(|(last, _)| clock <= *last)
    }
}

/// The difference between a message's timestamp and the clock that is logged for its send.
pub(super) struct Offsets {
    /// Per machine, from sends that name their timestamp: its distance above the clock, if all agree.
    told: Vec<Option<i64>>,
    /// From receives, for the other machines.
    shown: Option<i64>,
    ground: Option<Ground>,
}

impl Offsets {
    /// The habit that the program shows: its timestamps are those of the sends, or taken before the clock was advanced,
    /// or after the next advance. At least three receives must fit one of these and none of the others.
    pub(super) fn of(run: &ForeignRun, rows: &Rows) -> Self {
        let sends_once: Vec<bool> = run.logs.iter().map(logs_sends_once).collect();
        let told = run.logs.iter().map(told_offset).collect();
        let candidates = [0, -1, 1];
        let mut support = [0_usize; 3];
        for (machine, log) in run.logs.iter().enumerate().filter(|_| run.is_one_run()) {
            for message in log.events.iter().filter(|event| event.is_receive()).flat_map(ForeignEvent::messages) {
                let fits = candidates.map(|offset| fit(run, (rows, &sends_once), log, message, machine, offset));
                let only = |index: usize| {
                    let others = fits.iter().enumerate().filter(|(other, _)| *other != index);
                    fits[index] == Fit::IsSend && others.into_iter().all(|(_, fit)| *fit == Fit::IsNone)
                };
                if let Some(index) = (0..candidates.len()).find(|index| only(*index)) {
                    support[index] += 1;
                }
            }
        }
        let best = (0..candidates.len()).max_by_key(|index| (support[*index], std::cmp::Reverse(*index)));
        // Of a hybrid clock, the next event's clock does not follow from a timestamp.
        let is_usable = |index: usize| run.clock != ForeignClock::Hybrid || candidates[index] == 0;
        let best = best.filter(|index| support[*index] >= HABIT_MIN && is_usable(*index));
        let ground = best.map(|index| {
            let receives = support[index];
            Ground::shown(match candidates[index] {
                0 => format!("{receives} receives fit only timestamps that are the logged time of the send"),
                _ => format!(
                    "{receives} receives fit only timestamps that are {:+} from the logged time of the send",
                    candidates[index]
                ),
            })
        });
        Self { told, shown: best.map(|index| candidates[index]), ground }
    }

    /// The clock that is logged for the send of a message with this timestamp, with the reason to believe so.
    pub(super) fn sent_at(&self, sender: usize, stamp: Scalar) -> Option<Scalar> {
        let offset = self.told[sender].or(self.shown)?;
        stamp.number.checked_add_signed(-offset).map(|number| Scalar { number, ..stamp })
    }

    /// Do a machine's sends name their timestamps themselves?
    pub(super) fn is_told(&self, sender: usize) -> bool {
        self.told[sender].is_some()
    }

    pub(super) fn ground(&self) -> Option<&Ground> {
        self.ground.as_ref()
    }

    /// The offset that all machines share, if it is not 0.
    pub(super) fn habit(&self) -> Option<i64> {
        let told: Vec<i64> = self.told.iter().flatten().copied().collect();
        let told = told.first().filter(|first| told.iter().all(|offset| offset == *first)).copied();
        told.or(self.shown).filter(|offset| *offset != 0)
    }
}

/// Can a message be of the sender's event that an offset points at?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// There is an event, and it may be a send to the receiver.
    IsSend,
    /// There is an event, and it is no send to the receiver.
    IsNone,
    /// There is no such event in the logs.
    NotThere,
}

fn fit(
    run: &ForeignRun,
    (rows, sends_once): (&Rows, &[bool]),
    log: &ForeignLog,
    message: &Carried,
    to: usize,
    offset: i64,
) -> Fit {
    let Some(stamp) = sequence(run, log, message) else { return Fit::NotThere };
    if offset > 0 && run.clock != ForeignClock::Number {
        // Only a number can be read again after the event, and be higher by then.
        return Fit::IsNone;
    }
    // The event beside the one with this clock: of a hybrid clock its neighbour, of another the one with the next number.
    let (number, neighbour) = if run.clock == ForeignClock::Hybrid { (0, -offset) } else { (-offset, 0) };
    let Some(number) = stamp.number.checked_add_signed(number) else { return Fit::IsNone };
    let clock = Scalar { number, ..stamp };
    let senders = (0..run.logs.len()).filter(|sender| match message.from {
        Peer::Machine(from) => *sender == from,
        Peer::Untold => *sender != to,
        Peer::Stranger => false,
    });
    let mut fit = Fit::NotThere;
    for sender in senders {
        for row in rows.at(sender, clock) {
            let event = row.checked_add_signed(neighbour as isize).and_then(|row| run.logs[sender].events.get(row));
            match event {
                Some(event) if event.may_reach(to) => return Fit::IsSend,
                // Of a send in several rows, the one to this receiver may be missing.
                Some(event) if event.may_send() && !sends_once[sender] => {}
                Some(_) => fit = Fit::IsNone,
                None => {}
            }
        }
    }
    fit
}

/// The number of a message among those of its sender: the timestamp, or the sender's own entry of it.
pub(super) fn sequence(run: &ForeignRun, log: &ForeignLog, message: &Carried) -> Option<Scalar> {
    match (message.stamp?, message.from) {
        (Stamp::Scalar(stamp), _) => Some(stamp),
        (Stamp::Vector(place), Peer::Machine(from)) if run.logs[from].owns_entry => {
            log.stamp(place).get(from).copied().map(Scalar::from)
        }
        (Stamp::Vector(_), _) => None,
    }
}

fn told_offset(log: &ForeignLog) -> Option<i64> {
    let offset = |event: &ForeignEvent| {
        let stamp = event.sent_stamp?;
        let difference = i128::from(stamp.number) - i128::from(event.clock.number);
        (stamp.count == event.clock.count).then(|| i64::try_from(difference).ok()).flatten()
    };
    let mut offsets = log.events.iter().filter(|event| event.sent_stamp.is_some()).map(offset);
    let first = offsets.next()??;
    offsets.all(|other| other == Some(first)).then_some(first)
}

/// Does no pair of rows of this log share a clock and may be sends, so that each send is one row?
pub(super) fn logs_sends_once(log: &ForeignLog) -> bool {
    log.events.windows(2).all(|pair| pair[0].clock != pair[1].clock || !pair.iter().all(ForeignEvent::may_send))
}
