//! A ring of three in which some machines are boards and the others processes.

use std::{
    fs,
    io::{Read, Write, stderr, stdout},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use clap::Args;
use clockring::{
    chance::{Purpose, stream},
    clock::ClockKind,
    ring::{MachineId, RingSize},
};
use host::{
    experiment::{Experiment, Pace, PhaseChoice},
    rundir::manifest_path,
};

use crate::{
    board::{self, Firmware, Losses, Place, Pulse},
    noise::{self, Noise, Suffered},
    run,
    toolchain::demand,
};

/// Run a ring of three in which some machines are boards under QEMU.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo run -p ports -- ring --log-dir runs/boards --board B=cortex-m --board C=riscv
  cargo run -p ports -- ring --log-dir runs/noise --board B=cortex-m --rates 3,6,2 --for 30 --noise 200
then
  cargo run -p host -- check runs/boards
  cargo run -p host -- replay runs/boards")]
pub(crate) struct RingArgs {
    /// A machine that is a board: B=cortex-m, B=riscv, or B=PATH of firmware (may be repeated)
    #[arg(long = "board", value_name = "B=BOARD", value_parser = parse_board, required = true)]
    boards: Vec<(MachineId, String)>,
    /// Ticks per second of A, B and C
    #[arg(long, value_delimiter = ',', default_value = "3,6,2")]
    rates: Vec<Pace>,
    /// Faces of the die
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(3..=1_000_000))]
    sides: u32,
    /// Where all chance comes from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seconds the machines tick
    #[arg(long = "for", value_name = "SECONDS", default_value_t = 60)]
    seconds: u32,
    /// The run directory
    #[arg(long)]
    log_dir: PathBuf,
    /// Lose or garble about one in so many bytes on every UART of a board, both ways
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    noise: Option<u32>,
}

/// How long starting and settling may take beyond the ticking: a machine gives up an absent peer sooner.
const SPARE: Duration = Duration::from_secs(30);

/// How long the others may take to write down what they have, once one has failed.
const FAREWELL: Duration = Duration::from_secs(2);

fn parse_board(text: &str) -> Result<(MachineId, String), String> {
    let (id, board) = text.split_once('=').ok_or("write a machine and a board, such as B=cortex-m")?;
    match id.as_bytes() {
        [letter @ b'A'..=b'C'] => Ok((MachineId::from_letter(*letter).ok_or("no machine")?, board.to_owned())),
        _ => Err(format!("{id} is not a machine of a ring of three: A, B or C")),
    }
}

impl RingArgs {
    /// Runs the ring to its end.
    ///
    /// # Errors
    /// What failed, and what to do about it.
    pub(crate) fn run(&self) -> Result<(), String> {
        let ring = RingSize::new(3).ok_or("three machines are a ring")?;
        let experiment = Experiment {
            ring,
            rates: self.rates.iter().copied().map(Some).collect(),
            sides: self.sides,
            seed: self.seed,
            phase: PhaseChoice::Aligned,
            clock: ClockKind::Lamport,
            duration: Some(Duration::from_secs(self.seconds.into())),
        };
        if self.rates.len() != 3 || self.rates.contains(&Pace::Max) {
            return Err("give three rates, such as --rates 3,6,2; `max` is none that a board can keep".to_owned());
        }
        fs::create_dir_all(&self.log_dir).map_err(|error| format!("{}: {error}", self.log_dir.display()))?;
        if let Some(used) = ring.machines().map(|id| manifest_path(&self.log_dir, id)).find(|path| path.exists()) {
            return Err(format!("{} is there already: choose another --log-dir", used.display()));
        }
        let mut firmware = [None, None, None];
        for (id, board) in &self.boards {
            firmware[id.index()] = Some(firmware_of(board)?);
        }
        let clockring = run::build_clockring()?;
        let (ports, listeners) = free_ports()?;
        let mut wires = Wires { ports, one_in: self.noise, seed: self.seed, noisy: Vec::new() };
        drop(listeners);
        let mut processes = Processes(Vec::new());
        for id in ring.machines().filter(|id| firmware[id.index()].is_none()) {
            let child = self.start_process(&clockring, id, &ports)?;
            processes.0.push(Process { id, child, board: None });
        }
        let directory = self.log_dir.as_path();
        let deadline = Duration::from_secs(self.seconds.into()) + SPARE;
        thread::scope(|scope| {
            let mut logs = Vec::new();
            for id in ring.machines() {
                let Some(firmware) = &firmware[id.index()] else { continue };
                let (own_port, next_port) = wires.of(id, ring)?;
                let experiment = &experiment;
                let place = Place { id, experiment, next_port, own_port, directory };
                let mut child = board::start(firmware, &place)?;
                let output = child.stdout.take().ok_or("the emulator has no output")?;
                let mut errors = child.stderr.take().ok_or("the emulator has no standard error")?;
                let said = thread::spawn(move || {
                    let mut said = String::new();
                    let _ = errors.read_to_string(&mut said);
                    said
                });
                let pulse = Arc::new(Pulse::default());
                let board =
                    Emulator { name: firmware.emulator(), pulse: Arc::clone(&pulse), said, silence_told: false };
                processes.0.push(Process { id, child, board: Some(board) });
                logs.push((id, scope.spawn(move || board::decode(firmware, &place, output, &pulse))));
            }
            let ended = processes.wait(deadline, &self.rates);
            let mut failures: Vec<String> = ended.err().into_iter().collect();
            for (id, noise) in &wires.noisy {
                let Suffered { lost, changed } = noise.suffered();
                let _ = writeln!(stdout(), "{id}  a wire lost {lost} bytes and changed {changed}");
            }
            for (id, log) in logs {
                match log.join().map_err(|_| format!("{id}: its log could not be read"))? {
                    Ok(losses) => tell_losses(id, &losses),
                    Err(reason) => failures.push(reason),
                }
            }
            if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
        })?;
        let _ = writeln!(stdout(), "logs are in {}", directory.display());
        Ok(())
    }

