//! The checker: it rejects logs that cannot be true, for the right reason, and no others.

mod boundaries;
mod canaries;
mod cases;
mod clock_text;
mod clock_text_boundaries;
mod corruption;
mod directory;
mod executions;
mod faults;
mod first_cause;
mod foreign;
mod foreign_formats;
mod foreign_messages;
mod happened_before;
mod kinds;
mod layouts;
mod lost_rows;
mod messages;
mod naive;
mod notes;
mod patterns;
mod queues;
mod replay;
mod run_text;
mod source;
mod time_text;
