//! The bytes alone: one thread writes them to a TCP connection, another reads them.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Instant,
};

use bench::processor::of_this_process;
use clockring::{clock::LamportStamp, frame};

use crate::Outcome;

/// As long as a frame of ours.
pub(crate) const MESSAGE_SIZE: usize = frame::length::<LamportStamp>();

/// What moving messages came to.
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    /// Of both sides, per message.
    pub(crate) cpu_ns: f64,
}

impl Figures {
    pub(crate) fn of(messages: usize, moved: impl FnOnce() -> Outcome<()>) -> Outcome<Self> {
        let (before, began) = (of_this_process(), Instant::now());
        moved()?;
        let (took, spent) = (began.elapsed(), of_this_process() - before);
        Ok(Self { per_second: messages as f64 / took.as_secs_f64(), cpu_ns: spent.as_nanos() as f64 / messages as f64 })
    }
}

/// Moves messages over loopback TCP, so many per write.
pub(crate) fn tcp(messages: usize, per_write: usize) -> Outcome<Figures> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let mut out = TcpStream::connect(listener.local_addr()?)?;
    out.set_nodelay(true)?;
    let (mut incoming, _) = listener.accept()?;
    let per_write = per_write.max(1);
    let writes = messages.div_ceil(per_write);
    Figures::of(writes * per_write, || {
        let reader = thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while incoming.read(&mut buffer)? > 0 {}
            Ok::<(), std::io::Error>(())
        });
        let bytes = vec![7; per_write * MESSAGE_SIZE];
        for _ in 0..writes {
            out.write_all(&bytes)?;
        }
        drop(out);
        Ok(reader.join().map_err(|_| "the reader panicked")??)
    })
}
