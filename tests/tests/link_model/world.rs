//! The world of the model: disks, processes and wires, and the effect of each action.

use std::collections::VecDeque;

use clockring::{
    clock::{Lamport, LamportStamp},
    cursor::Cursor,
    event::Event,
    machine::{Fact, Input, Leaving, Machine, Sent, Stage},
    message::{Message, Stamp},
    moment::Monotonic,
    process::Turn,
    ring::{MachineId, Peers, RingSize},
};

use super::Fault;

/// An outbox of one send: a peer that lacks two is sent them from the log.
pub(crate) type Core = Machine<Lamport, [Option<Sent<LamportStamp>>; 1], 2>;
type Wire = Option<VecDeque<<LamportStamp as Stamp>::Frame>>;

/// A lane holds one message: a second waits on the wire, with everything said after it.
const LANE: usize = 1;

/// Time stands still, until a second of waiting or all patience has passed.
pub(crate) const NOW: Monotonic = Monotonic::from_ns(0);
const A_SECOND_LATER: Monotonic = Monotonic::from_ns(1_000_000_000);
const MUCH_LATER: Monotonic = Monotonic::from_ns(3_600_000_000_000);

/// The limits of an exploration, and the fault planted in the driver.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ring {
    pub(crate) machines: usize,
    /// By machine: its events.
    pub(crate) events: [usize; 3],
    pub(crate) crashes: u8,
    pub(crate) cuts: u8,
    /// Number of times that patience may run out while something else could still happen.
    pub(crate) hurries: u8,
    pub(crate) stops: bool,
    pub(crate) patient: bool,
    /// After any event of a machine, the rest of its turn follows at once.
    pub(crate) whole_turns: bool,
    pub(crate) fault: Option<Fault>,
}

