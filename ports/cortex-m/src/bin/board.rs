//! One machine of a live ring on an LM3S6965: UART0 is the link to the next machine, UART1 the link to the one before.

#![no_std]
#![no_main]

use core::{cell::Cell, ptr::addr_of_mut};

use bare::board::{self, BoardStorage, Chip, Config, Monotonic, Shared};
use cortex_m::{
    Peripherals,
    asm::wfi,
    peripheral::{NVIC, SCB, SYST, syst::SystClkSource},
};
use cortex_m_rt::{entry, exception};
use critical_section::{Mutex, with};
use lm3s6965::{Interrupt, interrupt};
use semihosting::process;

/// What SysTick counts: 12.5 MHz, the chip's clock after reset, as QEMU has it.
const NS_PER_COUNT: u64 = 80;
/// SysTick has 24 bits, and rolls over every 1.34 s.
const COUNTS: u32 = 1 << 24;

static RECEIVERS: [Shared; 2] = [const { Shared::new() }; 2];
static ROLLOVERS: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));
static mut STORAGE: BoardStorage = BoardStorage::new();

#[entry]
fn main() -> ! {
    // SAFETY: `main` runs once, and nothing else names the queues' memory.
    let storage = unsafe { &mut *addr_of_mut!(STORAGE) };
    let shared = [&RECEIVERS[0], &RECEIVERS[1]];
    let ended = Config::from_arguments()
        .zip(Peripherals::take())
        .and_then(|(config, peripherals)| board::run(Lm3s6965::new(peripherals), config, shared, storage));
    process::exit(if ended.is_some() { 0 } else { 2 })
}

struct Lm3s6965;

impl Lm3s6965 {
    fn new(mut peripherals: Peripherals) -> Self {
        let timer = &mut peripherals.SYST;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(COUNTS - 1);
        timer.clear_current();
        timer.enable_counter();
        timer.enable_interrupt();
        for uart in UARTS {
            uart.enable();
        }
        wake::every_millisecond();
        for interrupt in [Interrupt::UART0, Interrupt::UART1, Interrupt::TIMER_0A] {
            // SAFETY: the handlers share nothing with `main` but what a critical section guards.
            unsafe { NVIC::unmask(interrupt) };
        }
        Self
    }
}

impl Chip for Lm3s6965 {
    fn now(&self) -> Monotonic {
        now()
    }

    fn sleep_until(&mut self, moment: Monotonic) {
        if self.now() < moment {
            // At most until the next millisecond.
            wfi();
        }
    }

    fn send(&mut self, link: usize, bytes: &[u8]) {
        for byte in bytes {
            UARTS[link].send(*byte);
        }
    }
}

fn now() -> Monotonic {
    let counts = with(|cs| {
        let rollovers = ROLLOVERS.borrow(cs).get();
        let counted = u64::from(COUNTS - 1 - SYST::get_current());
        // A rollover whose interrupt waits has happened before or after the reading: read again to be sure.
        if SCB::is_pendst_pending() {
            (rollovers + 1) * u64::from(COUNTS) + u64::from(COUNTS - 1 - SYST::get_current())
        } else {
            rollovers * u64::from(COUNTS) + counted
        }
    });
    Monotonic::from_ns(counts * NS_PER_COUNT)
}

#[exception]
fn SysTick() {
    with(|cs| {
        let rollovers = ROLLOVERS.borrow(cs);
        rollovers.set(rollovers.get() + 1);
    });
}

#[interrupt]
fn UART0() {
    take_bytes(0);
}

#[interrupt]
fn UART1() {
    take_bytes(1);
}

#[interrupt]
fn TIMER_0A() {
    wake::acknowledge();
}

fn take_bytes(link: usize) {
    RECEIVERS[link].take(now(), || UARTS[link].received());
}

const UARTS: [Uart; 2] = [Uart { base: 0x4000_C000 }, Uart { base: 0x4000_D000 }];

/// A PL011, with its FIFOs on.
struct Uart {
    base: usize,
}

impl Uart {
    const DATA: usize = 0x00;
    const FLAGS: usize = 0x18;
    const LINE_CONTROL: usize = 0x2C;
    const CONTROL: usize = 0x30;
    const INTERRUPT_MASK: usize = 0x38;

    const RECEIVE_EMPTY: u32 = 1 << 4;
    const TRANSMIT_FULL: u32 = 1 << 5;

    fn enable(&self) {
        const EIGHT_BITS_WITH_FIFO: u32 = 0x70;
        const RECEIVE_AND_ITS_TIMEOUT: u32 = 1 << 4 | 1 << 6;
        const ON_BOTH_WAYS: u32 = 0x301;
        self.write(Self::LINE_CONTROL, EIGHT_BITS_WITH_FIFO);
        self.write(Self::INTERRUPT_MASK, RECEIVE_AND_ITS_TIMEOUT);
        self.write(Self::CONTROL, ON_BOTH_WAYS);
    }

    fn send(&self, byte: u8) {
        while self.read(Self::FLAGS) & Self::TRANSMIT_FULL != 0 {}
        self.write(Self::DATA, u32::from(byte));
    }

    fn received(&self) -> Option<u8> {
        (self.read(Self::FLAGS) & Self::RECEIVE_EMPTY == 0).then(|| self.read(Self::DATA) as u8)
    }

    fn read(&self, register: usize) -> u32 {
        // SAFETY: a register of this chip.
        unsafe { ((self.base + register) as *const u32).read_volatile() }
    }

    fn write(&self, register: usize, value: u32) {
        // SAFETY: a register of this chip.
        unsafe { ((self.base + register) as *mut u32).write_volatile(value) }
    }
}

/// Timer 0 ends the processor's sleep every millisecond. Nothing counts its interrupts: time is SysTick's.
mod wake {
    const TIMER: usize = 0x4003_0000;

    pub(crate) fn every_millisecond() {
        const PERIODIC: u32 = 2;
        const COUNTS_PER_MILLISECOND: u32 = 12_500;
        // Clock to the timer, 32 bits, periodic, with an interrupt.
        write(0x400F_E104, 1 << 16);
        write(TIMER + 0x0C, 0);
        write(TIMER, 0);
        write(TIMER + 0x04, PERIODIC);
        write(TIMER + 0x28, COUNTS_PER_MILLISECOND);
        write(TIMER + 0x18, 1);
        write(TIMER + 0x0C, 1);
    }

    pub(crate) fn acknowledge() {
        write(TIMER + 0x24, 1);
    }

    fn write(address: usize, value: u32) {
        // SAFETY: registers of this chip, used nowhere else.
        unsafe { (address as *mut u32).write_volatile(value) }
    }
}
