//! Rules of messages that a receive names by timestamp or id: it is later than its send, which is one to the receiver.
//! The receives of one machine together are for `order.rs`.

mod order;

use std::collections::HashMap;

use self::order::Received;
use super::{
    evidence::{Offsets, Rows, logs_sends_once, sequence},
    law::{Contradiction, ForeignVerdict, Ground, Judgement, MESSAGES, RECEIVE_PAIRS, RECEIVES},
    run::{Carried, ForeignClock, ForeignEvent, ForeignLog, ForeignRun, Peer, Stamp},
};
use crate::check::Rule;

/// Judges every receive that names its message. Receives that do not are for [`unstamped`](super::unstamped) and
/// [`reception`](super::reception).
pub(super) fn judge(run: &ForeignRun, rows: &Rows, offsets: &Offsets, verdict: &mut ForeignVerdict) {
    if run.events().all(|event| !event.is_receive()) {
        for rule in [Rule::ReceivedWasSent, Rule::ReceivedOnce, Rule::Fifo] {
            verdict.unjudged(rule, "no event is known to be a receive");
        }
        return;
    }
    let sends_by_id = sends_by_id(run);
    let ids_repeat = sends_by_id.values().any(|sends| sends.iter().any(|(sender, _)| *sender != sends[0].0));
    let mut judge = Judge {
        run,
        rows,
        offsets,
        is_one_run: run.is_one_run(),
        logs_sends_once: run.logs.iter().map(logs_sends_once).collect(),
        once: Ground::shown("each send is one row"),
        sends_by_id,
        ids_repeat,
        compared: Compared::default(),
    };
    for machine in 0..run.logs.len() {
        judge.machine(machine, verdict);
    }
    if let Some(offset) = offsets.habit() {
        let when = if offset < 0 { "before the clock was advanced for the send" } else { "after the send was logged" };
        verdict.remarks.push(format!("messages carry a timestamp taken {when}: it is {offset:+} from the send's time"));
    }
    let Compared { conditions, sent, once, order } = judge.compared;
    let condition = "a receive is later than its message's timestamp, and than its send";
    if conditions > 0 {
        verdict.judged(Rule::ClockCondition, condition, (conditions, RECEIVES), &[], "");
    }
    let unnamed = "no receive names a timestamp and a sender with a log, or how timestamps are taken is not shown";
    let once_each = Some(&judge.once).filter(|_| judge.logs_sends_once.iter().all(|once| *once));
    let ground = &[offsets.ground(), once_each];
    verdict.judged(
        Rule::ReceivedWasSent,
        "the event with the timestamp is a send to the receiver",
        (sent, MESSAGES),
        ground,
        unnamed,
    );
    let unknown = "no receive names a message whose send is one row of the logs";
    verdict.judged(Rule::ReceivedOnce, "no message is received twice", (once, MESSAGES), &[Some(&judge.once)], unknown);
    verdict.judged(
        Rule::Fifo,
        "what one machine sends to another is received in the order of its sends",
        (order, RECEIVE_PAIRS),
        &[],
        "no machine names two messages of one sender by timestamps",
    );
}

/// The number of comparisons of each rule.
#[derive(Default)]
struct Compared {
    conditions: u64,
    sent: u64,
    once: u64,
    order: u64,
}

struct Judge<'a> {
    run: &'a ForeignRun,
    rows: &'a Rows,
    offsets: &'a Offsets,
    /// Can events of different machines be compared?
    is_one_run: bool,
    logs_sends_once: Vec<bool>,
    /// The ground of the assumption behind [`Rule::ReceivedOnce`], if that is judged.
    once: Ground,
    sends_by_id: HashMap<u32, Vec<(usize, usize)>>,
    /// Do several machines send one id?
    ids_repeat: bool,
    compared: Compared,
}

/// A contradiction that was found, with its sentence.
type Wrong = (Contradiction, String);

