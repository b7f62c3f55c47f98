//! OData version 4 as far as clients of the XAPI use it: resource paths, query options, `$filter`, and the form of errors.
//!
//! All of it is judged by the fact table and works on JSON values; which entities there are, and who may see them, is left to
//! the store and the service.

pub mod alias;
pub mod error;
pub mod expand;
pub mod filter;
pub mod literal;
pub mod path;
pub mod query;
pub mod search;

pub use error::{Detail, Error};
