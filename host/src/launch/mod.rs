//! A ring of processes on this computer: starts one per machine, listens to what they say, and stops them together.

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Read},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use clockring::ring::MachineId;

/// What happens to the processes of a ring.
#[derive(Debug)]
pub enum LaunchEvent {
    /// A machine has said something.
    Said {
        /// Which.
        machine: MachineId,
        /// Where it said it.
        stream: Stream,
        /// The line, without its end.
        line: String,
    },
    /// A machine's process has ended.
    Exited {
        /// Which.
        machine: MachineId,
        /// How.
        status: ExitStatus,
    },
    /// Somebody wants the ring to stop.
    StopWanted,
}

/// An output stream of a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// The processes of a ring. Dropping it ends those that still run.
#[derive(Debug)]
pub struct Launched {
    processes: Vec<Process>,
    sender: Sender<LaunchEvent>,
    events: Receiver<LaunchEvent>,
}

#[derive(Debug)]
struct Process {
    machine: MachineId,
    child: Child,
    /// A machine stops when this closes.
    stdin: Option<ChildStdin>,
    exited: bool,
}

impl Launched {
    /// Nothing runs yet.
    pub fn new() -> Self {
        let (sender, events) = mpsc::channel();
        Self { processes: Vec::new(), sender, events }
    }

    /// Starts the process of a machine: this very program, with these arguments.
    ///
    /// # Errors
    /// If the operating system cannot start it.
    pub fn start(
        &mut self,
        machine: MachineId,
        arguments: impl IntoIterator<Item = OsString>,
        coloured: bool,
    ) -> io::Result<()> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if coloured {
            command.env("CLICOLOR_FORCE", "1")
        } else {
            command.env("NO_COLOR", "1")
        };
        // Ctrl-C goes to everything in the foreground group; the machines are stopped by closing their input instead,
        // so that one signal is not taken for two.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        self.listen(machine, Stream::Out, child.stdout.take());
        self.listen(machine, Stream::Err, child.stderr.take());
        let stdin = child.stdin.take();
        self.processes.push(Process { machine, child, stdin, exited: false });
        Ok(())
    }

    fn listen(&self, machine: MachineId, stream: Stream, output: Option<impl Read + Send + 'static>) {
        let (Some(output), sender) = (output, self.sender.clone()) else { return };
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(LaunchEvent::Said { machine, stream, line }).is_err() {
                    break;
                }
            }
        });
    }

    /// The way to ask for a stop from another thread.
    pub fn stopper(&self) -> impl Fn() + Send + 'static {
        let sender = self.sender.clone();
        move || {
            let _ = sender.send(LaunchEvent::StopWanted);
        }
    }

    /// The next thing that happens, waiting at most this long for it.
    pub fn next(&mut self, wait_max: Duration) -> Option<LaunchEvent> {
        match self.events.recv_timeout(wait_max) {
            Ok(event) => Some(event),
            // What a process said before it ended has been heard by now; then its end counts.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => self.reap(),
        }
    }

    fn reap(&mut self) -> Option<LaunchEvent> {
        self.processes.iter_mut().filter(|process| !process.exited).find_map(|process| {
            let status = process.child.try_wait().ok().flatten()?;
            process.exited = true;
            Some(LaunchEvent::Exited { machine: process.machine, status })
        })
    }

    /// Do some still run?
    pub fn is_running(&self) -> bool {
        self.processes.iter().any(|process| !process.exited)
    }

    /// Asks all machines to stop, as Ctrl-C would.
    pub fn stop(&mut self) {
        for process in &mut self.processes {
            process.stdin = None;
        }
    }

    /// Ends all processes at once.
    pub fn kill(&mut self) {
        for process in self.processes.iter_mut().filter(|process| !process.exited) {
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }
}

impl Default for Launched {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        self.kill();
    }
}
