//! The tests of this library, as functions that run on every target.
