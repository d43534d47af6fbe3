#![doc = include_str!("../README.md")]
#![no_std]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, clippy::indexing_slicing)]

#[cfg(test)]
extern crate std;

pub mod assembler;
pub mod chance;
pub mod clock;
pub mod cursor;
pub mod event;
pub mod frame;
pub mod handshake;
pub mod inbox;
pub mod machine;
pub mod message;
pub mod moment;
pub mod process;
pub mod progress;
pub mod ring;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
pub mod time;
