//! The real world, as nodes may use it: see `patchbay_node::capability`.

pub mod environment;
