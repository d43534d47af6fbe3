//! Every execution of a small ring under crash, cut and reconnect, explored by `stateright`: the process, the cursor and
//! the rules of resumption are those of `core`; machines, logs and links are as small as they can be.
//!
//! What is true of all of them: no timestamp is given twice, what is received was logged as sent, in order and once, and
//! what can still happen leads to everything being received. The twins at the end have one line of safety removed, and
//! the same model must find them out.

use std::collections::VecDeque;

use clockring::{
    clock::{Clock, Lamport, LamportStamp},
    cursor::Cursor,
    event::EventKind,
    message::Message,
    process::{Process, Turn},
    ring::{MachineId, RingSize},
};
use stateright::{Checker, Model, Property};

/// A line of safety that a twin does without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Without {
    Nothing,
    /// Frames go out before their rows are written.
    RowsBeforeFrames,
    /// After a restart, sending and receiving go on after what was read, and not after what was logged.
    CursorFromTheLog,
    /// After a reconnect, everything is sent again, and what was had is taken again.
    Dedupe,
    /// After a restart, the clock begins anew.
    ClockFromTheLog,
    /// After a reconnect, sending goes on after what was put on the link that broke.
    Resume,
    /// A receive merges, and does not count itself.
    PlusOne,
}

/// How much happens at most.
#[derive(Clone, Copy, Debug)]
struct Ring {
    machines: usize,
    ticks: usize,
    crashes: u8,
    cuts: u8,
    without: Without,
}

/// One row of a log: what the model needs of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Row {
    Internal(u64),
    /// To the machines of this bit set.
    Send(u64, u8),
    /// From a machine, its timestamp, the clock after it.
    Receive(usize, u64, u64),
}

