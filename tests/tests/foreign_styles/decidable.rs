//! Sound logs whose lost lines make them look like a proof under the law. Nothing distinguishes them from wrong ones, so the
//! checker is not asked about them.

use std::collections::HashMap;

use super::{
    clocks::Sort,
    rows::{Logs, Row, SeveralReceivers},
    run::Kind,
    styles::{Second, Style},
};

/// Do the rows differ from those of an unsound run? `whole` are the rows before any were left out.
pub(crate) fn is_decidable(style: &Style, runs: &[Logs], whole: &[Logs], begins_again: bool) -> bool {
    let begins_again = begins_again || (runs.len() > 1 && style.rows_name_machines());
    let is_begun_again_visibly = !begins_again || style.sort == Sort::Hybrid || shows_that_it_begins_again(style, runs);
    is_begun_again_visibly && shows_that_sends_are_several_rows(style, runs, whole)
}

/// The count that rises with each event.
fn own(style: &Style, row: &Row) -> u64 {
    match style.sort {
        Sort::List | Sort::Map => row.clocks.vector[row.machine],
        Sort::Number | Sort::Pair | Sort::Hybrid => row.clocks.lamport,
    }
}

/// Does a clock that begins again go back, or to where the log begins, in at least one log, and never stand still, or
/// forget, as a broken one would?
fn shows_that_it_begins_again(style: &Style, runs: &[Logs]) -> bool {
    let mut is_shown = false;
    // Files whose rows name one machine may be parts of one log.
    let is_in_one_log = style.second == Second::Appended || style.rows_name_machines();
    for machine in (0..style.order.len()).filter(|machine| style.missing != Some(*machine)) {
        let logs: Vec<Vec<&Row>> = if is_in_one_log {
            vec![runs.iter().flat_map(|logs| &logs[machine]).collect()]
        } else {
            runs.iter().map(|logs| logs[machine].iter().collect()).collect()
        };
        for pair in logs.iter().flat_map(|rows| rows.windows(2).map(|pair| (pair[0], pair[1], rows[0]))) {
            let (before, row, first) = pair;
            let (earlier, later) = (own(style, before), own(style, row));
            let is_vector = matches!(style.sort, Sort::List | Sort::Map);
            let differs = before.clocks.vector != row.clocks.vector;
            let forgets = before.clocks.vector.iter().zip(&row.clocks.vector).any(|(before, row)| row < before);
            // Only two sends can be rows of one event.
            let are_sends = before.kind == Kind::Send && row.kind == Kind::Send;
            let is_one_event = are_sends && later == earlier && (!is_vector || !differs);
            let is_at_the_start = later <= own(style, first);
            if later > earlier && is_vector && forgets {
                return false;
            }
            if later == earlier && !is_one_event && !is_at_the_start {
                return false;
            }
            is_shown |= later < earlier || (later == earlier && !is_one_event);
        }
    }
    is_shown
}

/// Does each machine whose sends lost some of their rows show, by another send, that a send is several rows?
fn shows_that_sends_are_several_rows(style: &Style, runs: &[Logs], whole: &[Logs]) -> bool {
    if matches!(style.telling.several, SeveralReceivers::OneRow | SeveralReceivers::OneRowSaysAll) {
        return true;
    }
    let count = |rows: &[Row]| {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        for row in rows.iter().filter(|row| row.kind == Kind::Send) {
            *counts.entry(row.messages[0].message).or_default() += 1;
        }
        counts
    };
    runs.iter().zip(whole).all(|(logs, whole)| {
        logs.iter().zip(whole).all(|(rows, whole)| {
            // The torn line is not there.
            let rows = if style.torn { &rows[..rows.len().saturating_sub(1)] } else { rows };
            let (counts, all) = (count(rows), count(whole));
            let is_any_in_part = counts.iter().any(|(message, count)| all[message] != *count);
            !is_any_in_part || counts.values().any(|count| *count > 1)
        })
    })
}
