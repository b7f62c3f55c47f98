//! Whole nodes against a made-up network.

mod answers;
mod nodes;
mod tokens;
mod world;
