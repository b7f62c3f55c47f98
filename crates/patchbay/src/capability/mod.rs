//! The real world, as nodes may use it: see `patchbay_node::capability`.

pub mod binary;
pub mod commands;
pub mod credentials;
pub mod dry_run;
pub mod entropy;
pub mod environment;
pub mod files;
pub mod guard;
pub mod http;
pub mod mail;
pub mod otlp;
pub mod reach;
pub mod timer;
pub mod vault;
pub mod workflows;