/// The part that survives a crash.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Disk {
    pub(crate) rows: Vec<Event<LamportStamp>>,
    pub(crate) facts: Vec<(Fact, Cursor)>,
    pub(crate) left: Vec<Message<LamportStamp>>,
    /// Number of rows when the end was written.
    pub(crate) ended_at: Option<usize>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Process {
    pub(crate) machine: Core,
    pub(crate) inbox: VecDeque<Message<LamportStamp>>,
    pub(crate) unwritten: Vec<Event<LamportStamp>>,
    pub(crate) left: Vec<Message<LamportStamp>>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Fate {
    Alive(Box<Process>),
    Dead,
    Left(Leaving),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct State {
    pub(crate) disks: Vec<Disk>,
    pub(crate) fates: Vec<Fate>,
    /// `wires[from][to]`; `None` while there is no link.
    pub(crate) wires: Vec<Vec<Wire>>,
    /// The machines that have had all links up at one time.
    pub(crate) ready: Vec<bool>,
    pub(crate) crashes: u8,
    pub(crate) cuts: u8,
    pub(crate) hurries: u8,
    /// All were started once more.
    pub(crate) again: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    Connect(usize, usize),
    /// A gathering machine has waited for a second.
    Wait(usize),
    /// The oldest message is taken; if none waits, one is sent to these machines, or to none.
    Event(usize, Option<Peers>),
    Log(usize),
    /// Its time is over, or it is told to stop.
    End(usize, Input),
    Write(usize),
    Say(usize, usize),
    Arrive(usize, usize),
    Start(usize),
    LosePatience(usize),
    StartAllAgain,
    Crash(usize),
    Cut(usize, usize),
}

pub(crate) fn id(index: usize) -> MachineId {
    MachineId::from_index(index).unwrap()
}

impl Ring {
    pub(crate) fn size(&self) -> RingSize {
        RingSize::new(self.machines).unwrap()
    }

    pub(crate) fn others(&self, me: usize) -> impl Iterator<Item = usize> + use<> {
        (0..self.machines).filter(move |peer| *peer != me)
    }

    pub(crate) fn place(&self, me: usize, peer: usize) -> usize {
        self.size().distance(id(me), id(peer)) - 1
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    pub(crate) fn first(&self) -> State {
        let fate = |me| Fate::Alive(self.process(me, &Disk::default(), false));
        State {
            disks: vec![Disk::default(); self.machines],
            fates: (0..self.machines).map(fate).collect(),
            wires: vec![vec![None; self.machines]; self.machines],
            ready: vec![false; self.machines],
            crashes: 0,
            cuts: 0,
            hurries: 0,
            again: false,
        }
    }

    pub(crate) fn next(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Connect(one, other) => self.connect(&mut state, one, other),
            Action::Wait(me) => state.alive(me)?.machine.proceed(A_SECOND_LATER),
            Action::Event(me, to) => {
                let process = state.alive(me)?;
                let event = process.machine.step(Turn::of(process.inbox.pop_front(), || to), NOW).event;
                process.unwritten.push(event);
                if self.has(Fault::LogsTooEarly) {
                    process.machine.logged();
                }
            }
            Action::Log(me) => self.log(&mut state, me),
            Action::End(me, input) => state.alive(me)?.machine.handle(input, NOW).unwrap(),
            Action::Write(me) => self.write(&mut state, me),
            Action::Say(me, peer) => self.say(&mut state, me, peer),
            Action::Arrive(from, to) => self.arrive(&mut state, from, to),
            Action::Start(me) => state.fates[me] = Fate::Alive(self.process(me, &state.disks[me], true)),
            Action::LosePatience(me) => {
                let is_hurry = !self.ordinary(before).is_empty();
                state.hurries += u8::from(is_hurry);
                state.alive(me)?.machine.proceed(MUCH_LATER);
                // Patience alone changes nothing.
                if state.fates[me] == before.fates[me] {
                    return None;
                }
            }
            Action::StartAllAgain => {
                state.again = true;
                for me in 0..self.machines {
                    if let Fate::Left(_) = state.fates[me] {
                        state.fates[me] = Fate::Alive(self.process(me, &state.disks[me], true));
                    }
                }
            }
            Action::Crash(me) => {
                state.crashes += 1;
                if self.has(Fault::WritesTooLate) {
                    state.disks[me].lose_last_fact(self.size());
                }
                state.fates[me] = Fate::Dead;
                self.others(me).for_each(|peer| self.cut(&mut state, me, peer));
            }
            Action::Cut(one, other) => {
                state.cuts += 1;
                self.cut(&mut state, one, other);
            }
        }
        if self.whole_turns {
            (0..self.machines).for_each(|me| self.turn(&mut state, me));
        }
        self.leave(&mut state);
        (state != *before).then_some(state)
    }

    pub(crate) fn cut(&self, state: &mut State, one: usize, other: usize) {
        for (me, peer) in [(one, other), (other, one)] {
            if state.wires[me][peer].take().is_some()
                && let Some(process) = state.alive(me)
            {
                process.machine.handle(Input::Down { peer: self.place(me, peer) }, NOW).unwrap();
            }
        }
    }

    /// Machines that are done are gone. Their last words still come, and then their links close.
    fn leave(&self, state: &mut State) {
        for me in 0..self.machines {
            if let Fate::Alive(process) = &state.fates[me]
                && let Stage::Left(leaving) = process.machine.stage()
            {
                state.fates[me] = Fate::Left(leaving);
            }
            if let Fate::Left(_) = state.fates[me] {
                for peer in self.others(me) {
                    state.wires[peer][me].iter_mut().for_each(VecDeque::clear);
                    let is_read = state.wires[me][peer].as_ref().is_none_or(VecDeque::is_empty);
                    if is_read || !matches!(state.fates[peer], Fate::Alive(_)) {
                        self.cut(state, me, peer);
                    }
                }
            }
        }
    }
}

impl Process {
    pub(crate) fn has_to_write(&self) -> bool {
        let is_settling = matches!(self.machine.stage(), Stage::Settling { .. });
        is_settling && (self.machine.due().next().is_some() || !self.inbox.is_empty())
    }
}

impl Disk {
    /// The last fact never came so far.
    fn lose_last_fact(&mut self, ring: RingSize) {
        match self.facts.pop() {
            Some((Fact::Ended { .. }, _)) => self.ended_at = None,
            Some((Fact::Accounted(place), _)) => {
                self.left.retain(|left| ring.distance(left.to, left.from) != place + 1)
            }
            Some((Fact::Delivered(_), _)) | None => {}
        }
    }
}

impl State {
    /// Is there a frame, and room for it?
    pub(crate) fn can_arrive(&self, from: usize, to: usize) -> bool {
        let Fate::Alive(process) = &self.fates[to] else { return false };
        let waiting = process.inbox.iter().filter(|message| message.from == id(from)).count();
        waiting < LANE && self.wires[from][to].as_ref().is_some_and(|wire| !wire.is_empty())
    }

    pub(crate) fn alive(&mut self, me: usize) -> Option<&mut Process> {
        match &mut self.fates[me] {
            Fate::Alive(process) => Some(process),
            Fate::Dead | Fate::Left(_) => None,
        }
    }
}
