//! `patchbay serve`, the whole program, asked over HTTP.

mod answers;
mod crashes;
mod server;
mod workflows;
