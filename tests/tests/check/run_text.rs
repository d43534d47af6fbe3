//! Runs as text: made by hand for canaries, or by a naive simulation of the model.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    path::Path,
};

use clockring::{
    chance::{Purpose, stream},
    clock::{Clock, ClockKind, Hybrid, Lamport},
    cursor::Cursor,
    event::EventKind,
    message::Message,
    moment::UnixTime,
    process::{Process, Turn},
    ring::{MachineId, RingSize},
};
use host::{
    check::{Run, Verdict, judge},
    experiment::{Experiment, Pace, PhaseChoice, RingVector},
    rundir::{
        Ended, HEADER, LeftInQueue, Manifest, Row, RunDirectory, SimulatedNetwork, StampJson, StampText, TimeSource,
    },
};
use tempfile::TempDir;

/// The time of the first event of every run here.
pub(crate) const START_NS: u64 = 1_700_000_000_000_000_000;

/// The files of one machine.
#[derive(Clone, Debug)]
pub(crate) struct MachineText {
    pub(crate) manifest: Manifest,
    /// The lines of the log, without the header.
    pub(crate) lines: Vec<String>,
    /// The text after the last line feed.
    pub(crate) torn: String,
}

/// A run directory before it is written.
#[derive(Clone, Debug)]
pub(crate) struct RunText {
    pub(crate) machines: Vec<MachineText>,
}

impl RunText {
    /// Writes the run to a new directory.
    pub(crate) fn write(&self) -> TempDir {
        let directory = TempDir::new().expect("a directory");
        for machine in &self.machines {
            let name = machine.manifest.id;
            let log: String = [HEADER]
                .into_iter()
                .chain(machine.lines.iter().map(String::as_str))
                .fold(String::new(), |log, line| log + line + "\n");
            fs::write(directory.path().join(format!("{name}.csv")), log + &machine.torn).expect("a log");
            machine.manifest.write(&directory.path().join(format!("{name}.json"))).expect("a manifest");
        }
        directory
    }

    /// The checker's verdict on it; `None` if it cannot be read.
    pub(crate) fn judged(&self) -> Option<Verdict> {
        judged(self.write().path())
    }

    /// The names of the rules it breaks.
    pub(crate) fn broken(&self) -> Vec<&'static str> {
        let verdict = self.judged().expect("a run that can be read");
        verdict.violations.rules().map(|rule| rule.name()).collect()
    }

    pub(crate) fn machine(&mut self, name: char) -> &mut MachineText {
        let machine = self.machines.iter_mut().find(|machine| machine.manifest.id.letter() == name as u8);
        machine.expect("a machine of the run")
    }
}

/// The checker's verdict on a directory; `None` if it cannot be read.
pub(crate) fn judged(directory: &Path) -> Option<Verdict> {
    Run::load(&RunDirectory::at(directory)).ok().map(|run| judge(&run))
}

/// A machine that ended in good order. `events` are the columns from `event` on, `left` the messages that waited at the end.
pub(crate) fn ended(id: char, ring: usize, events: &[&str], left: &[(char, u64)]) -> MachineText {
    let lines: Vec<String> = events
        .iter()
        .zip(1_u64..)
        .map(|(event, tick)| format!("{tick},{},{event}", START_NS + tick * 1_000_000_000))
        .collect();
    let mut manifest = manifest(name(id), RingSize::new(ring).expect("a ring"), ClockKind::Lamport, 1, 10);
    manifest.ticks = Some(lines.len() as u64);
    manifest.ended = Some(Ended::Complete);
    manifest.ended_at = Some(UnixTime::from_ns(START_NS + 100_000_000_000));
    manifest.left_in_queue = Some(messages(left));
    MachineText { manifest, lines, torn: String::new() }
}

/// Messages as a manifest lists them.
pub(crate) fn messages(list: &[(char, u64)]) -> Vec<LeftInQueue> {
    list.iter().map(|(from, stamp)| LeftInQueue { from: name(*from), stamp: StampJson::Number(*stamp) }).collect()
}

pub(crate) fn name(letter: char) -> MachineId {
    MachineId::from_letter(letter as u8).expect("a letter")
}

fn manifest(id: MachineId, ring: RingSize, clock: ClockKind, seed: u64, sides: u32) -> Manifest {
    Manifest {
        id,
        machines: ring,
        rate: Pace::Max,
        sides,
        seed,
        phase: PhaseChoice::Aligned,
        clock,
        capacity: 1_000,
        version: "0.0.0".to_owned(),
        time: TimeSource::System,
        run: Some(7),
        for_s: None,
        network: SimulatedNetwork::default(),
        started: UnixTime::from_ns(START_NS),
        ended_at: None,
        stopped: None,
        ended: None,
        ticks: None,
        left_in_queue: None,
        overruns: Vec::new(),
        accounted: BTreeMap::new(),
        delivered: BTreeMap::new(),
        forgotten: Vec::new(),
        restarts: Vec::new(),
    }
}

