//! The double as a client meets it: over HTTP, on a free port, from the built-in seed.

mod answers;
mod call_log;
mod calls;
mod entities;
mod faults;
mod operations;
mod queries;
mod reports;
mod sets;
mod support;
mod tokens;
