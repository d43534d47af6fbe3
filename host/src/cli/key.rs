//! `key`, which makes the key of a ring, and the argument that names it.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::run_table::say;
use crate::{failure::Failure, link::Key};

/// Make a key for links beyond this computer
///
/// Whoever has the key is a machine of the ring. Carry the file to every computer of the ring over a way that you
/// trust, and give it to each machine with --key-file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  clockring key ring.key
  clockring --id A --listen 10.0.0.1:7101 --peer B=10.0.0.2:7101 --peer C=10.0.0.3:7101 --key-file ring.key")]
pub(super) struct KeyCommand {
    /// The file to write: a new one, which only you may read
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl KeyCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let path = self.file.display();
        let key = Key::generate()
            .map_err(|error| Failure::run(format!("the operating system gives no random numbers: {error}")))?;
        key.write(&self.file).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Failure::usage(format!("{path} is there already, and a key is never replaced: choose another name"))
            }
            _ => Failure::run(format!("cannot write {path}: {error}")),
        })?;
        say(&format!("wrote {path}: give it to every machine of the ring with --key-file, and to nobody else"));
        Ok(ExitCode::SUCCESS)
    }
}

/// Which key links use.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyArgs {
    /// The key of the ring, made by `clockring key`; without it, nothing leaves this computer
    #[arg(long, value_name = "FILE")]
    key_file: Option<OsString>,
}

impl KeyArgs {
    /// The key, if one is named.
    ///
    /// # Errors
    /// If it cannot be used.
    pub(super) fn key(&self) -> Result<Option<Key>, Failure> {
        let Some(path) = self.key_file.as_ref().map(Path::new) else { return Ok(None) };
        let key = Key::read(path).map_err(|error| Failure::usage(format!("--key-file {}: {error}", path.display())))?;
        Ok(Some(key))
    }
}
