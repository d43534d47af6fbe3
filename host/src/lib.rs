//! Clockring on a computer. The binary `clockring` is a thin command line over this library.
//!
//! Dependencies point one way: run directory ← {machine, sim, check}; link ← ring ← machine; run directory ← check ←
//! report; check ← foreign; all ← the command line. The simulator knows no socket; checker and report do not know who wrote a log.

pub mod check;
pub mod cli;
pub mod duration;
pub mod experiment;
pub mod export;
pub mod failure;
pub mod foreign;
pub mod launch;
pub mod link;
pub mod machine;
pub mod replay;
pub mod report;
pub mod ring;
pub mod rundir;
pub mod sim;
pub mod storm;
pub mod sweep;
pub mod system_time;
pub mod theory;
pub mod trace;
pub mod watch;
pub mod wording;
