//! Links over TCP.

use std::{
    io::{self, Read},
    net::{Shutdown, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use clockring::machine::SILENCE_MAX;
use socket2::SockRef;

use super::{Incoming, Outgoing};

/// The halves of a link over this connection.
///
/// # Errors
/// If the operating system refuses to set it up.
pub fn split(stream: TcpStream) -> io::Result<(TcpIncoming, TcpOutgoing)> {
    // The tick loop already sends a turn's frames together; waiting for more would only delay them.
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    let connection = Arc::new(Connection { stream, cut: AtomicBool::new(false) });
    Ok((TcpIncoming(Arc::clone(&connection)), TcpOutgoing(connection)))
}

/// The state that the two halves share.
#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    cut: AtomicBool,
}

/// The receiving half.
#[derive(Debug)]
pub struct TcpIncoming(Arc<Connection>);

/// The sending half.
#[derive(Debug)]
pub struct TcpOutgoing(Arc<Connection>);

impl Incoming for TcpIncoming {
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&self.0.stream).read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The error of a read that waits for too long depends on the operating system.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                other => return other,
            }
        }
    }

    fn is_cut(&self) -> bool {
        self.0.cut.load(Ordering::Relaxed)
    }
}

impl Outgoing for TcpOutgoing {
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // One socket serves both halves, and the reading half blocks; so not blocking is asked for with each write.
        match SockRef::from(&self.0.stream).send_with_flags(bytes, libc::MSG_DONTWAIT) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(0),
            other => other,
        }
    }

    fn finish(&mut self) {
        let _ = self.0.stream.shutdown(Shutdown::Write);
    }

    fn cut(&mut self) {
        self.0.cut.store(true, Ordering::Relaxed);
        let _ = self.0.stream.shutdown(Shutdown::Both);
    }
}

impl Read for TcpIncoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.receive(buffer)
    }
}
