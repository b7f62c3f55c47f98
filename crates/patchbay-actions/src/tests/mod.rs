//! Whole nodes against a made-up network.

mod answers;
mod bodies;
mod facts;
mod nodes;
mod options;
mod pages;
mod requests;
mod safety;
mod services;
mod tokens;
mod world;
