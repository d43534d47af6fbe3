//! The shared part of the bare-metal ports. Everything about one chip is in that chip's folder.

#![no_std]

#[cfg(feature = "board")]
pub mod board;
pub mod cost;
pub mod links;
pub mod process;
pub mod receiver;
pub mod suite;

/// The panic handler of an image that links only if no panic path is left in it: it calls a function that does not exist.
#[macro_export]
macro_rules! link_without_panics {
    () => {
        unsafe extern "C" {
            fn a_panic_path_is_left() -> !;
        }

        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo) -> ! {
            // SAFETY: never called: it does not exist, and the linker says so if it is needed.
            unsafe { a_panic_path_is_left() }
        }
    };
}
