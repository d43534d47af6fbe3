//! The clocks of a whole run: their kind, and in vectors each machine's own entry.
//!
//! One text does not show everything: `(4, 2)` is a vector of two machines, a time with the number of its process, or a
//! hybrid clock. All rows of a run together do.

use std::collections::HashMap;

use super::{
    clock_text::ClockText,
    evidence::HABIT_MIN,
    kinds::has_word,
    owners::{self, Row},
    run::{ForeignClock, Scalar},
};

/// The clocks of the events of a run, by machine.
#[derive(Debug, Default)]
pub(super) struct Texts {
    logs: Vec<MachineTexts>,
}

/// The clocks of one machine's events, in the order of its rows.
#[derive(Debug, Default)]
struct MachineTexts {
    name: String,
    numbers: Vec<u64>,
    /// The rows at which another file begins.
    parts: Vec<usize>,
    part: Option<u32>,
    /// Those that are no single number, with their rows.
    others: Vec<(u32, ClockText)>,
}

impl Texts {
    pub(super) fn new(names: &[String]) -> Self {
        Self { logs: names.iter().map(|name| MachineTexts { name: name.clone(), ..MachineTexts::default() }).collect() }
    }

    /// Adds the clock of a machine's next event, which is in a part of its log.
    pub(super) fn push(&mut self, machine: usize, part: u32, clock: ClockText) {
        let log = &mut self.logs[machine];
        if log.part.replace(part) != Some(part) {
            log.parts.push(log.numbers.len());
        }
        match clock {
            ClockText::Number(number) => log.numbers.push(number),
            other => {
                log.others.push((u32::try_from(log.numbers.len()).unwrap_or(u32::MAX), other));
                log.numbers.push(0);
            }
        }
    }

    fn others(&self) -> impl Iterator<Item = &ClockText> {
        self.logs.iter().flat_map(|log| log.others.iter().map(|(_, text)| text))
    }

    fn has_numbers(&self) -> bool {
        self.logs.iter().any(|log| log.others.len() < log.numbers.len())
    }
}

/// The meaning of all clock texts of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meaning {
    Number,
    /// In a list of two the wall time comes first, or second.
    Hybrid {
        time: usize,
    },
    /// A time with its process; in a list of two the time comes first, or second.
    TotalOrder {
        time: usize,
    },
    Vector,
}

/// The clocks of a run, understood.
#[derive(Debug)]
pub(super) struct Clocks {
    pub(super) kind: ForeignClock,
    meaning: Meaning,
    /// Per machine, the clocks of its events; of a vector clock the own entries.
    pub(super) scalars: Vec<Vec<Scalar>>,
    /// Per machine, the vectors of its events.
    pub(super) vectors: Vec<Vec<u64>>,
    pub(super) width: usize,
    /// Per machine, the process that its clocks name, if they do.
    pub(super) processes: Vec<Option<String>>,
    /// Per machine: is its own entry known?
    pub(super) owns_entry: Vec<bool>,
    /// Per machine, the name of its own entry, if entries have names.
    pub(super) keys: Vec<Option<String>>,
    /// The names of the entries after those of the machines.
    pub(super) strangers: Vec<String>,
    /// The columns of vectors, by the names of entries.
    columns: HashMap<String, usize>,
}

/// A clock's value beside those of the events: of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Scalar(Scalar, Option<String>),
    Vector(Vec<u64>),
}

/// Clocks that are not those of one run.
pub(super) enum Unclear {
    /// The row of a machine is of another kind than the first.
    Mixed { machine: usize, row: usize },
    /// There are more logs than entries in their vectors.
    TooManyLogs(usize),
    /// Two logs are of one machine.
    OneMachine([usize; 2]),
}

