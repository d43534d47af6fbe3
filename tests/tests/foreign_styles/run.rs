//! Sound runs: a simulation of the exercise that shares no code with Clockring's own.
//!
//! Machines tick at their rates; a tick is one event. Every event gets a Lamport, a vector and a hybrid clock at once,
//! so that one run can be written down with any of them.

use std::collections::VecDeque;

use tests::naive_model::Chance;

/// The settings of a run.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// Ticks per second of each machine.
    pub(crate) rates: Vec<u64>,
    /// Faces of the die.
    pub(crate) sides: u64,
    /// Number of events of all machines together.
    pub(crate) events: usize,
    /// The Lamport clock of each machine's first event, if that receives nothing.
    pub(crate) first: Vec<u64>,
    /// By so much the Lamport clock rises with each event.
    pub(crate) step: u64,
    /// The own count of each machine's first event in its vector, from 1.
    pub(crate) first_own: Vec<u64>,
    /// Is a send to all one event with one timestamp, or a send for each receiver?
    pub(crate) all_is_one: bool,
    /// The moment at which a message's clock is merged.
    pub(crate) merging: Merging,
    /// The timestamp that a message carries.
    pub(crate) carried: Carried,
    /// Most messages that one receive takes.
    pub(crate) batch_max: usize,
    /// Is each message delivered to the program by a later event than its receive?
    pub(crate) delivers: bool,
    /// Can a machine restart with a clock that begins again?
    pub(crate) restarts: bool,
    /// Slowest link, in milliseconds.
    pub(crate) latency_ms_max: u64,
    /// Milliseconds that one value of the hybrid clock's physical part lasts.
    pub(crate) grain_ms: u64,
    /// UNIX time of the start, in nanoseconds.
    pub(crate) started_ns: u64,
}

/// The moment at which the clock of a message is merged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Merging {
    /// By the receive.
    Taken,
    /// As it comes in, without an event; the receive counts as any event does.
    Arrived,
    /// As it comes in, by an event of its own without a row.
    ArrivedAndCounted,
}

/// The timestamp that a message carries (Lamport only; vectors and hybrid clocks always carry the send's).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Carried {
    /// The send's.
    Send,
    /// One less, taken before the increment; the receiver knows, and adds it again.
    Before,
    /// One less, and the receiver does not know: a mistake.
    BeforeUnknown,
    /// One more: the clock was advanced once again after the row was written.
    After,
}

/// The kind of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) enum Kind {
    /// Of one machine alone.
    Internal,
    /// To one machine or several.
    Send,
    /// Of one message or, in a batch, several.
    Receive,
    /// Of messages that were received before.
    Delivery,
}

/// All clocks of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Clocks {
    /// Lamport's.
    pub(crate) lamport: u64,
    /// Events per machine.
    pub(crate) vector: Vec<u64>,
    /// Physical time in units of the grain, and the count within one.
    pub(crate) hybrid: (u64, u64),
}

/// A message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Message {
    /// The sender.
    pub(crate) from: usize,
    /// The receiver.
    pub(crate) to: usize,
    /// Unique in the run.
    pub(crate) id: u64,
    /// Number of its sender's messages before it.
    pub(crate) number: u64,
    /// The event that sent it, by its place in [`Run::events`].
    pub(crate) event: usize,
    /// The clocks that it carries.
    pub(crate) stamp: Clocks,
    arrives_ns: u64,
    is_merged: bool,
}

/// An event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// The machine.
    pub(crate) machine: usize,
    /// UNIX time in nanoseconds.
    pub(crate) at_ns: u64,
    /// Its kind.
    pub(crate) kind: Kind,
    /// Receivers of a send.
    pub(crate) to: Vec<usize>,
    /// Messages of a receive or a delivery.
    pub(crate) took: Vec<Message>,
    /// The clocks that the message of a send carries.
    pub(crate) sent: Option<(Clocks, u64, u64)>,
    /// The clocks after the event.
    pub(crate) clocks: Clocks,
    /// Messages that wait after the event.
    pub(crate) queue: u64,
}

/// A run, in the order of real time.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Number of machines.
    pub(crate) machines: usize,
    /// The events.
    pub(crate) events: Vec<Event>,
    /// Has a clock begun again?
    pub(crate) restarted: bool,
}

struct Machine {
    lamport: i64,
    vector: Vec<u64>,
    hybrid: (u64, u64),
    skew_ms: u64,
    next_ns: u64,
    period_ns: u64,
    sent: u64,
    inbox: Vec<Message>,
    /// Messages that were received, and not delivered yet.
    held: VecDeque<Vec<Message>>,
}

