//! Logs in the styles of many hands: a sound run is never called wrong, and a fault that can be proved is found.
//!
//! | file | part |
//! |---|---|
//! | `run.rs`, `rows.rs` | a simulation that shares no code with ours; rows of its events, and rows left out |
//! | `layouts.rs`, `template.rs`, `clocks.rs`, `times.rs`, `words.rs`, `names.rs`, `text.rs` | rows as text |
//! | `styles.rs`, `kinds.rs`, `files.rs`, `bytes.rs` | a choice among these, the kinds that were once misjudged, packed as files |
//! | `case.rs`, `decidable.rs`, `sound.rs` | sound cases, and the test that none is called wrong |
//! | `faults.rs`, `plant.rs`, `oracle.rs`, `planted.rs` | faults, the ones that can be proved, and the test that these are found |
//! | `adapter.rs`, `matching.rs` | the checker as it is called here, and patterns |
//!
//! Everything is drawn from the number of a case. Variables of the environment:
//! `FOREIGN_CASES=10000` tries so many sound logs, from 0 (1,000 unless given);
//! `FOREIGN_CASE=17` prints one of them, and the answer; `FOREIGN_FAULTS=100` plants so many of each fault (30);
//! `FOREIGN_LIST=1` lists every failure.
//!
//! To add a kind of log: a line in `kinds.rs`; a layout: a template in `layouts.rs`; a fault: a line in `faults.rs`.

mod adapter;
mod bytes;
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
mod plant;
mod planted;
mod rows;
mod run;
mod sound;
mod styles;
mod template;
mod text;
mod times;
mod words;
