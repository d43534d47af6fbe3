//! The rows of a run in the order of its clocks, and the executions that follow each other in one file.

use super::{
    Asked, begins,
    run::{Begin, FileLine, ForeignLog, ForeignRun},
};
use crate::failure::Failure;

/// Two files of one machine with clocks that overlap.
#[derive(Debug)]
pub(super) struct Overlap {
    machine: String,
    one: FileLine,
    other: FileLine,
}

impl Overlap {
    pub(super) fn question(&self) -> Failure {
        Failure::usage(format!(
            "{self}. Are these parts of one log, or several runs? Give the files of one run at a time"
        ))
    }
}

impl std::fmt::Display for Overlap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { machine, one, other } = self;
        write!(f, "{one} and {other} are both of {machine}, and neither is the end of the other's clocks")
    }
}

/// A run with the parts of its logs in order, and its clocks' beginnings found. Executions that follow each other in one
/// file are taken apart.
pub(super) fn finished(mut run: ForeignRun, asked: &Asked) -> Result<Vec<ForeignRun>, Overlap> {
    let clock = run.clock;
    let by_count = asked.is_shiviz();
    for machine in 0..run.logs.len() {
        let order = in_order(&run, machine, by_count)?;
        run.logs[machine].arrange(&order);
        let log = &mut run.logs[machine];
        log.begins = if asked.is_one_run { Vec::new() } else { begins::find(log, clock) };
    }
    Ok(split(run))
}

/// The rows of a log in the order of its clock: its parts one after the other. A log in the format of ShiViz may come from
/// several places, and is sorted by its own counts unless these begin again.
fn in_order(run: &ForeignRun, machine: usize, by_count: bool) -> Result<Vec<usize>, Overlap> {
    let log = &run.logs[machine];
    let rows: Vec<usize> = (0..log.events.len()).collect();
    if by_count && log.owns_entry {
        let mut counts: Vec<_> = log.events.iter().map(|event| event.clock).collect();
        counts.sort_unstable();
        let mut sorted = rows.clone();
        sorted.sort_by_key(|row| log.events[*row].clock);
        // In the order of one run no count goes back; else the rows are of several.
        let rises =
            |pair: &[usize]| log.vector(pair[0]).iter().zip(log.vector(pair[1])).all(|(one, other)| one <= other);
        if counts.windows(2).all(|pair| pair[0] < pair[1]) && sorted.windows(2).all(rises) {
            return Ok(sorted);
        }
    }
    let mut parts: Vec<Vec<usize>> = Vec::new();
    for row in rows {
        match parts.last_mut() {
            Some(part) if log.events[part[0]].file == log.events[row].file => part.push(row),
            _ => parts.push(vec![row]),
        }
    }
    let clock = |row: usize| log.events[row].clock;
    parts.sort_by_key(|part| clock(part[0]));
    for pair in parts.windows(2) {
        let (last, first) = (pair[0][pair[0].len() - 1], pair[1][0]);
        if clock(last) > clock(first) {
            let (one, other) = (run.at(&log.events[last]), run.at(&log.events[first]));
            return Err(Overlap { machine: log.name.clone(), one, other });
        }
    }
    Ok(parts.concat())
}

impl ForeignLog {
    /// Puts the events into this order.
    fn arrange(&mut self, order: &[usize]) {
        if order.iter().enumerate().all(|(place, row)| place == *row) {
            return;
        }
        self.vectors = order.iter().flat_map(|row| self.vector(*row).to_vec()).collect();
        self.events = order.iter().map(|row| self.events[*row].clone()).collect();
    }

    /// The events of some rows.
    fn part(&self, rows: std::ops::Range<usize>) -> Self {
        Self {
            events: self.events[rows.clone()].to_vec(),
            vectors: self.vectors[rows.start * self.width..rows.end * self.width].to_vec(),
            begins: Vec::new(),
            ..self.clone()
        }
    }
}

/// Takes apart the executions that follow each other in one file: where all clocks begin again before any event of the
/// next execution.
fn split(run: ForeignRun) -> Vec<ForeignRun> {
    let executions = run.logs.iter().map(|log| log.begins.len() + 1).max().unwrap_or(1);
    let place = |log: &ForeignLog, row: usize| (log.events[row].file, log.events[row].line);
    let is_one_file = run.events().all(|event| event.file == 0);
    let is_fresh =
        run.logs.iter().all(|log| log.begins.len() + 1 == executions && log.begins.iter().all(|begin| begin.is_fresh));
    if executions == 1 || !is_one_file || !is_fresh || run.logs.len() < 2 {
        return vec![run];
    }
    let starts = |log: &ForeignLog| {
        let begins = log.begins.iter().map(|Begin { row, .. }| *row);
        std::iter::once(0).chain(begins).chain([log.events.len()]).collect::<Vec<usize>>()
    };
    let bounds: Vec<Vec<usize>> = run.logs.iter().map(starts).collect();
    let last_of = |execution: usize| {
        run.logs.iter().zip(&bounds).map(|(log, bounds)| place(log, bounds[execution + 1] - 1)).max()
    };
    let first_of =
        |execution: usize| run.logs.iter().zip(&bounds).map(|(log, bounds)| place(log, bounds[execution])).min();
    if (1..executions).any(|execution| last_of(execution - 1) >= first_of(execution)) {
        return vec![run];
    }
    let remark = |execution: usize| {
        let starts = run.logs.iter().zip(&bounds).map(|(log, bounds)| &log.events[bounds[execution]]);
        let first = starts.min_by_key(|event| event.line).map(|event| run.at(event));
        let at = first.map(|at| at.to_string()).unwrap_or_default();
        format!("all clocks begin again at {at}: judged as an execution of its own; --delimiter names executions")
    };
    let executions = (0..executions).map(|execution| {
        let logs = run.logs.iter().zip(&bounds).map(|(log, bounds)| log.part(bounds[execution]..bounds[execution + 1]));
        let mut part = ForeignRun { logs: logs.collect(), ..run.clone() };
        part.name = format!(
            "{}execution {}",
            if run.name.is_empty() { String::new() } else { format!("{}, ", run.name) },
            execution + 1
        );
        if execution > 0 {
            part.reading.remarks = vec![remark(execution)];
        }
        part
    });
    executions.collect()
}
