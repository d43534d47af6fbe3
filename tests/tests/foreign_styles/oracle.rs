//! A small judge of its own, for rows with full information: it proves as much as the law of judging allows.
//!
//! A certificate is the two or three rows that prove a fault, under assumptions that the rows show. It may overlook
//! other proofs; each that it finds, the checker has to find.

use super::{
    clocks::Sort,
    rows::{Logs, Peers, Row, Told},
    run::{Clocks, Kind},
};

/// Rows that prove a fault, by machine and place.
pub(crate) type Certificate = Vec<(usize, usize)>;

/// Rows with full information, and the user's word about them.
pub(crate) struct Judged<'a> {
    pub(crate) logs: &'a Logs,
    pub(crate) sort: Sort,
    /// Is it said that all is one run, and that nothing is left out?
    pub(crate) one_run: bool,
    pub(crate) complete: bool,
    /// The text of a row's system time, if the layout has one.
    pub(crate) time: &'a dyn Fn(&Row) -> Option<String>,
}

/// Receives that must show how timestamps are taken, before anything is concluded from it.
const SHOWING_MIN: usize = 3;

impl Judged<'_> {
    /// Every certificate that the law allows.
    pub(crate) fn certificates(&self) -> Vec<Certificate> {
        let mut found = self.clocks_that_do_not_rise();
        // After a clock that begins again, rows may be of several runs: nothing else is certain.
        let is_one_run = self.one_run || (0..self.logs.len()).all(|machine| self.rises(machine));
        for (machine, place, row, told) in self.receives() {
            if told.stamp.as_ref().is_some_and(|stamp| !self.is_below(stamp, &row.clocks)) {
                found.push(vec![(machine, place)]);
            }
            if is_one_run {
                found.extend(self.misread_messages(machine, place, row, told));
            }
        }
        if is_one_run && matches!(self.sort, Sort::List | Sort::Map) {
            found.extend(self.vectors_that_contradict());
        }
        found
    }

    fn row(&self, (machine, place): (usize, usize)) -> &Row {
        &self.logs[machine][place]
    }

    fn receives(&self) -> impl Iterator<Item = (usize, usize, &Row, &Told)> {
        self.logs.iter().enumerate().flat_map(|(machine, rows)| {
            let receives = rows.iter().enumerate().filter(|(_, row)| row.kind == Kind::Receive);
            receives.flat_map(move |(place, row)| row.messages.iter().map(move |told| (machine, place, row, told)))
        })
    }

    fn is_below(&self, earlier: &Clocks, later: &Clocks) -> bool {
        match self.sort {
            // In the total order of pairs an equal time of a later machine is above; so that is not counted.
            Sort::Pair => earlier.lamport <= later.lamport,
            Sort::Number => earlier.lamport < later.lamport,
            Sort::Hybrid => earlier.hybrid < later.hybrid,
            Sort::List | Sort::Map => earlier.vector != later.vector && is_within(&earlier.vector, &later.vector),
        }
    }

    /// The count that rises with each event of a machine.
    fn own(&self, row: &Row) -> (u64, u64) {
        match self.sort {
            Sort::Number | Sort::Pair => (row.clocks.lamport, 0),
            Sort::Hybrid => row.clocks.hybrid,
            Sort::List | Sort::Map => (row.clocks.vector[row.machine], 0),
        }
    }

    fn is_same_clock(&self, one: &Clocks, other: &Clocks) -> bool {
        match self.sort {
            Sort::Number | Sort::Pair => one.lamport == other.lamport,
            Sort::Hybrid => one.hybrid == other.hybrid,
            Sort::List | Sort::Map => one.vector == other.vector,
        }
    }

    fn rises(&self, machine: usize) -> bool {
        self.logs[machine].windows(2).all(|pair| self.own(&pair[0]) <= self.own(&pair[1]))
    }

    /// Two rows of different kinds, with different vectors, of different messages received, or of internal events at
    /// different times, are two events: the own count rises between them. One that goes back, or stands where the log
    /// begins, may have begun again.
    fn clocks_that_do_not_rise(&self) -> Vec<Certificate> {
        let mut found = Vec::new();
        for (machine, rows) in self.logs.iter().enumerate() {
            for place in 1..rows.len() {
                let (before, row) = (&rows[place - 1], &rows[place]);
                let (earlier, later) = (self.own(before), self.own(row));
                let are_two = before.kind != row.kind
                    || !self.is_same_clock(&before.clocks, &row.clocks)
                    || (row.kind == Kind::Receive && before.messages != row.messages)
                    || (row.kind == Kind::Internal && (self.time)(before) != (self.time)(row));
                let may_begin = !self.one_run && later <= self.own(&rows[0]);
                if (later == earlier && are_two && !may_begin) || (later < earlier && self.one_run) {
                    found.push(vec![(machine, place - 1), (machine, place)]);
                }
            }
        }
        found
    }

    /// The machine's row with a clock, if it is the only one.
    fn row_with_clock(&self, machine: usize, clocks: &Clocks) -> Option<(usize, usize)> {
        let mut rows = (0..self.logs[machine].len())
            .filter(|place| self.is_same_clock(&self.logs[machine][*place].clocks, clocks));
        let place = rows.next()?;
        rows.next().is_none().then_some((machine, place))
    }

    fn is_send_to(&self, at: (usize, usize), receiver: usize) -> bool {
        let row = self.row(at);
        match &row.peers {
            Peers::These(peers) => row.kind == Kind::Send && peers.contains(&receiver),
            Peers::All => row.kind == Kind::Send,
            Peers::Own | Peers::Untold => false,
        }
    }

    /// The sender's row with a clock so many above a timestamp (of numbers only).
    fn shifted(&self, sender: usize, stamp: &Clocks, by: i64) -> Option<(usize, usize)> {
        let is_number = matches!(self.sort, Sort::Number | Sort::Pair);
        if by != 0 && !is_number {
            return None;
        }
        let lamport = stamp.lamport.checked_add_signed(by)?;
        self.row_with_clock(sender, &Clocks { lamport, ..stamp.clone() })
    }

    /// Do at least three receives of the sender's messages, apart from one, fit timestamps that are so many below the
    /// clock of the send's row, and nothing else?
    fn shows_shift(&self, sender: usize, by: i64, apart_from: (usize, usize)) -> bool {
        // Where there is no such row it may be one that is left out.
        let fits = |told: &Told, receiver: usize, by: i64| {
            let stamp = told.stamp.as_ref();
            stamp.and_then(|stamp| self.shifted(sender, stamp, by)).map(|row| self.is_send_to(row, receiver))
        };
        let showing = self.receives().filter(|(machine, place, _, told)| {
            (*machine, *place) != apart_from
                && told.from == Some(sender)
                && [-1, 0, 1].iter().all(|other| fits(told, *machine, *other) == Some(*other == by))
        });
        showing.count() >= SHOWING_MIN
    }

    /// Proofs that a message, named by sender and timestamp or by its id, cannot be so.
    fn misread_messages(&self, machine: usize, place: usize, row: &Row, told: &Told) -> Vec<Certificate> {
        let here = (machine, place);
        let mut found = Vec::new();
        if let Some(id) = told.id {
            let is_it = |row: &Row| row.kind == Kind::Send && row.messages.iter().any(|told| told.id == Some(id));
            let sends = self.logs.iter().enumerate().flat_map(|(machine, rows)| {
                rows.iter().enumerate().filter(|(_, row)| is_it(row)).map(move |(place, _)| (machine, place))
            });
            let sends: Vec<(usize, usize)> = sends.collect();
            if let [send] = sends[..]
                && !self.is_below(&self.row(send).clocks, &row.clocks)
            {
                found.push(vec![send, here]);
            }
        }
        let (Some(sender), Some(stamp)) = (told.from, &told.stamp) else { return found };
        // A timestamp taken before the increment: the send's row is one above it.
        if self.shows_shift(sender, 1, here)
            && let Some(send) = self.shifted(sender, stamp, 1).filter(|send| self.is_send_to(*send, machine))
            && !self.is_below(&self.row(send).clocks, &row.clocks)
        {
            found.push(vec![send, here]);
        }
        let sent = self.row_with_clock(sender, stamp);
        if self.shows_shift(sender, 0, here) {
            match sent {
                Some(other) if !self.is_send_to(other, machine) => found.push(vec![other, here]),
                None if self.complete => found.push(vec![here]),
                _ => {}
            }
        }
        let Some(sent) = sent.filter(|sent| self.is_send_to(*sent, machine)) else { return found };
        for (other_machine, other_place, _, other) in self.receives() {
            let is_earlier = other_machine == machine && other_place < place && other.from == Some(sender);
            let Some(other_stamp) = other.stamp.as_ref().filter(|_| is_earlier) else { continue };
            let other_sent = self.row_with_clock(sender, other_stamp);
            let earlier = (machine, other_place);
            let are_two = !self.is_same_clock(&self.row(earlier).clocks, &row.clocks);
            let is_again = are_two && self.is_same_clock(other_stamp, stamp);
            let is_overtaken = other_sent.is_some_and(|other| other.1 > sent.1 && self.is_send_to(other, machine));
            if is_again || is_overtaken {
                found.push(vec![earlier, here, sent]);
            }
        }
        found
    }

    /// An event that knows of another one, but not all that it knew.
    fn vectors_that_contradict(&self) -> Vec<Certificate> {
        let mut found = Vec::new();
        let places = || {
            (0..self.logs.len()).flat_map(|machine| (0..self.logs[machine].len()).map(move |place| (machine, place)))
        };
        for known in places() {
            let earlier = &self.row(known).clocks.vector;
            for knowing in places().filter(|knowing| *knowing != known) {
                let later = &self.row(knowing).clocks.vector;
                let first = &self.logs[known.0][0].clocks.vector;
                let may_begin = !self.one_run && known.0 == knowing.0 && earlier[known.0] <= first[known.0];
                if later[known.0] >= earlier[known.0] && !is_within(earlier, later) && !may_begin {
                    found.push(vec![known, knowing]);
                }
            }
            if self.complete {
                let beyond = |machine: usize| {
                    earlier[machine] > self.logs[machine].last().map_or(0, |row| row.clocks.vector[machine])
                };
                found.extend((0..self.logs.len()).filter(|machine| beyond(*machine)).map(|_| vec![known]));
            }
        }
        found
    }
}

fn is_within(earlier: &[u64], later: &[u64]) -> bool {
    earlier.iter().zip(later).all(|(earlier, later)| earlier <= later)
}
