//! Greetings over a connection: who is there, and do both sides agree?

use std::{
    fmt,
    io::{self, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use clockring::handshake::{Greeting, GreetingError, Mismatch, Verdict};

/// How long a greeting may take from its first byte to its last. On loopback it takes a tenth of a millisecond and
/// around the world half a second; a connection that says nothing must not stay for long.
pub const GREETING_TIME_MAX: Duration = Duration::from_secs(2);

/// Why a connection does not become a link.
#[derive(Debug)]
pub enum Refusal {
    /// The connection failed.
    Io(io::Error),
    /// Nothing, or not all, was said in time.
    Silent,
    /// The other side speaks something else.
    Greeting(GreetingError),
    /// The two machines differ on a fact.
    Mismatch(Mismatch),
    /// The other side does not want this machine.
    Refused(Verdict),
    /// The other side has begun anew, while the run goes on.
    Stranger,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the connection failed: {error}"),
            Self::Silent => write!(f, "it did not say who it is within {} s", GREETING_TIME_MAX.as_secs()),
            Self::Greeting(error) => error.fmt(f),
            Self::Mismatch(mismatch) => mismatch.fmt(f),
            Self::Refused(Verdict::NameTaken) => f.write_str("another machine of this name is in the ring already"),
            Self::Refused(Verdict::RunHasBegun) => {
                f.write_str("the run has begun; only a machine that goes on from its log can join it")
            }
            Self::Stranger => f.write_str(
                "it is not the machine that the run began with, and has not gone on from its log: start it with --resume",
            ),
            Self::Refused(Verdict::Welcome | Verdict::Mismatch) => f.write_str("it was refused, without a reason"),
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

/// Greets the machine that was dialled, and hears its answer.
///
/// # Errors
/// If there is none in time, or the two do not agree.
pub fn introduce(stream: &mut TcpStream, ours: &Greeting) -> Result<Greeting, Refusal> {
    stream.set_write_timeout(Some(GREETING_TIME_MAX))?;
    stream.write_all(&ours.encode())?;
    let theirs = hear(stream)?;
    ours.judge(&theirs).map_err(Refusal::Mismatch)?;
    match theirs.verdict {
        Verdict::Welcome => Ok(theirs),
        verdict => Err(Refusal::Refused(verdict)),
    }
}

/// Hears the greeting of a machine that dialled.
///
/// # Errors
/// If there is none in time.
pub fn hear(stream: &mut TcpStream) -> Result<Greeting, Refusal> {
    let deadline = Instant::now() + GREETING_TIME_MAX;
    let mut bytes = [0; Greeting::LENGTH];
    let mut filled = 0;
    while filled < bytes.len() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Refusal::Silent);
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut bytes[filled..]) {
            Ok(0) => return Err(Refusal::Io(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Greeting::decode(&bytes).map_err(Refusal::Greeting)
}

/// Answers a greeting.
///
/// # Errors
/// If the connection failed.
pub fn answer(stream: &mut TcpStream, ours: &Greeting) -> Result<(), Refusal> {
    stream.set_write_timeout(Some(GREETING_TIME_MAX))?;
    Ok(stream.write_all(&ours.encode())?)
}
