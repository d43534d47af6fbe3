//! What the benchmarks share: the work that is measured, and the table of what was found.

pub mod cases;
pub mod mission;
pub mod results;
