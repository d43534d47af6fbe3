//! A machine of three and nothing else, to be weighed: no start-up code, no driver. It links only if no panic path is
//! left in it, since the panic handler calls a function that does not exist.

#![no_std]
#![no_main]

use core::{hint::black_box, panic::PanicInfo, ptr::addr_of_mut};

use bare::machine::{Link, Machine, Storage, machine};
use clockring::{frame::Frame, ring::MachineId};
#[cfg(not(target_has_atomic = "32"))]
use cortex_m as _;

unsafe extern "C" {
    fn a_panic_path_is_left() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    // SAFETY: never called: it does not exist, and the linker says so if it is needed.
    unsafe { a_panic_path_is_left() }
}

static mut STORAGE: Storage = Storage::new();
static mut MACHINE: Option<(Machine, [Link; 2])> = None;

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    // SAFETY: nothing else runs, and this runs once.
    let (storage, state) = unsafe { (&mut *addr_of_mut!(STORAGE), &mut *addr_of_mut!(MACHINE)) };
    if let Some(id) = MachineId::from_letter(black_box(b'B')) {
        *state = machine(id, 10, black_box(7), storage);
    }
    loop {
        if let Some((machine, links)) = state {
            tick(machine);
            for link in links {
                black_box(receive(link, black_box(0)));
            }
        }
        #[cfg(feature = "planted-panic")]
        assert!(black_box([1, 2, 3])[black_box(0)] == 1);
    }
}

#[inline(never)]
fn tick(machine: &mut Machine) {
    let step = machine.tick(black_box(0));
    black_box((&step.event, machine.waiting()));
    for message in step.messages {
        black_box(&Frame::Message(message).encode());
    }
}

#[inline(never)]
fn receive(link: &mut Link, byte: u8) -> bool {
    link.receive(byte, 0).is_some()
}
