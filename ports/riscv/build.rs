//! Gives the linker the memory of the board that QEMU has.

use std::{env, fs, path::PathBuf};

fn main() {
    let is_board = env::var_os("CARGO_FEATURE_BOARD").is_some();
    let memory = if is_board { "memory/sifive_e.x" } else { "memory/virt.x" };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::copy(memory, out.join("memory.x")).expect("the memory layout is copied");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=-Tmemory.x");
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    if is_board {
        println!("cargo::rustc-link-arg-bins=-Tdefmt.x");
    }
    println!("cargo::rerun-if-changed=memory");
}
