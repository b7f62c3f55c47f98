//! Whole nodes against a made-up network.

mod answers;
mod nodes;
mod requests;
mod tokens;
mod world;