const MS: u64 = 1_000_000;

impl Run {
    /// Simulates a run.
    pub(crate) fn simulate(setting: &Setting, chance: &mut Chance) -> Self {
        let machines = setting.rates.len();
        let latencies: Vec<u64> = (0..machines * machines).map(|_| 1 + chance.below(setting.latency_ms_max)).collect();
        let mut links = vec![0_u64; machines * machines];
        let mut states: Vec<Machine> = (0..machines)
            .map(|place| {
                let period_ns = 1_000_000_000 / setting.rates[place];
                Machine {
                    lamport: setting.first[place] as i64 - 1,
                    vector: (0..machines)
                        .map(|other| if other == place { setting.first_own[place] - 1 } else { 0 })
                        .collect(),
                    hybrid: (0, 0),
                    skew_ms: chance.below(2000),
                    next_ns: setting.started_ns + period_ns + chance.below(50) * MS / 10,
                    period_ns,
                    sent: 0,
                    inbox: Vec::new(),
                    held: VecDeque::new(),
                }
            })
            .collect();
        let mut events: Vec<Event> = Vec::new();
        let (mut ids, mut restarted) = (0, false);
        while events.len() < setting.events {
            let place = (0..machines).min_by_key(|place| states[*place].next_ns).unwrap();
            let now_ns = states[place].next_ns;
            states[place].next_ns += states[place].period_ns + chance.below(3) * MS / 10;
            if setting.restarts && chance.below(40) == 0 && !events.is_empty() {
                restarted = true;
                states[place].lamport = setting.first[place] as i64 - 1;
                states[place].vector = vec![0; machines];
                states[place].vector[place] = setting.first_own[place] - 1;
                states[place].held.clear();
                states[place].inbox.iter_mut().for_each(|message| message.is_merged = false);
            }
            states[place].merge_arrived(place, now_ns, setting);
            let is_delivery = !states[place].held.is_empty() && chance.below(2) == 0;
            let took = if is_delivery {
                states[place].held.pop_front().unwrap_or_default()
            } else {
                states[place].take(now_ns, 1 + chance.below(setting.batch_max as u64) as usize)
            };
            if setting.delivers && !is_delivery && !took.is_empty() {
                let merged = took.iter().map(|message| Message { is_merged: true, ..message.clone() });
                states[place].held.push_back(merged.collect());
            }
            let to = if took.is_empty() { roll(place, machines, setting.sides, chance) } else { Vec::new() };
            let rows: Vec<Vec<usize>> = match to.len() {
                0 | 1 => vec![to],
                _ if setting.all_is_one => vec![to],
                _ => to.into_iter().map(|receiver| vec![receiver]).collect(),
            };
            for to in rows {
                let state = &mut states[place];
                let before = state.lamport;
                state.advance(place, &took, setting, now_ns);
                let clocks = state.clocks();
                let kind = if is_delivery {
                    Kind::Delivery
                } else if !took.is_empty() {
                    Kind::Receive
                } else if to.is_empty() {
                    Kind::Internal
                } else {
                    Kind::Send
                };
                let mut stamp = clocks.clone();
                match setting.carried {
                    Carried::Send => {}
                    Carried::Before | Carried::BeforeUnknown => stamp.lamport = before.max(0) as u64,
                    Carried::After if kind == Kind::Send => {
                        state.lamport += 1;
                        stamp.lamport += 1;
                    }
                    Carried::After => {}
                }
                let (id, number) = (ids, state.sent);
                state.sent += u64::from(kind == Kind::Send);
                ids += u64::from(kind == Kind::Send);
                for receiver in &to {
                    let link = place * machines + receiver;
                    let latency_ms = latencies[link] + chance.below(latencies[link] + 1);
                    links[link] = (now_ns + latency_ms * MS).max(links[link] + 1);
                    states[*receiver].inbox.push(Message {
                        from: place,
                        to: *receiver,
                        id,
                        number,
                        event: events.len(),
                        stamp: stamp.clone(),
                        arrives_ns: links[link],
                        is_merged: false,
                    });
                }
                let queue = states[place].inbox.iter().filter(|message| message.arrives_ns <= now_ns).count() as u64;
                let sent = (kind == Kind::Send).then_some((stamp, id, number));
                events.push(Event { machine: place, at_ns: now_ns, kind, to, took: took.clone(), sent, clocks, queue });
            }
        }
        Self { machines, events, restarted }
    }
}

