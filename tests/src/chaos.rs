//! A real ring of processes whose machines can be killed, stopped, cut off and brought back.

use std::{
    env,
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use clockring::chance::{Die, Purpose, stream};

use crate::{
    live::machine,
    program::{clockring, free_ports, outcome, signal},
    proxy::Proxy,
    wall_clock::WallClock,
};

/// A ring of `--id` processes that go on from their logs, each linked to the others through proxies.
pub struct ChaosRing {
    binary: String,
    directory: PathBuf,
    /// The arguments that all machines share.
    arguments: Vec<String>,
    ports: Vec<u16>,
    /// `proxies[from][to]` is what machine `from` dials to reach machine `to`.
    proxies: Vec<Vec<Proxy>>,
    children: Vec<Option<Child>>,
    /// By machine; `None` is the computer's.
    wall_clocks: Vec<Option<WallClock>>,
}

impl ChaosRing {
    /// Starts a ring of this many machines in this directory, with these arguments besides those that say who and
    /// where the machines are.
    pub fn start(binary: &str, directory: &Path, machines: usize, arguments: &[&str]) -> Self {
        let ports = some_ports(machines);
        let to_all = || ports.iter().map(|port| Proxy::to(([127, 0, 0, 1], *port).into()));
        let proxies = ports.iter().map(|_| to_all().collect()).collect();
        Self::start_through(binary, directory, ports, proxies, arguments)
    }

    /// As [`ChaosRing::start`], but without proxies: what happens to a process reaches the others as the operating
    /// system tells it.
    pub fn start_directly(binary: &str, directory: &Path, machines: usize, arguments: &[&str]) -> Self {
        let proxies = (0..machines).map(|_| Vec::new()).collect();
        Self::start_through(binary, directory, some_ports(machines), proxies, arguments)
    }

    fn start_through(
        binary: &str,
        directory: &Path,
        ports: Vec<u16>,
        proxies: Vec<Vec<Proxy>>,
        arguments: &[&str],
    ) -> Self {
        let machines = ports.len();
        let arguments = arguments.iter().map(ToString::to_string);
        let arguments = arguments.chain(["--machines".to_owned(), machines.to_string()]).collect();
        let mut ring = Self {
            binary: binary.to_owned(),
            directory: directory.to_owned(),
            arguments,
            proxies,
            children: ports.iter().map(|_| None).collect(),
            wall_clocks: ports.iter().map(|_| None).collect(),
            ports,
        };
        (0..machines).for_each(|machine| ring.bring_back(machine));
        ring
    }

    /// Waits until every machine has ticked.
    pub fn wait_until_it_ticks(&self) {
        let path = |machine| self.directory.join(format!("{}.csv", letter(machine)));
        wait_until("the ring ticks", || {
            (0..self.ports.len())
                .all(|machine| std::fs::read_to_string(path(machine)).is_ok_and(|text| text.lines().count() > 3))
        });
    }

    /// Starts the process of a machine, unless it runs. What it says goes to `A.said` beside its log.
    pub fn bring_back(&mut self, machine: usize) {
        if self.children[machine].is_none() {
            let child = self.command(machine).stderr(self.said(machine)).stdout(Stdio::null()).spawn();
            self.children[machine] = Some(child.expect("the program starts"));
        }
    }

    /// The next process of this machine has a wall clock of its own.
    pub fn give_wall_clock(&mut self, machine: usize, clock: &WallClock) {
        self.wall_clocks[machine] = Some(clock.clone());
    }

    /// The command that runs a machine.
    pub fn command(&self, machine: usize) -> Command {
        let peers = (0..self.ports.len()).filter(|peer| *peer != machine).flat_map(|peer| {
            let address = self.proxies[machine].get(peer).map_or(self.address(peer), Proxy::address);
            ["--peer".to_owned(), format!("{}={address}", letter(peer))]
        });
        let mut command = clockring(&self.binary, &["--id", &letter(machine).to_string(), "--resume", "--log-dir"]);
        command.arg(&self.directory).args(["--listen", &format!("127.0.0.1:{}", self.ports[machine])]);
        command.args(&self.arguments).args(peers);
        if let Some(clock) = &self.wall_clocks[machine] {
            clock.give_to(&mut command);
        }
        command
    }

    fn said(&self, machine: usize) -> File {
        let path = self.directory.join(format!("{}.said", letter(machine)));
        File::options().create(true).append(true).open(path).expect("a file")
    }

    /// Where a machine listens.
    pub fn address(&self, machine: usize) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.ports[machine]))
    }

    /// The process of a machine that runs.
    pub fn process(&self, machine: usize) -> u32 {
        self.children[machine].as_ref().expect("a machine that runs").id()
    }

    /// Everything that a machine has said.
    pub fn what_it_said(&self, machine: usize) -> String {
        std::fs::read_to_string(self.directory.join(format!("{}.said", letter(machine)))).unwrap_or_default()
    }

    /// Ends the process of a machine in the middle of whatever it does; did it run?
    pub fn kill(&mut self, machine: usize) -> bool {
        let Some(mut child) = self.children[machine].take() else { return false };
        child.kill().expect("a process of ours");
        child.wait().expect("its status");
        true
    }

    /// Stops a machine, as Ctrl-Z does.
    pub fn freeze(&self, machine: usize) {
        self.signal(machine, "STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self, machine: usize) {
        self.signal(machine, "CONT");
    }

    /// Sends a signal to a machine, if it runs.
    pub fn signal(&self, machine: usize, name: &str) {
        if let Some(child) = &self.children[machine] {
            signal(child, name);
        }
    }

    /// Cuts the links between a machine and all others.
    pub fn cut(&self, machine: usize) {
        self.proxies_of(machine).for_each(Proxy::cut);
    }

    /// Pulls the cable of a machine, or puts it back. A connection that has lost bytes is of no use any more, so it is
    /// cut with what comes next.
    pub fn pull_cable(&self, machine: usize, pulled: bool) {
        for proxy in self.proxies_of(machine) {
            if !pulled {
                proxy.cut();
            }
            proxy.swallow(pulled);
        }
    }

    /// Lets nothing that a machine sends arrive any more, or lets it again; it still hears the others.
    pub fn silence(&self, machine: usize, silenced: bool) {
        for (from, proxies) in self.proxies.iter().enumerate() {
            for (to, proxy) in proxies.iter().enumerate().filter(|(to, _)| from == machine || *to == machine) {
                if !silenced {
                    proxy.cut();
                }
                proxy.swallow_in([silenced && from == machine, silenced && to == machine]);
            }
        }
    }

    /// Makes the lines of a machine slow, or fast again.
    pub fn slow_down(&self, machine: usize, is_slow: bool) {
        self.proxies_of(machine).for_each(|proxy| proxy.slow_down(is_slow));
    }

    fn proxies_of(&self, machine: usize) -> impl Iterator<Item = &Proxy> {
        let proxies = self.proxies.iter().enumerate();
        proxies.flat_map(move |(from, proxies)| {
            let proxies = proxies.iter().enumerate();
            proxies.filter(move |(to, _)| from == machine || *to == machine).map(|(_, proxy)| proxy)
        })
    }

    /// The status of a machine whose process has ended by itself; it can be brought back then.
    pub fn ended(&mut self, machine: usize) -> Option<ExitStatus> {
        let status = self.children[machine].as_mut()?.try_wait().expect("a process of ours")?;
        self.children[machine] = None;
        Some(status)
    }

    /// Waits until a process has ended by itself.
    pub fn status(&mut self, machine: usize) -> ExitStatus {
        let mut status = None;
        wait_until("a machine ends", || {
            status = self.ended(machine);
            status.is_some()
        });
        status.expect("waited for")
    }

    /// Brings back those that do not run, once more, and waits until all have ended well.
    ///
    /// # Panics
    /// If one does not; says what it said.
    pub fn end_by_themselves(&mut self) {
        (0..self.ports.len()).for_each(|machine| self.bring_back(machine));
        self.demand_success();
    }

    fn demand_success(&mut self) {
        for machine in 0..self.ports.len() {
            let status = self.status(machine);
            assert!(status.success(), "{} ended with {status}:\n{}", letter(machine), self.what_it_said(machine));
        }
    }

    /// Tells all machines to stop, with all of them running, and waits until the run is over for all. (What one says to
    /// the others comes after its messages, and a slow one with a full lane gets there late.)
    ///
    /// # Panics
    /// If a machine fails; says what it said.
    pub fn end(mut self) {
        for machine in 0..self.ports.len() {
            self.thaw(machine);
            self.bring_back(machine);
        }
        (0..self.ports.len()).for_each(|machine| self.signal(machine, "TERM"));
        self.demand_success();
    }
}

