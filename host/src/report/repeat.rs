//! The commands that give the same again: to the byte for a simulated run; of a live one its events, or its experiment.

use std::time::Duration;

use clockring::clock::ClockKind;
use maud::{Markup, html};

use super::Page;
use crate::{
    check::Log,
    duration::duration_text,
    experiment::{LANE_CAPACITY, PhaseChoice},
    rundir::{Ended, Manifest, TimeSource},
};

pub(super) fn section(page: &Page<'_>) -> Markup {
    let directory = &page.run.run.directory;
    let (simulated, live) = (simulated(page), live(page));
    let replays = !page.run.is_empty();
    html! {
        @if replays || simulated.is_some() || live.is_some() {
            section #repeat {
                h2 { "The same again" }
                @if let Some(command) = simulated {
                    p { "The same files, to the byte: " code { (command) } }
                } @else {
                    @if replays { p { "The same events, from the logs: " code { "clockring replay " (directory) } } }
                    @if let Some(command) = live {
                        p {
                            "The same experiment: " code { (command) } " The rolls are the same; when a message comes is up to "
                            "the network, so the events differ."
                        }
                    }
                }
            }
        }
    }
}

/// The command of a simulated run that ended as it was to, and was not changed since.
fn simulated(page: &Page<'_>) -> Option<String> {
    let sound = page.run.verdict.violations.total() == 0 && page.faults.is_empty();
    let ended = |log: &Log| log.manifest.ended == Some(Ended::Complete) && log.torn.is_none();
    let first = page.run.manifests().next().filter(|first| first.time == TimeSource::Virtual)?;
    if !sound || !page.run.run.logs.iter().all(ended) {
        return None;
    }
    let network = &first.network;
    let mut command = experiment(page, "clockring sim")?;
    for (flag, text) in [
        ("--latency", Some(network.latency.as_ref()?)),
        ("--bursts", network.bursts.as_ref()),
        ("--stalls", network.stalls.as_ref()),
    ] {
        command.extend(text.map(|text| format!(" {flag} {text}")));
    }
    Some(command)
}

/// The command of a live run.
fn live(page: &Page<'_>) -> Option<String> {
    // Machines that found each other agreed on a name of their run; a storm has none.
    page.run.manifests().all(|manifest| manifest.run.is_some()).then(|| experiment(page, "clockring ring"))?
}

/// The experiment as arguments; `None` if not all machines are here, or were told the same.
fn experiment(page: &Page<'_>, command: &str) -> Option<String> {
    let first = page.run.manifests().next().filter(|_| page.run.run.missing.is_empty())?;
    let told = |manifest: &Manifest| {
        (manifest.sides, manifest.seed, manifest.phase, manifest.clock, manifest.for_s, manifest.capacity)
    };
    if page.run.manifests().any(|manifest| told(manifest) != told(first)) {
        return None;
    }
    let rates: Vec<String> = page.run.manifests().map(|manifest| manifest.rate.to_string()).collect();
    let (sides, seed) = (first.sides, first.seed);
    // Runs of earlier versions do not tell for how long they were to tick.
    let length = first.for_s.and_then(|for_s| Duration::try_from_secs_f64(for_s).ok());
    if length.is_none() && first.ended == Some(Ended::Complete) {
        return None;
    }
    let length = length.map_or("forever".to_owned(), |length| match length.subsec_nanos() {
        0 => length.as_secs().to_string(),
        _ => duration_text(length),
    });
    let mut command = format!("{command} --rates {} --sides {sides} --seed {seed} --for {length}", rates.join(","));
    if first.phase == PhaseChoice::Random {
        command += " --phase random";
    }
    if first.clock != ClockKind::Lamport {
        command += &format!(" --clock {}", first.clock);
    }
    if first.capacity != LANE_CAPACITY {
        command += &format!(" --capacity {}", first.capacity);
    }
    Some(command)
}
