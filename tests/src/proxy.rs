//! A link that can be cut: a TCP proxy of our own, since the operating system offers no tap.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// Passes connections on to one address, until it is told to cut them.
pub struct Proxy {
    address: SocketAddr,
    connections: Arc<Mutex<Vec<TcpStream>>>,
    accepted: Arc<AtomicUsize>,
    swallows: Arc<AtomicBool>,
    called: Arc<Mutex<Vec<u8>>>,
}

impl Proxy {
    /// A proxy in front of this address, on a free port.
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (connections, accepted) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (open, count) = (Arc::clone(&connections), Arc::clone(&accepted));
        let swallows = Arc::new(AtomicBool::new(false));
        let silent = Arc::clone(&swallows);
        let called = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&called);
        thread::spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                let Ok(to) = TcpStream::connect(target) else { continue };
                count.fetch_add(1, Ordering::SeqCst);
                let ends = [&caller, &to].map(|end| end.try_clone().expect("a descriptor"));
                open.lock().expect("no panic").extend(ends);
                let back = [&caller, &to].map(|end| end.try_clone().expect("a descriptor"));
                pump(caller, to, Arc::clone(&silent), Some(Arc::clone(&record)));
                let [caller, to] = back;
                pump(to, caller, Arc::clone(&silent), None);
            }
        });
        Self { address, connections, accepted, swallows, called }
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
        self.swallows.store(everything, Ordering::SeqCst);
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

fn pump(mut from: TcpStream, mut to: TcpStream, swallows: Arc<AtomicBool>, record: Option<Arc<Mutex<Vec<u8>>>>) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if swallows.load(Ordering::SeqCst) {
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
        if !swallows.load(Ordering::SeqCst) {
            let _ = to.shutdown(Shutdown::Write);
        }
    });
}
