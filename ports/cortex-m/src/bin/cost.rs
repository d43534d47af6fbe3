//! Instructions per tick on a Cortex-M, and its stack.
//!
//! Under `-icount shift=10` every instruction takes the same time. SysTick counts down in that time, at a rate of each
//! board's own; a loop of known length tells how many instructions a difference is.

#![no_std]
#![no_main]

use core::{
    arch::asm,
    sync::atomic::{AtomicU32, Ordering},
};

use bare::cost::{self, Counter};
use cortex_m::{
    Peripherals,
    peripheral::{SYST, syst::SystClkSource},
};
use cortex_m_rt::entry;
use semihosting::{print, process};

/// The timer has 24 bits.
const RELOAD: u32 = 0x00FF_FFFF;

/// Instructions of the loop that the timer is calibrated by.
const CALIBRATION: u32 = 100_000;

/// Instructions per count of the timer, in units of 2⁻¹⁶.
static RATE: AtomicU32 = AtomicU32::new(0);

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = Peripherals::take() else { process::exit(1) };
    let timer = &mut peripherals.SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(RELOAD);
    timer.clear_current();
    timer.enable_counter();
    let start = SYST::get_current();
    two_instructions_each(CALIBRATION / 2);
    let rate = (u64::from(CALIBRATION) << 16) / u64::from(counted(start, SYST::get_current()).max(1));
    RATE.store(rate as u32, Ordering::Relaxed);
    cost::run(Counter { now: SYST::get_current, between }, |text| print!("{text}"));
    process::exit(0)
}

fn two_instructions_each(rounds: u32) {
    // SAFETY: counts a register down to zero, and touches nothing else.
    unsafe { asm!("2:", "subs {0}, #1", "bne 2b", inout(reg) rounds => _, options(nomem, nostack)) }
}

const fn counted(start: u32, end: u32) -> u32 {
    start.wrapping_sub(end) & RELOAD
}

/// How many instructions lie between two readings, up to 50,000. Calls nothing: its stack is measured, too.
fn between(start: u32, end: u32) -> u32 {
    (counted(start, end) * RATE.load(Ordering::Relaxed) + (1 << 15)) >> 16
}
