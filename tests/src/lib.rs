//! What the whole-system tests share: live rings, links that can be cut, peers that misbehave, and a judge who knows
//! nothing of the code that wrote the logs.

pub mod chaos;
pub mod english;
pub mod fake_peer;
pub mod judge;
pub mod live;
pub mod naive_model;
pub mod program;
pub mod proxy;
pub mod wall_clock;
