//! A failed command: the message for the user and the exit status.

use std::{fmt, process::ExitCode};

/// A failed command: a sentence for the user, and an exit status.
///
/// The sentence names the machine, peer, address or file and line that is concerned, and a remedy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    status: u8,
    message: String,
}

impl Failure {
    /// Bad use: the command line or an input it names is wrong. Exit status 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { status: 2, message: message.into() }
    }

    /// A run that failed. Exit status 3.
    pub fn run(message: impl Into<String>) -> Self {
        Self { status: 3, message: message.into() }
    }

    /// The exit status.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.status)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
