//! Hears all new connections until each has said its name: one thread for all of them.
//!
//! Nothing is believed before it is checked, and work and memory are bounded against any input: a connection gets a few
//! dozen bytes of room and two seconds of time, and there are never more than [`VISITORS_MAX`]. If more come, those go
//! first that have kept others waiting: the oldest of the address that holds the most places, and no address of a peer
//! before that of a stranger.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use clockring::handshake::{self, Greeting, GreetingError};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Doorway, RingEvent};
use crate::link::{
    Connection, GREETING_TIME_MAX, Key, Refusal,
    noise::{self, HELLO_LENGTH},
};

/// Largest number of connections that have not said their name yet: every machine of the largest ring, and as many
/// strangers.
const VISITORS_MAX: usize = 52;

/// Connections accepted before those that have said something are heard again.
const ACCEPTED_AT_ONCE: usize = 16;

/// Longest time to notice the end of the machine, if nothing else wakes this thread.
const LOOK_UP_EVERY: Duration = Duration::from_secs(1);

/// Room for the longest thing that a visitor says at once.
const ROOM: usize = 128;

impl Doorway {
    /// Hears connections until the machine leaves.
    pub fn receive(&self, listener: &TcpListener) {
        yield_to_ticks();
        if listener.set_nonblocking(true).is_err() {
            return;
        }
        let mut visitors: Vec<Visitor> = Vec::with_capacity(VISITORS_MAX + 1);
        let mut told = None;
        while !self.is_leaving() {
            wait(listener, &visitors);
            let mut index = 0;
            while index < visitors.len() {
                match visitors[index].hear(self.key()) {
                    Heard::Nothing => index += 1,
                    Heard::Greeting => self.meet(visitors.swap_remove(index)),
                    Heard::End(why) => self.turn_out(visitors.swap_remove(index), why),
                }
            }
            if let Err(why) = self.accept(listener, &mut visitors) {
                // A machine that leaves shuts its listener down.
                if !self.is_leaving() && told.replace(why.kind()) != Some(why.kind()) {
                    // Fails only if the machine is gone.
                    let _ = self.events.send(RingEvent::Deaf { why });
                }
                // Out of descriptors, most likely: some will be free again soon.
                thread::sleep(Duration::from_millis(10));
            }
        }
    }

    fn accept(&self, listener: &TcpListener, visitors: &mut Vec<Visitor>) -> io::Result<()> {
        for _ in 0..ACCEPTED_AT_ONCE {
            match listener.accept() {
                Ok((stream, address)) if stream.set_nonblocking(true).is_ok() => {
                    visitors.push(Visitor::new(stream, address, self.key().is_some()));
                }
                Ok(_) => {}
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return Ok(()),
                    // The caller has given up already.
                    io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                    _ => return Err(error),
                },
            }
            if visitors.len() > VISITORS_MAX {
                let index = whom_to_send_away(visitors, |address| self.expects(address));
                self.turn_out(visitors.swap_remove(index), Refusal::Crowded);
            }
        }
        Ok(())
    }

    /// Admits a visitor that has said its name.
    fn meet(&self, visitor: Visitor) {
        let address = visitor.address;
        // A machine that was stopped for a while finds many calls of peers that have given up since.
        let met = match visitor.stage {
            _ if has_left(&visitor.stream) => Ok(()),
            Stage::Greeting(session) => {
                let mut connection = Connection::over(visitor.stream, session);
                connection.read(&visitor.said[..visitor.filled]).and_then(|theirs| self.admit(connection, theirs))
            }
            Stage::Hello => Ok(()),
        };
        if let Err(refusal) = met {
            self.refusals().count(address, refusal);
        }
    }

    fn turn_out(&self, mut visitor: Visitor, why: Refusal) {
        if let Refusal::Greeting(GreetingError::Version(_)) = why {
            // It learns from our greeting which version this is.
            let _ = visitor.stream.write_all(&self.greeting(self.identity.id).encode());
        }
        self.refusals().count(visitor.address, why);
    }
}

/// A connection that has not said its name.
struct Visitor {
    stream: TcpStream,
    address: SocketAddr,
    since: Instant,
    stage: Stage,
    said: [u8; ROOM],
    filled: usize,
}

enum Stage {
    /// It has to prove that it has the key.
    Hello,
    /// It has to say its name.
    Greeting(Option<noise::Session>),
}

enum Heard {
    /// Not enough yet.
    Nothing,
    /// Its greeting.
    Greeting,
    /// Something for which it is turned out.
    End(Refusal),
}

impl Visitor {
    fn new(stream: TcpStream, address: SocketAddr, secret: bool) -> Self {
        let stage = if secret { Stage::Hello } else { Stage::Greeting(None) };
        Self { stream, address, since: Instant::now(), stage, said: [0; ROOM], filled: 0 }
    }

