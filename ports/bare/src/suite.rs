//! Runs the suite of `core` where there is no test harness.

use core::fmt::Arguments;

/// Runs every test and reports as `cargo test` does. A test that fails panics: the port's panic handler prints why and
/// ends the run.
pub fn run(print: fn(Arguments)) {
    let mut passed = 0;
    for (name, test) in clockring::suite::tests() {
        print(format_args!("test {name} ... "));
        test();
        print(format_args!("ok\n"));
        passed += 1;
    }
    print(format_args!("{passed} passed\n"));
}
