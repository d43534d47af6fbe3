//! The address of a listening machine.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
};

/// An address to dial, with the name it was looked up by: a machine that comes back may have another address under
/// the same name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    name: Option<String>,
    found: SocketAddr,
}

impl Address {
    /// Looks up `HOST:PORT`.
    ///
    /// # Errors
    /// If it does not resolve.
    pub fn look_up(name: &str) -> io::Result<Self> {
        let found = name.to_socket_addrs()?.next().ok_or_else(|| io::Error::other("it resolves to nothing"))?;
        let name = name.parse::<SocketAddr>().is_err().then(|| name.to_owned());
        Ok(Self { name, found })
    }

    /// The result of the last look-up.
    pub fn found(&self) -> SocketAddr {
        self.found
    }

    /// The IP address of that.
    pub fn ip(&self) -> IpAddr {
        self.found.ip()
    }

    /// Looks it up again, if it has a name. The former result stays if that fails.
    pub fn look_again(&mut self) {
        if let Some(again) = self.name.as_deref().and_then(|name| Self::look_up(name).ok()) {
            *self = again;
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(found: SocketAddr) -> Self {
        Self { name: None, found }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} ({})", self.found),
            None => self.found.fmt(f),
        }
    }
}
