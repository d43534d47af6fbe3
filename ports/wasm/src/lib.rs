//! The suite of `core` in WebAssembly. `run.mjs` gives it its one import, `print`, and calls its one export, `run`.

#![no_std]

use core::{
    fmt::{self, Arguments, Write},
    panic::PanicInfo,
};

mod host {
    #[link(wasm_import_module = "env")]
    unsafe extern "C" {
        /// Prints this UTF-8 text.
        pub(super) safe fn print(text: *const u8, length: usize);
    }
}

struct Host;

impl Write for Host {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        host::print(text.as_ptr(), text.len());
        Ok(())
    }
}

fn print(text: Arguments) {
    // The host's print does not fail.
    let _ = Host.write_fmt(text);
}

#[unsafe(no_mangle)]
extern "C" fn run() {
    bare::suite::run(print);
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    print(format_args!("{info}\n"));
    core::arch::wasm32::unreachable()
}