    fn hear(&mut self, key: Option<&Key>) -> Heard {
        loop {
            let wanted = match &self.stage {
                Stage::Hello => HELLO_LENGTH,
                Stage::Greeting(None) => Greeting::LENGTH,
                Stage::Greeting(Some(_)) => noise::record_length(Greeting::LENGTH),
            };
            match self.stream.read(&mut self.said[self.filled..wanted]) {
                Ok(0) => return Heard::End(Refusal::Io(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let late = self.since.elapsed() >= GREETING_TIME_MAX;
                    return if late { Heard::End(Refusal::Silent) } else { Heard::Nothing };
                }
                Err(error) => return Heard::End(error.into()),
            }
            if let Some(refusal) = self.speaks_something_else() {
                return Heard::End(refusal);
            }
            if self.filled == wanted {
                match (&self.stage, key) {
                    (Stage::Hello, Some(key)) => {
                        if let Err(refusal) = self.answer_hello(key) {
                            return Heard::End(refusal);
                        }
                    }
                    _ => return Heard::Greeting,
                }
            }
        }
    }

    /// The reason to end a greeting early: it can only be wrong.
    fn speaks_something_else(&self) -> Option<Refusal> {
        let said = &self.said[..self.filled];
        match self.stage {
            Stage::Hello if said.starts_with(&handshake::MAGIC) => Some(Refusal::InTheClear),
            Stage::Greeting(None) => Greeting::may_begin(said).err().map(Refusal::Greeting),
            // Its length is all that can be read of a sealed greeting before its end, which may never come.
            Stage::Greeting(Some(_)) if !noise::may_begin(said, Greeting::LENGTH) => Some(Refusal::OtherRelease),
            Stage::Hello | Stage::Greeting(Some(_)) => None,
        }
    }

    fn answer_hello(&mut self, key: &Key) -> Result<(), Refusal> {
        let hello = self.said.first_chunk().ok_or(noise::WrongKey)?;
        let (answer, session) = noise::answer(key, hello)?;
        // Nothing else was sent on this connection, so there is room for it at once.
        self.stream.write_all(&answer)?;
        (self.stage, self.filled) = (Stage::Greeting(Some(session)), 0);
        Ok(())
    }
}

/// Waits until a visitor says something, a new one comes, or a visitor's time is over.
fn wait(listener: &TcpListener, visitors: &[Visitor]) {
    let until_late = visitors.iter().map(|visitor| GREETING_TIME_MAX.saturating_sub(visitor.since.elapsed())).min();
    let wait_max = until_late.map_or(LOOK_UP_EVERY, |late| late.min(LOOK_UP_EVERY));
    let mut watched = vec![PollFd::new(listener, PollFlags::IN)];
    watched.extend(visitors.iter().map(|visitor| PollFd::new(&visitor.stream, PollFlags::IN)));
    let wait_max = Timespec::try_from(wait_max + Duration::from_millis(1)).ok();
    // A signal that interrupts it is as good as an event.
    let _ = poll(&mut watched, wait_max.as_ref());
}

/// The visitor that goes first when there are too many.
fn whom_to_send_away(visitors: &[Visitor], is_expected: impl Fn(IpAddr) -> bool) -> usize {
    let held = |visitor: &Visitor| {
        let place = place(visitor.address.ip());
        visitors.iter().filter(|other| self::place(other.address.ip()) == place).count()
    };
    let rank = |visitor: &Visitor| (!is_expected(visitor.address.ip()), held(visitor), visitor.since.elapsed());
    (0..visitors.len()).max_by_key(|index| rank(&visitors[*index])).unwrap_or(0)
}

/// The part of an address that costs an attacker something to vary: every household is given an IPv6 network of 64
/// bits.
fn place(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = address.segments();
            let [a, b, c, d, ..] = network;
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Has the other side closed the connection?
fn has_left(stream: &TcpStream) -> bool {
    match stream.peek(&mut [0]) {
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        Ok(count) => count == 0,
    }
}

/// Strangers may keep this thread busy, so it steps back behind the one that ticks.
fn yield_to_ticks() {
    /// In the middle between the normal value and the very last.
    const NICE: i32 = 10;
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(listener: &TcpListener, address: &str, waits_ms: u64) -> Visitor {
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let since = Instant::now().checked_sub(Duration::from_millis(waits_ms)).unwrap();
        Visitor { since, ..Visitor::new(stream, address.parse().unwrap(), false) }
    }

    #[test]
    fn who_holds_most_places_is_sent_away_first_and_a_peer_last() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let visitors = [
            visitor(&listener, "10.0.0.2:1", 900),
            visitor(&listener, "10.9.9.9:1", 10),
            visitor(&listener, "10.9.9.9:2", 20),
            visitor(&listener, "10.0.0.3:1", 500),
            visitor(&listener, "10.0.0.3:2", 500),
            visitor(&listener, "10.0.0.3:3", 500),
        ];
        let peer = |address: IpAddr| address == IpAddr::from([10, 0, 0, 3]);
        assert_eq!(whom_to_send_away(&visitors, peer), 2, "the oldest of the stranger with two places");
        assert_eq!(whom_to_send_away(&visitors[..2], peer), 0, "equal strangers: the oldest");
        assert_eq!(whom_to_send_away(&visitors[3..], peer), 0, "peers only: one of them");
    }

    #[test]
    fn an_ipv6_household_is_one_place() {
        let at = |text: &str| place(text.parse().unwrap());
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
    }
}
