//! ZeroMQ's PUSH and PULL, which share system calls among messages as our links do.

use std::thread;

use crate::{
    Outcome,
    sockets::{Figures, MESSAGE_SIZE},
};

/// Moves messages over loopback TCP.
pub(crate) fn push_pull(messages: usize) -> Outcome<Figures> {
    let context = zmq::Context::new();
    let pull = context.socket(zmq::PULL)?;
    pull.bind("tcp://127.0.0.1:*")?;
    let address = pull.get_last_endpoint()?.map_err(|_| "an address that is not text")?;
    let push = context.socket(zmq::PUSH)?;
    push.connect(&address)?;
    Figures::of(messages, || {
        let pusher = thread::spawn(move || {
            for _ in 0..messages {
                push.send(&[7; MESSAGE_SIZE][..], 0)?;
            }
            Ok::<(), zmq::Error>(())
        });
        let mut message = zmq::Message::new();
        for _ in 0..messages {
            pull.recv(&mut message, 0)?;
        }
        Ok(pusher.join().map_err(|_| "the pusher panicked")??)
    })
}
