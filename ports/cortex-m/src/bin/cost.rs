//! Instructions per tick on a Cortex-M, and its stack.
//!
//! SysTick counts down every 80 ns of QEMU's time. Under `-icount shift=10` an instruction takes exactly 1,024 ns, so
//! the timer tells how many there were.

#![no_std]
#![no_main]

use bare::cost::{self, Counter};
use cortex_m::{
    Peripherals,
    peripheral::{SYST, syst::SystClkSource},
};
use cortex_m_rt::entry;
use semihosting::{print, process};

/// The timer has 24 bits.
const RELOAD: u32 = 0x00FF_FFFF;

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = Peripherals::take() else { process::exit(1) };
    let timer = &mut peripherals.SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(RELOAD);
    timer.clear_current();
    timer.enable_counter();
    cost::run(Counter { now: SYST::get_current, between }, |text| print!("{text}"));
    process::exit(0)
}

/// How many instructions lie between two readings.
fn between(start: u32, end: u32) -> u32 {
    ((start.wrapping_sub(end) & RELOAD) * 80 + 512) / 1024
}
