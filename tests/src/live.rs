//! Live rings inside one test: real sockets, real threads, ports from the operating system.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use clockring::{
    clock::{Clock, ClockKind, Lamport},
    ring::{MachineId, RingSize},
};
use host::{
    experiment::{Experiment, LANE_CAPACITY, Pace, PhaseChoice},
    failure::Failure,
    link::Key,
    live::{self, Config, LogDir, Observer, Outcome, Spin, Stop},
    rundir::{Manifest, Row, RunDirectory, StampText},
    system_time,
};

/// An experiment of machines that all tick at these rates, for this long.
pub fn experiment(rates: &[u32], duration: Duration) -> Experiment {
    let rate = |rate: &u32| Some(Pace::Rate(format!("{rate}").parse().expect("a rate")));
    Experiment {
        ring: RingSize::new(rates.len()).expect("a ring"),
        rates: rates.iter().map(rate).collect(),
        sides: 10,
        seed: 7,
        phase: PhaseChoice::Aligned,
        clock: ClockKind::Lamport,
        duration: Some(duration),
    }
}

/// The machine called by this letter.
pub fn machine(letter: char) -> MachineId {
    MachineId::from_letter(letter as u8).expect("a letter")
}

/// A machine that runs on a thread of its own.
pub struct Live {
    /// Which.
    pub id: MachineId,
    /// Tells it to stop.
    pub stop: Stop,
    /// What it says, as it says it.
    pub said: Receiver<String>,
    outcome: thread::JoinHandle<Result<Outcome, Failure>>,
}

impl Live {
    /// Waits until the machine says something with these words in it, and returns the sentence.
    pub fn wait_until_it_says(&self, words: &str) -> String {
        self.said.iter().find(|sentence| sentence.contains(words)).unwrap_or_else(|| {
            panic!("{} ended without saying «{words}»", self.id);
        })
    }

    /// Waits for the end of its run.
    pub fn join(self) -> Result<Outcome, Failure> {
        self.outcome.join().expect("a machine does not panic")
    }
}

/// Says «started» and every notice of the machine.
struct Voice(Sender<String>);

impl<S> Observer<S> for Voice {
    fn started(&mut self, _manifest: &Manifest, _directory: &RunDirectory) {
        let _ = self.0.send("started".to_owned());
    }

    fn row(&mut self, row: &Row<S>) {
        let _ = self.0.send(format!("tick {}", row.tick));
    }

    fn notice(&mut self, sentence: &str) {
        let _ = self.0.send(sentence.to_owned());
    }
}

/// Starts one machine. `addresses` are by machine index.
pub fn start(
    id: MachineId,
    experiment: &Experiment,
    listener: TcpListener,
    addresses: Vec<SocketAddr>,
    directory: &Path,
) -> Live {
    start_with::<Lamport>(id, experiment, listener, addresses, directory)
}

/// As [`start`], with another clock.
pub fn start_with<C>(
    id: MachineId,
    experiment: &Experiment,
    listener: TcpListener,
    addresses: Vec<SocketAddr>,
    directory: &Path,
) -> Live
where
    C: Clock,
    C::Stamp: StampText + Send,
{
    start_keyed::<C>(id, experiment, listener, addresses, directory, None)
}

/// As [`start_with`], with links that are sealed with a key.
pub fn start_keyed<C>(
    id: MachineId,
    experiment: &Experiment,
    listener: TcpListener,
    addresses: Vec<SocketAddr>,
    directory: &Path,
    key: Option<Key>,
) -> Live
where
    C: Clock,
    C::Stamp: StampText + Send,
{
    run::<C>(Config { key, ..config(id, experiment, listener, addresses, directory) })
}

/// What a machine is told, unless a test changes it.
pub fn config(
    id: MachineId,
    experiment: &Experiment,
    listener: TcpListener,
    addresses: Vec<SocketAddr>,
    directory: &Path,
) -> Config {
    Config {
        id,
        experiment: experiment.clone(),
        seed: Some(experiment.seed),
        listener,
        addresses: addresses.into_iter().map(Into::into).collect(),
        log_dir: LogDir::Given(RunDirectory::at(directory)),
        overwrite: false,
        resume: false,
        durable: false,
        spin: Spin::default(),
        key: None,
        capacity: LANE_CAPACITY,
        wall_clock: system_time::now,
    }
}

/// Starts one machine that is told this.
pub fn run<C>(config: Config) -> Live
where
    C: Clock,
    C::Stamp: StampText + Send,
{
    /// Lanes of vector timestamps are large, and unoptimised code copies them on the stack.
    const STACK: usize = 32 << 20;
    let (stop, control) = live::control();
    let (voice, said) = channel();
    let id = config.id;
    let outcome = thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || live::run::<C, _>(config, control, &mut Voice(voice)))
        .expect("a thread");
    Live { id, stop, said, outcome }
}

/// Listeners on free ports of the loopback interface, one per machine, and their addresses.
pub fn listeners(ring: RingSize) -> (Vec<TcpListener>, Vec<SocketAddr>) {
    let bind = |_| TcpListener::bind("127.0.0.1:0").expect("a free port");
    let listeners: Vec<TcpListener> = ring.machines().map(bind).collect();
    let addresses = listeners.iter().map(|listener| listener.local_addr().expect("an address")).collect();
    (listeners, addresses)
}

/// Starts a whole ring.
pub fn start_ring(experiment: &Experiment, directory: &Path) -> Vec<Live> {
    let (listeners, addresses) = listeners(experiment.ring);
    let machines = experiment.ring.machines().zip(listeners);
    machines.map(|(id, listener)| start(id, experiment, listener, addresses.clone(), directory)).collect()
}

/// Waits for all machines, none of which may fail.
pub fn join_all(ring: Vec<Live>) -> Vec<Outcome> {
    ring.into_iter().map(|live| live.join().unwrap_or_else(|failure| panic!("{failure}"))).collect()
}
