//! The processes of a ring, machines and emulators of boards, until all have ended.

use std::{
    io::{Write, stderr},
    process::{Child, Command, ExitStatus},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use clockring::ring::MachineId;
use host::experiment::Pace;

use crate::board::Pulse;

/// How long the others may take to write down what they have, once one has failed.
const FAREWELL: Duration = Duration::from_secs(2);

/// What is to befall a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Blow {
    /// Which.
    pub(crate) id: MachineId,
    /// So long after all were started.
    pub(crate) after: Duration,
    /// What.
    pub(crate) kind: Kind,
}

/// A way to hit a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// It dies.
    Kill,
    /// It stands still.
    Pause,
    /// It goes on.
    Resume,
}

/// A process of the ring: a machine, or the emulator of a board.
pub(crate) struct Process {
    pub(crate) id: MachineId,
    pub(crate) child: Child,
    pub(crate) board: Option<Emulator>,
}

/// What is known of a board's emulator.
pub(crate) struct Emulator {
    pub(crate) name: &'static str,
    pub(crate) pulse: Arc<Pulse>,
    /// What it said to its standard error.
    pub(crate) said: JoinHandle<String>,
    /// It was told that the board is silent.
    pub(crate) silence_told: bool,
}

/// How long a board that ticks may say nothing until that is told: many times what a computer under load takes, and
/// longer than two ticks.
fn silence_max(rate: Pace) -> Duration {
    const SILENCE_MAX: Duration = Duration::from_secs(8);
    match rate {
        Pace::Rate(rate) => SILENCE_MAX + Duration::from_secs_f64(2e6 / rate.millionths() as f64),
        Pace::Max => SILENCE_MAX,
    }
}

/// What runs; ended when dropped.
pub(crate) struct Processes(pub(crate) Vec<Process>);

impl Processes {
    /// Waits until all have ended. Blows fall on the way, in this order.
    ///
    /// # Errors
    /// Which ended badly, or did not end.
    pub(crate) fn wait(&mut self, mut deadline: Duration, rates: &[Pace], blows: &[Blow]) -> Result<(), String> {
        let mut failures: Vec<String> = Vec::new();
        let (mut said, mut fallen, mut someone_died, began) = (0, 0, false, Instant::now());
        while !self.0.is_empty() {
            if began.elapsed() > deadline {
                failures.extend(self.0.iter().filter_map(Process::why_it_hangs));
                let late: Vec<_> = self.0.iter().map(|process| process.id.to_string()).collect();
                self.kill();
                let why =
                    if failures.is_empty() { "it did not end in time" } else { "without the others it cannot end" };
                failures.push(format!("{} had to be stopped: {why}", late.join(" and ")));
                break;
            }
            while let Some(blow) = blows.get(fallen).filter(|blow| began.elapsed() >= blow.after) {
                self.hit(blow)?;
                fallen += 1;
                someone_died |= blow.kind == Kind::Kill;
            }
            self.0.retain_mut(|process| match process.child.try_wait() {
                Ok(None) => {
                    process.tell_silence(rates);
                    true
                }
                Ok(Some(status)) if status.success() => false,
                Ok(Some(status)) => {
                    failures.push(process.failure(status));
                    false
                }
                Err(error) => {
                    failures.push(format!("{}: {error}", process.id));
                    false
                }
            });
            if !failures.is_empty() && !someone_died {
                // Without one of them there is no ring; what the others have written stays. If one had to die, how the others
                // end is what is looked at.
                deadline = deadline.min(began.elapsed() + FAREWELL);
            }
            thread::sleep(Duration::from_millis(20));
            if began.elapsed().as_secs() >= said + 10 {
                said += 10;
                let _ = writeln!(stderr(), "{said} s");
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
    }

    fn hit(&mut self, blow: &Blow) -> Result<(), String> {
        let Blow { id, kind, .. } = *blow;
        let (signal, what) = match kind {
            Kind::Kill => ("-KILL", "killed"),
            Kind::Pause => ("-STOP", "paused"),
            Kind::Resume => ("-CONT", "resumed"),
        };
        let Some(place) = self.0.iter().position(|process| process.id == id) else { return Ok(()) };
        let sent = Command::new("kill").args([signal, &self.0[place].child.id().to_string()]).status();
        if !sent.is_ok_and(|status| status.success()) {
            return Err(format!("{id} could not be {what}"));
        }
        if kind == Kind::Kill {
            let _ = self.0.remove(place).child.wait();
        }
        let _ = writeln!(stderr(), "{id}  {what}, as was asked for");
        Ok(())
    }

    fn kill(&mut self) {
        for process in &mut self.0 {
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Process {
    fn tell_silence(&mut self, rates: &[Pace]) {
        let (id, process) = (self.id, self.child.id());
        let Some(Emulator { name, pulse, silence_told, .. }) = &mut self.board else { return };
        let is_silent = rates.get(id.index()).is_some_and(|rate| pulse.silence() > silence_max(*rate));
        if is_silent != *silence_told {
            *silence_told = is_silent;
            let _ = match is_silent {
                true => writeln!(
                    stderr(),
                    "{id}  its board has said nothing for {} s: is {name}, process {process}, stopped?",
                    pulse.silence().as_secs()
                ),
                false => writeln!(stderr(), "{id}  its board answers again"),
            };
        }
    }

    /// Of a board that has stopped answering.
    fn why_it_hangs(&self) -> Option<String> {
        let Emulator { name, pulse, silence_told, .. } = self.board.as_ref()?;
        silence_told.then(|| {
            format!(
                "{}: its board has stopped answering: nothing for {} s from {name}, process {}, which was stopped or hangs; \
                 run it again with another --log-dir",
                self.id,
                pulse.silence().as_secs(),
                self.child.id()
            )
        })
    }

    /// It ended, and not well.
    fn failure(&mut self, status: ExitStatus) -> String {
        match self.board.take() {
            None => format!("{} failed ({status}): see above", self.id),
            Some(Emulator { name, said, .. }) => {
                let said = said.join().unwrap_or_default();
                let last: Vec<_> = said.lines().rev().take(3).collect();
                let last: String = last.iter().rev().map(|line| format!("\n  {line}")).collect();
                format!("{}: {name}, which runs its board, ended ({status}){last}", self.id)
            }
        }
    }
}
