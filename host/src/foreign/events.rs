//! The events of one run, from the matches of a pattern in its files.

mod carried;

use std::{collections::HashMap, fmt::Display, sync::Arc};

use super::{
    clock_text,
    clocks::{Clocks, Texts, Unclear, Value},
    executions::Part,
    kinds::{Context, Kind, Told, Vocabulary, Word, kind_by_group},
    names::{Mention, Named, Names},
    pattern::{Group, Match},
    run::{Carried, FileLine, ForeignClock, ForeignEvent, ForeignLog, ForeignRun, Peer, Reading, Scalar},
    time_text::{Moment, TimeReader, TimeUnit},
};
use crate::failure::Failure;

/// A machine and its rows.
#[derive(Clone, Debug, Default)]
pub(super) struct MachineRows<'a> {
    pub(super) name: String,
    pub(super) rows: Vec<RowMatch<'a>>,
}

/// A row: the number of its part, its place in it, and the match.
pub(super) type RowMatch<'a> = (u32, u32, &'a Match);

/// Options for the meaning of events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning<'a> {
    pub(super) words: &'a [Word],
    pub(super) time_unit: Option<TimeUnit>,
    /// Do files or hosts have the names that the user gave, so that a vector's key does not rename them?
    pub(super) are_names_given: bool,
    /// Does the format say that clocks are vectors?
    pub(super) are_vectors: bool,
}