impl Row {
    fn clock(self) -> u64 {
        match self {
            Self::Internal(clock) | Self::Send(clock, _) | Self::Receive(_, _, clock) => clock,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Machine {
    alive: bool,
    log: Vec<Row>,
    /// Rows that are not written yet: the process dies and they are gone.
    unwritten: Option<Row>,
    clock: u64,
    /// By peer: the messages that wait, and how far its link has been read.
    lanes: Vec<VecDeque<u64>>,
    received: Vec<u64>,
    /// By peer: how far it has been sent to.
    sent: Vec<u64>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct State {
    machines: Vec<Machine>,
    /// `wires[from][to]`; `None` while there is no link.
    wires: Vec<Vec<Option<VecDeque<u64>>>>,
    crashes: u8,
    cuts: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Action {
    Tick(usize, u32),
    Write(usize),
    Send(usize, usize),
    Arrive(usize, usize),
    Cut(usize, usize),
    Connect(usize, usize),
    Crash(usize),
    Restart(usize),
}

fn id(machine: usize) -> MachineId {
    MachineId::from_index(machine).unwrap()
}

impl Ring {
    fn size(&self) -> RingSize {
        RingSize::new(self.machines).unwrap()
    }

    fn cut(state: &mut State, one: usize, other: usize) {
        state.wires[one][other] = None;
        state.wires[other][one] = None;
    }

    fn tick(&self, state: &mut State, me: usize, face: u32) {
        let machine = &mut state.machines[me];
        let clock = Lamport::resume(id(me), LamportStamp(machine.clock));
        let mut process = Process::with_clock(id(me), self.size(), clock);
        let from = (0..self.machines).find(|peer| !machine.lanes[*peer].is_empty());
        let waiting = from.and_then(|from| {
            let stamp = LamportStamp(machine.lanes[from].pop_front()?);
            Some(Message { from: id(from), to: id(me), stamp })
        });
        let event = process.step(Turn::of(waiting, || face), 0).event;
        let mut clock = event.clock.0;
        let row = match event.kind {
            EventKind::Internal => Row::Internal(clock),
            EventKind::Send { to } => Row::Send(clock, to.into_iter().fold(0, |set, to| set | 1 << to.index())),
            EventKind::Receive { from, stamp } => {
                if self.without == Without::PlusOne {
                    clock = machine.clock.max(stamp.0);
                }
                Row::Receive(from.index(), stamp.0, clock)
            }
        };
        machine.clock = clock;
        machine.unwritten = Some(row);
    }

    /// The next message for a peer: the outbox is the log.
    fn next(&self, machine: &Machine, peer: usize) -> Option<u64> {
        let early = machine.unwritten.filter(|_| self.without == Without::RowsBeforeFrames);
        machine.log.iter().copied().chain(early).find_map(|row| match row {
            Row::Send(clock, to) if to & 1 << peer != 0 && clock > machine.sent[peer] => Some(clock),
            _ => None,
        })
    }

    fn arrive(&self, state: &mut State, from: usize, to: usize) {
        let Some(stamp) = state.wires[from][to].as_mut().and_then(VecDeque::pop_front) else { return };
        let machine = &mut state.machines[to];
        let mut cursor = Cursor::from_u64(machine.received[from]);
        if cursor.accept(&LamportStamp(stamp), id(from)) || self.without == Without::Dedupe {
            machine.lanes[from].push_back(stamp);
        }
        machine.received[from] = cursor.to_u64();
    }

    fn connect(&self, state: &mut State, one: usize, other: usize) {
        for (from, to) in [(one, other), (other, one)] {
            let has = state.machines[to].received[from];
            let sender = &mut state.machines[from];
            match self.without {
                Without::Resume => {}
                Without::Dedupe => sender.sent[to] = 0,
                _ => sender.sent[to] = has,
            }
            state.wires[from][to] = Some(VecDeque::new());
        }
    }

    fn crash(&self, state: &mut State, me: usize) {
        (0..self.machines).filter(|peer| *peer != me).for_each(|peer| Self::cut(state, me, peer));
        let machine = &mut state.machines[me];
        machine.alive = false;
        machine.unwritten = None;
        machine.lanes.iter_mut().for_each(VecDeque::clear);
        if self.without != Without::CursorFromTheLog {
            machine.received = vec![0; self.machines];
        }
        machine.sent = vec![0; self.machines];
        machine.clock = 0;
    }

    fn restart(&self, state: &mut State, me: usize) {
        let machine = &mut state.machines[me];
        machine.alive = true;
        if self.without != Without::ClockFromTheLog {
            machine.clock = machine.log.last().map_or(0, |row| row.clock());
        }
        for row in &machine.log {
            if let Row::Receive(from, stamp, _) = *row {
                machine.received[from] = machine.received[from].max(stamp);
            }
        }
    }
}

impl Model for Ring {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let none = || vec![0; self.machines];
        let machine = Machine {
            alive: true,
            log: Vec::new(),
            unwritten: None,
            clock: 0,
            lanes: vec![VecDeque::new(); self.machines],
            received: none(),
            sent: none(),
        };
        let wires = |from| (0..self.machines).map(|to| (from != to).then(VecDeque::new)).collect();
        let wires = (0..self.machines).map(wires).collect();
        vec![State { machines: vec![machine; self.machines], wires, crashes: 0, cuts: 0 }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (me, machine) in state.machines.iter().enumerate() {
            if !machine.alive {
                actions.push(Action::Restart(me));
                continue;
            }
            if machine.unwritten.is_some() {
                actions.push(Action::Write(me));
            } else if machine.log.len() < self.ticks {
                // To the next, to all, to nobody; or the one receive, whatever the die would show.
                let all = self.machines as u32;
                let receives = machine.lanes.iter().any(|lane| !lane.is_empty());
                actions.extend(
                    [1, all, all + 1].into_iter().take(if receives { 1 } else { 3 }).map(|face| Action::Tick(me, face)),
                );
            }
            if state.crashes < self.crashes {
                actions.push(Action::Crash(me));
            }
            for peer in (0..self.machines).filter(|peer| *peer != me) {
                match &state.wires[me][peer] {
                    Some(wire) => {
                        // What is not written is not sent: that is the order of a turn.
                        let may_send = machine.unwritten.is_none() || self.without == Without::RowsBeforeFrames;
                        if may_send && wire.len() < 2 && self.next(machine, peer).is_some() {
                            actions.push(Action::Send(me, peer));
                        }
                        if !wire.is_empty() {
                            actions.push(Action::Arrive(me, peer));
                        }
                        if me < peer && state.cuts < self.cuts {
                            actions.push(Action::Cut(me, peer));
                        }
                    }
                    None if me < peer && state.machines[peer].alive => actions.push(Action::Connect(me, peer)),
                    None => {}
                }
            }
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Tick(me, face) => self.tick(&mut state, me, face),
            Action::Write(me) => {
                let row = state.machines[me].unwritten.take()?;
                state.machines[me].log.push(row);
            }
            Action::Send(me, peer) => {
                let stamp = self.next(&state.machines[me], peer)?;
                state.machines[me].sent[peer] = stamp;
                state.wires[me][peer].as_mut()?.push_back(stamp);
            }
            Action::Arrive(from, to) => self.arrive(&mut state, from, to),
            Action::Cut(one, other) => {
                Self::cut(&mut state, one, other);
                state.cuts += 1;
            }
            Action::Connect(one, other) => self.connect(&mut state, one, other),
            Action::Crash(me) => {
                self.crash(&mut state, me);
                state.crashes += 1;
            }
            Action::Restart(me) => self.restart(&mut state, me),
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("timestamps rise, and a receive is later than its send", |_, state: &State| {
                state.machines.iter().all(|machine| {
                    let rises = machine.log.windows(2).all(|pair| pair[0].clock() < pair[1].clock());
                    rises
                        && machine.log.iter().all(|row| !matches!(row, Row::Receive(_, stamp, clock) if clock <= stamp))
                })
            }),
            Property::always(
                "what is received was logged as sent, in order and once",
                |model: &Self, state: &State| {
                    pairs(model.machines)
                        .all(|(from, to)| sent(state, from, to).starts_with(&received(state, from, to)))
                },
            ),
            Property::always("nothing that was sent is stuck", |model: &Self, state: &State| {
                let mut possible = Vec::new();
                model.actions(state, &mut possible);
                // What goes wrong may stop, and whoever has no ticks left receives nothing more.
                let over = possible.iter().all(|action| matches!(action, Action::Crash(_) | Action::Cut(..)));
                !over
                    || pairs(model.machines).all(|(from, to)| {
                        let mut had = received(state, from, to);
                        had.extend(&state.machines[to].lanes[from]);
                        had == sent(state, from, to)
                    })
            }),
            Property::sometimes("a machine that died has received after it came back", |_, state: &State| {
                state.crashes > 0
                    && state.machines.iter().any(|machine| matches!(machine.log.last(), Some(Row::Receive(..))))
            }),
        ]
    }
}

fn pairs(machines: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..machines).flat_map(move |from| (0..machines).map(move |to| (from, to))).filter(|(from, to)| from != to)
}

fn sent(state: &State, from: usize, to: usize) -> Vec<u64> {
    let rows = state.machines[from].log.iter();
    rows.filter_map(|row| match row {
        Row::Send(clock, set) if set & 1 << to != 0 => Some(*clock),
        _ => None,
    })
    .collect()
}

fn received(state: &State, from: usize, to: usize) -> Vec<u64> {
    let rows = state.machines[to].log.iter();
    rows.filter_map(|row| match row {
        Row::Receive(sender, stamp, _) if *sender == from => Some(*stamp),
        _ => None,
    })
    .collect()
}

fn explore(ring: Ring) -> impl Checker<Ring> {
    ring.checker().spawn_dfs().join()
}

#[test]
fn two_machines_lose_nothing_whatever_breaks() {
    let checker = explore(Ring { machines: 2, ticks: 3, crashes: 2, cuts: 1, without: Without::Nothing });
    checker.assert_properties();
    println!("two machines: {} states", checker.unique_state_count());
    assert!(checker.unique_state_count() > 10_000, "{} states", checker.unique_state_count());
}

#[test]
fn three_machines_lose_nothing_whatever_breaks() {
    let checker = explore(Ring { machines: 3, ticks: 1, crashes: 1, cuts: 0, without: Without::Nothing });
    checker.assert_properties();
    println!("three machines: {} states", checker.unique_state_count());
    assert!(checker.unique_state_count() > 10_000, "{} states", checker.unique_state_count());
}

#[test]
fn without_any_one_line_of_safety_the_model_finds_a_loss() {
    for without in [
        Without::RowsBeforeFrames,
        Without::CursorFromTheLog,
        Without::Dedupe,
        Without::ClockFromTheLog,
        Without::Resume,
        Without::PlusOne,
    ] {
        let checker = explore(Ring { machines: 2, ticks: 3, crashes: 1, cuts: 1, without });
        let found: Vec<&str> =
            checker.discoveries().into_keys().filter(|name| !name.starts_with("a machine")).collect();
        println!("without {without:?}: {found:?}");
        assert!(!found.is_empty(), "nobody misses {without:?}");
    }
}
