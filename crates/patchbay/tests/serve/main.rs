//! `patchbay serve`, the whole program, asked over HTTP.

#[path = "../common/flow.rs"]
mod flow;
#[path = "../common/world.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod world;

mod answers;
mod api;
mod calls;
mod configuration;
mod container;
mod crashes;
mod forms;
mod hostile;
mod kept;
mod limits;
mod listener;
mod observability;
mod schedules;
mod security;
mod server;
mod workflows;