impl Clocks {
    /// Understands the clocks of a run. `are_vectors`: its format says so.
    ///
    /// # Errors
    /// If some are of another kind than others, or two logs of one machine.
    pub(super) fn of(texts: Texts, are_vectors: bool) -> Result<Self, Unclear> {
        let meaning = if are_vectors { Meaning::Vector } else { meaning(&texts) };
        if meaning == Meaning::Vector {
            return Self::of_vectors(&texts);
        }
        let mut scalars = Vec::with_capacity(texts.logs.len());
        let mut processes = Vec::with_capacity(texts.logs.len());
        for (machine, log) in texts.logs.into_iter().enumerate() {
            let mut clocks: Vec<Scalar> = log.numbers.into_iter().map(Scalar::from).collect();
            let mut process = None;
            for (row, text) in log.others {
                let row = row as usize;
                let Some((scalar, named)) = scalar(meaning, text) else { return Err(Unclear::Mixed { machine, row }) };
                clocks[row] = scalar;
                process = process.or(named);
            }
            scalars.push(clocks);
            processes.push(process);
        }
        let machines = scalars.len();
        let kind = if matches!(meaning, Meaning::Hybrid { .. }) { ForeignClock::Hybrid } else { ForeignClock::Number };
        Ok(Self {
            kind,
            meaning,
            scalars,
            processes,
            vectors: vec![Vec::new(); machines],
            width: 0,
            owns_entry: vec![true; machines],
            keys: vec![None; machines],
            strangers: Vec::new(),
            columns: HashMap::new(),
        })
    }

    fn of_vectors(texts: &Texts) -> Result<Self, Unclear> {
        for (machine, log) in texts.logs.iter().enumerate() {
            if log.others.len() < log.numbers.len() {
                let is_number = |row: &usize| log.others.binary_search_by_key(&(*row as u32), |(row, _)| *row).is_err();
                let row = (0..log.numbers.len()).find(is_number).unwrap_or(0);
                return Err(Unclear::Mixed { machine, row });
            }
        }
        let names = entry_names(texts);
        let index: HashMap<&str, usize> =
            names.iter().enumerate().map(|(entry, name)| (name.as_str(), entry)).collect();
        let rows: Vec<Vec<Row>> = texts
            .logs
            .iter()
            .map(|log| {
                log.others.iter().map(|(_, text)| dense(text, names.len(), |name| index.get(name).copied())).collect()
            })
            .collect();
        let are_named = texts.others().any(|text| matches!(text, ClockText::Named(_)));
        if !are_named && texts.logs.iter().filter(|log| !log.numbers.is_empty()).count() > names.len() {
            return Err(Unclear::TooManyLogs(names.len()));
        }
        let machines: Vec<&str> = texts.logs.iter().map(|log| log.name.as_str()).collect();
        let parts: Vec<&[usize]> = texts.logs.iter().map(|log| log.parts.as_slice()).collect();
        let own = owners::own_entries(&machines, &names, &rows, &parts, are_named).map_err(Unclear::OneMachine)?;
        // Each machine's own entry to its place, then the others.
        let mut order: Vec<Option<usize>> = own.clone();
        let strangers: Vec<usize> = (0..names.len()).filter(|entry| !own.contains(&Some(*entry))).collect();
        order.extend(strangers.iter().map(|entry| Some(*entry)));
        let arrange = |row: &Row| order.iter().map(|entry| entry.map_or(0, |entry| row[entry])).collect::<Vec<u64>>();
        let vectors: Vec<Vec<u64>> = rows.iter().map(|rows| rows.iter().flat_map(arrange).collect()).collect();
        let width = order.len();
        let scalars = vectors
            .iter()
            .enumerate()
            .map(|(machine, counts)| counts.chunks_exact(width.max(1)).map(|row| Scalar::from(row[machine])).collect());
        let columns = order.iter().enumerate().filter_map(|(column, entry)| Some((names[(*entry)?].clone(), column)));
        let name_of = |entry: &usize| if are_named { names[*entry].clone() } else { format!("entry {}", entry + 1) };
        Ok(Self {
            kind: ForeignClock::Vector,
            meaning: Meaning::Vector,
            processes: vec![None; machines.len()],
            scalars: scalars.collect(),
            width,
            owns_entry: own.iter().map(Option::is_some).collect(),
            keys: own.iter().map(|entry| entry.filter(|_| are_named).map(|entry| names[entry].clone())).collect(),
            strangers: strangers.iter().map(name_of).collect(),
            columns: columns.collect(),
            vectors,
        })
    }