impl Judge<'_> {
    fn machine(&mut self, machine: usize, verdict: &mut ForeignVerdict) {
        let log = &self.run.logs[machine];
        let mut received: HashMap<u8, Received> = HashMap::new();
        let mut judgement = Judgement { machine: log.name.clone(), receives: 0, wrong: 0 };
        let mut several = 0;
        for (row, event) in log.events.iter().enumerate().filter(|(_, event)| event.is_receive()) {
            let mut messages = event.messages();
            let mut wrong = self.conditions(machine, event, row, messages);
            if let Some(others) = event.several.as_ref().filter(|several| several.is_a_guess && !wrong.is_empty()) {
                let reading = self.conditions(machine, event, row, &others.messages);
                if reading.is_empty() {
                    (messages, wrong) = (&others.messages, reading);
                }
            }
            judgement.receives += 1;
            judgement.wrong += u64::from(!wrong.is_empty());
            several += u64::from(messages.len() > 1);
            let is_wrong = !wrong.is_empty();
            for (contradiction, text) in wrong {
                verdict.prove(contradiction, &[], || text);
            }
            let received = received.entry(event.word).or_default();
            for message in messages {
                if !is_wrong {
                    self.was_sent(machine, event, message, verdict);
                }
                self.order(machine, row, message, received, verdict);
            }
            if messages.iter().all(|message| message.stamp.is_none()) {
                self.once_by_id(machine, row, received, verdict);
            }
        }
        if several > 0 {
            let (receives, take) = if several == 1 { ("receive", "takes") } else { ("receives", "take") };
            verdict.remarks.push(format!("{several} {receives} of {} {take} several messages at once", log.name));
        }
        verdict.receives.push(judgement);
    }

    fn conditions(&mut self, machine: usize, event: &ForeignEvent, row: usize, messages: &[Carried]) -> Vec<Wrong> {
        let stamped = messages.iter().filter_map(|message| self.condition(machine, event, row, message));
        let mut wrong: Vec<Wrong> = stamped.collect();
        self.compared.conditions += messages.iter().filter(|message| message.stamp.is_some()).count() as u64;
        if wrong.is_empty() {
            wrong.extend(self.condition_of_id(machine, event, row));
        }
        let sends = event.id.and_then(|id| self.sends_by_id.get(&id));
        self.compared.conditions +=
            u64::from(sends.is_some_and(|sends| sends.iter().any(|(sender, _)| *sender != machine)));
        wrong
    }

    /// A receive that is not later than its message's timestamp, or than its send.
    fn condition(&self, machine: usize, event: &ForeignEvent, row: usize, message: &Carried) -> Option<Wrong> {
        let (run, log) = (self.run, &self.run.logs[machine]);
        let stamp = message.stamp?;
        let at = run.at(event);
        let send = self.send_of(machine, log, message);
        let against = send.map(|send| run.at(send));
        let contradiction = || Contradiction { rule: Rule::ClockCondition, at: at.clone(), against: against.clone() };
        let (clock, carried) = (show_clock(run, log, event, row), show_stamp(run, log, stamp));
        let is_late = match stamp {
            Stamp::Scalar(stamp) => event.clock > stamp,
            Stamp::Vector(place) => is_above(log.vector(row), log.stamp(place), machine, log.owns_entry),
        };
        if !is_late {
            let sent =
                send.map(|send| format!(", sent at {} at time {},", run.at(send), send.clock)).unwrap_or_default();
            let why = match stamp {
                Stamp::Scalar(stamp) if event.clock == stamp => "the receiver did not add one",
                _ => "the receiver did not take over the message's time",
            };
            return Some((
                contradiction(),
                format!("the receive at {at} has time {clock}, but its message{sent} carries {carried}: {why}"),
            ));
        }
        let send = send.filter(|send| run.clock != ForeignClock::Vector && event.clock <= send.clock)?;
        let sent = run.at(send);
        let text = format!(
            "the receive at {at} has time {clock}, but its message, which carries {carried}, was sent at {sent} at time \
             {}: the timestamp was taken before the clock was advanced for the send",
            send.clock
        );
        Some((contradiction(), text))
    }

    /// The send that a message is of, the earliest if several rows can be it; `None` if that is not certain.
    fn send_of(&self, machine: usize, log: &ForeignLog, message: &Carried) -> Option<&ForeignEvent> {
        let Peer::Machine(from) = message.from else { return None };
        if !self.is_one_run {
            return None;
        }
        let sent_at = self.offsets.sent_at(from, sequence(self.run, log, message)?)?;
        let events = &self.run.logs[from].events;
        self.rows.at(from, sent_at).map(|row| &events[row]).find(|send| send.may_reach(machine))
    }

    /// A receive that is not later than the send of the same message, by its id. A message that is passed on keeps its
    /// id, so it must be later than one of the sends by others.
    fn condition_of_id(&self, machine: usize, event: &ForeignEvent, row: usize) -> Option<Wrong> {
        let sends = self.sends_by_id.get(&event.id?)?;
        let (run, log) = (self.run, &self.run.logs[machine]);
        // Ids may be the senders' own numbers, so a sender that is named counts alone.
        let is_sender = |sender: usize| match event.message.from {
            Peer::Machine(from) => sender == from,
            Peer::Untold => sender != machine && !self.ids_repeat,
            Peer::Stranger => false,
        };
        let others = || sends.iter().filter(|(sender, _)| is_sender(*sender) && self.is_one_run);
        let is_later = |(sender, send): &(usize, usize)| match run.clock {
            ForeignClock::Vector => is_above(log.vector(row), run.logs[*sender].vector(*send), machine, log.owns_entry),
            _ => event.clock > run.logs[*sender].events[*send].clock,
        };
        if others().any(is_later) {
            return None;
        }
        let (sender, send) = others().next()?;
        let sent = &run.logs[*sender].events[*send];
        let (at, sent_at) = (run.at(event), run.at(sent));
        let (clock, sent_clock) = (show_clock(run, log, event, row), show_clock(run, &run.logs[*sender], sent, *send));
        let text =
            format!("the receive at {at} has time {clock}, but its message was sent at {sent_at} at time {sent_clock}");
        Some((Contradiction { rule: Rule::ClockCondition, at, against: Some(sent_at) }, text))
    }

    /// The sender's event with the message's timestamp is a send to this machine.
    fn was_sent(&mut self, machine: usize, event: &ForeignEvent, message: &Carried, verdict: &mut ForeignVerdict) {
        let (run, log) = (self.run, &self.run.logs[machine]);
        let Some(stamp) = sequence(run, log, message) else { return };
        let senders: Vec<usize> = match message.from {
            Peer::Machine(from) => vec![from],
            Peer::Untold => (0..run.logs.len()).filter(|sender| *sender != machine).collect(),
            Peer::Stranger => return,
        };
        let is_told = message.from != Peer::Untold;
        let mut denied = None;
        let mut is_in_part = false;
        for sender in &senders {
            let Some(sent_at) = self.offsets.sent_at(*sender, stamp) else { return };
            let may_be_cut = !verdict.is_complete() && !self.rows.covers(*sender, sent_at);
            if !self.is_one_run || may_be_cut {
                return;
            }
            for row in self.rows.at(*sender, sent_at) {
                let sent = &run.logs[*sender].events[row];
                if sent.may_reach(machine) {
                    self.compared.sent += u64::from(is_told);
                    return;
                }
                // Of a send in several rows, the one to this receiver may be missing.
                is_in_part |= sent.may_send() && !self.logs_sends_once[*sender];
                denied = Some(sent);
            }
        }
        let (at, carried) = (run.at(event), show_stamp(run, log, message.stamp.unwrap_or(Stamp::Scalar(stamp))));
        let (name, against) = (&log.name, denied.map(|sent| run.at(sent)));
        let contradiction = Contradiction { rule: Rule::ReceivedWasSent, at: at.clone(), against: against.clone() };
        let ground = [self.offsets.ground()];
        let needs = if is_told && self.offsets.is_told(senders[0]) { &[][..] } else { &ground[..] };
        match (denied, is_told) {
            (Some(sent), true) if !is_in_part => {
                self.compared.sent += 1;
                let from = &run.logs[senders[0]].name;
                verdict.prove(contradiction, needs, || {
                    format!(
                        "the receive at {at} takes a message from {from} with time {carried}, but the event of {from} with \
                         time {}, at {}, is no send to {name}",
                        sent.clock,
                        run.at(sent)
                    )
                });
            }
            _ => verdict.if_complete(contradiction, needs, || {
                let from = if is_told { run.logs[senders[0]].name.clone() } else { "no machine".to_owned() };
                let sent = if is_told { "sent it none" } else { "sent it one" };
                format!("the receive at {at} takes a message with time {carried}, but {from} {sent} with that time")
            }),
        }
    }
}

