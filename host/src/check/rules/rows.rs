//! `row-format` and `tick-numbering`: a log is rows, one per tick, numbered from 1.

use super::super::{
    findings::Findings,
    run::{Log, Run},
    verdict::Rule,
};

pub(crate) fn judge(run: &Run, findings: &mut Findings<'_>) {
    for log in &run.logs {
        for malformed in &log.malformed {
            let at = log.line_place(malformed.line);
            findings.add(Rule::RowFormat, at, None, || {
                format!("{at} is not a row, {}: the file was damaged, or edited by hand", malformed.error)
            });
        }
        numbering(log, findings);
    }
}

fn numbering(log: &Log, findings: &mut Findings<'_>) {
    let mut before = 0;
    for (row, record) in log.records().iter().enumerate() {
        let missing = log.hole(row).map_or(0, |hole| hole.ticks);
        let expected = missing.saturating_add(before + 1);
        if record.tick != expected {
            let at = log.place(row);
            let previous = row.checked_sub(1).map(|row| log.place(row));
            findings.add(Rule::TickNumbering, at, previous, || {
                let tick = record.tick;
                let why = match previous {
                    None => "a log starts with tick 1: rows before it are missing".to_owned(),
                    Some(previous) if tick > expected => {
                        format!("the tick before it, at {previous}, is {before}: rows between them are missing")
                    }
                    Some(previous) if tick == before => format!("so is {previous}: one tick was logged twice"),
                    Some(previous) => {
                        format!("the tick before it, at {previous}, is {before}: rows are out of order or repeated")
                    }
                };
                format!("{at} is tick {tick}, but {why}")
            });
        }
        before = record.tick.min(u64::MAX - 1);
    }
}