/// Reads the events of a run.
///
/// # Errors
/// If a clock or a timestamp is no clock, or not of the run's kind.
pub(super) fn read(
    parts: &[&Part<'_>],
    machines: Vec<MachineRows<'_>>,
    reading: Reading,
    meaning: Meaning<'_>,
) -> Result<ForeignRun, Failure> {
    let clocks = clocks(parts, &machines, meaning.are_vectors)?;
    let mut reader = Reader::new(parts, &machines, &clocks, meaning);
    let mut logs = Vec::with_capacity(machines.len());
    for (machine, rows) in machines.iter().enumerate() {
        let mut log = ForeignLog { name: rows.name.clone(), width: clocks.width, ..ForeignLog::default() };
        log.events.reserve_exact(rows.rows.len());
        for (row, (part, place, found)) in rows.rows.iter().enumerate() {
            let clock = clocks.scalars[machine].get(row).copied().unwrap_or_default();
            let event = reader.event(*part, found, machine, clock, &mut log)?;
            log.events.push(ForeignEvent { place: *place, ..event });
        }
        logs.push(log);
    }
    let mut reading = reading;
    reader.remarks(&mut reading);
    let has_unit = reader.counts_without_unit == 0;
    let Clocks { kind, vectors, owns_entry, keys, strangers, .. } = clocks;
    let are_renamed = !meaning.are_names_given && keys.iter().flatten().count() == logs.len();
    for (machine, (log, vectors)) in logs.iter_mut().zip(vectors).enumerate() {
        (log.vectors, log.owns_entry) = (vectors, owns_entry[machine]);
        if let Some(key) = keys[machine].clone().filter(|_| are_renamed) {
            log.name = key;
        }
    }
    let files = parts.iter().map(|part| Arc::clone(&part.source.file)).collect();
    Ok(ForeignRun { name: String::new(), clock: kind, logs, strangers, files, has_unit, reading })
}

fn clocks(parts: &[&Part<'_>], machines: &[MachineRows<'_>], are_vectors: bool) -> Result<Clocks, Failure> {
    let names: Vec<String> = machines.iter().map(|machine| machine.name.clone()).collect();
    let mut texts = Texts::new(&names);
    for (machine, rows) in machines.iter().enumerate() {
        for (part, _, found) in &rows.rows {
            let text = found.group(&parts[*part as usize].source.text, Group::Clock).unwrap_or_default();
            texts.push(
                machine,
                *part,
                clock_text::parse(text).map_err(|error| no_clock(parts, *part, found, Group::Clock, text, error))?,
            );
        }
    }
    Clocks::of(texts, are_vectors).map_err(|unclear| match unclear {
        Unclear::Mixed { machine, row } => {
            let (part, _, found) = &machines[machine].rows[row];
            let text = found.group(&parts[*part as usize].source.text, Group::Clock).unwrap_or_default();
            let reason = "other events have clocks of another kind: numbers, vectors or pairs";
            no_clock(parts, *part, found, Group::Clock, text, reason)
        }
        Unclear::TooManyLogs(entries) => Failure::usage(format!(
            "{} and the others are {} logs with vectors of {entries} machines. If some are parts of one log, give them one \
             name with --names; if they are of several runs, give the files of one run at a time",
            parts.first().map(|part| &*part.source.file).unwrap_or_default(),
            machines.len(),
        )),
        Unclear::OneMachine([one, other]) => {
            let file = |machine: usize| machines[machine].rows.first().map(|row| &*parts[row.0 as usize].source.file);
            let (one, other) = (file(one).unwrap_or_default(), file(other).unwrap_or_default());
            Failure::usage(format!(
                "the vectors in {one} and in {other} count the events of one machine. If these are parts of its log, give \
                 both one name with --names; if they are of several runs, give the files of one run at a time"
            ))
        }
    })
}

fn no_clock(parts: &[&Part<'_>], part: u32, found: &Match, group: Group, text: &str, reason: impl Display) -> Failure {
    let at = parts[part as usize].source.at(u64::from(found.line));
    let shown: String = text.chars().take(TEXT_SHOWN_MAX).collect();
    Failure::usage(format!("{at}: the group `{}` holds `{shown}`, which is no clock: {reason}", group.name()))
}

/// The most characters of a text that are shown.
const TEXT_SHOWN_MAX: usize = 80;

/// Reads events one after the other, and keeps the meanings of their texts.
struct Reader<'a> {
    parts: &'a [&'a Part<'a>],
    clocks: &'a Clocks,
    names: Names,
    kinds: HashMap<&'a str, Option<Told>>,
    vocabulary: Vocabulary,
    times: TimeReader,
    near: Option<i64>,
    peers: HashMap<(usize, &'a str), Named>,
    receivers: HashMap<Vec<usize>, Arc<[usize]>>,
    ids: HashMap<&'a str, u32>,
    /// The clocks are vectors by name, as applications keep them about anything.
    is_application: bool,
    unread_times: Vec<(FileLine, String)>,
    unread_time_count: u64,
    counts_without_unit: u64,
}

impl<'a> Reader<'a> {
    fn new(parts: &'a [&'a Part<'a>], machines: &[MachineRows<'_>], clocks: &'a Clocks, meaning: Meaning<'_>) -> Self {
        let mut words: HashMap<&'a str, u64> = HashMap::new();
        let mut times = TimeReader::new(meaning.time_unit);
        let mut names_messages = false;
        for (part, _, found) in machines.iter().flat_map(|machine| &machine.rows) {
            let Part { source, pattern, .. } = parts[*part as usize];
            if let Some(word) = found
                .group(&source.text, Group::Event)
                .filter(|_| kind_by_group(pattern, &source.text, found).is_none())
            {
                *words.entry(word).or_default() += 1;
            }
            if let Some(time) = found.group(&source.text, Group::Time) {
                times.look(time);
            }
            names_messages |= [Group::Peer, Group::Stamp, Group::Id].iter().any(|group| found.start(*group).is_some());
        }
        let mut lower: HashMap<String, u64> = HashMap::new();
        for (word, number) in &words {
            *lower.entry(word.to_lowercase()).or_default() += number;
        }
        let is_application = clocks.kind == ForeignClock::Vector && clocks.keys.iter().any(Option::is_some);
        let vocabulary = Vocabulary::new(meaning.words, &lower, Context { is_application, names_messages });
        let kinds = words.into_keys().map(|word| (word, vocabulary.kind(&word.to_lowercase()))).collect();
        let own: Vec<String> = machines.iter().map(|machine| machine.name.clone()).collect();
        // Events may name a machine as its vectors or its timestamps do.
        let keys =
            clocks.keys.iter().zip(&clocks.processes).map(|(key, process)| key.clone().or_else(|| process.clone()));
        let keys: Vec<Option<String>> = keys.collect();
        let mut reader = Self {
            parts,
            clocks,
            names: Names::new(&own, &keys, &[]),
            kinds,
            vocabulary,
            times,
            near: None,
            peers: HashMap::new(),
            receivers: HashMap::new(),
            ids: HashMap::new(),
            is_application,
            unread_times: Vec::new(),
            unread_time_count: 0,
            counts_without_unit: 0,
        };
        reader.names = Names::new(&own, &keys, &reader.mentions(machines));
        reader
    }

    /// The different words for machines in events of others.
    fn mentions(&self, machines: &[MachineRows<'_>]) -> Vec<Mention> {
        let mut mentions: Vec<Mention> = Vec::new();
        let mut seen: HashMap<(usize, bool, &str), ()> = HashMap::new();
        for (by, machine) in machines.iter().enumerate() {
            for (part, _, found) in &machine.rows {
                let text = &self.parts[*part as usize].source.text;
                let Some(words) = found.group(text, Group::Peer).filter(|words| !words.is_empty()) else { continue };
                let is_send = match self.told(*part, found).map(|told| told.kind) {
                    Some(Kind::Receive) => false,
                    Some(kind) if kind.is_send() => true,
                    _ => continue,
                };
                if mentions.len() < MENTIONED_MAX && seen.insert((by, is_send, words), ()).is_none() {
                    mentions.push(Mention { by, is_send, words: words.to_owned() });
                }
            }
        }
        mentions
    }

    fn told(&self, part: u32, found: &Match) -> Option<Told> {
        let Part { source, pattern, .. } = self.parts[part as usize];
        if let Some(kind) = kind_by_group(pattern, &source.text, found) {
            return kind.map(|kind| Told { kind, word: 0 });
        }
        let word = found.group(&source.text, Group::Event)?;
        self.kinds.get(word).copied().flatten()
    }

    fn event(
        &mut self,
        part: u32,
        found: &Match,
        machine: usize,
        clock: Scalar,
        log: &mut ForeignLog,
    ) -> Result<ForeignEvent, Failure> {
        let source = self.parts[part as usize].source;
        let text: &'a str = &source.text;
        let told = self.told(part, found);
        let kind = told.map(|told| told.kind);
        let mut event = ForeignEvent {
            file: part,
            line: found.line,
            first_line: found.first_line,
            place: 0,
            kind,
            word: told.map_or(0, |told| told.word),
            clock,
            to: None,
            sent_stamp: None,
            message: Carried::default(),
            several: None,
            id: found.group(text, Group::Id).filter(|id| !id.is_empty()).map(|id| self.id(id)),
            queue: found.group(text, Group::Queue).and_then(|queue| queue.parse().ok()),
            time: found.group(text, Group::Time).and_then(|time| self.time(time, source.at(u64::from(found.line)))),
        };
        let peer = found.group(text, Group::Peer).unwrap_or_default();
        let stamp = found.group(text, Group::Stamp).filter(|stamp| !matches!(*stamp, "" | "-"));
        match kind {
            Some(kind) if kind.is_send() => {
                event.to = self.receivers(kind, peer, machine);
                let told = stamp.map(|stamp| self.value(part, found, stamp)).transpose()?.flatten();
                event.sent_stamp = match told {
                    Some(Value::Scalar(stamp, _)) => Some(stamp),
                    Some(Value::Vector(vector)) => vector.get(machine).map(|own| Scalar::from(*own)),
                    None => None,
                };
            }
            Some(Kind::Receive) => {
                let from = self.sender(peer, machine);
                event.message.from = from;
                if let Some(stamp) = stamp {
                    self.carried(part, found, stamp, &mut event, (machine, log))?;
                }
            }
            _ => {}
        }
        Ok(event)
    }

    /// The receivers of a send; `None` if its row does not name them.
    fn receivers(&mut self, kind: Kind, peer: &'a str, machine: usize) -> Option<Arc<[usize]>> {
        let named = self.named(peer, machine);
        let all = || (0..self.names.len()).filter(|place| *place != machine).collect::<Vec<_>>();
        let named = match named {
            // A send that names its own machine names the sender.
            Named::Machines(named) => named.into_iter().filter(|place| *place != machine).collect(),
            Named::All => all(),
            Named::Nothing if kind == Kind::SendAll => all(),
            Named::Nothing | Named::Stranger => Vec::new(),
        };
        if named.is_empty() || self.names.is_unclear {
            return None;
        }
        let receivers = self.receivers.entry(named).or_insert_with_key(|named| named.as_slice().into());
        Some(Arc::clone(receivers))
    }

    fn sender(&mut self, peer: &'a str, machine: usize) -> Peer {
        match self.named(peer, machine) {
            _ if self.names.is_unclear => Peer::Untold,
            Named::Machines(named) => match named[..] {
                // No machine receives from itself: the name means something else.
                [from] if from != machine => Peer::Machine(from),
                _ => Peer::Untold,
            },
            Named::Stranger => Peer::Stranger,
            Named::All | Named::Nothing => Peer::Untold,
        }
    }

    fn named(&mut self, peer: &'a str, machine: usize) -> Named {
        self.peers.entry((machine, peer)).or_insert_with(|| self.names.told_by(machine, peer)).clone()
    }

    fn id(&mut self, id: &'a str) -> u32 {
        let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        *self.ids.entry(id).or_insert(next)
    }

    fn time(&mut self, text: &str, at: FileLine) -> Option<i64> {
        let moment = self.times.read(text).map(|time| time.moment);
        match moment {
            Some(Moment::Count { value }) => {
                self.counts_without_unit += 1;
                // Only their order counts.
                Some((value * 1e6) as i64)
            }
            Some(moment) => {
                self.near = moment.ns(self.near).or(self.near);
                self.near
            }
            None => {
                self.unread_time_count += u64::from(!text.is_empty());
                if self.unread_times.is_empty() && !text.is_empty() {
                    self.unread_times.push((at, text.chars().take(TEXT_SHOWN_MAX).collect()));
                }
                None
            }
        }
    }

    /// Remarks on texts that were not understood.
    fn remarks(&self, reading: &mut Reading) {
        let unknown = &self.vocabulary.unknown;
        if !unknown.is_empty() && !self.is_application {
            let (shown, more) = some_of(unknown.iter().map(|(word, number)| format!("`{}` ({number})", cut(word))));
            let example = cut(&unknown[0].0);
            reading.remarks.push(format!(
                "events of unknown kind: {shown}{more}; --map gives their kinds: `--map internal={example}`, or send, send-all, receive"
            ));
        }
        let peers = self.peers.keys().map(|(_, peer)| *peer);
        let mut strangers: Vec<&str> = peers.filter(|peer| self.names.is_stranger(peer)).collect();
        strangers.sort_unstable();
        strangers.dedup();
        if !strangers.is_empty() {
            let (shown, more) = some_of(strangers.iter().map(|word| format!("`{}`", cut(word))));
            let known: Vec<&str> = self.names.called().collect();
            reading.remarks.push(format!(
                "peers without a log: {shown}{more}; the machines here are called {}, or as --names says",
                known.join(", ")
            ));
        }
        if self.names.is_unclear {
            reading.remarks.push(
                "events may count machines from another number than the files do, and nothing shows it: peers are not used; \
                 --names gives the names by which events call the machine of each file"
                    .to_owned(),
            );
        }
        if let Some((at, text)) = self.unread_times.first() {
            let others = match self.unread_time_count {
                1 => String::new(),
                2 => ", as is another".to_owned(),
                number => format!(", as are {} others", number - 1),
            };
            reading.remarks.push(format!("{at}: the time `{text}` is not understood{others}, and is left out"));
        }
        if self.counts_without_unit > 0 {
            reading.remarks.push(
                "times are counts since some start, in an unknown unit: --time-unit s, ms, us or ns gives it"
                    .to_owned(),
            );
        }
    }
}

/// The first few of several texts, and a note that there are more.
fn some_of(mut texts: impl Iterator<Item = String>) -> (String, &'static str) {
    let shown: Vec<String> = texts.by_ref().take(6).collect();
    (shown.join(", "), if texts.next().is_some() { ", …" } else { "" })
}

fn cut(word: &str) -> String {
    let short: String = word.chars().take(30).collect();
    if short.len() < word.len() { format!("{short}…") } else { short }
}

/// The most different words for machines that are looked at.
const MENTIONED_MAX: usize = 1_000;
