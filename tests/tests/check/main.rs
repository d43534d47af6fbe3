//! The checker: it rejects what cannot be true, for the right reason, and nothing else.

mod canaries;
mod corruption;
mod directory;
mod first_cause;
mod foreign;
mod foreign_formats;
mod naive;
mod replay;
mod run_text;
