//! Runs the suite of `core` where there is no test harness.

use core::fmt::Write;

/// Runs every test and reports as `cargo test` does. A test that fails panics: the port's panic handler prints why and
/// ends the run.
pub fn run(out: &mut impl Write) {
    let mut passed = 0;
    for (name, test) in clockring::suite::tests() {
        let _ = write!(out, "test {name} ... ");
        test();
        let _ = writeln!(out, "ok");
        passed += 1;
    }
    let _ = writeln!(out, "{passed} passed");
}
