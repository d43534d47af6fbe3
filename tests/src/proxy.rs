//! A link that can be cut: a TCP proxy of our own, since the operating system offers no tap.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// One direction of all connections.
#[derive(Default)]
struct Direction {
    swallows: AtomicBool,
    is_slow: AtomicBool,
}

/// Of a slow line: the bytes that pass at once, and the time they take. A ring at 100 events a second sends more.
const SLOW_BYTES: usize = 64;
const SLOW_TIME: Duration = Duration::from_millis(50);

/// Passes connections on to one address, until it is told to cut them.
pub struct Proxy {
    address: SocketAddr,
    connections: Arc<Mutex<Vec<TcpStream>>>,
    accepted: Arc<AtomicUsize>,
    /// What is sent to the target, and what comes back.
    directions: [Arc<Direction>; 2],
    called: Arc<Mutex<Vec<u8>>>,
}

impl Proxy {
    /// A proxy in front of this address, on a free port.
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (connections, accepted) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (open, count) = (Arc::clone(&connections), Arc::clone(&accepted));
        let directions = [(); 2].map(|()| Arc::new(Direction::default()));
        let [there, again] = directions.clone();
        let called = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&called);
        thread::spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                let Ok(to) = TcpStream::connect(target) else { continue };
                count.fetch_add(1, Ordering::SeqCst);
                let ends = [&caller, &to].map(|end| end.try_clone().expect("a descriptor"));
                open.lock().expect("no panic").extend(ends);
                let back = [&caller, &to].map(|end| end.try_clone().expect("a descriptor"));
                pump(caller, to, Arc::clone(&there), Some(Arc::clone(&record)));
                let [caller, to] = back;
                pump(to, caller, Arc::clone(&again), None);
            }
        });
        Self { address, connections, accepted, directions, called }
    }

    /// Where to dial.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were passed on so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Stops or starts to swallow everything, with all connections open: a cable that is pulled.
    pub fn swallow(&self, everything: bool) {
        self.swallow_in([everything; 2]);
    }

    /// As [`Proxy::swallow`], by direction: to the target, and back.
    pub fn swallow_in(&self, directions: [bool; 2]) {
        for (direction, swallows) in self.directions.iter().zip(directions) {
            direction.swallows.store(swallows, Ordering::SeqCst);
        }
    }

    /// Makes it a slow line, or a fast one again.
    pub fn slow_down(&self, is_slow: bool) {
        self.directions.iter().for_each(|direction| direction.is_slow.store(is_slow, Ordering::SeqCst));
    }

    /// Every byte that callers have sent so far, in order.
    pub fn recording(&self) -> Vec<u8> {
        self.called.lock().expect("no panic").clone()
    }

    /// Cuts every connection that is open now, with whatever is under way on it.
    pub fn cut(&self) {
        for end in self.connections.lock().expect("no panic").drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, direction: Arc<Direction>, record: Option<Arc<Mutex<Vec<u8>>>>) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let is_slow = direction.is_slow.load(Ordering::SeqCst);
            let room = if is_slow { SLOW_BYTES } else { buffer.len() };
            let Ok(count @ 1..) = from.read(&mut buffer[..room]) else { break };
            if is_slow {
                thread::sleep(SLOW_TIME);
            }
            if direction.swallows.load(Ordering::SeqCst) {
                continue;
            }
            if let Some(record) = &record {
                record.lock().expect("no panic").extend_from_slice(&buffer[..count]);
            }
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        // A cable that is pulled does not tell of an end either.
        if !direction.swallows.load(Ordering::SeqCst) {
            let _ = to.shutdown(Shutdown::Write);
        }
    });
}
