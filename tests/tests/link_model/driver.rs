//! The driver of the machines: its disk and its wires, and the order in which it uses them.

use std::{collections::VecDeque, mem};

use clockring::{
    clock::Lamport,
    cursor::Cursor,
    event::{Event, EventKind},
    frame::{Frame, Signal},
    handshake::{Greeting, RunFacts},
    machine::{Arrival, Fact, Input, Intake, Say, Settings, Stage},
    message::Message,
    moment::{Elapsed, UnixTime},
    process::Turn,
    progress::Progress,
};

use super::{
    Fault,
    world::{Core, Disk, Fate, NOW, Process, Ring, State, id},
};

impl Ring {
    /// A process that begins, or resumes from its disk.
    pub(crate) fn process(&self, me: usize, disk: &Disk, resumes: bool) -> Box<Process> {
        let settings = Settings { id: id(me), ring: self.size(), endless: false, patient: self.patient };
        let mut machine = Core::new(settings, [None], NOW).unwrap();
        for event in &disk.rows {
            let turn = match event.kind {
                EventKind::Internal => Turn::Internal,
                EventKind::Send { to } => Turn::Send { to },
                EventKind::Receive { from, stamp } => Turn::Deliver(Message { from, to: id(me), stamp }),
            };
            if !self.has(Fault::RelivesSendsOnly) || matches!(turn, Turn::Send { .. }) {
                machine.relive(turn, Elapsed::default());
            }
        }
        for (fact, upto) in &disk.facts {
            let is_forgotten = match fact {
                Fact::Ended { .. } => self.has(Fault::ForgetsItsEnd),
                Fact::Accounted(_) => self.has(Fault::ForgetsAccounts),
                Fact::Delivered(_) => false,
            };
            if !is_forgotten {
                machine.recall(*fact, *upto);
            }
        }
        if resumes {
            machine.resume();
        }
        Box::new(Process { machine, inbox: VecDeque::new(), unwritten: Vec::new(), left: Vec::new() })
    }

    pub(crate) fn connect(&self, state: &mut State, one: usize, other: usize) {
        let facts = RunFacts { machines: 0, sides: 0, clock: b'L', payload: 0, number: None, seed: None };
        let pairs = [(one, other), (other, one)];
        let greetings = pairs.map(|(me, peer)| {
            let Fate::Alive(process) = &state.fates[me] else { unreachable!("both are there") };
            process.machine.greeting(self.place(me, peer), Greeting::new(id(me), id(peer), facts, 0), NOW)
        });
        let mut is_taken = true;
        for ((me, peer), (ours, theirs)) in pairs.into_iter().zip([(0, 1), (1, 0)]) {
            let (told, mut theirs) = (greetings[ours].progress, greetings[theirs]);
            let place = self.place(me, peer);
            let Some(process) = state.alive(me) else { return };
            if self.has(Fault::ResumesNowhere) {
                theirs.received = theirs.received.max(process.machine.sent(place));
            }
            if self.has(Fault::TakesTwice) {
                theirs.received = Cursor::START;
            }
            if self.has(Fault::DoesNotGather) {
                theirs.progress = Progress::Ready;
            }
            is_taken &= process.machine.handle(Input::Up { peer: place, told, theirs }, NOW).is_ok();
            state.wires[me][peer] = Some(VecDeque::new());
        }
        for me in [one, other] {
            state.ready[me] |= self.others(me).all(|peer| state.wires[me][peer].is_some());
        }
        if !is_taken {
            self.cut(state, one, other);
        }
    }

    pub(crate) fn turn(&self, state: &mut State, me: usize) {
        self.log(state, me);
        while let Fate::Alive(process) = &state.fates[me]
            && process.has_to_write()
        {
            self.write(state, me);
        }
        self.others(me).for_each(|peer| self.say(state, me, peer));
    }

