//! The suite of `core` on a RISC-V. QEMU's semihosting prints and ends the run.

#![no_std]
#![no_main]

use riscv_rt::entry;
use semihosting::{print, process};

#[entry]
fn main() -> ! {
    bare::suite::run(|text| print!("{text}"));
    process::exit(0)
}
