//! A member of a ring, without input or output: its driver (sockets, a storm, a board, a model checker) tells it of
//! each event and its time, and is told which row to log and which frame to send.
//!
//! - [`Machine`]: its whole life, from the first greeting to the last goodbye.
//! - [`Intake`]: the bytes of one link become messages, each of them once and in order.
//! - [`Outbox`]: the last sends, for links that come back.
//!
//! # The life of a machine
//!
//! It *gathers* until every link is up at every machine, *ticks* until its time is over or it is stopped, and
//! *settles*: every message is accounted for on both sides, and each side knows it. Two laws are in its types rather
//! than in an order of calls: [`Machine::say`] yields no message whose row was not reported
//! [`logged`](Machine::logged), and nothing about the end before the [`Fact`] behind it was reported
//! [`written`](Machine::written).
//!
//! # A driver's work, in each turn of its loop
//!
//! 1. It reports events: [`Machine::handle`] for links, signals and messages that came in, [`Machine::proceed`] for the
//!    time.
//! 2. While the machine [is ticking](Stage::Ticking) and an event is due: [`Machine::step`]. It writes the rows, and says
//!    so: [`Machine::logged`].
//! 3. It writes the facts that are [`due`](Machine::due) to the manifest, in one write, and says so: [`Machine::written`].
//! 4. For each link that has taken everything so far, it sends all there is to [`say`](Machine::say).
//! 5. It sleeps until its next event or until [`Machine::wake`]. If the machine [has left](Stage::Left), that was all.

mod handle;
mod intake;
mod life;
mod link;
mod outbox;
mod resume;
mod run_time;
mod say;
mod settle;
mod tick;

use core::time::Duration;

use crate::clock::Hybrid;

pub use handle::{Input, Objection};
pub use intake::{Arrival, Intake, IntakeError, Received};
pub use life::{Leaving, Machine, Settings, Stage};
pub use outbox::{Outbox, Recent, Sent};
pub use run_time::RunTime;
pub use say::Say;
pub use settle::Fact;
pub use tick::Row;

/// The largest difference between the times of machines that is left alone: half of what a hybrid clock lets in, so that
/// the rest is for drift. A ring of hybrid clocks does not start with more, and a machine that is further behind its
/// peers, since its computer slept or was halted, goes forward to their time.
pub const APART_MAX: Duration = Duration::from_nanos(Hybrid::DRIFT_MAX_NS / 2);

/// The interval at which each side of a link shows that it is there.
pub const BEAT_EVERY: Duration = Duration::from_secs(1);

/// The longest silence before a link is taken for broken: five beats, so that neither a stall of the computer nor a
/// lost packet or two looks like a death. Half-open connections and stopped peers are found this way.
pub const SILENCE_MAX: Duration = Duration::from_secs(5);