/// The settings of a simulation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) machines: usize,
    pub(crate) sides: u32,
    pub(crate) seed: u64,
    /// Ticks of all machines together.
    pub(crate) ticks: usize,
    pub(crate) clock: ClockKind,
    /// Machine B dies after this many ticks of all machines together.
    pub(crate) death: Option<usize>,
}

/// A run that is right: machines tick in any order, links delay messages by any time but keep their order.
pub(crate) fn good_run(setting: Setting) -> RunText {
    match setting.clock {
        ClockKind::Lamport => good_run_as::<Lamport>(setting),
        ClockKind::Vector => good_run_as::<RingVector>(setting),
        ClockKind::Hybrid => good_run_as::<Hybrid>(setting),
    }
}

/// The same with any clock, also one that is wrong.
pub(crate) fn good_run_as<C: Clock<Stamp: StampText>>(setting: Setting) -> RunText {
    let Setting { machines, sides, seed, ticks, clock, death } = setting;
    let ring = RingSize::new(machines).expect("a ring");
    let experiment = Experiment {
        ring,
        rates: vec![Some(Pace::Max); machines],
        sides,
        seed,
        phase: PhaseChoice::Aligned,
        clock,
        duration: None,
    };
    let mut chance = stream(seed, MachineId::from_index(25).expect("a name"), Purpose::Phase);
    let mut below = |bound: u64| rand_core::Rng::next_u64(&mut chance) % bound;
    let mut processes: Vec<Process<C>> = ring.machines().map(|id| Process::new(id, ring)).collect();
    let mut dice: Vec<_> = ring.machines().map(|id| experiment.die(id)).collect();
    let mut inboxes: Vec<VecDeque<(Message<C::Stamp>, UnixTime)>> = vec![VecDeque::new(); machines];
    let mut links: Vec<VecDeque<Message<C::Stamp>>> = vec![VecDeque::new(); machines * machines];
    let mut texts: Vec<MachineText> = ring
        .machines()
        .map(|id| MachineText { manifest: manifest(id, ring, clock, seed, sides), lines: vec![], torn: String::new() })
        .collect();
    let mut sent = vec![vec![0; machines]; machines];
    for tick in 0..ticks {
        let time = UnixTime::from_ns(START_NS + tick as u64 * 1_000_000);
        for link in &mut links {
            while below(4) == 0 {
                let Some(message) = link.pop_front() else { break };
                inboxes[message.to.index()].push_back((message, time));
            }
        }
        // The later machines are faster, so queues grow at the first.
        let machine = below((machines * machines) as u64).isqrt() as usize;
        if machine == 1 && death.is_some_and(|death| tick >= death) {
            continue;
        }
        let (message, arrived) = inboxes[machine].pop_front().unzip();
        let turn = Turn::of(message, || processes[machine].rolled(dice[machine].roll()));
        let step = processes[machine].step(turn, time);
        let number = texts[machine].lines.len() as u64 + 1;
        let row = Row { tick: number, time, event: step.event, queue: inboxes[machine].len() as u64, arrived };
        let mut line = Vec::new();
        row.write(ring, &mut line);
        texts[machine].lines.push(String::from_utf8(line).expect("text").trim_end().to_owned());
        if let EventKind::Send { .. } = step.event.kind {
            for message in step.messages {
                sent[machine][message.to.index()] = Cursor::after(&message.stamp, message.from).to_u64();
                links[machine * machines + message.to.index()].push_back(message);
            }
        }
    }
    for link in &mut links {
        for message in link.drain(..) {
            inboxes[message.to.index()].push_back((message, UnixTime::from_ns(START_NS)));
        }
    }
    for (text, inbox) in texts.iter_mut().zip(inboxes) {
        if death.is_some() && text.manifest.id.index() == 1 {
            continue;
        }
        let left =
            inbox.iter().map(|(message, _)| LeftInQueue { from: message.from, stamp: message.stamp.to_json(ring) });
        text.manifest.left_in_queue = Some(left.collect());
        text.manifest.ticks = Some(text.lines.len() as u64);
        text.manifest.ended = Some(Ended::Complete);
        text.manifest.stopped = Some(false);
        let id = text.manifest.id;
        let of = |cursor: &dyn Fn(MachineId) -> u64| {
            ring.others(id).into_iter().map(|peer| (peer.to_string(), cursor(peer))).collect()
        };
        text.manifest.accounted = of(&|peer| sent[peer.index()][id.index()]);
        text.manifest.delivered = of(&|peer| sent[id.index()][peer.index()]);
        text.manifest.ended_at = Some(UnixTime::from_ns(START_NS + ticks as u64 * 1_000_000));
    }
    RunText { machines: texts }
}
