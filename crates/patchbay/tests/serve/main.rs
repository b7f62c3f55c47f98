//! `patchbay serve`, the whole program, asked over HTTP.

mod answers;
mod api;
mod configuration;
mod container;
mod crashes;
mod observability;
mod security;
mod server;
mod workflows;
