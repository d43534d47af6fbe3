//! Strangers, which call a machine in the name of a peer, or answer its call.

use clockring::{
    clock::Clock,
    cursor::Cursor,
    handshake::{Answer, Greeting, RunFacts},
    ring::MachineId,
};

use super::world::{Fate, World};
use crate::{failure::Failure, rundir::StampText};

/// Greetings that no peer gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stranger {
    /// A machine of another run.
    OtherRun,
    /// A machine with another die.
    OtherSettings,
    /// A second machine of the name, which has just started.
    Twin,
    /// One that claims messages which were never sent.
    Liar,
}

impl<C> World<C>
where
    C: Clock,
    C::Stamp: StampText,
{
    /// A stranger calls, or answers a call. No machine takes it for a peer, and none in mid-run leaves for it.
    pub(super) fn stranger_comes(&mut self, index: usize) -> Result<(), Failure> {
        let stranger =
            self.chance.one_of(&[Stranger::OtherRun, Stranger::OtherSettings, Stranger::Twin, Stranger::Liar]);
        let reading = self.clocks[index].at(self.now);
        let peers: Vec<usize> = (0..self.machines.len()).filter(|peer| *peer != index).collect();
        let Some(peer) = MachineId::from_index(self.chance.one_of(&peers)) else { return Ok(()) };
        let Fate::Alive { machine, .. } = &mut self.machines[index] else { return Ok(()) };
        let known = machine.known(peer);
        let ours = machine.greeting(peer, reading);
        // One that goes on from its log has forgotten its peers, and its sends.
        let can_tell = match stranger {
            Stranger::OtherRun => ours.run.number.is_some(),
            Stranger::OtherSettings => true,
            Stranger::Twin => known.is_linked || known.run_has_begun && known.instance.is_some(),
            Stranger::Liar => known.is_linked || !known.resumed,
        };
        if !can_tell {
            return Ok(());
        }
        self.account.strangers.count(machine.stage());
        let run = match stranger {
            Stranger::OtherRun => RunFacts { number: ours.run.number.map(|number| number + 1), ..ours.run },
            Stranger::OtherSettings => RunFacts { sides: ours.run.sides + 1, ..ours.run },
            Stranger::Twin | Stranger::Liar => ours.run,
        };
        let is_liar = stranger == Stranger::Liar;
        let received = if is_liar { Cursor::from_u64(known.sent.to_u64() + 1_000) } else { Cursor::START };
        let theirs = Greeting { resumed: is_liar, received, ..Greeting::new(peer, machine.id(), run, u64::MAX) };
        let wrong = |what: &str| Err(Failure::run(format!("{} {what}: {stranger:?} as {peer}", machine.id())));
        if known.answer(&ours, &theirs) == Answer::Welcome {
            return wrong("lets in a stranger");
        }
        if known.is_linked {
            return Ok(());
        }
        match known.judge_answer(&ours, &theirs) {
            Ok(()) => wrong("takes the answer of a stranger"),
            Err(refusal) if known.run_has_begun && known.must_leave(&refusal, true) => wrong("leaves for a stranger"),
            Err(_) => Ok(()),
        }
    }
}
