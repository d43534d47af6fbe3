//! A link: a FIFO channel of bytes between two machines. One file per transport.
//!
//! A transport gives its two halves to different threads: the link's reader thread blocks on [`Incoming`]; the tick
//! loop hands bytes to [`Outgoing`], which never blocks. Either half of a broken link says so with an error; what was
//! under way is then sent again over the next link, after the last message that the peer has.

pub mod greeting;
pub mod tcp;

use std::io;

/// The receiving half of a link.
pub trait Incoming: Send {
    /// Waits for bytes and reads some. Zero means that the peer has closed its sending half.
    ///
    /// # Errors
    /// If the link is broken.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

/// The sending half of a link.
pub trait Outgoing: Send {
    /// Takes as many bytes as go without waiting, which may be none, and says how many.
    ///
    /// # Errors
    /// If the link is broken.
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Breaks the link, for both sides.
    fn cut(&mut self);
}
