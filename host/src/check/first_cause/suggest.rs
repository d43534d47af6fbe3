//! The faults that a finding can be the sign of.

use super::{
    super::{
        run::Run,
        verdict::{Rule, Violation},
    },
    mend::{Change, Mend},
    messages, rows,
};

/// The mends that could make a finding go away, the likeliest first.
pub(super) fn mends(run: &Run, finding: &Violation) -> Vec<Mend> {
    let Some(log) = run.log(finding.at.machine) else { return Vec::new() };
    let row = finding.at.row;
    match (finding.rule, row) {
        (Rule::RowFormat, _) => Mend::of(log, rows::unreadable(log, finding.at.line)),
        (Rule::TickNumbering, Some(row)) => Mend::of(log, rows::numbering(log, row)),
        (Rule::Manifest, _) => Mend::of(log, rows::cut(log)),
        (Rule::TimeOrder, Some(row)) => Mend::of(log, rows::time_order(log, row)),
        (Rule::Arrival, Some(row)) => {
            Mend::of(log, rows::arrival(log, row, finding.against.and_then(|against| against.row)))
        }
        (Rule::ClockRule | Rule::ClockCondition, Some(row)) => Mend::of(log, rows::clocks(log, row)),
        (Rule::VectorClaims, Some(row)) if finding.against.is_none() => Mend::of(log, rows::clocks(log, row)),
        (Rule::ReceivedWasSent, row) => messages::unsent(run, log, row, finding),
        (Rule::OneStamp, Some(row)) => Mend::of(log, messages::other_message(run, log, row, finding)),
        (Rule::ReceivedOnce, row) => Mend::of(log, messages::taken_twice(run, log, row, finding)),
        (Rule::Conservation, Some(row)) => messages::never_taken(run, log, row, finding),
        (Rule::Queue, Some(row)) => Mend::of(log, rows::queue(log, row)),
        (rule @ (Rule::Rate | Rule::ClockDrift), Some(row)) => Mend::of(log, [Change::Given(rule, row)]),
        _ => Vec::new(),
    }
}
