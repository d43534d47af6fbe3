//! The rules, one file per family.

pub(super) mod arrival;
pub(super) mod clock;
pub(super) mod link;
pub(super) mod links;
pub(super) mod manifest;
pub(super) mod queue;
pub(super) mod rows;
pub(super) mod time;
pub(super) mod vector;