    /// The meaning of a message's timestamp; `None` if it is no clock of the run's kind.
    pub(super) fn value(&self, text: ClockText) -> Option<Value> {
        match (self.meaning, text) {
            (Meaning::Vector, ClockText::Number(_) | ClockText::Hybrid { .. } | ClockText::Stamped { .. }) => None,
            (Meaning::Vector, text) => {
                Some(Value::Vector(dense(&text, self.width, |name| self.columns.get(name).copied())))
            }
            (meaning, text) => scalar(meaning, text).map(|(scalar, process)| Value::Scalar(scalar, process)),
        }
    }
}

/// The kind of clock that all texts of a run can be.
fn meaning(texts: &Texts) -> Meaning {
    let all = |is: fn(&ClockText) -> bool| texts.others().all(is);
    if texts.others().next().is_none() {
        return Meaning::Number;
    }
    if texts.others().any(|text| matches!(text, ClockText::Hybrid { .. })) {
        return Meaning::Hybrid { time: 0 };
    }
    if texts.others().any(|text| matches!(text, ClockText::Stamped { .. }))
        || (texts.logs.len() > 1 && are_single_names(texts))
    {
        return Meaning::TotalOrder { time: 0 };
    }
    if !texts.has_numbers() && all(|text| matches!(text, ClockText::List(list) if list.len() == 2)) {
        return meaning_of_pairs(texts);
    }
    Meaning::Vector
}

/// Does every text count one name, the same in all rows of a machine? Then it is a time with its process.
fn are_single_names(texts: &Texts) -> bool {
    let is_single = |log: &MachineTexts| {
        let mut names = log.others.iter().map(|(_, text)| match text {
            ClockText::Named(named) if named.len() == 1 => Some(named[0].0.as_str()),
            _ => None,
        });
        let first = names.next().flatten();
        first.is_some() && names.all(|name| name == first)
    };
    let is_empty = |log: &MachineTexts| log.numbers.is_empty();
    texts.logs.iter().all(|log| is_empty(log) || is_single(log)) && texts.others().next().is_some()
}

/// The smallest number taken for a wall time, in any unit: 1970 was 29 million minutes ago. A log may begin when its
/// machine has counted so many events, but hardly the logs of all.
const WALL_MIN: u64 = 1_000_000;

fn meaning_of_pairs(texts: &Texts) -> Meaning {
    let pairs = |log: &MachineTexts| -> Vec<[u64; 2]> {
        let lists = log.others.iter().filter_map(|(_, text)| match text {
            ClockText::List(list) => <[u64; 2]>::try_from(list.as_slice()).ok(),
            _ => None,
        });
        lists.collect()
    };
    let logs: Vec<(&str, Vec<[u64; 2]>)> =
        texts.logs.iter().filter(|log| !log.numbers.is_empty()).map(|log| (log.name.as_str(), pairs(log))).collect();
    if logs.iter().all(|(_, pairs)| pairs.iter().all(|pair| pair[0] >= WALL_MIN && pair[1] < WALL_MIN)) {
        return Meaning::Hybrid { time: 0 };
    }
    // A process is the same in all rows of a machine, and another in each machine. As a vector's own entry it would
    // rise.
    let process = |place: usize| -> Option<Vec<u64>> {
        let constant = |(_, pairs): &(&str, Vec<[u64; 2]>)| {
            let first = pairs.first()?[place];
            pairs.iter().all(|pair| pair[place] == first).then_some(first)
        };
        let processes: Vec<u64> = logs.iter().map(constant).collect::<Option<_>>()?;
        let distinct = (1..processes.len()).all(|index| !processes[..index].contains(&processes[index]));
        distinct.then_some(processes)
    };
    let changes = |(_, pairs): &&(&str, Vec<[u64; 2]>)| pairs.iter().any(|pair| *pair != pairs[0]);
    let changing = logs.iter().filter(changes).count();
    let is_told = |processes: &[u64]| {
        // Processes may be counted from another number than names.
        let is_named = |by: i64| {
            logs.iter().zip(processes).all(|((name, _), process)| {
                process.checked_add_signed(by).is_some_and(|number| has_word(name, &number.to_string()))
            })
        };
        logs.len() > 2 || changing == 2 || [0, -1, 1].into_iter().any(is_named)
    };
    for (place, processes) in [1, 0].into_iter().filter_map(|place| Some((place, process(place)?))) {
        let time = 1 - place;
        if logs.len() == 2 && changing < 2 && processes.contains(&0) {
            // Of two machines, one has a single event, and the other knows nothing of it: a vector, or a time with its
            // process. Compared as a whole, time first, both are in order.
            return Meaning::Hybrid { time };
        }
        if is_told(&processes) {
            return Meaning::TotalOrder { time };
        }
    }
    // The count of a hybrid clock begins again whenever its time rises; no count of a vector does. And the own counts
    // of two machines are different entries of a vector.
    let steps = || logs.iter().flat_map(|(_, pairs)| pairs.windows(2));
    // One fault in ten steps does not make it another kind.
    let rises = steps().filter(|step| step[0] > step[1]).count() * 10 <= steps().count();
    let counts_again = steps().filter(|step| step[0][0] < step[1][0] && step[1][1] < step[0][1]).count();
    // The place that rises in most steps, if it is only one: it is the own count of a vector.
    let own = |(_, pairs): &(&str, Vec<[u64; 2]>)| {
        let rises = |place: usize| pairs.windows(2).filter(|step| step[0][place] < step[1][place]).count();
        let is_most = |place: &usize| rises(*place) * 2 >= pairs.len();
        [0, 1].into_iter().find(is_most).filter(|place| !is_most(&(1 - place)))
    };
    let owns = |place: usize| logs.iter().filter(|log| own(log) == Some(place)).count();
    let is_no_vector = logs.len() > 2 || counts_again >= HABIT_MIN || owns(0) > 1 || owns(1) > 1;
    if rises && is_no_vector { Meaning::Hybrid { time: 0 } } else { Meaning::Vector }
}

