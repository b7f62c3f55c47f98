//! `patchbay serve`, the whole program, asked over HTTP.

mod answers;
mod api;
mod configuration;
mod crashes;
mod server;
mod workflows;
