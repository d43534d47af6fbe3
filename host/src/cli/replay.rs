//! `replay`: run the processes of a run again from their logs, and compare.

use std::{io, process::ExitCode};

use clap::Args;
use serde_json::json;

use super::run_table::say;
use crate::{
    failure::Failure,
    replay::{Replayed, replay},
    rundir::{Manifest, RunDirectory},
    wording::count,
};

const EXAMPLES: &str = "\
Examples:
  clockring replay runs/today            reproduce a run, whether live or simulated
  clockring replay runs/today --json

Exit status: 0 every event came out again, 1 one differs, 2 something could not be read.";

/// Run every machine again from its seed and the messages in its log, and compare event by event.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReplayArgs {
    /// The run directory
    #[arg(value_name = "DIR")]
    directory: RunDirectory,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ReplayArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let replayed = self.replay()?;
        let differs = replayed.iter().any(|(_, replayed)| replayed.difference.is_some());
        if self.json {
            let machines: Vec<_> = replayed.iter().map(|(manifest, replayed)| json_of(manifest, replayed)).collect();
            say(&format!("{:#}", json!({ "reproduced": !differs, "machines": machines })));
        } else {
            for (manifest, replayed) in &replayed {
                self.tell(manifest, replayed);
            }
            say(&format!("{}: {}", self.directory, if differs { "DIFFERENT" } else { "reproduced exactly" }));
        }
        Ok(if differs { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    fn replay(&self) -> Result<Vec<(Manifest, Replayed)>, Failure> {
        let shown = &self.directory;
        let machines = self
            .directory
            .machines()
            .map_err(|error| Failure::usage(format!("{shown}: cannot read the run directory: {error}")))?;
        if machines.is_empty() {
            return Err(Failure::usage(format!("{shown}: no run is here: a run directory holds A.csv and A.json, …")));
        }
        let mut replayed = Vec::new();
        for machine in machines {
            let path = self.directory.manifest(machine);
            let unreadable = |error: io::Error| {
                let what =
                    if error.kind() == io::ErrorKind::NotFound { "it is missing".into() } else { error.to_string() };
                Failure::usage(format!(
                    "{}: {machine} cannot be run again without its manifest: {what}",
                    path.display()
                ))
            };
            let manifest = Manifest::read(&path).map_err(unreadable)?;
            if manifest.id != machine {
                return Err(Failure::usage(format!("{}: it is the manifest of {}", path.display(), manifest.id)));
            }
            let result = replay(&self.directory, &manifest).map_err(|error| Failure::usage(error.to_string()))?;
            replayed.push((manifest, result));
        }
        Ok(replayed)
    }

    fn tell(&self, manifest: &Manifest, replayed: &Replayed) {
        let (machine, seed) = (manifest.id, manifest.seed);
        let Replayed { rows, rolls, .. } = *replayed;
        let receives = rows - rolls;
        let log = self.directory.log(machine);
        let log = log.display();
        match &replayed.difference {
            None => say(&format!(
                "{machine}: {} came out again: {} of seed {seed}, {}",
                count(rows, "row"),
                count(rolls, "roll"),
                count(receives, "receive")
            )),
            Some(difference) => say(&format!(
                "{machine}: {} came out again, then {log}:{} differs\n  log:    {}\n  replay: {}\n  {}",
                count(rows, "row"),
                difference.line,
                difference.logged,
                difference.replayed,
                difference.why
            )),
        }
        if let Some(torn) = &replayed.torn {
            say(&format!("{machine}: the torn line {log}:{} was left out", torn.line));
        }
    }
}

fn json_of(manifest: &Manifest, replayed: &Replayed) -> serde_json::Value {
    json!({
        "machine": manifest.id.letter_str(),
        "rows": replayed.rows,
        "rolls": replayed.rolls,
        "torn_line": replayed.torn.as_ref().map(|torn| torn.line),
        "difference": replayed.difference.as_ref().map(|difference| json!({
            "file": RunDirectory::at(std::path::Path::new("")).log(manifest.id),
            "line": difference.line,
            "logged": difference.logged,
            "replayed": difference.replayed,
            "why": difference.why.to_string(),
        })),
    })
}
