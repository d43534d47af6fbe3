//! A ring of processes on this computer: starts one per machine, listens to their output, and stops them together.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use clockring::ring::MachineId;

/// Events of the processes of a ring.
#[derive(Debug)]
pub enum LaunchEvent {
    /// A machine has said something.
    Said {
        /// Which.
        machine: MachineId,
        /// The stream of the line.
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
    /// A machine has a new process after the death of the old one.
    Restarted {
        /// Which.
        machine: MachineId,
    },
    /// A request to stop the ring.
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
    stopping: bool,
    looked_at: Instant,
}

/// Interval at which processes are looked after, even if they print much.
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Debug)]
struct Process {
    machine: MachineId,
    /// The first line of its standard input.
    settings: String,
    coloured: bool,
    child: Child,
    /// A machine stops when this closes.
    stdin: Option<ChildStdin>,
    started: Instant,
    exited: bool,
    restart_at: Option<Instant>,
    /// The pause before the next restart, if the process does not live long.
    pause: Duration,
}

/// A process that has lived this long is started again at once when it dies. Others wait, each time twice as long, so
/// that one that cannot live does not keep the computer busy.
const SHORT_LIFE: Duration = Duration::from_secs(1);
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

impl Launched {
    /// Nothing runs yet.
    pub fn new() -> Self {
        let (sender, events) = mpsc::channel();
        Self { processes: Vec::new(), sender, events, stopping: false, looked_at: Instant::now() }
    }

    /// Starts the process of a machine: this very program, with these settings as the first line of its standard input.
    ///
    /// # Errors
    /// If the operating system cannot start it.
    pub fn start(&mut self, machine: MachineId, settings: String, coloured: bool) -> io::Result<()> {
        let (child, stdin) = self.spawn(machine, &settings, coloured)?;
        self.processes.push(Process {
            machine,
            settings,
            coloured,
            child,
            stdin,
            started: Instant::now(),
            exited: false,
            restart_at: None,
            pause: PAUSE_MIN,
        });
        Ok(())
    }

    fn spawn(&self, machine: MachineId, settings: &str, coloured: bool) -> io::Result<(Child, Option<ChildStdin>)> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--id", machine.letter_str(), "--settings-on-stdin"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
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
        let mut stdin = child.stdin.take();
        if let Some(stdin) = &mut stdin {
            // Fails only if the process has ended already, which its exit status tells.
            let _ = stdin.write_all(settings.as_bytes());
        }
        Ok((child, stdin.filter(|_| !self.stopping)))
    }

    /// Starts the process of a machine that died again, with the same settings, at once or after a pause.
    pub fn restart(&mut self, machine: MachineId) {
        for process in self.processes.iter_mut().filter(|process| process.machine == machine && process.exited) {
            if process.started.elapsed() >= SHORT_LIFE {
                process.pause = PAUSE_MIN;
            }
            process.restart_at = Some(Instant::now() + process.pause);
            process.pause = (process.pause * 2).min(PAUSE_MAX);
        }
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
        if self.looked_at.elapsed() >= LOOK_EVERY {
            let event = self.reap();
            if event.is_some() {
                return event;
            }
            self.looked_at = Instant::now();
        }
        match self.events.recv_timeout(wait_max) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => self.reap(),
        }
    }

    fn reap(&mut self) -> Option<LaunchEvent> {
        let exited = self.processes.iter_mut().filter(|process| !process.exited).find_map(|process| {
            let status = process.child.try_wait().ok().flatten()?;
            process.exited = true;
            Some(LaunchEvent::Exited { machine: process.machine, status })
        });
        exited.or_else(|| self.restart_next())
    }

    fn restart_next(&mut self) -> Option<LaunchEvent> {
        let now = Instant::now();
        let index = self.processes.iter().position(|process| process.restart_at.is_some_and(|due| due <= now))?;
        let Process { machine, settings, coloured, .. } = &self.processes[index];
        let (machine, spawned) = (*machine, self.spawn(*machine, settings, *coloured));
        let process = &mut self.processes[index];
        match spawned {
            Ok((child, stdin)) => {
                (process.child, process.stdin, process.started) = (child, stdin, now);
                (process.exited, process.restart_at) = (false, None);
                Some(LaunchEvent::Restarted { machine })
            }
            // Out of memory or processes: perhaps not for long.
            Err(_) => {
                process.restart_at = Some(now + PAUSE_MAX);
                None
            }
        }
    }

    /// Do some still run, or are about to run again?
    pub fn is_running(&self) -> bool {
        self.processes.iter().any(|process| !process.exited || process.restart_at.is_some())
    }

    /// Asks all machines to stop, as Ctrl-C would.
    pub fn stop(&mut self) {
        self.stopping = true;
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
