//! The arguments of a machine's survival: a part of its settings.

use std::io;

use clap::Args;
use clockring::ring::MachineId;
use serde::{Deserialize, Serialize};

use crate::{
    experiment::Experiment,
    failure::Failure,
    rundir::{Manifest, RunDirectory},
};

/// What a machine survives.
#[derive(Clone, Copy, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SurvivalArgs {
    /// Go on from the log in --log-dir after any death; if there is none, start. What is there decides the settings
    #[arg(long, requires = "log_dir", conflicts_with = "overwrite")]
    pub(super) resume: bool,

    /// Wait for the disk before anything is sent, to survive a loss of power too
    #[arg(long)]
    pub(super) durable: bool,
}

impl SurvivalArgs {
    /// The experiment of a machine that resumes: from its manifest in this directory, with the duration of `asked`. Or
    /// else `asked` itself.
    ///
    /// # Errors
    /// If there is a manifest that cannot be read.
    pub(super) fn experiment(
        self,
        id: MachineId,
        directory: Option<&RunDirectory>,
        asked: Experiment,
    ) -> Result<Experiment, Failure> {
        let Some(directory) = directory.filter(|_| self.resume) else { return Ok(asked) };
        let path = directory.manifest(id);
        match Manifest::read(&path) {
            Ok(manifest) => Ok(manifest.experiment(asked.duration)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(asked),
            Err(error) => Err(Failure::run(format!("{id}: cannot go on from {}: {error}", path.display()))),
        }
    }
}
