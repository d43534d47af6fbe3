//! Admission to a link, judged by two greetings and by the knowledge of this machine; without sockets.

use clockring::{
    cursor::Cursor,
    handshake::{Answer, Greeting, RunFacts},
};

use crate::link::Refusal;

/// The knowledge of a machine that meets another with the name of a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// Does it go on from its log? Then it has forgotten the instances of its peers, and its sends.
    pub(crate) resumed: bool,
    pub(crate) run_has_begun: bool,
    /// The process of the peer that was last linked.
    pub(crate) instance: Option<u64>,
    /// Is that link up, as far as it knows?
    pub(crate) is_linked: bool,
    /// The last message that the peer can have.
    pub(crate) sent: Cursor,
}

impl Known {
    /// The answer to a caller.
    pub(crate) fn answer(&self, ours: &Greeting, theirs: &Greeting) -> Answer {
        let fits = ours.judge(theirs).is_ok();
        // A machine that begins anew, or a second one of a name, learns that, rather than that its run has another
        // number.
        if fits || fits_but_for_the_run(ours, theirs) {
            if self.is_linked && self.instance != Some(theirs.instance) {
                return Answer::NameTaken;
            }
            if !self.is_linked && !self.recognises(theirs) {
                return Answer::RunHasBegun;
            }
        }
        match fits {
            false => Answer::Mismatch,
            true if self.claims_too_much(theirs) => Answer::ClaimsTooMuch,
            true => Answer::Welcome,
        }
    }

    /// Is the answer to a call good, and from the right machine?
    pub(crate) fn judge_answer(&self, ours: &Greeting, theirs: &Greeting) -> Result<(), Refusal> {
        let mismatch = ours.judge(theirs).err();
        if let Some(mismatch) = mismatch.filter(|_| !fits_but_for_the_run(ours, theirs)) {
            return Err(Refusal::Mismatch(mismatch));
        }
        match (theirs.answer, mismatch) {
            (Answer::Welcome | Answer::Mismatch | Answer::ClaimsTooMuch, _) if !self.recognises(theirs) => {
                Err(Refusal::Stranger)
            }
            (Answer::Welcome | Answer::Mismatch, Some(mismatch)) => Err(Refusal::Mismatch(mismatch)),
            (Answer::Welcome, None) if self.claims_too_much(theirs) => Err(Refusal::ClaimsTooMuch),
            (Answer::Welcome, None) => Ok(()),
            (answer, _) => Err(Refusal::Refused(answer)),
        }
    }

    /// Does a refusal mean that this machine cannot take part? In a run that goes on, it is the other side that is wrong.
    /// One that has come back `early` may find its name still taken, by its own last process; and its log has the messages
    /// that a peer who begins anew does not know of.
    pub(crate) fn must_leave(&self, refusal: &Refusal, early: bool) -> bool {
        let is_about_it = match refusal {
            Refusal::Refused(Answer::NameTaken) => !(self.resumed && early),
            Refusal::Refused(Answer::ClaimsTooMuch) => !self.resumed,
            Refusal::Refused(_) | Refusal::Mismatch(_) => true,
            _ => false,
        };
        is_about_it && !self.run_has_begun
    }

    /// Is this the machine that the run began with, as far as can be known here?
    fn recognises(&self, theirs: &Greeting) -> bool {
        let known = self.instance.map_or(self.resumed, |instance| instance == theirs.instance);
        known || theirs.resumed || !self.run_has_begun
    }

    /// Does the peer claim messages that this machine never sent? One that goes on from its log cannot tell: its log may
    /// have lost rows.
    fn claims_too_much(&self, theirs: &Greeting) -> bool {
        !self.resumed && theirs.received > self.sent
    }
}

/// Do the two differ in nothing but the run's number and seed?
fn fits_but_for_the_run(ours: &Greeting, theirs: &Greeting) -> bool {
    let run = RunFacts { number: theirs.run.number, seed: theirs.run.seed, ..ours.run };
    Greeting { run, ..*ours }.judge(theirs).is_ok()
}

#[cfg(test)]
mod tests {
    use clockring::ring::MachineId;

    use super::*;

    const HERE: Known =
        Known { resumed: false, run_has_begun: true, instance: Some(7), is_linked: false, sent: Cursor::START };

    fn greeting(from: usize, to: usize, instance: u64) -> Greeting {
        let [from, to] = [from, to].map(|index| MachineId::from_index(index).unwrap());
        let run = RunFacts { machines: 2, sides: 6, clock: b'l', payload: 0, number: Some(1), seed: Some(1) };
        Greeting::new(from, to, run, instance)
    }

    fn answer(known: Known, change: impl Fn(&mut Greeting)) -> Answer {
        let mut theirs = greeting(1, 0, 7);
        change(&mut theirs);
        known.answer(&greeting(0, 1, 1), &theirs)
    }

    #[test]
    fn the_machine_that_the_run_began_with_gets_its_place_and_nobody_else() {
        assert_eq!(answer(HERE, |_| {}), Answer::Welcome);
        assert_eq!(answer(HERE, |theirs| theirs.instance = 8), Answer::RunHasBegun);
        assert_eq!(answer(HERE, |theirs| (theirs.instance, theirs.resumed) = (8, true)), Answer::Welcome);
        assert_eq!(answer(HERE, |theirs| theirs.run.number = Some(2)), Answer::Mismatch);
        assert_eq!(answer(HERE, |theirs| theirs.received = Cursor::from_u64(1)), Answer::ClaimsTooMuch);
        let linked = Known { is_linked: true, ..HERE };
        assert_eq!(answer(linked, |_| {}), Answer::Welcome, "it has given up the connection that is there");
        assert_eq!(answer(linked, |theirs| (theirs.instance, theirs.resumed) = (8, true)), Answer::NameTaken);
        let gathering = Known { run_has_begun: false, ..HERE };
        assert_eq!(answer(gathering, |theirs| theirs.instance = 8), Answer::Welcome);
    }

    #[test]
    fn a_machine_leaves_for_a_refusal_only_if_it_can_be_the_one_that_is_wrong() {
        let new = Known { run_has_begun: false, ..HERE };
        let back = Known { resumed: true, ..new };
        for answer in [Answer::NameTaken, Answer::RunHasBegun, Answer::ClaimsTooMuch] {
            assert!(new.must_leave(&Refusal::Refused(answer), true), "{answer:?}");
            assert!(!HERE.must_leave(&Refusal::Refused(answer), false), "its run goes on: {answer:?}");
        }
        assert!(!back.must_leave(&Refusal::Refused(Answer::ClaimsTooMuch), false), "its log has what it claims");
        let taken = Refusal::Refused(Answer::NameTaken);
        assert!(!back.must_leave(&taken, true), "a peer takes a while to notice its death");
        assert!(back.must_leave(&taken, false));
        assert!(!new.must_leave(&Refusal::Stranger, false));
    }
}
