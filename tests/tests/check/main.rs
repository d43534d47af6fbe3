//! The checker: it rejects what cannot be true, for the right reason, and nothing else.

mod canaries;
mod cases;
mod clock_text;
mod corruption;
mod directory;
mod foreign;
mod foreign_formats;
mod layouts;
mod naive;
mod replay;
mod run_text;
mod source;
mod time_text;
