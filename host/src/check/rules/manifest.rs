//! `one-run` and `manifest`: manifests agree with each other and with their logs.

use std::fmt::Display;

use clockring::clock::ClockKind;

use super::super::{
    findings::Findings,
    run::{Log, Run, counts, show},
    verdict::{Note, Rule},
};

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
            ("ended_ns", manifest.ended_ns.is_some()),
            ("left_in_queue", manifest.left_in_queue.is_some()),
        ] {
            if !is_there {
                disagree("ended", &|| format!("says the machine ended, but the manifest has no `{field}`"));
            }
        }
    }
    let lists = [("left_in_queue", log.left()), ("overruns", &manifest.overruns)];
    for (field, message) in lists.into_iter().flat_map(|(field, list)| list.iter().map(move |message| (field, message)))
    {
        let stamp = counts(&message.stamp);
        let width = if manifest.clock == ClockKind::Vector { manifest.machines.get() } else { 1 };
        if !manifest.machines.contains(message.from) || message.from == log.machine {
            disagree(field, &|| format!("lists a message from {}, which is no peer", message.from));
        } else if stamp.len() != width {
            let (stamp, kind) = (show(stamp), manifest.clock);
            disagree(field, &|| format!("lists a timestamp {stamp}, which no {kind} clock gives"));
        }
    }
}
