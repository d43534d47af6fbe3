//! Reasons why a connection does not become a link.

use std::{fmt, io, time::Duration};

use clockring::handshake::{Answer, GreetingError, Mismatch};

use super::noise::WrongKey;

/// The longest time of a greeting from its first byte to its last, and of a handshake before it. On loopback it takes a
/// tenth of a millisecond and around the world half a second; a connection that says nothing must not stay for long.
pub const GREETING_TIME_MAX: Duration = Duration::from_secs(2);

/// Reasons why a connection does not become a link.
#[derive(Debug)]
pub enum Refusal {
    /// The connection failed.
    Io(io::Error),
    /// Nothing, or not all, was said in time.
    Silent,
    /// The other side does not have the key.
    Key(WrongKey),
    /// The other side speaks in the clear, to a machine that has a key.
    InTheClear,
    /// The other side speaks something else.
    Greeting(GreetingError),
    /// The other side has the key, and greets as no machine of this release does.
    OtherRelease,
    /// The two machines differ on a fact.
    Mismatch(Mismatch),
    /// The other side does not want this machine.
    Refused(Answer),
    /// The other side has begun anew, while the run goes on.
    Stranger,
    /// The other side has messages that this machine never sent.
    ClaimsTooMuch,
    /// It was sent away for others that were not heard yet.
    Crowded,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the connection failed: {error}"),
            Self::Silent => write!(f, "it did not say who it is within {} s", GREETING_TIME_MAX.as_secs()),
            Self::Key(error) => error.fmt(f),
            Self::InTheClear => f.write_str("it speaks without a key: give it this ring's --key-file"),
            Self::Greeting(error) => error.fmt(f),
            Self::OtherRelease => f.write_str("it has the key, and speaks another protocol version: use the same release"),
            Self::Mismatch(mismatch) => mismatch.fmt(f),
            Self::Refused(Answer::NameTaken) => f.write_str("another machine of this name is in the ring already"),
            Self::Refused(Answer::RunHasBegun) => {
                f.write_str("the run has begun; only a machine that goes on from its log can join it")
            }
            Self::ClaimsTooMuch => f.write_str("it has messages that this machine never sent"),
            Self::Refused(Answer::ClaimsTooMuch) => f.write_str("this machine has messages that the other never sent"),
            Self::Refused(Answer::Welcome | Answer::Mismatch) => f.write_str("it was refused, without a reason"),
            Self::Stranger => f.write_str(
                "it is not the machine that the run began with, and has not gone on from its log: start it with --resume",
            ),
            Self::Crowded => f.write_str("it kept others waiting that had not been heard yet"),
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::Silent,
            _ => Self::Io(error),
        }
    }
}

impl From<WrongKey> for Refusal {
    fn from(error: WrongKey) -> Self {
        Self::Key(error)
    }
}
