//! Ctrl-C and SIGTERM: the orderly stop, and the end at once. And a file that is not allowed to grow, which is an error of
//! its write, rather than a death from which the next process would die again.

use std::{sync::Arc, thread};

use signal_hook::{
    consts::{SIGTERM, TERM_SIGNALS},
    iterator::Signals,
};

use crate::{failure::Failure, watch};

/// Runs `stop` at the first Ctrl-C or SIGTERM, and ends the process at the second, or at the first SIGTERM if it is to
/// leave. Rows are written whole, so the log is readable either way.
///
/// # Errors
/// If the system lets no signals be heard.
pub(super) fn stop_on_signals(leave_on_sigterm: bool, stop: impl Fn() + Send + 'static) -> Result<(), Failure> {
    let mut signals =
        Signals::new(TERM_SIGNALS).map_err(|error| Failure::run(format!("cannot listen for Ctrl-C: {error}")))?;
    signal_hook::flag::register(libc::SIGXFSZ, Arc::default())
        .map_err(|error| Failure::run(format!("cannot listen for a limit of file sizes: {error}")))?;
    thread::spawn(move || {
        for (count, signal) in signals.forever().enumerate() {
            if count == 0 && !(leave_on_sigterm && signal == SIGTERM) {
                stop();
            } else {
                watch::give_terminal_back();
                std::process::exit(128 + signal);
            }
        }
    });
    Ok(())
}
