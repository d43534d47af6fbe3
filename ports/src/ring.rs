//! A ring of three in which some machines are boards and the others processes.

use std::{
    fs,
    io::{Read, Write, stdout},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use clap::Args;
use clockring::{
    clock::ClockKind,
    ring::{MachineId, RingSize},
};
use host::{
    experiment::{Experiment, Pace, PhaseChoice},
    rundir::{Manifest, RunDirectory},
};

use crate::{
    board::{self, Firmware, Losses, Place, Pulse},
    garble::Suffered,
    processes::{Blow, Emulator, Kind, Process, Processes},
    run,
    toolchain::demand,
    wire::{Cut, Wires},
};

/// Run a ring of three in which some machines are boards under QEMU.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo run -p ports -- ring --log-dir runs/boards --board B=cortex-m --board C=riscv
  cargo run -p ports -- ring --log-dir runs/garbled --board B=cortex-m --rates 3,6,2 --for 30 --garble 400
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
    log_dir: RunDirectory,
    /// Lose or garble about one in so many bytes on every UART of a board, both ways
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    garble: Option<u32>,
    /// Kill a machine so many seconds after all were started, such as A@8
    #[arg(long, value_name = "A@SECONDS", value_parser = parse_moment)]
    kill: Option<(MachineId, Duration)>,
    /// Pause a machine so many seconds after all were started, such as A@4
    #[arg(long, value_name = "A@SECONDS", value_parser = parse_moment, requires = "resume")]
    pause: Option<(MachineId, Duration)>,
    /// Let a machine that was paused go on
    #[arg(long, value_name = "A@SECONDS", value_parser = parse_moment, requires = "pause")]
    resume: Option<(MachineId, Duration)>,
    /// Cut the wire from the machine before this board while it gathers; fail if it starts before it is mended
    #[arg(long, value_name = "B", value_parser = parse_machine)]
    cut: Option<MachineId>,
}

/// How long starting and settling may take beyond the ticking: a machine gives up an absent peer sooner, and bad wires
/// make each goodbye take several links of a second or two.
const SPARE: Duration = Duration::from_secs(120);

fn parse_board(text: &str) -> Result<(MachineId, String), String> {
    let (id, board) = text.split_once('=').ok_or("write a machine and a board, such as B=cortex-m")?;
    Ok((parse_machine(id)?, board.to_owned()))
}

fn parse_machine(text: &str) -> Result<MachineId, String> {
    match text.as_bytes() {
        [letter @ b'A'..=b'C'] => Ok(MachineId::from_letter(*letter).ok_or("no machine")?),
        _ => Err(format!("{text} is not a machine of a ring of three: A, B or C")),
    }
}

fn parse_moment(text: &str) -> Result<(MachineId, Duration), String> {
    let (id, seconds) = text.split_once('@').ok_or("write a machine and seconds, such as A@8")?;
    let seconds = seconds.parse().map_err(|_| format!("{seconds} is not a number of seconds"))?;
    Ok((parse_machine(id)?, Duration::from_secs(seconds)))
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
        fs::create_dir_all(self.log_dir.path()).map_err(|error| format!("{}: {error}", self.log_dir))?;
        self.log_dir.refuse_if_used(ring.machines()).map_err(|failure| failure.to_string())?;
        let mut firmware = [None, None, None];
        for (id, board) in &self.boards {
            firmware[id.index()] = Some(firmware_of(board)?);
        }
        let clockring = run::build_clockring()?;
        let (ports, listeners) = free_ports()?;
        let cut = self.cut.map(|id| (id, Cut::default()));
        let mut wires = Wires::new(ports, self.seed, self.garble, cut.clone());
        drop(listeners);
        let mut processes = Processes(Vec::new());
        for id in ring.machines().filter(|id| firmware[id.index()].is_none()) {
            let child = self.start_process(&clockring, id, &ports)?;
            processes.0.push(Process { id, child, board: None });
        }
        let directory = &self.log_dir;
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
            let ended = processes.wait(deadline, &self.rates, &self.blows());
            let mut failures: Vec<String> = ended.err().into_iter().collect();
            for (id, Suffered { lost, changed }) in wires.suffered() {
                let _ = writeln!(stdout(), "{id}  a wire lost {lost} bytes and changed {changed}");
            }
            for (id, log) in logs {
                match log.join().map_err(|_| format!("{id}: its log could not be read"))? {
                    Ok(losses) => tell_losses(id, &losses),
                    Err(reason) => failures.push(reason),
                }
            }
            if let Some((id, cut)) = cut {
                failures.extend(too_early(id, directory, &cut).err());
            }
            if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
        })?;
        let _ = writeln!(stdout(), "logs are in {}", directory);
        Ok(())
    }

    fn blows(&self) -> Vec<Blow> {
        let blows = [(self.pause, Kind::Pause), (self.resume, Kind::Resume), (self.kill, Kind::Kill)];
        let mut blows: Vec<Blow> =
            blows.into_iter().filter_map(|(moment, kind)| moment.map(|(id, after)| Blow { id, after, kind })).collect();
        blows.sort_by_key(|blow| blow.after);
        blows
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
        command.args(["--quiet", "--log-dir"]).arg(self.log_dir.path());
        command.stdin(Stdio::null()).stdout(Stdio::null());
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

/// Did this board wait until its wire was mended?
fn too_early(id: MachineId, directory: &RunDirectory, cut: &Cut) -> Result<(), String> {
    let mended = cut.mended().ok_or("the wire was not cut: its links never came up")?;
    let path = directory.manifest(id);
    let manifest = Manifest::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    if manifest.started > mended {
        return Ok(());
    }
    Err(format!("{id} started {} ms before its wire was mended", mended.since(manifest.started).as_millis()))
}

fn tell_losses(id: MachineId, losses: &[Losses]) {
    for Losses { peer, overruns, garbage_bytes, misdirected, absurd } in losses {
        let _ = writeln!(
            stdout(),
            "{id}  from {peer}: {garbage_bytes} bytes that belong to no frame, {misdirected} frames of others, {absurd} \
             absurd timestamps, {overruns} messages that found the lane full"
        );
    }
}
