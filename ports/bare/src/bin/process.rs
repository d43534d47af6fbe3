//! A process of three with its queues and nothing else, to be weighed: no start-up code, no driver. It links only if no
//! panic path is left in it, since the panic handler calls a function that does not exist.

#![no_std]
#![no_main]

use core::{hint::black_box, ptr::addr_of_mut};

use bare::{
    links::{Link, Storage},
    process::{Ticker, ticker},
};
use clockring::{
    frame::Frame,
    moment::{Monotonic, UnixTime},
    ring::MachineId,
};
#[cfg(not(target_has_atomic = "32"))]
use cortex_m as _;

bare::link_without_panics!();

static mut STORAGE: Storage = Storage::new();
static mut TICKER: Option<(Ticker, [Link; 2])> = None;

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    // SAFETY: nothing else runs, and this runs once.
    let (storage, state) = unsafe { (&mut *addr_of_mut!(STORAGE), &mut *addr_of_mut!(TICKER)) };
    if let Some(id) = MachineId::from_letter(black_box(b'B')) {
        *state = ticker(id, 10, black_box(7), storage);
    }
    loop {
        if let Some((ticker, links)) = state {
            tick(ticker);
            for link in links {
                black_box(receive(link, black_box(0)));
            }
        }
        #[cfg(feature = "planted-panic")]
        assert!(black_box([1, 2, 3])[black_box(0)] == 1);
    }
}

#[inline(never)]
fn tick(ticker: &mut Ticker) {
    let step = ticker.tick(black_box(UnixTime::EPOCH));
    black_box((&step.event, ticker.waiting()));
    for message in step.messages {
        black_box(&Frame::Message(message).encode());
    }
}

#[inline(never)]
fn receive(link: &mut Link, byte: u8) -> bool {
    link.receive(byte, Monotonic::default()).is_ok()
}
