//! Clockring on a computer. The binary `clockring` is a thin command line over this library.
//!
//! Dependencies point one way, as docs/architecture.md draws it.

pub mod check;
pub mod cli;
pub mod connect;
mod driver;
pub mod duration;
pub mod experiment;
pub mod export;
pub mod failure;
pub mod foreign;
pub mod launch;
pub mod link;
pub mod live;
pub mod replay;
pub mod report;
pub mod rundir;
pub mod sim;
pub mod storm;
pub mod sweep;
pub mod system_time;
pub mod theory;
pub mod trace;
pub mod watch;
pub mod wording;
