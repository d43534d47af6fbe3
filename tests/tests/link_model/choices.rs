//! The possible next actions.

use clockring::machine::{Input, Stage};

use super::world::{Action, Fate, NOW, Process, Ring, State, id};

impl Ring {
    /// All possible actions, but for faults; and patience runs out only if nothing else can happen.
    pub(crate) fn possible(&self, state: &State) -> Vec<Action> {
        let mut actions = self.ordinary(state);
        if actions.is_empty() {
            let loses = |me: &usize| self.next(state, Action::LosePatience(*me)).is_some();
            actions.extend((0..self.machines).filter(loses).map(Action::LosePatience));
        }
        if actions.is_empty() && state.hurries > 0 && !state.again {
            actions.push(Action::StartAllAgain);
        }
        actions
    }

    pub(crate) fn ordinary(&self, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        for me in 0..self.machines {
            let process = match &state.fates[me] {
                Fate::Alive(process) => process,
                Fate::Dead => {
                    actions.push(Action::Start(me));
                    continue;
                }
                Fate::Left(_) => continue,
            };
            let Process { machine, inbox, unwritten, .. } = &**process;
            match machine.stage() {
                Stage::Gathering => {
                    let waits = self.next(state, Action::Wait(me)).is_some();
                    actions.extend(waits.then_some(Action::Wait(me)));
                }
                Stage::Ticking => {
                    let made = state.disks[me].rows.len() + unwritten.len();
                    if made < self.events[me] && !(machine.is_catching_up() && inbox.is_empty()) {
                        // The one receive, for any roll of the die; or to none, to all, to the next.
                        let mut choices = vec![None];
                        if inbox.is_empty() {
                            let (all, next) = (self.size().others(id(me)), self.size().peer(id(me), 1));
                            choices.push(Some(all));
                            choices.extend(next.filter(|next| *next != all).map(Some));
                        }
                        actions.extend(choices.into_iter().map(|to| Action::Event(me, to)));
                    }
                    actions.push(Action::End(me, Input::Over));
                    actions.extend(self.stops.then_some(Action::End(me, Input::Stop)));
                }
                Stage::Settling { .. } | Stage::Left(_) => {}
            }
            actions.extend((!unwritten.is_empty()).then_some(Action::Log(me)));
            actions.extend(process.has_to_write().then_some(Action::Write(me)));
            for peer in self.others(me) {
                let place = self.place(me, peer);
                match &state.wires[peer][me] {
                    Some(_) => {
                        let has_more = machine.clone().say(place, NOW).is_some();
                        actions.extend(state.can_arrive(peer, me).then_some(Action::Arrive(peer, me)));
                        actions.extend(has_more.then_some(Action::Say(me, peer)));
                    }
                    None if me < peer && matches!(state.fates[peer], Fate::Alive(_)) => {
                        actions.push(Action::Connect(me, peer));
                    }
                    None => {}
                }
            }
        }
        actions
    }

    pub(crate) fn wrong(&self, state: &State, actions: &mut Vec<Action>) {
        for me in 0..self.machines {
            let Fate::Alive(process) = &state.fates[me] else { continue };
            if state.crashes < self.crashes {
                actions.push(Action::Crash(me));
            }
            if state.hurries < self.hurries && !state.again && matches!(process.machine.stage(), Stage::Settling { .. })
            {
                actions.push(Action::LosePatience(me));
            }
            if state.cuts < self.cuts {
                let up = |peer: &usize| me < *peer && state.wires[me][*peer].is_some();
                actions.extend(self.others(me).filter(up).map(|peer| Action::Cut(me, peer)));
            }
        }
    }
}
