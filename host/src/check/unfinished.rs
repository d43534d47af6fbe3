//! The open matters of a run that is not finished: who lacks what.
//!
//! Only a manifest says that a run is not finished. Where all tell of an end in good order, a message that is nowhere is
//! a violation.

use clockring::ring::MachineId;

use super::{
    link_count::LinkCount,
    run::{Log, Run},
    verdict::Note,
};
use crate::{
    rundir::Ended,
    wording::{count, listed},
};

/// A sentence for every machine that has not ended in good order, and for every other that lacks something; none if the
/// run is finished.
pub(super) fn unfinished(run: &Run, links: &[LinkCount]) -> Vec<Note> {
    if run.logs.iter().all(Log::has_ended) {
        return Vec::new();
    }
    run.logs.iter().filter_map(|log| open(run, log, links)).collect()
}

fn open(run: &Run, log: &Log, links: &[LinkCount]) -> Option<Note> {
    let (machine, awaited) = (log.machine, awaited(log));
    let lacking = links.iter().filter(|link| link.to == machine && link.missing() > 0);
    let lacking: Vec<String> =
        lacking.map(|link| format!("{} of {}", count(link.missing(), "message"), link.from)).collect();
    let them = listed(&names(&awaited));
    let (state, field) = match (log.manifest.ended, log.manifest.stopped) {
        (Some(Ended::Complete | Ended::Interrupted), _) if lacking.is_empty() => return None,
        (Some(Ended::Complete | Ended::Interrupted), _) => ("has ended".to_owned(), "ended"),
        (Some(Ended::Incomplete), _) if awaited.is_empty() => ("gave up".to_owned(), "ended"),
        (Some(Ended::Incomplete), _) => (format!("gave up waiting for {them}"), "ended"),
        (None, Some(_)) if awaited.is_empty() => {
            ("made its last tick, and did not come to say how it ended".to_owned(), "stopped")
        }
        (None, Some(_)) => (format!("made its last tick, and was killed or still waits for {them}"), "stopped"),
        (None, None) => ("was killed or still runs".to_owned(), "started_ns"),
    };
    // A peer that may go on ticking may send more.
    let has_stopped = |peer: &MachineId| run.log(*peer).is_some_and(|peer| peer.manifest.stopped.is_some());
    let lacks = match lacking.as_slice() {
        [] if log.manifest.stopped.is_some() && awaited.iter().all(has_stopped) && !links.is_empty() => {
            ", though by the logs it lacks nothing".to_owned()
        }
        [] => String::new(),
        messages => format!(", and lacks {}", listed(messages)),
    };
    Some(Note::new(log.manifest_place(field), format!("{machine} {state}{lacks}")))
}

/// The peers with which a machine is not done.
fn awaited(log: &Log) -> Vec<MachineId> {
    let (manifest, machine) = (&log.manifest, log.machine);
    let is_done = |peer: &MachineId| {
        let name = peer.letter_str();
        manifest.accounted.contains_key(name) && manifest.delivered.contains_key(name)
    };
    manifest.machines.others(machine).into_iter().filter(|peer| !is_done(peer)).collect()
}

fn names(machines: &[MachineId]) -> Vec<&'static str> {
    machines.iter().map(|machine| machine.letter_str()).collect()
}
