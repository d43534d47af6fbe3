//! `one-run` and `manifest`: manifests agree with each other and with their logs.

use std::{collections::BTreeMap, fmt::Display};

use clockring::{clock::ClockKind, ring::MachineId};

use super::super::{
    findings::Findings,
    run::{Log, Run, counts, sequence, show},
    verdict::{Note, Rule},
};
use crate::rundir::Ended;

pub(crate) fn judge(run: &Run, findings: &mut Findings<'_>, notes: &mut Vec<Note>) {
    for log in &run.logs {
        agrees_with_log(log, findings);
    }
    let Some((first, others)) = run.logs.split_first() else { return };
    for other in others {
        same_run(first, other, findings, notes);
    }
}

/// A field in which two manifests may differ.
struct Field {
    name: &'static str,
    values: [String; 2],
}

impl Field {
    fn of<T: Display>(name: &'static str, one: T, other: T) -> Self {
        Self { name, values: [one.to_string(), other.to_string()] }
    }

    fn differs(&self) -> bool {
        self.values[0] != self.values[1]
    }
}

/// Settings that machines agree on before they start must be equal; those of each command line may differ, unless the
/// run has no number to be known by.
fn same_run(first: &Log, other: &Log, findings: &mut Findings<'_>, notes: &mut Vec<Note>) {
    let (one, two) = (&first.manifest, &other.manifest);
    let agreed = [
        Field::of("machines", one.machines.get(), two.machines.get()),
        Field::of("clock", one.clock, two.clock),
        Field::of("time", format!("{:?}", one.time), format!("{:?}", two.time)),
    ];
    let told = [
        Field::of("sides", one.sides, two.sides),
        Field::of("seed", one.seed, two.seed),
        Field::of("phase", format!("{:?}", one.phase), format!("{:?}", two.phase)),
    ];
    let (run_is_known, run) = match (one.run, two.run) {
        (Some(one), Some(two)) => (true, Some(Field::of("run", one, two))),
        _ => (false, None),
    };
    let mut differing: Vec<&Field> = agreed.iter().chain(&run).filter(|field| field.differs()).collect();
    if !run_is_known {
        differing.extend(told.iter().filter(|field| field.differs()));
    } else if differing.is_empty() {
        for field in told.iter().filter(|field| field.differs()) {
            let (here, there) = (first.manifest_place(field.name), other.manifest_place(field.name));
            let (name, [ours, theirs]) = (field.name, &field.values);
            notes.push(Note::new(
                there,
                format!("{name} is {theirs}, and {ours} at {here}: one run, but started with different settings"),
            ));
        }
    }
    for field in differing {
        let (here, there) = (first.manifest_place(field.name), other.manifest_place(field.name));
        findings.add(Rule::OneRun, there, Some(here), || {
            let (name, [ours, theirs]) = (field.name, &field.values);
            format!("`{name}` is {theirs} at {there}, but {ours} at {here}: these are logs of different runs")
        });
    }
}

