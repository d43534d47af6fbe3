//! One machine's turn, as its driver takes it: it receives, makes events, logs, and sends.

use std::collections::VecDeque;

use clockring::{
    cursor::Cursor,
    event::EventKind,
    frame::Frame,
    machine::{Fact, Input, Leaving, Say, Stage},
    message::Message,
    process::Turn,
};

use crate::world::{Alive, LANE, WIRE, World, id};

impl World {
    pub(crate) fn turn(&mut self, index: usize, faults: bool) {
        let now = self.now;
        if self.alive[index].as_ref().is_none_or(|alive| alive.stopped_until > now) {
            return;
        }
        let mut alive = self.alive[index].take().unwrap();
        let dies = (faults && self.once_in(150)).then(|| self.below(5));
        self.receive(index, &mut alive);
        if alive.machine.elapsed(now) >= self.ends[index] {
            alive.machine.handle(Input::Over, now).unwrap();
        }
        alive.machine.proceed(now);
        for _ in 0..self.below(4) {
            if alive.machine.stage() == Stage::Ticking && !(alive.machine.is_catching_up() && alive.inbox.is_empty()) {
                assert!(self.ready.iter().all(|ready| *ready), "nobody ticks before all were ready");
                let to = match self.below(2 * self.ring.get() as u64) as usize {
                    0 => Some(self.ring.others(id(index))),
                    places => self.ring.peer(id(index), places),
                };
                let row = alive.machine.step(Turn::of(alive.inbox.pop_front(), || to), now);
                alive.unwritten.push((row.event, row.elapsed));
            }
        }
        let mut survives = dies != Some(0);
        if survives && !self.once_in(3) {
            self.disks[index].rows.append(&mut alive.unwritten);
            alive.machine.logged();
            survives = dies != Some(1);
        }
        if survives && !self.once_in(3) {
            self.write_facts(index, &mut alive);
            survives = dies != Some(2);
        }
        if survives {
            for peer in 0..self.ring.get() {
                if dies == Some(3) && self.once_in(2) {
                    survives = false;
                    break;
                }
                self.send(index, peer, &mut alive);
            }
        }
        self.alive[index] = Some(alive);
        if !survives || dies == Some(4) {
            self.die(index);
            return;
        }
        let alive = self.alive[index].as_ref().unwrap();
        if let Stage::Left(leaving) = alive.machine.stage() {
            self.leave(index, leaving);
        }
    }

    /// Its earlier words still come.
    fn leave(&mut self, index: usize, leaving: Leaving) {
        self.left[index] = Some(leaving);
        self.alive[index] = None;
        for peer in 0..self.ring.get() {
            if let Some(mut alive) = self.alive[peer].take() {
                while self.wires[index][peer].as_ref().is_some_and(|wire| !wire.is_empty()) {
                    let before = self.wires[index][peer].as_ref().map(VecDeque::len);
                    self.receive(peer, &mut alive);
                    if self.wires[index][peer].as_ref().map(VecDeque::len) == before {
                        break;
                    }
                }
                self.alive[peer] = Some(alive);
            }
            self.cut(peer, index);
        }
    }

    fn receive(&mut self, index: usize, alive: &mut Alive) {
        let now = self.now;
        for peer in 0..self.ring.get() {
            let place = self.place(index, peer);
            let Some(wire) = &mut self.wires[peer][index] else { continue };
            while let Some(frame) = wire.front().copied() {
                match frame {
                    Frame::Message(message) => {
                        let waiting = alive.inbox.iter().filter(|waiting| waiting.from == message.from).count();
                        if waiting >= LANE {
                            break;
                        }
                        if alive.received[place].accept(&message.stamp, message.from) {
                            alive.inbox.push_back(message);
                            let upto = alive.received[place];
                            alive.machine.handle(Input::Received { peer: place, upto }, now).unwrap();
                        }
                    }
                    Frame::Signal { signal, .. } => {
                        alive.machine.handle(Input::Heard { peer: place, signal }, now).unwrap();
                    }
                }
                wire.pop_front();
            }
        }
    }

    fn write_facts(&mut self, index: usize, alive: &mut Alive) {
        let due: Vec<Fact> = alive.machine.due().collect();
        if matches!(alive.machine.stage(), Stage::Settling { .. }) {
            // A machine that has stopped ticking always reads on.
            alive.left.extend(alive.inbox.drain(..));
        }
        for fact in due {
            let upto = match fact {
                Fact::Ended { .. } => Cursor::START,
                Fact::Accounted(place) => {
                    let from = self.ring.after(id(index), place + 1);
                    self.disks[index].left.extend(alive.left.iter().filter(|left| left.from == from));
                    alive.machine.received(place)
                }
                Fact::Delivered(place) => alive.machine.sent(place),
            };
            self.disks[index].facts.push((fact, upto));
            alive.machine.written(fact);
        }
    }

    fn send(&mut self, index: usize, peer: usize, alive: &mut Alive) {
        let (now, place) = (self.now, self.place(index, peer));
        let rows = &self.disks[index].rows;
        if let Some(wire) = &mut self.wires[index][peer] {
            while wire.len() < WIRE
                && let Some(say) = alive.machine.say(place, now)
            {
                match say {
                    Say::Frame(frame) => wire.push_back(frame),
                    Say::FromLog(cursor) => {
                        let mut upto = cursor;
                        for (event, _) in rows {
                            let EventKind::Send { to } = event.kind else { continue };
                            if cursor.has(&event.clock, id(index)) || wire.len() >= WIRE {
                                continue;
                            }
                            if to.contains(id(peer)) {
                                let (from, to) = (id(index), id(peer));
                                wire.push_back(Frame::Message(Message { from, to, stamp: event.clock }));
                            }
                            upto = Cursor::after(&event.clock, id(index));
                        }
                        alive.machine.said(place, upto, now);
                    }
                }
            }
        }
        if alive.machine.is_unheard(place) {
            self.wires[index][peer] = None;
            self.wires[peer][index] = None;
            alive.machine.handle(Input::Down { peer: place }, now).unwrap();
            let place = self.place(peer, index);
            if let Some(other) = &mut self.alive[peer] {
                other.machine.handle(Input::Down { peer: place }, now).unwrap();
            }
        }
    }
}
