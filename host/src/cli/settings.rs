//! The settings of a machine: common to `--id` and `ring`, which hands them to the machines that it starts.

use std::{
    io::{self, BufRead},
    net::SocketAddr,
};

use clap::Args;
use clockring::ring::MachineId;
use serde::{Deserialize, Serialize};

use super::{
    experiment::{ExperimentArgs, LogArgs},
    key::KeyArgs,
    survival::SurvivalArgs,
};
use crate::{failure::Failure, live::Spin};

/// The port of machine A unless told otherwise.
const BASE_PORT_DEFAULT: u16 = 7101;

/// The settings of a machine: arguments of a person, or a line of JSON from `ring`.
///
/// `display_order` leaves places in the help for the arguments of one command alone.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    #[command(flatten)]
    pub(super) experiment: ExperimentArgs,

    #[command(flatten)]
    pub(super) log: LogArgs,

    #[command(flatten)]
    pub(super) survival: SurvivalArgs,

    /// Spin before a tick is due, to be late by less than a microsecond, or sleep until the system wakes the machine
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub(super) spin: Spin,

    #[command(flatten)]
    pub(super) key: KeyArgs,

    /// The port of machine A on 127.0.0.1; B has the next, and so on
    #[arg(long, value_name = "PORT", default_value_t = BASE_PORT_DEFAULT, display_order = 100)]
    pub(super) base_port: u16,

    /// Watch the run live on the whole terminal; plain output where there is none
    #[arg(long, conflicts_with = "quiet", display_order = 200)]
    pub(super) watch: bool,

    /// Show nothing but errors
    #[arg(long, short, display_order = 201)]
    pub(super) quiet: bool,
}

impl Settings {
    /// The settings as a line, which [`Settings::read`] reads.
    ///
    /// # Errors
    /// None that is known: all settings can be written.
    pub(super) fn line(&self) -> Result<String, Failure> {
        let text = serde_json::to_string(self);
        text.map(|line| line + "\n")
            .map_err(|error| Failure::run(format!("the settings of the machines cannot be written: {error}")))
    }

    /// Reads the settings of a machine from the first line of its standard input.
    ///
    /// # Errors
    /// If there is no such line, or it holds no settings.
    pub(super) fn read(id: MachineId, mut input: impl BufRead) -> Result<Self, Failure> {
        let mut line = Vec::new();
        let read = input.read_until(b'\n', &mut line).and_then(|_| Ok(serde_json::from_slice(&line)?));
        read.map_err(|error: io::Error| {
            Failure::usage(format!(
                "{id}: the first line of standard input is not the settings of a machine: {error}; to start one by \
                 hand, leave out --settings-on-stdin"
            ))
        })
    }

    /// The address of a machine on this computer.
    pub(super) fn default_address(&self, machine: MachineId) -> Result<SocketAddr, Failure> {
        let base_port = self.base_port;
        let port = base_port.checked_add(machine.index() as u16).filter(|port| *port > 0).ok_or_else(|| {
            Failure::usage(format!("--base-port {base_port} leaves no port for machine {machine}: choose a lower one"))
        })?;
        Ok(SocketAddr::from(([127, 0, 0, 1], port)))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        settings: Settings,
    }

    fn machine() -> MachineId {
        MachineId::from_index(0).unwrap()
    }

    #[test]
    fn settings_come_over_the_line_as_they_were_typed() {
        for words in [
            "",
            "--machines 26 --rate 0.001 --for forever --watch",
            "--rates 1,0.5,max --sides 1000000 --seed 18446744073709551615 --phase random --clock vector",
            "--capacity 1 --for 0.000001ms --log-dir some/where --resume --durable --spin always --quiet",
            "--clock hybrid --key-file ring.key --base-port 65535 --overwrite --spin never",
        ] {
            let Typed { settings } = Typed::try_parse_from(format!("clockring {words}").split_whitespace()).unwrap();
            let line = settings.line().unwrap();
            assert_eq!(line.find('\n'), Some(line.len() - 1), "one line: {line}");
            let read = Settings::read(machine(), format!("{line}more").as_bytes()).unwrap();
            assert_eq!(format!("{read:?}"), format!("{settings:?}"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn paths_that_are_no_text_come_over_the_line() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let path = OsStr::from_bytes(b"runs/\xff\n");
        for flag in ["--log-dir", "--key-file"] {
            let words = [OsStr::new("clockring"), OsStr::new(flag), path];
            let Typed { settings } = Typed::try_parse_from(words).unwrap();
            let read = Settings::read(machine(), settings.line().unwrap().as_bytes()).unwrap();
            assert_eq!(format!("{read:?}"), format!("{settings:?}"));
        }
    }
}
