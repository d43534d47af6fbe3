//! One machine of a live ring on a SiFive FE310: UART0 is the link to the next machine, UART1 the link to the one
//! before.

#![no_std]
#![no_main]

use core::{cell::Cell, ptr::addr_of_mut};

use bare::board::{self, BoardStorage, Chip, Config, Monotonic, Shared};
use critical_section::{Mutex, with};
use riscv::{
    asm::wfi,
    interrupt::Interrupt,
    register::{mie, mstatus},
};
use riscv_rt::{core_interrupt, entry};
use semihosting::process;

static RECEIVERS: [Shared; 2] = [const { Shared::new() }; 2];
static mut STORAGE: BoardStorage = BoardStorage::new();

#[entry]
fn main() -> ! {
    // SAFETY: `main` runs once, and nothing else names the queues' memory.
    let storage = unsafe { &mut *addr_of_mut!(STORAGE) };
    let shared = [&RECEIVERS[0], &RECEIVERS[1]];
    let ended = Config::from_arguments().and_then(|config| board::run(Fe310::new(), config, shared, storage));
    process::exit(if ended.is_some() { 0 } else { 2 })
}

const NS_PER_S: u64 = 1_000_000_000;

/// How fast the timer counts: measured at the start, since it differs by board.
static TIMER_HZ: Mutex<Cell<u64>> = Mutex::new(Cell::new(1));

struct Fe310;

impl Fe310 {
    fn new() -> Self {
        for uart in UARTS {
            uart.enable();
            plic::enable(uart.interrupt);
        }
        timer::stop();
        // SAFETY: the handlers share nothing with `main` but what a critical section guards.
        unsafe {
            mie::set_mext();
            mie::set_mtimer();
            mstatus::set_mie();
        }
        let hz = timer::frequency_hz();
        with(|cs| TIMER_HZ.borrow(cs).set(hz));
        Self
    }
}

impl Chip for Fe310 {
    fn now(&self) -> Monotonic {
        now()
    }

    fn sleep_until(&mut self, moment: Monotonic) {
        let (ns, hz) = (moment.ns(), timer_hz());
        timer::wake_at(ns / NS_PER_S * hz + ns % NS_PER_S * hz / NS_PER_S + 1);
        if self.now() < moment {
            wfi();
        }
    }

    fn send(&mut self, link: usize, bytes: &[u8]) {
        for byte in bytes {
            UARTS[link].send(*byte);
        }
    }
}

fn timer_hz() -> u64 {
    with(|cs| TIMER_HZ.borrow(cs).get())
}

fn now() -> Monotonic {
    // In two halves, since nanoseconds times counts do not fit 64 bits.
    let (now, hz) = (timer::now(), timer_hz());
    Monotonic::from_ns(now / hz * NS_PER_S + now % hz * NS_PER_S / hz)
}

#[core_interrupt(Interrupt::MachineTimer)]
fn timer_rings() {
    timer::stop();
}

#[core_interrupt(Interrupt::MachineExternal)]
fn uart_has_bytes() {
    let interrupt = plic::claim();
    for (uart, receiver) in UARTS.iter().zip(&RECEIVERS).filter(|(uart, _)| uart.interrupt == interrupt) {
        receiver.take(now(), || uart.received());
    }
    plic::complete(interrupt);
}

fn read(address: usize) -> u32 {
    // SAFETY: only registers of this chip are read.
    unsafe { (address as *const u32).read_volatile() }
}

fn write(address: usize, value: u32) {
    // SAFETY: only registers of this chip are written.
    unsafe { (address as *mut u32).write_volatile(value) }
}

const UARTS: [Uart; 2] = [Uart { base: 0x1001_3000, interrupt: 3 }, Uart { base: 0x1002_3000, interrupt: 4 }];

/// A SiFive UART.
struct Uart {
    base: usize,
    interrupt: u32,
}

impl Uart {
    const SEND: usize = 0x00;
    const RECEIVE: usize = 0x04;
    const SEND_CONTROL: usize = 0x08;
    const RECEIVE_CONTROL: usize = 0x0C;
    const INTERRUPT_ENABLE: usize = 0x10;

    /// Set in what is read: the transmitter is full, or the receiver empty.
    const NOT_NOW: u32 = 1 << 31;

    fn enable(&self) {
        const ON: u32 = 1;
        const AT_FIRST_BYTE: u32 = 1 << 1;
        write(self.base + Self::SEND_CONTROL, ON);
        write(self.base + Self::RECEIVE_CONTROL, ON);
        write(self.base + Self::INTERRUPT_ENABLE, AT_FIRST_BYTE);
    }

    fn send(&self, byte: u8) {
        while read(self.base + Self::SEND) & Self::NOT_NOW != 0 {}
        write(self.base + Self::SEND, u32::from(byte));
    }

    fn received(&self) -> Option<u8> {
        let word = read(self.base + Self::RECEIVE);
        (word & Self::NOT_NOW == 0).then_some(word as u8)
    }
}

/// The platform-level interrupt controller.
mod plic {
    use super::{read, write};

    const BASE: usize = 0x0C00_0000;
    const ENABLED: usize = BASE + 0x2000;
    const THRESHOLD: usize = BASE + 0x20_0000;
    const CLAIM: usize = BASE + 0x20_0004;

    pub(crate) fn enable(interrupt: u32) {
        write(BASE + 4 * interrupt as usize, 1);
        write(ENABLED, read(ENABLED) | 1 << interrupt);
        write(THRESHOLD, 0);
    }

    pub(crate) fn claim() -> u32 {
        read(CLAIM)
    }

    pub(crate) fn complete(interrupt: u32) {
        write(CLAIM, interrupt);
    }
}

/// The machine timer, of the core-local interruptor.
mod timer {
    use semihosting::sys::arm_compat::sys_clock;

    use super::{read, write};

    const COMPARE: usize = 0x0200_4000;
    const TIME: usize = 0x0200_BFF8;

    /// The chip's timer counts at 32,768 Hz, and so it does in QEMU from release 8 on; before, at 10 MHz. A twentieth of
    /// a second of the host's clock tells which.
    pub(crate) fn frequency_hz() -> u64 {
        const CHIP_HZ: u64 = 32_768;
        const QEMU_7_HZ: u64 = 10_000_000;
        let (Ok(begun), start) = (sys_clock(), now()) else { return CHIP_HZ };
        while sys_clock().is_ok_and(|hundredths| hundredths < begun + 5) {}
        if now() - start > CHIP_HZ { QEMU_7_HZ } else { CHIP_HZ }
    }

    pub(crate) fn now() -> u64 {
        loop {
            let (high, low, again) = (read(TIME + 4), read(TIME), read(TIME + 4));
            if high == again {
                return u64::from(high) << 32 | u64::from(low);
            }
        }
    }

    pub(crate) fn wake_at(count: u64) {
        // The largest upper half first, so that no half-written value rings.
        write(COMPARE + 4, u32::MAX);
        write(COMPARE, count as u32);
        write(COMPARE + 4, (count >> 32) as u32);
    }

    pub(crate) fn stop() {
        wake_at(u64::MAX);
    }
}
