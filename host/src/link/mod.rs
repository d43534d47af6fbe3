//! A link: a FIFO channel of bytes between two machines. One file per transport.
//!
//! A transport gives its two halves to different threads: the link's reader thread blocks on [`Incoming`]; the tick
//! loop hands bytes to [`Outgoing`], which never blocks. Either half of a broken link says so with an error; messages
//! that were under way are then sent again over the next link, after the last message that the peer has.

mod address;
mod connection;
mod key;
pub mod noise;
mod refusal;
pub mod tcp;

use std::io;

pub use address::Address;
pub use connection::Connection;
pub use key::{Key, KeyError};
pub use refusal::{GREETING_TIME_MAX, Refusal};

/// The receiving half of a link.
pub trait Incoming: Send {
    /// Waits for bytes and reads some. Zero means that the peer has closed its sending half.
    ///
    /// # Errors
    /// If the link is broken, or nothing came for [`SILENCE_MAX`](clockring::machine::SILENCE_MAX)
    /// ([`io::ErrorKind::TimedOut`]).
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Has the sending half cut the link? For a reader that waits for something else than bytes.
    fn is_cut(&self) -> bool;
}

/// The sending half of a link.
pub trait Outgoing: Send {
    /// Takes as many bytes as go without blocking, perhaps none, and returns their number. The next call offers the
    /// rest again, first.
    ///
    /// # Errors
    /// If the link is broken.
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Says that nothing more will be sent. Bytes sent before still arrive.
    fn finish(&mut self);

    /// Breaks the link, for both sides.
    fn cut(&mut self);
}
