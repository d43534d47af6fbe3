//! The suite of `core` on a Cortex-M. QEMU's semihosting prints and ends the run.

#![no_std]
#![no_main]

// Brings the critical section that thumbv6m needs.
use cortex_m as _;
use cortex_m_rt::entry;
use semihosting::{print, process};

#[entry]
fn main() -> ! {
    bare::suite::run(|text| print!("{text}"));
    process::exit(0)
}
