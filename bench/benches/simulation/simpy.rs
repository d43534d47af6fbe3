//! The model on SimPy, as students would write it.

use std::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/simulation/ring_on_simpy.py");

/// Nanoseconds of processor time per tick.
pub(crate) fn ns_per_tick() -> Result<f64, String> {
    let output =
        Command::new("python3").arg(SCRIPT).output().map_err(|error| format!("cannot run python3: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or("python3 failed").to_owned();
        return Err(format!("{last}; pip install simpy"));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().map_err(|_| format!("not a number: {said}"))
}
