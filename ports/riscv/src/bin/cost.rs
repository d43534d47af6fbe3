//! Instructions per tick on a RISC-V, and its stack. The chip counts retired instructions itself; under
//! `-icount shift=0` QEMU's count is exact.

#![no_std]
#![no_main]

use bare::cost::{self, Counter};
use riscv::register::minstret;
use riscv_rt::entry;
use semihosting::{print, process};

#[entry]
fn main() -> ! {
    let between = |start: u32, end: u32| end.wrapping_sub(start);
    cost::run(Counter { now: || minstret::read() as u32, between }, |text| print!("{text}"));
    process::exit(0)
}
