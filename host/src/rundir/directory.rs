//! The places of a run's files.

use std::{
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use clockring::ring::MachineId;
use serde::{Deserialize, Serialize};

use super::{
    manifest::{Ended, Manifest},
    writer::TORN_INFIX,
};
use crate::failure::Failure;

/// A directory with the two files of each machine of a run: its log and its manifest.
///
/// As data it is what the operating system calls it: a path need not be text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "OsString", into = "OsString")]
pub struct RunDirectory(PathBuf);

impl RunDirectory {
    /// The run directory at a path, which need not be there yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// A new directory in `parent`, named by the number of the run: nanoseconds since the UNIX epoch.
    pub fn of_run(parent: &Path, run: u64) -> Self {
        let time = jiff::Timestamp::from_nanosecond(i128::from(run)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Self(parent.join(time.strftime("%Y-%m-%dT%H-%M-%S-%3fZ").to_string()))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of a machine's log.
    pub fn log(&self, machine: MachineId) -> PathBuf {
        self.0.join(format!("{machine}.csv"))
    }

    /// The path of a machine's manifest.
    pub fn manifest(&self, machine: MachineId) -> PathBuf {
        self.0.join(format!("{machine}.json"))
    }

    /// The ends that were cut off a machine's log: see [`LogBefore::go_on`](super::LogBefore::go_on).
    pub fn torn_ends(&self, machine: MachineId) -> Vec<PathBuf> {
        let begin = format!("{machine}.csv{TORN_INFIX}");
        let files = fs::read_dir(&self.0).into_iter().flatten().flatten();
        files.filter(|file| file.file_name().to_string_lossy().starts_with(&begin)).map(|file| file.path()).collect()
    }

    /// The machines that have a log or a manifest here, in ring order.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn machines(&self) -> io::Result<Vec<MachineId>> {
        let mut machines = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let name = entry?.file_name();
            let Some((stem, extension)) = name.to_str().and_then(|name| name.rsplit_once('.')) else { continue };
            if let ([letter], "csv" | "json") = (stem.as_bytes(), extension) {
                machines.extend(MachineId::from_letter(*letter));
            }
        }
        machines.sort();
        machines.dedup();
        Ok(machines)
    }

    /// Refuses to write over a machine that took part in a run. A log without a manifest is of a machine that was
    /// killed before it started.
    ///
    /// # Errors
    /// The first log that is there already.
    pub fn refuse_if_used(&self, machines: impl IntoIterator<Item = MachineId>) -> Result<(), Failure> {
        match machines.into_iter().find(|machine| self.manifest(*machine).exists()) {
            None => Ok(()),
            Some(machine) => {
                let manifest = Manifest::read(&self.manifest(machine));
                let is_finished = |manifest: Manifest| manifest.ended.is_some_and(Ended::is_in_good_order);
                let again = match manifest.map(is_finished) {
                    Ok(true) | Err(_) => String::new(),
                    Ok(false) => format!(
                        "its run is not finished, and goes on with --resume (all machines on this computer: {}); for \
                         another run, ",
                        self.command_to_go_on()
                    ),
                };
                Err(Failure::usage(format!(
                    "{} is there already, and a log is never replaced without being told to: {again}choose another \
                     --log-dir, or give --overwrite",
                    self.log(machine).display()
                )))
            }
        }
    }

    /// The command that goes on with a run that is not finished, for a shell.
    pub fn command_to_go_on(&self) -> String {
        format!("clockring ring --resume --log-dir {}", word(&self.to_string()))
    }

    /// Removes the files of these machines, as far as there are any.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn remove(&self, machines: impl IntoIterator<Item = MachineId>) -> Result<(), Failure> {
        let of = |machine| {
            let torn = self.torn_ends(machine);
            [self.log(machine), self.manifest(machine)].into_iter().chain(torn)
        };
        for file in machines.into_iter().flat_map(of) {
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Failure::run(format!("cannot replace {}: {error}", file.display())));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A path as one word of a shell, and not an option.
fn word(path: &str) -> String {
    let path = if path.starts_with('-') { format!("./{path}") } else { path.to_owned() };
    let plain = if cfg!(windows) { "/\\._-:+@%" } else { "/._-:+@%" };
    let is_plain = |character: char| character.is_alphanumeric() || plain.contains(character);
    if !path.is_empty() && path.chars().all(is_plain) {
        path
    } else if cfg!(windows) {
        format!("\"{path}\"")
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

impl From<OsString> for RunDirectory {
    fn from(path: OsString) -> Self {
        Self::at(path)
    }
}

impl From<RunDirectory> for OsString {
    fn from(directory: RunDirectory) -> Self {
        directory.0.into()
    }
}

impl fmt::Display for RunDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}
