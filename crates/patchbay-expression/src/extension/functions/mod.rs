//! Functions of n8n's scope that depend on nothing but their arguments: `$ifEmpty`, `$jmespath`, `zip` and so on.
//! Those that look at the scope are left to [`crate::host`], and `$if`, which n8n compiles, to the compiler.

mod average;
mod if_empty;
mod jmespath;
mod max;
mod min;
mod not;
mod number_list;
mod zip;

use patchbay_model::Scope;

pub use max::greatest;
pub use min::least;

use super::{Arguments, Body, Description};
use crate::{Error, Js};

pub const ALL: &[Description] = &[
    average::DESCRIPTION,
    if_empty::DESCRIPTION,
    jmespath::DESCRIPTION,
    max::DESCRIPTION,
    min::DESCRIPTION,
    not::DESCRIPTION,
    number_list::DESCRIPTION,
    zip::DESCRIPTION,
];

/// Whether [`call`] knows a function of this name.
pub fn is_function(name: &str) -> bool {
    ALL.iter().any(|description| description.is_called(name))
}

/// Calls a function; `None` where n8n has none of this name.
pub fn call(name: &str, arguments: &[Js], scope: &Scope<'_>) -> Option<Result<Js, Error>> {
    let description = ALL.iter().find(|description| description.is_called(name))?;
    let arguments = Arguments {
        values: arguments,
        scope,
    };
    match description.body {
        Body::Function(body) => Some(body(&arguments)),
        _ => None,
    }
}
