//! Logs in the styles of many hands: a sound run is never called wrong, and a fault that can be proved is found.
//!
//! Everything is drawn from a number, the case. `FOREIGN_CASES` says how many sound logs are tried (2,000 unless given),
//! `FOREIGN_CASE` tries a single one and prints it.

mod adapter;
mod case;
mod clocks;
mod decidable;
mod faults;
mod files;
mod kinds;
mod layouts;
mod matching;
mod names;
mod oracle;
mod planted;
mod rows;
mod run;
mod sound;
mod styles;
mod text;
mod times;
mod words;
