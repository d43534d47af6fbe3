//! The binary `clockring`.

use std::process::ExitCode;

fn main() -> ExitCode {
    host::cli::main()
}
