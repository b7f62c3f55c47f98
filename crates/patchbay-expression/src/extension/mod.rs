//! n8n's extension functions: methods that n8n adds to text, numbers, arrays, objects, booleans and dates.

use patchbay_model::Scope;

use crate::{Error, Js};

/// Whether a method of this name is one of n8n's for any type.
pub fn is_extension(_name: &str) -> bool {
    false
}

/// Calls an extension on a value of any type, undefined included; n8n's error where the type has none of this name.
/// Natives of the same name have been tried before by the caller.
pub fn call(name: &str, _receiver: &Js, _arguments: &[Js], _scope: &Scope<'_>) -> Result<Js, Error> {
    Err(Error::unsupported(format!("extension {name}")))
}
