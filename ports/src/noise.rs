//! A wire that garbles: between two ports, bytes on their way to one of them are lost or changed now and then.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use clockring::{chance::Stream, handshake::Greeting};

/// A wire on which about one byte in `one_in` suffers.
#[derive(Clone)]
pub(crate) struct Noise {
    /// How rarely.
    pub(crate) one_in: u32,
    /// Where it comes from.
    pub(crate) chance: Stream,
}

/// Which way a byte goes on a wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From whoever connects to whoever listens.
    In,
    /// Back.
    Out,
}

/// Forwards connections to `listener` on to the port, garbling what goes `noisy` way. Runs until the process ends.
pub(crate) fn wire(listener: TcpListener, port: u16, noisy: Way, noise: Noise) {
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Some(server) = connect(port) else { continue };
            let (Ok(to_server), Ok(to_client)) = (server.try_clone(), client.try_clone()) else { continue };
            let [there, back] = [Way::In, Way::Out].map(|way| (way == noisy).then(|| noise.clone()));
            thread::spawn(move || forward(client, to_server, there));
            thread::spawn(move || forward(server, to_client, back));
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

fn forward(mut from: TcpStream, mut to: TcpStream, mut noise: Option<Noise>) {
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
        match &mut noise {
            Some(noise) => bytes.extend(rest.iter().filter_map(|byte| noise.suffer(*byte))),
            None => bytes.extend_from_slice(rest),
        }
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

impl Noise {
    /// What becomes of a byte.
    fn suffer(&mut self, byte: u8) -> Option<u8> {
        use rand_core::Rng;
        let number = self.chance.next_u32();
        match number % self.one_in {
            0 if number >> 31 == 0 => None,
            0 => Some(byte ^ 1 << (number >> 28 & 7)),
            _ => Some(byte),
        }
    }
}
