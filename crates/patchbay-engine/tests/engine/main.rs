//! What the engine does, with nodes of the tests' own. That it does what n8n does is checked on whole workflows: see
//! `tests/workflows/`.

mod error_workflow;
mod failures;
mod graph;
mod limits;
mod notation;
mod order;
mod property;
mod resume;
mod world;
