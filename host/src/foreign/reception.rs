//! Receives in logs with vector clocks: which send can have told a receive what it knows?
//!
//! A receive joins its machine's vector with that of its message and counts itself. So a send explains it if joining
//! the send's vector gives the receive's. If none does, the receive is provably wrong: it does not know its send, and
//! looks concurrent with it.

use super::{ForeignVerdict, Judgement, vector::Vectors, words::Kind};
use crate::check::Rule;

/// What vector a message carries.
#[derive(Clone, Copy)]
enum Carries {
    /// That of its send, as it must.
    Send,
    /// That of the sender's event before, without the send itself.
    Before,
}

/// Judges every receive, if it is told which events are receives and which are sends.
pub(super) fn judge(vectors: &Vectors<'_>, verdict: &mut ForeignVerdict) {
    for rule in [Rule::ReceivedWasSent, Rule::ReceivedOnce, Rule::Fifo] {
        verdict.unjudged(rule, "a receive does not name its message");
    }
    let events = || vectors.run.logs.iter().flat_map(|log| &log.events);
    let has = |kind: fn(Kind) -> bool| events().any(|event| event.kind.is_some_and(kind));
    if !has(|kind| kind == Kind::Receive) || !has(Kind::is_send) {
        verdict.unjudged(Rule::ClockCondition, "the log does not tell sends and receives");
        return;
    }
    verdict.judged(Rule::ClockCondition, "some send explains what each receive knows");
    let (mut receives, mut unexplained, mut explained_before) = (0, 0, 0);
    for machine in 0..vectors.run.logs.len() {
        let right = Receiver::new(vectors, machine, Carries::Send);
        let before = Receiver::new(vectors, machine, Carries::Before);
        let mut judgement = Judgement::of(&vectors.run.logs[machine].name);
        let mut taken = 0;
        for row in 0..vectors.run.logs[machine].events.len() {
            if vectors.event(machine, row).kind != Some(Kind::Receive) {
                continue;
            }
            judgement.receives += 1;
            if right.explains(row) > taken {
                taken += 1;
            } else {
                judgement.wrong += 1;
                let at = &vectors.event(machine, row).at;
                verdict.violations.add(Rule::ClockCondition, at.clone(), None, || {
                    let clock = vectors.show(&vectors.clocks[machine][row]);
                    let known = vectors.before(machine, row).map(|clock| vectors.show(clock)).unwrap_or_default();
                    format!("the receive at {at} has {clock} after {known}, but no send can have told it that: it does not know its send")
                });
            }
            explained_before += u64::from(before.explains(row) > 0);
        }
        receives += judgement.receives;
        unexplained += judgement.wrong;
        verdict.receives.push(judgement);
    }
    if unexplained > 0 && explained_before == receives {
        verdict.remarks.push(format!(
            "all {receives} receives fit messages that carry the sender's vector from before the send: if that is how they \
             were made, all {receives} look concurrent with their sends, and {unexplained} of them do so provably"
        ));
    }
}

struct Receiver<'a> {
    vectors: &'a Vectors<'a>,
    machine: usize,
    /// Per machine: the vectors of the messages it may have sent here, in order.
    messages: Vec<Vec<&'a [u64]>>,
}

impl<'a> Receiver<'a> {
    fn new(vectors: &'a Vectors<'a>, machine: usize, carries: Carries) -> Self {
        let messages = (0..vectors.run.logs.len()).map(|sender| {
            let sends = (0..vectors.clocks[sender].len()).filter(|row| {
                let event = vectors.event(sender, *row);
                let is_to_here = event.to.as_ref().is_none_or(|to| to.contains(&machine));
                // An event of which nothing is known may be a send.
                sender != machine && event.kind.is_none_or(Kind::is_send) && is_to_here
            });
            let carried = sends.map(|row| match carries {
                Carries::Send => vectors.clocks[sender][row].as_slice(),
                Carries::Before => vectors.before(sender, row).unwrap_or_default(),
            });
            carried.collect()
        });
        Self { vectors, machine, messages: messages.collect() }
    }

    /// How many messages can have told a receive what it knows. For one that learns something new, whether there is
    /// any; for one that learns nothing, how many were under way up to then, those received before it included.
    fn explains(&self, row: usize) -> u64 {
        let mut target = self.vectors.clocks[self.machine][row].clone();
        target[self.machine] = target[self.machine].saturating_sub(1);
        let start = vec![0; target.len()];
        let known = self.vectors.before(self.machine, row).unwrap_or(&start);
        let learned: Vec<usize> = (0..target.len()).filter(|entry| target[*entry] > known[*entry]).collect();
        let event = self.vectors.event(self.machine, row);
        let from = event.messages.first().and_then(|message| message.from);
        let senders = (0..target.len()).filter(|sender| from.is_none_or(|from| from == *sender));
        let counts = senders.map(|sender| {
            // The vectors of one sender rise: those that know nothing beyond the target come first, and if the last
            // of them does not tell enough, none does.
            let fits = |carried: &&[u64]| carried.iter().zip(&target).all(|(carried, target)| carried <= target);
            let fitting = self.messages[sender].partition_point(fits);
            let last = fitting.checked_sub(1).map(|last| self.messages[sender][last]);
            let tells = |carried: &[u64]| learned.iter().all(|entry| carried.get(*entry) == Some(&target[*entry]));
            match last {
                Some(_) if learned.is_empty() => fitting as u64,
                Some(last) if tells(last) => u64::MAX,
                _ => 0,
            }
        });
        counts.fold(0, u64::saturating_add)
    }
}