    fn start_process(&self, clockring: &Path, id: MachineId, ports: &[u16; 3]) -> Result<Child, String> {
        let rates: Vec<_> = self.rates.iter().map(Pace::to_string).collect();
        let mut command = Command::new(clockring);
        command.args(["--id", id.letter_str(), "--machines", "3", "--rates", &rates.join(",")]);
        command.args(["--sides", &self.sides.to_string(), "--seed", &self.seed.to_string()]);
        command.args(["--for", &self.seconds.to_string(), "--listen", &format!("127.0.0.1:{}", ports[id.index()])]);
        for (place, letter) in ["A", "B", "C"].into_iter().enumerate().filter(|(place, _)| *place != id.index()) {
            command.args(["--peer", &format!("{letter}=127.0.0.1:{}", ports[place])]);
        }
        command.args(["--until-stdin-closes", "--quiet", "--log-dir"]).arg(&self.log_dir);
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        command.spawn().map_err(|error| format!("{id}: its process cannot be started: {error}"))
    }
}

fn firmware_of(board: &str) -> Result<Firmware, String> {
    let path = match board {
        "cortex-m" | "riscv" => run::build_board(board)?,
        path => PathBuf::from(path),
    };
    let firmware = Firmware::read(&path)?;
    demand(firmware.emulator())?;
    Ok(firmware)
}

/// Where the machines listen.
struct Wires {
    ports: [u16; 3],
    one_in: Option<u32>,
    seed: u64,
    /// The boards' noisy wires.
    noisy: Vec<(MachineId, Noise)>,
}

impl Wires {
    /// The ports that a board listens at and dials: the machines' own, or those of noisy wires to them.
    fn of(&mut self, id: MachineId, ring: RingSize) -> Result<(u16, u16), String> {
        let (own, next) = (self.ports[id.index()], self.ports[ring.after(id, 1).index()]);
        let Some(one_in) = self.one_in else { return Ok((own, next)) };
        let mut noise = |purpose| {
            let noise = Noise::new(one_in, stream(self.seed, id, purpose));
            self.noisy.push((id, noise.clone()));
            noise
        };
        let failed = |error| format!("{id}: no port for its wires: {error}");
        let listener = TcpListener::bind(("127.0.0.1", own)).map_err(failed)?;
        let behind = TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr()).map_err(failed)?.port();
        noise::wire(listener, behind, noise(Purpose::Rate));
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        let before = listener.local_addr().map_err(failed)?.port();
        noise::wire(listener, next, noise(Purpose::Phase));
        Ok((behind, before))
    }
}

/// Three free ports, and what holds them until they are used.
fn free_ports() -> Result<([u16; 3], Vec<TcpListener>), String> {
    let failed = |error| format!("this computer has no free ports: {error}");
    let mut listeners = Vec::new();
    let mut ports = [0; 3];
    for port in &mut ports {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        *port = listener.local_addr().map_err(failed)?.port();
        listeners.push(listener);
    }
    Ok((ports, listeners))
}

/// A process of the ring: a machine, or the emulator of a board.
struct Process {
    id: MachineId,
    child: Child,
    board: Option<Emulator>,
}

/// What is known of a board's emulator.
struct Emulator {
    name: &'static str,
    pulse: Arc<Pulse>,
    /// What it said to its standard error.
    said: JoinHandle<String>,
    /// It was told that the board is silent.
    silence_told: bool,
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
struct Processes(Vec<Process>);

impl Processes {
    /// Waits until all have ended.
    fn wait(&mut self, mut deadline: Duration, rates: &[Pace]) -> Result<(), String> {
        let mut failures: Vec<String> = Vec::new();
        let (mut said, began) = (0, Instant::now());
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
            if !failures.is_empty() {
                // Without one of them there is no ring; what the others have written stays.
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

fn tell_losses(id: MachineId, losses: &[Losses]) {
    for Losses { peer, skipped_bytes, overruns } in losses {
        let _ = writeln!(
            stdout(),
            "{id}  from {peer}: {skipped_bytes} bytes that were no frames, {overruns} messages that found the lane full"
        );
    }
}
