//! The shared part of the bare-metal ports. Everything about one chip is in that chip's folder.

#![no_std]

#[cfg(feature = "board")]
pub mod board;
pub mod cost;
pub mod links;
pub mod process;
pub mod receiver;
pub mod suite;