    pub(crate) fn log(&self, state: &mut State, me: usize) {
        if let Some(process) = state.alive(me) {
            process.machine.logged();
            let rows = mem::take(&mut process.unwritten);
            state.disks[me].rows.extend(rows);
        }
    }

    /// The facts that are due go to the disk in one write. The lanes are emptied first.
    pub(crate) fn write(&self, state: &mut State, me: usize) {
        let mut disk = state.disks[me].clone();
        let Some(process) = state.alive(me) else { return };
        process.left.extend(process.inbox.drain(..));
        let due: Vec<Fact> = process.machine.due().collect();
        for fact in due {
            let upto = match fact {
                Fact::Ended { .. } => {
                    disk.ended_at.get_or_insert(disk.rows.len());
                    Cursor::START
                }
                Fact::Accounted(place) => {
                    let from = self.size().after(id(me), place + 1);
                    if !self.has(Fault::ForgetsWhatIsLeft) {
                        disk.left.extend(process.left.iter().filter(|left| left.from == from));
                    }
                    process.machine.received(place)
                }
                Fact::Delivered(place) => process.machine.sent(place),
            };
            disk.facts.push((fact, upto));
            process.machine.written(fact);
        }
        process.machine.proceed(NOW);
        state.disks[me] = disk;
    }

    /// Everything there is to say. Beats are left out: time stands still.
    pub(crate) fn say(&self, state: &mut State, me: usize, peer: usize) {
        let place = self.place(me, peer);
        let rows = state.disks[me].rows.clone();
        let Some(process) = state.alive(me) else { return };
        let mut said = Vec::new();
        while let Some(say) = process.machine.say(place, NOW) {
            match say {
                Say::Frame(Frame::Signal { signal: Signal::Beat { .. }, .. }) => {}
                Say::Frame(frame) => said.push(frame),
                Say::FromLog(after) => {
                    let missed = |event: &&Event<_>| !after.has(&event.clock, id(me));
                    let mut sends =
                        rows.iter().filter(|event| matches!(event.kind, EventKind::Send { .. })).filter(missed);
                    let messages = sends.clone().flat_map(|event| event.messages(id(me)));
                    said.extend(messages.filter(|message| message.to == id(peer)).map(Frame::Message));
                    let upto = sends.next_back().map_or(after, |event| Cursor::after(&event.clock, id(me)));
                    process.machine.said(place, upto, NOW);
                }
            }
        }
        process.machine.proceed(NOW);
        if let Some(wire) = &mut state.wires[me][peer] {
            wire.extend(said.iter().map(Frame::encode));
        }
    }

    /// The next frame arrives; in whole turns, as many as there is room for.
    pub(crate) fn arrive(&self, state: &mut State, from: usize, to: usize) {
        while state.can_arrive(from, to) {
            self.take(state, from, to);
            if !self.whole_turns {
                return;
            }
        }
    }

    fn take(&self, state: &mut State, from: usize, to: usize) {
        let place = self.place(to, from);
        let Some(frame) = state.wires[from][to].as_mut().and_then(VecDeque::pop_front) else { return };
        let Some(process) = state.alive(to) else { return };
        let had = if self.has(Fault::TakesTwice) { Cursor::START } else { process.machine.received(place) };
        let mut intake = Intake::<Lamport>::new(id(to), id(from), had);
        let input = match intake.take(&mut frame.as_ref(), UnixTime::EPOCH).expect("frames are whole") {
            Some(Arrival::Message(message)) => {
                process.inbox.push_back(message);
                intake.keep(&message);
                Input::Received { peer: place, upto: intake.received() }
            }
            Some(Arrival::Signal(Signal::Progress(progress)))
                if self.has(Fault::DropsSignals)
                    && progress.last().is_some()
                    && process.machine.stage() == Stage::Ticking =>
            {
                return;
            }
            Some(Arrival::Signal(signal)) => Input::Heard { peer: place, signal },
            None => return,
        };
        process.machine.handle(input, NOW).unwrap();
    }
}
