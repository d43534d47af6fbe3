//! The ring as one writes it first: a thread per link that reads a message at a time into a queue behind a mutex, and
//! one write per message. The same model, the same die, the same log.

use std::{
    collections::VecDeque,
    fs::File,
    io::{BufWriter, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use clockring::{
    clock::{ClockKind, LamportStamp},
    frame,
    ring::{MachineId, RingSize},
};
use host::{
    experiment::{Experiment, Pace, PhaseChoice, SIDES_DEFAULT},
    rundir::{Ended, HEADER, LeftInQueue, Manifest, RunDirectory, StampJson},
    system_time::now,
};

use crate::{Outcome, run::SECONDS};

const MACHINES: usize = 3;

/// As long as a frame of ours.
const MESSAGE_SIZE: usize = frame::length::<LamportStamp>();

type Queue = Arc<Mutex<VecDeque<(MachineId, u64)>>>;

/// One machine: its index, the ports of all, and the run directory.
pub(crate) fn machine(arguments: &[String]) -> Outcome<()> {
    let [index, ports @ .., directory] = arguments else { return Err("the naive ring is run by the benchmark".into()) };
    let index: usize = index.parse()?;
    let ports: Vec<u16> = ports.iter().map(|port| port.parse()).collect::<Result<_, _>>()?;
    let ring = RingSize::new(MACHINES).ok_or("three machines make a ring")?;
    let id = MachineId::from_index(index).ok_or("a machine of the ring")?;
    let links = connect(index, &ports)?;
    let queue = Queue::default();
    let peers: Vec<MachineId> = ring.others(id).into_iter().collect();
    let readers: Vec<_> = peers
        .iter()
        .zip(&links)
        .map(|(peer, link)| {
            let (peer, link, queue) = (*peer, link.try_clone()?, Arc::clone(&queue));
            Ok(thread::spawn(move || read(peer, link, &queue)))
        })
        .collect::<Outcome<_>>()?;
    let experiment = Experiment {
        ring,
        rates: vec![Some(Pace::Max); MACHINES],
        sides: SIDES_DEFAULT,
        seed: 7,
        phase: PhaseChoice::Aligned,
        clock: ClockKind::Lamport,
        duration: Some(Duration::from_secs(SECONDS)),
    };
    let directory = Path::new(directory);
    let mut manifest = Manifest::of(id, &experiment, usize::MAX, now());
    manifest.ticks = Some(tick(id, &experiment, &links, &peers, &queue, directory)?);
    for link in &links {
        link.shutdown(std::net::Shutdown::Write)?;
    }
    for reader in readers {
        reader.join().map_err(|_| "a reader panicked")?;
    }
    let left = queue.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect::<Vec<_>>();
    let left = left.into_iter().map(|(from, stamp)| LeftInQueue { from, stamp: StampJson::Number(stamp) });
    (manifest.left_in_queue, manifest.ended, manifest.ended_at) =
        (Some(left.collect()), Some(Ended::Complete), Some(now()));
    Ok(manifest.write(&RunDirectory::at(directory).manifest(id))?)
}

/// The links to the next machine and to the one before, in this order.
fn connect(index: usize, ports: &[u16]) -> Outcome<[TcpStream; MACHINES - 1]> {
    let listener = TcpListener::bind(("127.0.0.1", ports[index]))?;
    let next = loop {
        match TcpStream::connect(("127.0.0.1", ports[(index + 1) % MACHINES])) {
            Ok(stream) => break stream,
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    };
    let (before, _) = listener.accept()?;
    next.set_nodelay(true)?;
    before.set_nodelay(true)?;
    Ok([next, before])
}

fn read(peer: MachineId, mut link: TcpStream, queue: &Queue) {
    let mut message = [0; MESSAGE_SIZE];
    while link.read_exact(&mut message).is_ok() {
        let [_, _, _, _, _, _, _, _, _, _, stamp @ ..] = message;
        let stamp = u64::from_be_bytes(stamp);
        queue.lock().unwrap_or_else(PoisonError::into_inner).push_back((peer, stamp));
    }
}

fn tick(
    id: MachineId,
    experiment: &Experiment,
    links: &[TcpStream],
    peers: &[MachineId],
    queue: &Queue,
    directory: &Path,
) -> Outcome<u64> {
    let mut log = BufWriter::new(File::create(RunDirectory::at(directory).log(id))?);
    writeln!(log, "{HEADER}")?;
    let mut die = experiment.die(id);
    let (mut clock, mut ticks) = (0_u64, 0_u64);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(SECONDS) {
        ticks += 1;
        let (message, left) = {
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            (queue.pop_front(), queue.len())
        };
        let time_ns = now().ns();
        if let Some((from, stamp)) = message {
            clock = clock.max(stamp) + 1;
            writeln!(log, "{ticks},{time_ns},receive,{from},{stamp},{clock},{left}")?;
            continue;
        }
        clock += 1;
        let to = match die.roll() {
            1 => &[0][..],
            2 => &[1],
            3 => &[0, 1],
            _ => {
                writeln!(log, "{ticks},{time_ns},internal,,,{clock},{left}")?;
                continue;
            }
        };
        let letters: String = to.iter().map(|place: &usize| peers[*place].letter_str()).collect();
        writeln!(log, "{ticks},{time_ns},send,{letters},,{clock},{left}")?;
        for place in to {
            let mut message = [0; MESSAGE_SIZE];
            message[10..].copy_from_slice(&clock.to_be_bytes());
            (&links[*place]).write_all(&message)?;
        }
    }
    log.flush()?;
    Ok(ticks)
}
