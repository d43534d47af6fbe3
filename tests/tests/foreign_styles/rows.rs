//! Rows of a log: the events of a run as far as a program logs them.

use tests::naive_model::Chance;

use super::run::{Clocks, Event, Kind, Run};

/// The receivers of a send as its row names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Peers {
    /// Not named.
    Untold,
    /// By name.
    These(Vec<usize>),
    /// All the others, in a word.
    All,
    /// The machine's own name in place of the receivers'.
    Own,
}

/// A message as a row names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Told {
    /// The true sender of a received message, named or not.
    pub(crate) sender: Option<usize>,
    /// The message, by its true number in the run.
    pub(crate) message: u64,
    /// The sender.
    pub(crate) from: Option<usize>,
    /// The timestamp.
    pub(crate) stamp: Option<Clocks>,
    /// The sender, the message's number in the run, and its number among those of the sender.
    pub(crate) id: Option<(usize, u64, u64)>,
}

/// A row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    /// The machine of its log.
    pub(crate) machine: usize,
    /// The kind of event.
    pub(crate) kind: Kind,
    /// Is it a send to all others?
    pub(crate) to_all: bool,
    /// UNIX time in nanoseconds.
    pub(crate) at_ns: u64,
    /// The clocks after the event.
    pub(crate) clocks: Clocks,
    /// The receivers of a send.
    pub(crate) peers: Peers,
    /// The messages of a receive; of a send the one that it is.
    pub(crate) messages: Vec<Told>,
    /// Length of the queue.
    pub(crate) queue: Option<u64>,
}

/// The columns of a receive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ReceiveTells {
    SenderAndStamp,
    Stamp,
    Sender,
    Nothing,
}

/// The columns of a send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SendTells {
    Peers,
    PeersAndStamp,
    Own,
    OwnAndStamp,
    Stamp,
    Nothing,
}

/// The rows of one send to several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SeveralReceivers {
    OneRow,
    /// One row, which says `all` in place of names.
    OneRowSaysAll,
    RowEach,
    OneRowThenRowEach,
}

/// The information in rows.
#[derive(Clone, Debug)]
pub(crate) struct Telling {
    pub(crate) receive: ReceiveTells,
    pub(crate) send: SendTells,
    pub(crate) several: SeveralReceivers,
    pub(crate) id: bool,
    pub(crate) queue: bool,
}

/// The rows of each machine, in the order of its log.
pub(crate) type Logs = Vec<Vec<Row>>;

/// Writes a run down as rows.
pub(crate) fn rows(run: &Run, telling: &Telling) -> Logs {
    let mut logs = vec![Vec::new(); run.machines];
    for event in &run.events {
        logs[event.machine].extend(rows_of(event, run.machines, telling));
    }
    logs
}

fn rows_of(event: &Event, machines: usize, telling: &Telling) -> Vec<Row> {
    let row = Row {
        machine: event.machine,
        kind: event.kind,
        to_all: event.to.len() > 1 && event.to.len() + 1 == machines,
        at_ns: event.at_ns,
        clocks: event.clocks.clone(),
        peers: Peers::Untold,
        messages: Vec::new(),
        queue: telling.queue.then_some(event.queue),
    };
    match event.kind {
        Kind::Internal => vec![row],
        Kind::Send => sends(event, row, telling),
        Kind::Receive | Kind::Delivery => {
            let told = event.took.iter().map(|message| Told {
                sender: Some(message.from),
                message: message.id,
                from: matches!(telling.receive, ReceiveTells::SenderAndStamp | ReceiveTells::Sender)
                    .then_some(message.from),
                stamp: matches!(telling.receive, ReceiveTells::SenderAndStamp | ReceiveTells::Stamp)
                    .then(|| message.stamp.clone()),
                id: telling.id.then_some((message.from, message.id, message.number)),
            });
            vec![Row { messages: told.collect(), ..row }]
        }
    }
}

fn sends(event: &Event, row: Row, telling: &Telling) -> Vec<Row> {
    let (stamp, id, number) = event.sent.clone().expect("a send has a message");
    let tells_stamp = matches!(telling.send, SendTells::PeersAndStamp | SendTells::OwnAndStamp | SendTells::Stamp);
    let told = Told {
        sender: None,
        message: id,
        from: None,
        stamp: tells_stamp.then_some(stamp),
        id: telling.id.then_some((event.machine, id, number)),
    };
    let row = Row { messages: vec![told], ..row };
    let to = |peers: &[usize]| match telling.send {
        SendTells::Peers | SendTells::PeersAndStamp => Peers::These(peers.to_vec()),
        SendTells::Own | SendTells::OwnAndStamp => Peers::Own,
        SendTells::Stamp | SendTells::Nothing => Peers::Untold,
    };
    let one = Row { peers: to(&event.to), ..row.clone() };
    if event.to.len() < 2 {
        return vec![one];
    }
    let each = event.to.iter().map(|peer| Row { peers: to(&[*peer]), to_all: false, ..row.clone() });
    match telling.several {
        SeveralReceivers::OneRow => vec![one],
        SeveralReceivers::OneRowSaysAll => vec![Row { peers: Peers::All, ..row }],
        SeveralReceivers::RowEach => each.collect(),
        SeveralReceivers::OneRowThenRowEach => {
            let all = Row { peers: Peers::All, ..row.clone() };
            std::iter::once(all).chain(each).collect()
        }
    }
}

/// Lines that are not there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Omission {
    /// The first rows of some machines.
    Head,
    /// The last rows of some machines.
    Tail,
    /// Rows in a row, of one machine or several.
    Middle,
    /// Rows here and there.
    Scattered,
    /// All but a few.
    NearlyAll,
    /// A kind of event.
    Kind(Kind),
    /// A kind of event, at one machine only.
    KindAtOne(Kind),
}

/// Leaves rows out.
pub(crate) fn omit(logs: &mut Logs, omission: Omission, chance: &mut Chance) {
    let chosen = chance.below(logs.len() as u64) as usize;
    for (machine, rows) in logs.iter_mut().enumerate() {
        let (all, is_hit) = (rows.len(), machine == chosen || chance.below(2) == 0);
        let part = chance.below(1 + all as u64 * 2 / 3) as usize;
        let start = chance.below(1 + (all - part.min(all)) as u64) as usize;
        match omission {
            Omission::Head if is_hit => drop(rows.drain(..part)),
            Omission::Tail if is_hit => rows.truncate(all - part),
            Omission::Middle if is_hit => drop(rows.drain(start..start + part)),
            Omission::Scattered if is_hit => {
                let one_in = 2 + chance.below(8);
                rows.retain(|_| chance.below(one_in) > 0);
            }
            Omission::NearlyAll => rows.retain(|_| chance.below(6) == 0),
            Omission::Kind(kind) => rows.retain(|row| row.kind != kind),
            Omission::KindAtOne(kind) if machine == chosen => rows.retain(|row| row.kind != kind),
            _ => {}
        }
    }
}
