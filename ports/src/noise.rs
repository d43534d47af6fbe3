//! A wire that garbles: between two ports, bytes are lost or changed now and then, on the way there and back.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use clockring::{chance::Stream, handshake::Greeting};
use rand_core::Rng;

/// What a wire does to bytes: about one in so many suffers. All connections of the wire share it, so that one that is
/// made again does not suffer at the same places again.
#[derive(Clone)]
pub(crate) struct Noise(Arc<Mutex<State>>);

struct State {
    one_in: u32,
    chance: Stream,
    suffered: Suffered,
}

/// How many bytes suffered so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Suffered {
    /// That never came.
    pub(crate) lost: u64,
    /// That came with another value.
    pub(crate) changed: u64,
}

/// Forwards connections to `listener` on to the port. Runs until the process ends.
pub(crate) fn wire(listener: TcpListener, port: u16, noise: Noise) {
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Some(server) = connect(port) else { continue };
            let (Ok(to_server), Ok(to_client)) = (server.try_clone(), client.try_clone()) else { continue };
            let [there, back] = [noise.clone(), noise.clone()];
            thread::spawn(move || forward(client, to_server, &there));
            thread::spawn(move || forward(server, to_client, &back));
        }
    });
}

/// Whoever is to be reached may not listen yet.
fn connect(port: u16) -> Option<TcpStream> {
    (0..50).find_map(|_| {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok();
        if stream.is_none() {
            thread::sleep(Duration::from_millis(100));
        }
        stream
    })
}

fn forward(mut from: TcpStream, mut to: TcpStream, noise: &Noise) {
    let mut buffer = [0; 4096];
    // The greeting is spared: a link that never comes up shows nothing.
    let mut spared = Greeting::LENGTH;
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let (clean, rest) = buffer[..count].split_at(spared.min(count));
        spared -= clean.len();
        let mut bytes = clean.to_vec();
        noise.disturb(rest, &mut bytes);
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

impl Noise {
    /// About one byte in `one_in` suffers.
    pub(crate) fn new(one_in: u32, chance: Stream) -> Self {
        Self(Arc::new(Mutex::new(State { one_in, chance, suffered: Suffered::default() })))
    }

    /// How many bytes suffered so far.
    pub(crate) fn suffered(&self) -> Suffered {
        self.state().suffered
    }

    /// Adds to `to` what becomes of these bytes.
    fn disturb(&self, bytes: &[u8], to: &mut Vec<u8>) {
        let state = &mut *self.state();
        for byte in bytes {
            let number = state.chance.next_u32();
            if !number.is_multiple_of(state.one_in) {
                to.push(*byte);
            } else if number >> 31 == 0 {
                state.suffered.lost += 1;
            } else {
                state.suffered.changed += 1;
                to.push(*byte ^ 1 << (number >> 28 & 7));
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use clockring::{
        chance::{Purpose, stream},
        ring::MachineId,
    };

    use super::*;

    #[test]
    fn about_one_byte_in_so_many_suffers_and_is_counted() {
        let noise = Noise::new(100, stream(1, MachineId::from_index(0).unwrap(), Purpose::Rate));
        let (bytes, mut came) = ([7; 100_000], Vec::new());
        noise.disturb(&bytes, &mut came);
        let Suffered { lost, changed } = noise.suffered();
        assert_eq!(came.len() as u64, bytes.len() as u64 - lost);
        assert_eq!(came.iter().filter(|byte| **byte != 7).count() as u64, changed);
        assert!((400..600).contains(&lost) && (400..600).contains(&changed), "{lost} lost, {changed} changed");
    }
}