/// The receivers that a roll of the die gives; none for an internal event.
fn roll(place: usize, machines: usize, sides: u64, chance: &mut Chance) -> Vec<usize> {
    let face = 1 + chance.below(sides) as usize;
    match face {
        face if face < machines => vec![(place + face) % machines],
        face if face == machines => (1..machines).map(|step| (place + step) % machines).collect(),
        _ => Vec::new(),
    }
}

impl Machine {
    fn clocks(&self) -> Clocks {
        Clocks { lamport: self.lamport.max(0) as u64, vector: self.vector.clone(), hybrid: self.hybrid }
    }

    /// Merges the clocks of messages as they come in, if this machine does that.
    fn merge_arrived(&mut self, place: usize, now_ns: u64, setting: &Setting) {
        if setting.merging == Merging::Taken {
            return;
        }
        let mut arrived: Vec<usize> = (0..self.inbox.len())
            .filter(|index| self.inbox[*index].arrives_ns <= now_ns && !self.inbox[*index].is_merged)
            .collect();
        arrived.sort_by_key(|index| self.inbox[*index].arrives_ns);
        for index in arrived {
            self.inbox[index].is_merged = true;
            let stamp = self.inbox[index].stamp.clone();
            self.merge(&stamp, setting);
            if setting.merging == Merging::ArrivedAndCounted {
                self.lamport += setting.step as i64;
                self.vector[place] += 1;
            }
        }
    }

    fn merge(&mut self, stamp: &Clocks, setting: &Setting) {
        let told = stamp.lamport as i64 + i64::from(setting.carried == Carried::Before);
        self.lamport = self.lamport.max(told);
        for (mine, theirs) in self.vector.iter_mut().zip(&stamp.vector) {
            *mine = (*mine).max(*theirs);
        }
        self.hybrid = self.hybrid.max(stamp.hybrid);
    }

    /// The oldest messages that have arrived, up to a number of them.
    fn take(&mut self, now_ns: u64, most: usize) -> Vec<Message> {
        let mut taken = Vec::new();
        while taken.len() < most {
            let waiting = (0..self.inbox.len()).filter(|index| self.inbox[*index].arrives_ns <= now_ns);
            let Some(oldest) = waiting.min_by_key(|index| self.inbox[*index].arrives_ns) else { break };
            taken.push(self.inbox.remove(oldest));
        }
        taken
    }

    /// One event: the clocks of messages that are not merged yet, and one more.
    fn advance(&mut self, place: usize, took: &[Message], setting: &Setting, now_ns: u64) {
        for message in took.iter().filter(|message| !message.is_merged) {
            self.merge(&message.stamp.clone(), setting);
        }
        self.lamport += setting.step as i64;
        self.vector[place] += 1;
        let physical = (now_ns / MS + self.skew_ms) / setting.grain_ms;
        self.hybrid = if physical > self.hybrid.0 { (physical, 0) } else { (self.hybrid.0, self.hybrid.1 + 1) };
    }
}

/// The reason that a run is not sound, by the definition: along every arrow of happened-before each clock rises, and one vector is
/// below another only where the theory says so. Restarts are not meant.
pub(crate) fn flaw(run: &Run) -> Option<String> {
    let mut last: Vec<Option<usize>> = vec![None; run.machines];
    for (index, event) in run.events.iter().enumerate() {
        let causes = event.took.iter().map(|message| message.event).chain(last[event.machine]);
        for cause in causes {
            let (earlier, later) = (&run.events[cause].clocks, &event.clocks);
            let below = earlier.vector.iter().zip(&later.vector).all(|(earlier, later)| earlier <= later);
            if earlier.lamport >= later.lamport
                || earlier.hybrid >= later.hybrid
                || !below
                || earlier.vector == later.vector
            {
                return Some(format!("event {cause} {:?} is not before {index} {:?}", run.events[cause], event));
            }
        }
        last[event.machine] = Some(index);
    }
    for (index, event) in run.events.iter().enumerate() {
        for other in &run.events[index + 1..] {
            let knows = other.clocks.vector[event.machine] >= event.clocks.vector[event.machine];
            let below = event.clocks.vector.iter().zip(&other.clocks.vector).all(|(earlier, later)| earlier <= later);
            if knows != below {
                return Some(format!("{other:?} knows {event:?}, but not all that it knew"));
            }
        }
    }
    None
}
