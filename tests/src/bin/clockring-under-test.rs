//! The binary `clockring`, built with the tests that start it as a process.

use std::process::ExitCode;

fn main() -> ExitCode {
    host::cli::main()
}