/// A clock that is ordered as a whole, and its process if the text names one.
fn scalar(meaning: Meaning, text: ClockText) -> Option<(Scalar, Option<String>)> {
    match (meaning, text) {
        (_, ClockText::Number(number)) => Some((number.into(), None)),
        (Meaning::Hybrid { .. }, ClockText::Hybrid { wall, count }) => Some((Scalar { number: wall, count }, None)),
        (Meaning::Hybrid { time }, ClockText::List(list)) => match list[..] {
            [_, _] => Some((Scalar { number: list[time], count: list[1 - time] }, None)),
            _ => None,
        },
        (Meaning::TotalOrder { .. }, ClockText::Stamped { time, process }) => Some((time.into(), Some(process))),
        (Meaning::TotalOrder { time }, ClockText::List(list)) => match list[..] {
            [_, _] => Some((list[time].into(), Some(list[1 - time].to_string()))),
            _ => None,
        },
        (Meaning::TotalOrder { .. }, ClockText::Named(named)) => match &named[..] {
            [(process, time)] => Some(((*time).into(), Some(process.clone()))),
            _ => None,
        },
        _ => None,
    }
}

/// The names of the entries of all vectors: names, or places counted from 0.
fn entry_names(texts: &Texts) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut known: HashMap<String, ()> = HashMap::new();
    let mut add = |name: &str| {
        if !known.contains_key(name) {
            known.insert(name.to_owned(), ());
            names.push(name.to_owned());
        }
    };
    let mut places = 0;
    for text in texts.others() {
        match text {
            ClockText::Named(named) => named.iter().for_each(|(name, _)| add(name)),
            ClockText::List(list) => places = places.max(list.len()),
            _ => {}
        }
    }
    (0..places).for_each(|place| add(&place.to_string()));
    names
}

/// A vector with a count for every entry.
fn dense(text: &ClockText, width: usize, column: impl Fn(&str) -> Option<usize>) -> Vec<u64> {
    let mut counts = vec![0; width];
    let mut set = |name: &str, count: u64| {
        if let Some(slot) = column(name).and_then(|column| counts.get_mut(column)) {
            *slot = count;
        }
    };
    match text {
        ClockText::Named(named) => named.iter().for_each(|(name, count)| set(name, *count)),
        ClockText::List(list) => list.iter().enumerate().for_each(|(place, count)| set(&place.to_string(), *count)),
        _ => {}
    }
    counts
}
