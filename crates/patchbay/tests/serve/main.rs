//! `patchbay serve`, the whole program, asked over HTTP.

mod answers;
mod configuration;
mod crashes;
mod server;
mod workflows;