fn sends_by_id(run: &ForeignRun) -> HashMap<u32, Vec<(usize, usize)>> {
    let mut sends: HashMap<u32, Vec<(usize, usize)>> = HashMap::new();
    for (machine, log) in run.logs.iter().enumerate() {
        for (row, event) in
            log.events.iter().enumerate().filter(|(_, event)| event.kind.is_some_and(|kind| kind.is_send()))
        {
            if let Some(id) = event.id {
                sends.entry(id).or_default().push((machine, row));
            }
        }
    }
    sends
}

/// Does a vector know all that another knows, and more events of its own machine?
fn is_above(vector: &[u64], other: &[u64], machine: usize, owns_entry: bool) -> bool {
    let knows_all = vector.iter().zip(other).all(|(knows, known)| knows >= known);
    let own = |vector: &[u64]| vector.get(machine).copied();
    knows_all && (!owns_entry || own(vector) > own(other))
}

fn show_clock(run: &ForeignRun, log: &ForeignLog, event: &ForeignEvent, row: usize) -> String {
    match run.clock {
        ForeignClock::Vector => run.show(log.vector(row)),
        _ => event.clock.to_string(),
    }
}

fn show_stamp(run: &ForeignRun, log: &ForeignLog, stamp: Stamp) -> String {
    match stamp {
        Stamp::Scalar(stamp) => stamp.to_string(),
        Stamp::Vector(place) => run.show(log.stamp(place)),
    }
}