impl Drop for ChaosRing {
    fn drop(&mut self) {
        (0..self.ports.len()).for_each(|machine| {
            self.kill(machine);
        });
    }
}

fn some_ports(machines: usize) -> Vec<u16> {
    (free_ports(machines as u16)..).take(machines).collect()
}

fn letter(machine: usize) -> char {
    (b'A' + machine as u8) as char
}

/// Waits until something is so: looks again and again, and gives up after a time in which the slowest computer does it.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    const PATIENCE: Duration = Duration::from_secs(60);
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited for {} s until {what}", PATIENCE.as_secs());
        thread::sleep(Duration::from_millis(5));
    }
}

/// A number from the environment, for long runs.
///
/// # Panics
/// If it is no number.
pub fn setting(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// Everything that is left to chance.
pub struct Chance {
    seed: u64,
    numbers: u64,
}

impl Chance {
    /// The chance of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, numbers: 0 }
    }

    /// A number from 0 to `below` - 1.
    pub fn below(&mut self, below: u32) -> u32 {
        // A stream of its own for each number: a die has as many sides as it had when it was made.
        self.numbers += 1;
        let seed = self.seed.wrapping_mul(1 << 32) ^ self.numbers;
        Die::new(below, stream(seed, machine('A'), Purpose::Rolls)).roll() - 1
    }

    /// A time of less than so many milliseconds.
    pub fn milliseconds(&mut self, below: u32) -> Duration {
        Duration::from_millis(self.below(below).into())
    }

    /// One of these.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }
}

/// Has the program check the logs of a run, and replay them.
///
/// # Panics
/// If one of the two finds something; says what.
pub fn demand_check_and_replay(binary: &str, directory: &Path) {
    for command in ["check", "replay"] {
        let mut judge = clockring(binary, &[command]);
        judge.arg(directory);
        let (status, shown, said) = outcome(judge);
        assert_eq!(status, 0, "{command}:\n{shown}\n{said}");
    }
}
