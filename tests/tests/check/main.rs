//! The checker: it rejects logs that cannot be true, for the right reason, and no others.

mod boundaries;
mod canaries;
mod cases;
mod clock_text;
mod corruption;
mod directory;
mod faults;
mod first_cause;
mod foreign;
mod foreign_clocks;
mod foreign_files;
mod foreign_formats;
mod foreign_messages;
mod foreign_owners;
mod happened_before;
mod layouts;
mod lost_rows;
mod messages;
mod naive;
mod notes;
mod queues;
mod replay;
mod run_text;
mod source;
mod time_text;