fn agrees_with_log(log: &Log, findings: &mut Findings<'_>) {
    let manifest = &log.manifest;
    let mut disagree = |field: &str, text: &dyn Fn() -> String| {
        let at = log.manifest_place(field);
        findings.add(Rule::Manifest, at, None, || format!("{at} {}", text()));
    };
    if manifest.id != log.machine {
        disagree("id", &|| format!("says it is that of machine {}: a file was renamed or copied", manifest.id));
    }
    if (manifest.sides as usize) < manifest.machines.get() {
        let (sides, machines) = (manifest.sides, manifest.machines.get());
        disagree("sides", &|| format!("gives the die {sides} faces, but {machines} machines need one each"));
    }
    if let Some(ticks) = manifest.ticks.filter(|ticks| *ticks != log.ticks()) {
        let lines = log.len() + log.malformed.len();
        let torn = log.torn.as_ref().map(|torn| format!(" and a torn line {}", torn.line)).unwrap_or_default();
        let machine = log.machine;
        disagree("ticks", &|| {
            format!("counts {ticks} ticks, but {machine}.csv has {lines} rows{torn}: the log was cut or added to")
        });
    }
    if manifest.ended.is_some() {
        for (field, is_there) in [
            ("ticks", manifest.ticks.is_some()),
            ("ended_ns", manifest.ended_at.is_some()),
            ("left_in_queue", manifest.left_in_queue.is_some()),
        ] {
            if !is_there {
                disagree("ended", &|| format!("says the machine ended, but the manifest has no `{field}`"));
            }
        }
    }
    agrees_about_the_end(log, &mut disagree);
    let taken = [("left_in_queue", log.left()), ("overruns", &manifest.overruns)];
    let taken = taken
        .into_iter()
        .flat_map(|(field, list)| list.iter().map(move |lost| (field, "from", lost.from, &lost.stamp)));
    let forgotten = manifest.forgotten.iter().map(|lost| ("forgotten", "to", lost.to, &lost.stamp));
    for (field, way, peer, stamp) in taken.chain(forgotten) {
        let stamp = counts(stamp);
        let width = if manifest.clock == ClockKind::Vector { manifest.machines.get() } else { 1 };
        if !manifest.machines.contains(peer) || peer == log.machine {
            disagree(field, &|| format!("lists a message {way} {peer}, which is no peer"));
        } else if stamp.len() != width {
            let (stamp, kind) = (show(stamp), manifest.clock);
            disagree(field, &|| format!("lists a timestamp {stamp}, which no {kind} clock gives"));
        }
    }
}

/// A machine's record of its end: whether it was stopped, and up to which message everything is here and there. Logs of
/// 0.1 do not tell.
fn agrees_about_the_end(log: &Log, disagree: &mut impl FnMut(&str, &dyn Fn() -> String)) {
    let manifest = &log.manifest;
    let Some(stopped) = manifest.stopped else { return };
    if log.has_ended() && stopped != (manifest.ended == Some(Ended::Interrupted)) {
        disagree("ended", &|| format!("does not agree with `stopped`, which is {stopped}"));
    }
    let peers = manifest.machines.others(log.machine);
    for (field, cursors) in [("accounted", &manifest.accounted), ("delivered", &manifest.delivered)] {
        let is_peer = |name: &str| peers.into_iter().any(|peer| peer.letter_str() == name);
        if let Some(name) = cursors.keys().find(|name| !is_peer(name)) {
            disagree(field, &|| format!("names {name}, which is no peer"));
        }
        if let Some(peer) = peers.into_iter().find(|peer| log.has_ended() && !cursors.contains_key(peer.letter_str())) {
            disagree(field, &|| format!("does not name {peer}, but the machine says that it has ended in good order"));
        }
    }
    // If rows are missing, the last may be among them.
    for peer in peers.into_iter().filter(|_| log.holes().is_empty()) {
        let cursor = |cursors: &BTreeMap<String, u64>| cursors.get(peer.letter_str()).copied();
        // One that is accounted for and not in the log is lost: that is for the rules of links.
        let had = last_had(log, peer);
        if let Some(upto) = cursor(&manifest.accounted).filter(|upto| *upto < had) {
            disagree("accounted", &|| {
                format!("says that {peer} sent nothing after {upto}, but {had} was received or left")
            });
        }
        let sent = last_sent(log, peer);
        if let Some(upto) = cursor(&manifest.delivered).filter(|upto| *upto != sent) {
            disagree("delivered", &|| {
                format!("says that {peer} has everything up to {upto}, but the last message for {peer} is {sent}")
            });
        }
    }
}

/// The last message for this peer in the log.
fn last_sent(log: &Log, peer: MachineId) -> u64 {
    (0..log.len()).rfind(|row| log.is_send_to(*row, peer)).map_or(0, |row| log.sequence(row))
}

/// The last message of this peer that was received, was left or found no room.
fn last_had(log: &Log, peer: MachineId) -> u64 {
    let received = (0..log.len()).rfind(|row| log.is_receive_from(*row, peer));
    let received = received.and_then(|row| log.stamp(row)).map_or(0, |stamp| sequence(stamp, peer));
    let listed = log.left().iter().chain(&log.manifest.overruns).filter(|message| message.from == peer);
    listed.map(|message| sequence(counts(&message.stamp), peer)).fold(received, u64::max)
}
