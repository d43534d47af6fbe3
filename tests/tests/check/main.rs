//! The checker: it rejects what cannot be true, for the right reason, and nothing else.

mod boundaries;
mod canaries;
mod corruption;
mod directory;
mod faults;
mod first_cause;
mod foreign;
mod foreign_formats;
mod happened_before;
mod lost_rows;
mod messages;
mod naive;
mod notes;
mod queues;
mod replay;
mod run_text;
