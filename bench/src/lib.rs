//! What the benchmarks measure, in a form that timers and instruction counters can share.

pub mod mission;
