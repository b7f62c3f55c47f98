//! Whole nodes against a made-up network.

mod answers;
mod bodies;
mod facts;
mod nodes;
mod requests;
mod services;
mod tokens;
mod world;
