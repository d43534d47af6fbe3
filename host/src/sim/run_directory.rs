//! Writes a simulated run to a run directory.
