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

    /// Looks it up again, if it has a name. The former result stays if that fails, and where the new one would lead off
    /// this computer while the former does not: a link within one computer was perhaps allowed without a key.
    pub fn look_again(&mut self) {
        self.become_again(Self::look_up);
    }

    fn become_again(&mut self, look_up: impl Fn(&str) -> io::Result<Self>) {
        let again = self.name.as_deref().and_then(|name| look_up(name).ok());
        if let Some(again) = again.filter(|again| again.ip().is_loopback() || !self.ip().is_loopback()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn named(found: &str) -> Address {
        Address { name: Some("peer:7101".to_owned()), found: found.parse().unwrap() }
    }

    #[test]
    fn a_name_may_lead_elsewhere_later_but_not_off_this_computer() {
        for (before, again, after) in [
            ("10.0.0.2:7101", "10.0.0.3:7101", "10.0.0.3:7101"),
            ("10.0.0.2:7101", "127.0.0.1:7101", "127.0.0.1:7101"),
            ("127.0.0.1:7101", "127.0.0.2:7101", "127.0.0.2:7101"),
            ("127.0.0.1:7101", "10.0.0.2:7101", "127.0.0.1:7101"),
            ("[::1]:7101", "10.0.0.2:7101", "[::1]:7101"),
        ] {
            let mut address = named(before);
            address.become_again(|_| Ok(named(again)));
            assert_eq!(address, named(after), "{before}, then {again}");
        }
    }
}
