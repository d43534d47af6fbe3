//! Links over TCP.

use std::{
    io::{self, Read},
    net::{Shutdown, TcpStream},
    sync::Arc,
};

use socket2::SockRef;

use super::{Incoming, Outgoing};

/// The halves of a link over this connection.
///
/// # Errors
/// If the operating system refuses to set it up.
pub fn split(stream: TcpStream) -> io::Result<(TcpIncoming, TcpOutgoing)> {
    // The tick loop already sends a turn's frames together; waiting for more would only delay them.
    stream.set_nodelay(true)?;
    stream.set_read_timeout(None)?;
    let stream = Arc::new(stream);
    Ok((TcpIncoming(stream.clone()), TcpOutgoing(stream)))
}

/// The receiving half.
#[derive(Debug)]
pub struct TcpIncoming(Arc<TcpStream>);

/// The sending half.
#[derive(Debug)]
pub struct TcpOutgoing(Arc<TcpStream>);

impl Incoming for TcpIncoming {
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&*self.0).read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}

impl Outgoing for TcpOutgoing {
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // One socket serves both halves, and the reading half blocks; so not blocking is asked for with each write.
        match SockRef::from(&*self.0).send_with_flags(bytes, libc::MSG_DONTWAIT) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(0),
            other => other,
        }
    }

    fn cut(&mut self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
