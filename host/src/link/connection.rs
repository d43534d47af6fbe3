//! A connection that is about to be a link: in the clear on this computer, sealed beyond it.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use clockring::handshake::Greeting;

use super::{
    GREETING_TIME_MAX, Incoming, Key, Outgoing, Refusal,
    noise::{self, HELLO_LENGTH, Session},
    tcp,
};

/// The longest time for one attempt to connect.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(1);

/// A connection on which greetings are exchanged.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// The keys, if it is sealed.
    session: Option<Session>,
}

impl Connection {
    /// A connection over this stream, sealed if there is a session.
    pub fn over(stream: TcpStream, session: Option<Session>) -> Self {
        Self { stream, session }
    }

    /// Connects to a machine; with a key, agrees on a session with it.
    ///
    /// # Errors
    /// If no machine listens there, or it does not have the key.
    pub fn dial(address: SocketAddr, key: Option<&Key>) -> Result<Self, Refusal> {
        let mut stream = TcpStream::connect_timeout(&address, CONNECT_TIME_MAX)?;
        stream.set_write_timeout(Some(GREETING_TIME_MAX))?;
        let Some(key) = key else { return Ok(Self::over(stream, None)) };
        let (hello, opening) = noise::hello(key)?;
        stream.write_all(&hello)?;
        let mut answer = [0; HELLO_LENGTH];
        match read_in_time(&mut stream, &mut answer, |_| Ok(())) {
            // A machine without the key cannot know the question, and hangs up.
            Err(Refusal::Io(_)) => return Err(Refusal::Key(noise::WrongKey)),
            other => other?,
        }
        Ok(Self::over(stream, Some(opening.end(&answer)?)))
    }

    /// The stream below.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Bytes of a greeting on this connection.
    pub fn greeting_length(&self) -> usize {
        if self.session.is_some() { noise::record_length(Greeting::LENGTH) } else { Greeting::LENGTH }
    }

    /// Sends a greeting.
    ///
    /// # Errors
    /// If the connection failed.
    pub fn say(&mut self, greeting: &Greeting) -> Result<(), Refusal> {
        let mut bytes = Vec::new();
        match &mut self.session {
            Some(session) => session.seal(&greeting.encode(), &mut bytes)?,
            None => bytes.extend_from_slice(&greeting.encode()),
        }
        self.stream.set_write_timeout(Some(GREETING_TIME_MAX))?;
        Ok(self.stream.write_all(&bytes)?)
    }

    /// Waits for a greeting.
    ///
    /// # Errors
    /// If there is none in time.
    pub fn hear(&mut self) -> Result<Greeting, Refusal> {
        let mut bytes = vec![0; self.greeting_length()];
        let is_sealed = self.session.is_some();
        // A greeting of another version may be shorter: its first bytes say so, and nothing comes after its last.
        read_in_time(&mut self.stream, &mut bytes, |said| match is_sealed {
            true => Ok(()),
            false => Greeting::may_begin(said).map_err(Refusal::Greeting),
        })?;
        self.read(&bytes)
    }

    /// The greeting that came as these bytes, [`Connection::greeting_length`] of them.
    ///
    /// # Errors
    /// If they are none.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Greeting, Refusal> {
        let mut greeting = [0; Greeting::LENGTH];
        match &mut self.session {
            Some(session) => {
                session.open(bytes, &mut greeting)?;
            }
            None => greeting.copy_from_slice(bytes),
        }
        Greeting::decode(&greeting).map_err(Refusal::Greeting)
    }

    /// The halves of the link that it becomes.
    ///
    /// # Errors
    /// If the operating system refuses to set it up.
    pub fn split(self) -> io::Result<(Box<dyn Incoming>, Box<dyn Outgoing>)> {
        let (incoming, outgoing) = tcp::split(self.stream)?;
        Ok(match self.session {
            None => (Box::new(incoming), Box::new(outgoing)),
            Some(session) => {
                let (incoming, outgoing) = session.split(incoming, outgoing);
                (Box::new(incoming), Box::new(outgoing))
            }
        })
    }
}

/// Fills `bytes`, all of them within [`GREETING_TIME_MAX`]. `judge` sees all bytes so far, and may refuse them.
fn read_in_time(
    stream: &mut TcpStream,
    bytes: &mut [u8],
    judge: impl Fn(&[u8]) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let deadline = Instant::now() + GREETING_TIME_MAX;
    let mut filled = 0;
    while filled < bytes.len() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Refusal::Silent);
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut bytes[filled..]) {
            Ok(0) => return Err(Refusal::Io(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => {
                filled += count;
                judge(&bytes[..filled])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
