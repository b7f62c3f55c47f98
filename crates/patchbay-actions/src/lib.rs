//! Nodes that are described and not programmed: a service is a folder of TOML files under `nodes/`, and each of its
//! operations is one HTTP request.
//!
//! - [`definition`] reads the files and reports every fault in them;
//! - [`library`] holds all services, reads resources when they are asked for, and makes them nodes;
//! - [`request`] builds a request from parameters, [`run`](mod@run) has it sent for each item by [`sender`], again where
//!   [`repeat`] allows it, [`preflight`] holds the workflow against the version of the service before the first write, [`answer`] and [`failure`] read what comes back, [`token`] owns the tokens;
//! - [`describe`] tells what there is, [`changes`] what versions have of it, [`reference`](mod@reference) makes pages of it;
//! - [`mask`] keeps secrets out of errors, [`check`] tries a credential;
//! - [`openapi`] makes the files from OpenAPI's.
//!
//! The crate knows no service by name, and reaches the world only through the capabilities of `patchbay-node`: the
//! disk, the network and the order of nodes are others' affairs.

pub mod answer;
pub mod changes;
pub mod check;
pub mod connection;
pub mod definition;
pub mod describe;
pub mod failure;
pub mod library;
pub mod mask;
pub mod node;
pub mod odata;
pub mod openapi;
pub mod preflight;
pub mod redirect;
pub mod reference;
pub mod repeat;
pub mod request;
pub mod run;
pub mod sender;
pub mod template;
pub mod token;
pub mod value;

pub use definition::fault::Fault;
pub use library::Library;

#[cfg(test)]
mod tests;
