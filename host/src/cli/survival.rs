//! The arguments of a machine's survival: a part of its settings.

use std::{fs, io, time::Duration};

use clap::Args;
use clockring::ring::MachineId;
use serde::{Deserialize, Serialize};

use super::experiment::RunLength;
use crate::{
    driver::resume::cannot_go_on,
    experiment::Experiment,
    failure::Failure,
    rundir::{Manifest, RunDirectory, has_rows},
    wording::listed,
};

/// What a machine survives.
#[derive(Clone, Copy, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SurvivalArgs {
    /// Go on from the logs in --log-dir after any death; if there are none, start. What is there decides the settings
    #[arg(long, requires = "log_dir", conflicts_with = "overwrite")]
    pub(super) resume: bool,

    /// Wait for the disk before anything is sent, to survive a loss of power too
    #[arg(long)]
    pub(super) durable: bool,
}

impl SurvivalArgs {
    /// The experiment of a machine that resumes: from its manifest in this directory, for as long as is given or else as
    /// the manifest says. Without one, the experiment is as asked for.
    ///
    /// # Errors
    /// If there is a manifest that cannot be read.
    pub(super) fn experiment(
        self,
        id: MachineId,
        directory: Option<&RunDirectory>,
        asked: Experiment,
        given: Option<RunLength>,
    ) -> Result<Experiment, Failure> {
        let manifest = match directory.filter(|_| self.resume) {
            Some(directory) => manifest(directory, id)?,
            None => None,
        };
        Ok(match manifest {
            Some(manifest) => manifest.experiment(given.map_or_else(|| length(&manifest), RunLength::time)),
            None => asked,
        })
    }
}

/// The ring that goes on in a directory, by the manifest of one of its machines; `None` if none has been there.
///
/// # Errors
/// If the directory holds a part of a ring that has begun, or machines of two rings, or a manifest that cannot be read.
pub(super) fn ring_in(directory: &RunDirectory) -> Result<Option<Manifest>, Failure> {
    let there = match directory.machines() {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::usage(format!("{directory}: cannot read the run directory: {error}"))),
    };
    let mut manifests = Vec::new();
    for machine in there {
        manifests.extend(manifest(directory, machine)?);
    }
    let Some((first, others)) = manifests.split_first() else { return Ok(None) };
    let differs = |other: &&Manifest| {
        let numbers = first.run.zip(other.run);
        other.machines != first.machines || numbers.is_some_and(|(one, other)| one != other)
    };
    if let Some(other) = others.iter().find(differs) {
        return Err(Failure::usage(format!(
            "{} and {} are of different runs: a directory holds one run, so put one of them elsewhere",
            directory.manifest(first.id).display(),
            directory.manifest(other.id).display()
        )));
    }
    // In mid-run a machine makes its manifest again, from its log; later, only the manifest tells its last tick.
    let is_mid_run = manifests.iter().all(|manifest| manifest.stopped.is_none());
    let is_missing = |machine: &MachineId| {
        let is_made_again = is_mid_run && has_ticked(directory, *machine);
        !is_made_again && manifests.iter().all(|manifest| manifest.id != *machine)
    };
    let missing = first.machines.machines().filter(is_missing);
    let missing: Vec<String> = missing.map(|machine| directory.manifest(machine).display().to_string()).collect();
    match manifests.iter().find(|manifest| has_begun(directory, manifest)) {
        // A machine that left no manifest has promised nothing, and the others wait for it.
        Some(begun) if !missing.is_empty() => Err(Failure::usage(format!(
            "{} {} missing or empty: the run of {} machines has begun (as {} tells), and goes on with the logs and manifests of \
             all; bring them together in {directory}",
            listed(&missing),
            if missing.len() == 1 { "is" } else { "are" },
            first.machines.get(),
            directory.log(begun.id).display()
        ))),
        _ => Ok(Some(first.clone())),
    }
}

fn manifest(directory: &RunDirectory, id: MachineId) -> Result<Option<Manifest>, Failure> {
    let path = directory.manifest(id);
    match Manifest::read(&path) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot_go_on(id, directory, &format_args!("{}: {error}", path.display()))),
    }
}

/// The time that a run was given, if it has an end.
pub(super) fn length(manifest: &Manifest) -> Option<Duration> {
    manifest.for_s.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

/// Has this machine made a tick, or its last?
fn has_begun(directory: &RunDirectory, manifest: &Manifest) -> bool {
    has_ticked(directory, manifest.id) || manifest.stopped.is_some()
}

fn has_ticked(directory: &RunDirectory, machine: MachineId) -> bool {
    fs::metadata(directory.log(machine)).is_ok_and(|log| has_rows(log.len()))
}
